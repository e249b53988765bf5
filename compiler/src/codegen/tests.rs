//! The checked call: results, arrays of run-time length, failures.

use super::{Argument, Compiled, Density, Failure, Prepared, ResultBuffer};
use crate::ir::kind::Check;
use crate::ir::read::read;
use crate::ir::{Binding, Bound, Builder, Dimension, Element, Function, Origin, Reduction, Type, Value};
use crate::kernel::Kernel;
use crate::kernel::data::Home;
use crate::kernels::elementary::exp;
use crate::kernels::reduce::{operators, reduce};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn compile(function: &Function) -> Compiled {
    let kernel = Kernel::new(function).expect("the function is resolved and bound");
    Compiled::new(&kernel).expect("the kernel compiles")
}

fn run(function: &Function, arguments: &[Argument]) -> Result<Vec<ResultBuffer>, Failure> {
    let compiled = compile(function);
    let mut results = compiled.result_buffers();
    compiled.run(&mut compiled.workspace(), arguments, &mut results)?;
    Ok(results)
}

/// A function of parameters of these types.
fn function(types: &[Type], body: impl FnOnce(&mut Builder, &[Value]) -> Vec<Value>) -> Function {
    let mut builder = Builder::new("f", Vec::new());
    let parameters: Vec<Value> =
        types.iter().map(|of| builder.parameter(of.clone(), Binding::Live)).collect();
    let results = body(&mut builder, &parameters);
    builder.finish(results)
}

fn vector(dimension: Dimension) -> Type {
    Type::array(Element::F64, vec![dimension])
}

#[test]
fn a_map_and_its_sum_have_the_bits_of_the_kernels() {
    let f = function(&[vector(100.into())], |b, x| {
        let squares = b.map(vec![Bound::Size(100.into())], vec![], |b, i| {
            let entry = b.index(x[0], i, Check::Proved);
            let square = b.mul(entry, entry);
            vec![b.primitive("exp", &[square])]
        });
        let sum = b.reduce(Reduction::Add, vec![Bound::Size(100.into())], vec![], |b, i| {
            vec![b.index(squares[0], i, Check::Proved)]
        });
        vec![squares[0], sum[0]]
    });
    let x: Vec<f64> = (0..100).map(|i| f64::from(i) / 70.0).collect();
    let expected: Vec<f64> = x.iter().map(|x| exp(x * x)).collect();
    let sum = reduce(operators::add, 0.0, expected.iter().copied());
    let found = run(&f, &[Argument::F64(&x)]).unwrap();
    assert_eq!(found, [ResultBuffer::F64(expected), ResultBuffer::F64(vec![sum])]);
}

#[test]
fn arrays_that_are_not_in_use_together_share_memory() {
    let steps = 6;
    let f = function(&[vector(1000.into())], |b, x| {
        let mut last = x[0];
        for _ in 0..steps {
            last = b.map(vec![Bound::Size(1000.into())], vec![], |b, i| {
                let entry = b.index(last, i, Check::Proved);
                vec![b.neg(entry)]
            })[0];
        }
        b.reduce(Reduction::Add, vec![Bound::Size(1000.into())], vec![], |b, i| {
            vec![b.index(last, i, Check::Proved)]
        })
    });
    let kernel = Kernel::new(&f).expect("the function is resolved and bound");
    let apart: u64 = kernel.buffers.iter().map(|buffer| 8 * buffer.entries).sum();
    assert!(apart > 8000 * steps, "the arrays alone take more");
    assert!(kernel.arena < 8000 * 3, "two arrays and what a reduction needs, not {} bytes", kernel.arena);
    let x: Vec<f64> = (0..1000).map(f64::from).collect();
    assert_eq!(run(&f, &[Argument::F64(&x)]).unwrap(), [ResultBuffer::F64(vec![499_500.0])]);
}

/// The running sums of `0, 1, ..`, as many as the first argument says.
fn running_sums() -> Function {
    function(&[Type::i64()], |b, n| {
        let zero = b.i64(0);
        let scanned = b.scan(Bound::Run, Some(n[0]), &[zero], false, |b, i, sum| {
            let next = b.add(sum[0], i);
            vec![next, next]
        });
        vec![scanned[0], scanned[1]]
    })
}

#[test]
fn an_array_of_run_time_length_grows_its_result_and_the_arena() {
    for n in [0i64, 1, 3, 100_000] {
        let sums: Vec<i64> = (0..n)
            .scan(0, |sum, i| {
                *sum += i;
                Some(*sum)
            })
            .collect();
        let last = *sums.last().unwrap_or(&0);
        let found = run(&running_sums(), &[Argument::I64(&[n])]).unwrap();
        assert_eq!(found, [ResultBuffer::I64(vec![last]), ResultBuffer::I64(sums)]);
    }
}

#[test]
fn memory_beyond_the_limit_is_a_failure() {
    let compiled = compile(&running_sums());
    let mut workspace = compiled.workspace();
    workspace.limit_bytes(1 << 20);
    let mut results = compiled.result_buffers();
    let found = compiled.run(&mut workspace, &[Argument::I64(&[1 << 40])], &mut results);
    assert_eq!(found, Err(Failure::Memory { bytes: 8 << 40 }));
    assert_eq!(compiled.run(&mut workspace, &[Argument::I64(&[1 << 10])], &mut results), Ok(()));
}

