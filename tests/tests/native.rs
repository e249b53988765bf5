//! The law of native code: compiled = interpreted, bit for bit, over the programs of the corpus.

use ansatz_compiler::ir::eval::evaluate;
use ansatz_compiler::ir::kind::Check;
use ansatz_compiler::ir::{Binding, Bound, Builder, Datum, Element};
use ansatz_compiler::ir::{Function, Module, Reduction, Type, read, read_data};
use ansatz_compiler::kernel::Kernel;
use ansatz_compiler::transform::{Options, resolve::resolve};
use ansatz_tests::generate;
use ansatz_tests::native::{alike, attempt};

fn module(name: &str) -> (String, Module) {
    let path = format!("{}/ir/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let module = read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    (text, module)
}

#[test]
fn every_program_of_the_corpus_runs_as_interpreted() {
    let (text, module) = module("plain.ir");
    let mut checked = 0;
    for line in text.lines().filter_map(|line| line.strip_prefix("//= ")) {
        let call = line.split_once(" fails ").or(line.split_once(" = ")).expect("a call and what it gives").0;
        let (head, arguments) = call.split_once('(').expect("arguments");
        let (name, sizes) = head.split_once('[').unwrap_or((head, "]"));
        let sizes = sizes.trim_end_matches(']').split(',').map(str::trim).filter(|size| !size.is_empty());
        let sizes: Vec<i64> = sizes.map(|size| size.parse().expect("a size")).collect();
        let arguments = read_data(arguments.strip_suffix(')').expect("`)`")).expect("data");
        let interpreted = evaluate(&module, name, &sizes, &arguments);
        if sizes.len() != module.functions[name].sizes.len()
            || matches!(interpreted, Err(ansatz_compiler::ir::eval::Failure::Arguments { .. }))
        {
            continue;
        }
        let options = Options { sizes: Some(sizes.clone()), ..Options::default() };
        let function = resolve(&module, name, &options).unwrap_or_else(|error| panic!("{line}\n{error}"));
        let compiled = attempt(&function, &arguments);
        match (&interpreted, &compiled) {
            (Ok(expected), Ok(found)) => assert!(alike(expected, found), "{line}\n{found:?}"),
            (Err(_), Err(_)) => {}
            (Err(failure), Ok(_)) if failure.to_string().contains("before it is resolved") => {}
            _ => {
                panic!("{line}\n{interpreted:?}\n{compiled:?}\n{}", Kernel::new(&function).expect("lowered"))
            }
        }
        checked += 1;
    }
    assert!(checked > 30, "only {checked} programs were checked");
}

/// Entries that differ in sign and size, for the long programs.
fn ramp(count: usize) -> Vec<f64> {
    (0..count).map(|i| ((i * 7919 + 13) % 1009) as f64 / 250.0 - 2.0).collect()
}

#[test]
fn long_loops_run_as_interpreted_whatever_their_length() {
    let (_, module) = module("long.ir");
    assert!(module.functions.len() > 5, "the corpus has programs");
    for (name, function) in &module.functions {
        for count in [0, 1, 2, 31, 32, 33, 255, 256, 257, 1000] {
            let arguments: Vec<Datum> = function
                .parameter_types()
                .map(|of| match (of.element, of.rank()) {
                    (Element::F64, 1) => Datum::floats(&[count], &ramp(count)),
                    (Element::F64, 0) => Datum::from(0.75),
                    (Element::I64, 1) => {
                        Datum::integers(&[count], &(0..count as i64).map(|i| i * i % 5).collect::<Vec<_>>())
                    }
                    _ => Datum::from(count as i64),
                })
                .collect();
            let sizes = vec![count as i64; function.sizes.len()];
            let expected = evaluate(&module, name, &sizes, &arguments).expect(name);
            let bound = function.with_sizes(&sizes);
            let found = attempt(&bound, &arguments).unwrap_or_else(|failure| panic!("{name}: {failure}"));
            let kernel = Kernel::new(&bound).expect("lowered");
            assert!(alike(&expected, &found), "{name}[{count}]\n{expected:?}\n{found:?}\n{kernel}");
        }
    }
}

#[test]
fn matrices_of_any_order_are_those_of_the_interpreter() {
    let (_, module) = module("matrices.ir");
    for (name, function) in &module.functions {
        for n in [1, 2, 3, 4, 5, 8, 9, 16, 17, 33, 70] {
            let root = ramp(n * n);
            let entry = |at: usize| {
                let (i, j) = (at / n, at % n);
                let dot: f64 = (0..n).map(|k| root[i * n + k] * root[j * n + k]).sum();
                if i == j { dot + 4.0 } else { dot }
            };
            let matrix: Vec<f64> = (0..n * n).map(entry).collect();
            let arguments = [Datum::floats(&[n, n], &matrix), Datum::floats(&[n, 2], &ramp(2 * n))];
            let sizes = [n as i64];
            let expected = evaluate(&module, name, &sizes, &arguments);
            let found = attempt(&function.with_sizes(&sizes), &arguments);
            match (&expected, &found) {
                (Ok(expected), Ok(found)) => assert!(alike(expected, found), "{name}[{n}]"),
                (Err(_), Err(_)) if name == "unequal" => {}
                _ => panic!("{name}[{n}]: {expected:?}, {found:?}"),
            }
        }
    }
}

#[test]
fn a_long_map_of_normals_runs_over_tiles() {
    let (_, module) = module("long.ir");
    let kernel = |name: &str| {
        let bound = module.functions[name].with_sizes(&[1000]);
        Kernel::new(&bound).expect("lowered").to_string()
    };
    let noise = kernel("noise");
    assert!(noise.contains("Normal draws site 7 along 0") && noise.contains("Uniform draws site 8 along 3"));
    assert!(!noise.contains("= bits"), "{noise}");
    assert!(!kernel("words").contains("draws"));
    assert!(kernel("grid").contains("Normal draws site 7 along 0"), "{}", kernel("grid"));
}

#[test]
fn a_short_map_that_is_written_out_draws_by_one_call() {
    let (_, module) = module("long.ir");
    let kernel = |length: i64| {
        let bound = module.functions["noise"].with_sizes(&[length]);
        Kernel::new(&bound).expect("lowered").to_string()
    };
    let [written_out, shortest] = [kernel(8), kernel(3)];
    assert!(written_out.contains("Normal draws site 7 along 0, ") && !written_out.contains("= bits"));
    assert!(shortest.contains("= bits") && !shortest.contains("draws"), "{shortest}");
}

/// Programs of the generator that are compiled.
const GENERATED: u64 = 1000;

#[test]
fn generated_programs_run_as_interpreted() {
    for seed in 0..GENERATED {
        let options = generate::Options { smooth: seed % 2 == 0, ..generate::Options::default() };
        let generate::Program { module, sizes, arguments } = generate::generate(seed, &options);
        let expected = evaluate(&module, "main", &sizes, &arguments);
        let options = Options { sizes: Some(sizes.clone()), ..Options::default() };
        let function =
            resolve(&module, "main", &options).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let found = attempt(&function, &arguments);
        let agree = match (&expected, &found) {
            (Ok(expected), Ok(found)) => alike(expected, found),
            (Err(_), Err(_)) => true,
            _ => false,
        };
        let kernel = || Kernel::new(&function).map(|kernel| kernel.to_string());
        assert!(agree, "seed {seed}\n{module}\n{expected:?}\n{found:?}\n{function}\n{:?}", kernel());
    }
}

/// A long straight line in which anything may be read again at any distance, with a sum and a choice now and then.
fn long_line(operations: usize) -> Function {
    let mut b = Builder::new("line", Vec::new());
    let x = b.parameter(Type::array(Element::F64, vec![4.into()]), Binding::Live);
    let half = b.f64(0.5);
    let mut values = vec![half];
    for step in 0..operations {
        let last = values[values.len() - 1];
        let other = values[step * 7919 % values.len()];
        values.push(match step % 50 {
            0 => b.reduce(Reduction::Add, vec![Bound::Size(4.into())], vec![], |b, i| {
                let entry = b.index(x, i, Check::Proved);
                vec![b.mul(entry, other)]
            })[0],
            1 => {
                let less = b.primitive("lt", &[last, other]);
                b.branch(less, |_| vec![last], |b| vec![b.neg(other)])[0]
            }
            2..=20 => b.primitive("tanh", &[last]),
            step if step % 2 == 0 => b.add(last, other),
            _ => b.sub(last, other),
        });
    }
    let last = values[values.len() - 1];
    b.finish(vec![last, values[operations / 2]])
}

/// Arrays of run-time length among many scalars, all of them read at the end.
fn long_line_of_blocks() -> Function {
    let mut b = Builder::new("blocks", Vec::new());
    let x = b.parameter(Type::array(Element::F64, vec![4.into()]), Binding::Live);
    let (zero, n) = (b.i64(0), b.i64(3));
    let mut last = b.index(x, &[zero], Check::Proved);
    let mut arrays = Vec::new();
    for step in 0..1500 {
        last = b.primitive("tanh", &[last]);
        if step % 500 == 250 {
            arrays.push(b.map(vec![Bound::Run], vec![n], |b, _| vec![b.neg(last)])[0]);
        }
    }
    let ends: Vec<_> = arrays.into_iter().map(|array| b.index(array, &[zero], Check::Checked)).collect();
    b.finish(ends)
}

#[test]
fn blocks_pass_from_part_to_part() {
    let function = long_line_of_blocks();
    let arguments = [Datum::floats(&[4], &[0.25, -1.5, 3.0, 0.125])];
    let mut module = Module::default();
    module.insert(function.clone());
    let expected = evaluate(&module, "blocks", &[], &arguments).expect("evaluates");
    assert!(Kernel::new(&function).expect("lowered").to_string().contains("  part {"));
    assert!(alike(&expected, &attempt(&function, &arguments).expect("runs")));
}

#[test]
fn a_long_program_is_split_into_parts_and_runs_as_interpreted() {
    for operations in [10, 5000] {
        let function = long_line(operations);
        let arguments = [Datum::floats(&[4], &[0.25, -1.5, 3.0, 0.125])];
        let mut module = Module::default();
        module.insert(function.clone());
        let expected = evaluate(&module, "line", &[], &arguments).expect("evaluates");
        let found = attempt(&function, &arguments).expect("runs");
        assert!(alike(&expected, &found), "{operations}\n{expected:?}\n{found:?}");
        let kernel = Kernel::new(&function).expect("lowered").to_string();
        assert_eq!(kernel.contains("  part {"), operations > 1000);
    }
}
