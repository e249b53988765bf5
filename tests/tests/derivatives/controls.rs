//! Negative controls: what is wrong is found, and what cannot be done is said.

use crate::corpus::text;
use crate::laws::{adjoint_gap, difference_gap};
use ansatz_compiler::ir::read;
use ansatz_compiler::transform::{Options, ResolveError, resolve};
use ansatz_tests::program::Program;

fn custom() -> String {
    text("custom")
}

#[test]
fn a_wrong_transpose_breaks_the_law_of_the_adjoint() {
    let wrong = custom().replace("%4 = mul %2, %0\n  yield %3, %4", "%4 = mul %2, %1\n  yield %3, %4");
    assert_ne!(wrong, custom());
    assert!(adjoint_gap(&Program::parse(&wrong)) > 1e-3);
    assert!(difference_gap(&Program::parse(&wrong)) < 1e-7, "forward mode does not use it");
}

#[test]
fn a_wrong_derivative_disagrees_with_differences() {
    let wrong = custom().replace("%2 = add %0, %0", "%2 = add %0, %1");
    assert_ne!(wrong, custom());
    assert!(difference_gap(&Program::parse(&wrong)) > 1e-3);
}

fn refused(text: &str) -> ResolveError {
    resolve::resolve(&read(text).expect("it reads"), "f", &Options::default()).expect_err("it is refused")
}

#[test]
fn recursion_is_refused() {
    let text = "
fn @f(%0: f64 live) -> (f64) {
  %1: f64 = call @g(%0)
  yield %1
}
fn @g(%0: f64 live) -> (f64) {
  %1: f64, %2: f64 = jvp @f active (1) (%0, %0)
  yield %2
}";
    assert_eq!(refused(text).to_string(), "@f calls itself: @f -> @g -> @f -> @f");
}

#[test]
fn a_function_that_is_missing_is_named() {
    let text = "fn @f(%0: f64 live) -> (f64) {\n  %1: f64 = call @g(%0)\n  yield %1\n}";
    assert_eq!(refused(text), ResolveError::UnknownFunction { function: "g".to_string() });
}

#[test]
fn the_site_dialect_is_not_differentiated() {
    let text = "
fn @g(%0: f64 live) -> (f64) {
  score %0
  %1: f64 = sample @normal(%0, %0) site x
  yield %1
}
fn @f(%0: f64 live) -> (f64) {
  %1: f64, %2: f64 = jvp @g active (1) (%0, %0)
  yield %2
}";
    assert!(refused(text).to_string().contains("made plain, by estimators, before"));
}