#[test]
fn an_index_outside_its_axis_is_a_failure_with_its_origin() {
    let f = function(&[vector(3.into()), Type::i64()], |b, x| {
        b.origin = Origin(7);
        vec![b.index(x[0], &[x[1]], Check::Checked)]
    });
    let at = |i: i64| run(&f, &[Argument::F64(&[1.0, 2.0, 3.0]), Argument::I64(&[i])]);
    assert_eq!(at(2).unwrap(), [ResultBuffer::F64(vec![3.0])]);
    for index in [-1, 3, i64::MIN] {
        assert_eq!(at(index), Err(Failure::Index { origin: Origin(7), index, extent: 3 }));
    }
}

#[test]
fn integer_division_floors_and_fails_only_at_zero() {
    let f = function(&[Type::i64(), Type::i64()], |b, x| {
        ["floor_div", "floor_mod"].map(|name| b.primitive(name, x)).to_vec()
    });
    let divide = |a: i64, b: i64| run(&f, &[Argument::I64(&[a]), Argument::I64(&[b])]);
    let cases = [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (i64::MIN, -1, i64::MIN, 0)];
    for (a, b, quotient, rest) in cases {
        let expected = [ResultBuffer::I64(vec![quotient]), ResultBuffer::I64(vec![rest])];
        assert_eq!(divide(a, b).unwrap(), expected, "{a} by {b}");
    }
    assert_eq!(divide(1, 0), Err(Failure::Division { origin: Origin(0) }));
}

#[test]
fn a_loop_without_end_is_interrupted() {
    let f = function(&[Type::i64()], |b, limit| {
        let zero = b.i64(0);
        let condition = b.region(vec![Type::i64()], |b, _| vec![b.constant(crate::ir::Constant::Bool(true))]);
        let body = b.region(vec![Type::i64()], |b, state| {
            let one = b.i64(1);
            vec![b.add(state[0], one)]
        });
        b.push(crate::ir::Kind::While { slots: None }, vec![limit[0], zero], vec![condition, body])
    });
    let compiled = compile(&f);
    let mut workspace = compiled.workspace();
    let mut results = compiled.result_buffers();
    assert_eq!(compiled.run(&mut workspace, &[Argument::I64(&[5])], &mut results), Ok(()));
    assert_eq!(results, [ResultBuffer::I64(vec![5]), ResultBuffer::I64(vec![5])]);
    workspace.interrupt_by(Arc::new(AtomicBool::new(true)));
    let found = compiled.run(&mut workspace, &[Argument::I64(&[i64::MAX])], &mut results);
    assert_eq!(found, Err(Failure::Interrupted));
}

#[test]
fn a_density_gives_value_and_gradient_call_after_call() {
    let f = function(&[vector(2.into()), vector(2.into())], |b, x| {
        let products = b.map(vec![Bound::Size(2.into())], vec![], |b, i| {
            let [scale, q] = [x[0], x[1]].map(|array| b.index(array, i, Check::Proved));
            vec![b.mul(scale, q)]
        });
        let sum = b.reduce(Reduction::Add, vec![Bound::Size(2.into())], vec![], |b, i| {
            vec![b.index(products[0], i, Check::Proved)]
        });
        vec![sum[0], products[0]]
    });
    let scale = Arc::new(vec![2.0, 3.0]);
    let compiled = compile(&f);
    let prepared = Prepared::new(&compiled, scale, |scale| vec![Argument::F64(scale)], 1);
    let mut density = Density::new(&compiled, prepared);
    let mut gradient = [0.0; 2];
    for q in [[1.0, 10.0], [0.5, 0.25]] {
        let value = density.log_density_gradient(&q, &mut gradient).unwrap();
        assert_eq!((value, gradient), (2.0 * q[0] + 3.0 * q[1], [2.0 * q[0], 3.0 * q[1]]));
    }
}

/// The function, none of whose arrays lie in the arena.
fn in_registers(text: &str) -> Function {
    let module = read(text).unwrap_or_else(|error| panic!("{error}"));
    let f = module.functions["f"].clone();
    let kernel = Kernel::new(&f).expect("the function is resolved and bound");
    let memory = kernel.buffers.iter().filter(|buffer| matches!(buffer.home, Home::Arena(_))).count();
    assert_eq!(memory, 0, "{kernel}");
    f
}

#[test]
fn few_entries_that_a_loop_carries_or_a_branch_chooses_are_registers() {
    let f = in_registers(
        "
fn @f(%0: f64[2] live, %1: i64 live) -> (f64[2]) {
  %2, %3 = while (%4 = %0, at most %1) {
    %5 = constant true
    yield %5
  } do (%6) {
    %7 = constant 0
    %8 = constant 1
    %9 = %6[%7]
    %10 = %6[%8]
    %11 = lt %9, %10
    %12 = if %11 with (%6, %8) {
      %13 = map (%14 < 2) with (%6, %8) {
        %15 = sub %8, %14
        %16 = %6[%15]
        yield %16
      }
      yield %13
    } else with (%6) {
      %17 = map (%18 < 2) with (%6) {
        %19 = %6[%18]
        %20 = add %19, %19
        yield %20
      }
      yield %17
    }
    yield %12
  }
  yield %2
}",
    );
    let after = |trips: i64| run(&f, &[Argument::F64(&[1.0, 3.0]), Argument::I64(&[trips])]).unwrap();
    assert_eq!(after(0), [ResultBuffer::F64(vec![1.0, 3.0])]);
    assert_eq!(after(3), [ResultBuffer::F64(vec![12.0, 4.0])]);
}
