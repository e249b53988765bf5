//! Where naive rules give NaN or the wrong share: zeros in products, ties, empty and infinite reductions, branches
//! that are not taken.

use ansatz_compiler::ir::Datum;
use ansatz_tests::program::Program;

/// The gradient of the only result in the only argument.
fn gradient(text: &str, argument: &[f64]) -> Vec<f64> {
    let sizes = format!("// sizes {}\n{text}", argument.len());
    let program = Program::parse(&sizes).at(vec![Datum::floats(&[argument.len()], argument)]);
    program.vjp(vec![Datum::from(1.0)]).run()[1].to_f64()
}

fn reduction(operator: &str) -> String {
    format!(
        "fn @f[N](%0: f64[N] live) -> (f64) {{
  %2 = reduce {operator} (%1 < N) {{
    %3 = %0[%1] proved
    yield %3
  }}
  yield %2
}}"
    )
}

#[test]
fn a_product_has_a_gradient_at_zeros() {
    assert_eq!(gradient(&reduction("mul"), &[2.0, 0.0, 3.0]), [0.0, 6.0, 0.0]);
    assert_eq!(gradient(&reduction("mul"), &[0.0, 0.0, 3.0]), [0.0, 0.0, 0.0]);
}

#[test]
fn an_extreme_gives_its_cotangent_to_the_first_that_attains_it() {
    assert_eq!(gradient(&reduction("max"), &[1.0, 5.0, 5.0]), [0.0, 1.0, 0.0]);
    assert_eq!(gradient(&reduction("min"), &[7.0, 5.0, 5.0]), [0.0, 1.0, 0.0]);
}

#[test]
fn an_empty_reduction_has_an_empty_gradient() {
    for operator in ["add", "mul", "min", "max", "logsumexp"] {
        assert_eq!(gradient(&reduction(operator), &[]), [] as [f64; 0], "{operator}");
    }
}

#[test]
fn log_sum_exp_of_nothing_likely_has_gradient_zero() {
    let nothing = f64::NEG_INFINITY;
    assert_eq!(gradient(&reduction("logsumexp"), &[nothing, nothing]), [0.0, 0.0]);
    assert_eq!(gradient(&reduction("logsumexp"), &[nothing, 1.5]), [0.0, 1.0]);
}

#[test]
fn a_branch_that_is_not_taken_contributes_no_nan() {
    let text = "fn @f[N](%0: f64[N] live) -> (f64) {
  %2 = reduce add (%1 < N) {
    %3 = %0[%1] proved
    %4 = constant 0.0
    %5 = gt %3, %4
    %6 = if %5 {
      %7 = sqrt %3
      yield %7
    } else {
      yield %4
    }
    yield %6
  }
  yield %2
}";
    assert_eq!(gradient(text, &[0.0, 4.0, -1.0]), [0.0, 0.25, 0.0]);
}
