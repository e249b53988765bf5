//! Fixed points are differentiated implicitly, to any order.

use crate::corpus::direction;
use crate::laws::{adjoint_gap, difference_gap};
use ansatz_compiler::ir::Datum;
use ansatz_compiler::transform::{FixedPoint, fixed_point};
use ansatz_tests::program::Program;

const SCALAR: &str = "
fn @step(%0: f64 live, %1: f64 live) -> (f64) {
  %2 = mul %0, %1
  %3 = cos %2
  yield %3
}

fn @f(%0: f64 live) -> (f64) {
  %1 = constant 0.5
  %2 = constant 1e-15
  %3 = constant 1000
  %4: f64 = call @solve(%1, %0, %2, %3)
  yield %4
}";

const VECTOR: &str = "// sizes 3
fn @step[N](%0: f64[N] live, %1: f64[N, N] live, %2: f64[N] live) -> (f64[N]) {
  %4 = map (%3 < N) {
    %6 = reduce add (%5 < N) {
      %7 = %1[%3, %5] proved
      %8 = %0[%5] proved
      %9 = mul %7, %8
      yield %9
    }
    %10 = %2[%3] proved
    %11 = sub %10, %6
    %12 = constant 0.2
    %13 = mul %11, %12
    %14 = sin %13
    yield %14
  }
  yield %4
}

fn @f[N](%0: f64[N, N] live, %1: f64[N] live) -> (f64[N]) {
  %2 = constant 1e-15
  %3 = constant 1000
  %4: f64[N] = call @solve[N](%1, %0, %1, %2, %3)
  yield %4
}";

fn program(text: &str) -> Program {
    let mut program = Program::parse(text);
    fixed_point(&mut program.module, FixedPoint { name: "solve", step: "step", states: 1 });
    program
}

#[test]
fn the_derivative_is_that_of_the_implicit_function() {
    let program = program(SCALAR).at(vec![Datum::from(0.8)]);
    let x = program.run()[0].as_f64().expect("a number");
    assert!((x - (0.8 * x).cos()).abs() < 1e-14);
    let gradient = program.vjp(vec![Datum::from(1.0)]).run()[1].as_f64().expect("a number");
    let sine = (0.8 * x).sin();
    let expected = -sine * x / (1.0 + 0.8 * sine);
    assert!((gradient - expected).abs() < 1e-13, "{gradient} is not {expected}");
}

#[test]
fn derivatives_of_fixed_points_obey_the_laws_to_second_order() {
    for text in [SCALAR, VECTOR] {
        let program = program(text);
        assert!(adjoint_gap(&program) < 1e-11);
        assert!(difference_gap(&program) < 1e-7);
        let gradient = program.vjp(direction(&program.float_results(), 5));
        assert!(adjoint_gap(&gradient) < 1e-11);
        assert!(difference_gap(&gradient) < 1e-7);
    }
}

#[test]
fn the_start_has_no_influence_on_the_derivative() {
    let text =
        SCALAR.replace("@f(%0: f64 live)", "@f(%0: f64 live, %5: f64 live)").replace("(%1, %0,", "(%5, %0,");
    let gradient = program(&text).vjp(vec![Datum::from(1.0)]).run();
    assert_eq!(gradient[2], Datum::from(0.0));
    assert_ne!(gradient[1], Datum::from(0.0));
}
