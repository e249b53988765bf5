//! Laws over random programs: they verify, evaluate, print and read back, and mean the same when marked.

use ansatz_compiler::ir::eval::evaluate;
use ansatz_compiler::ir::{Kind, Stage, prove, read, verify};
use ansatz_tests::generate::{Options, Program, generate};

const PROGRAMS: u64 = 2000;

fn programs() -> impl Iterator<Item = (u64, Program)> {
    (0..PROGRAMS).map(|seed| {
        let options = Options { smooth: seed % 2 == 0, ..Options::default() };
        (seed, generate(seed, &options))
    })
}

#[test]
fn generated_programs_verify_and_stay_within_bounds() {
    for (seed, program) in programs() {
        let Program { module, sizes, arguments } = &program;
        verify(module, Stage::Plain).unwrap_or_else(|found| panic!("seed {seed}\n{module}\n{found}"));
        let results = evaluate(module, "main", sizes, arguments);
        let results = results.unwrap_or_else(|failure| panic!("seed {seed}\n{module}\n{failure}"));
        let floats =
            results.iter().filter(|datum| datum.element().is_float()).flat_map(|datum| datum.to_f64());
        assert!(floats.into_iter().all(|x| x.abs() < 4.0), "seed {seed}\n{module}\n{results:?}");
    }
}

#[test]
fn generated_programs_read_back_as_they_print() {
    for (seed, program) in programs() {
        let printed = program.module.to_string();
        let read = read(&printed).unwrap_or_else(|error| panic!("seed {seed}\n{printed}\n{error}"));
        assert!(read == program.module, "seed {seed}\n{printed}");
    }
}

#[test]
fn marking_indices_changes_no_value() {
    for (seed, program) in programs().take(500) {
        let mut marked = program.module.clone();
        marked.functions.values_mut().for_each(prove::mark);
        verify(&marked, Stage::Plain).unwrap_or_else(|found| panic!("seed {seed}\n{marked}\n{found}"));
        let run = |module| evaluate(module, "main", &program.sizes, &program.arguments);
        assert_eq!(run(&marked), run(&program.module), "seed {seed}");
    }
}

#[test]
fn every_kind_of_region_occurs_and_values_differ() {
    let mut kinds = std::collections::BTreeSet::new();
    let mut firsts = std::collections::BTreeSet::new();
    for (_, program) in programs().take(200) {
        let text = program.module.to_string();
        let words = [
            "map",
            "reduce",
            "scan",
            "while",
            "if",
            "accumulate",
            "view",
            "contract",
            "solve",
            "call",
            "len",
        ];
        kinds.extend(words.into_iter().filter(|word| text.contains(&format!("= {word} "))));
        kinds.extend(["proved", "reverse", "slots", " < %"].into_iter().filter(|word| text.contains(word)));
        let results = evaluate(&program.module, "main", &program.sizes, &program.arguments).expect("total");
        firsts.insert(results[0].to_string());
        let main = &program.module.functions["main"];
        assert!(main.body.operations.iter().any(|operation| !matches!(operation.kind, Kind::Constant(_))));
    }
    assert_eq!(kinds.len(), 15, "{kinds:?}");
    assert!(firsts.len() > 150, "only {} different results of 200", firsts.len());
}
