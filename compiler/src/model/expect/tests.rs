//! Noise of estimators is that of simulations; distributions may have sizes.

use super::estimators;
use crate::ir::eval::{Call, Options, evaluate, simulate};
use crate::ir::{Datum, Module, Stage, read, verify};

/// A distribution over vectors of any length.
const DISTRIBUTIONS: &str = "
distribution @about {
  log_density @about.log_density
  sample @about.sample
  reparameterized
}

fn @about.log_density[N](%0: f64[N] live, %1: f64[N] live) -> (f64) {
  %2 = reduce add (%3 < N) with (%0, %1) {
    %4 = %0[%3] proved
    %5 = %1[%3] proved
    %6 = sub %4, %5
    %7 = mul %6, %6
    yield %7
  }
  %8 = neg %2
  yield %8
}

fn @about.sample[N](%0: f64[N] live, %1: i64 live, %2: i64 live) -> (f64[N]) {
  %3 = normal %1, %2
  %4 = map (%5 < N) with (%0, %3) {
    %6 = %0[%5] proved
    %7 = add %6, %3
    yield %7
  }
  yield %4
}
";

fn module(functions: &str) -> Module {
    let module = read(&format!("{DISTRIBUTIONS}{functions}")).expect("the programs are well formed");
    assert_eq!(verify(&module, Stage::Site), Ok(()));
    module
}

/// The sum of all entries of draws in two loops whose site names its indices in the other order: simulated, and as an
/// expectation.
const SUMS: &str = "
fn @model[N, K](%0: f64[N] live) -> (f64) {
  %1 = reduce add (%2 < K, %3 < 2) with (%0) {
    %4: f64[N] = sample @about(%0) site x[%3, %2]
    %5 = reduce add (%6 < N) with (%4) {
      %7 = %4[%6] proved
      yield %7
    }
    yield %5
  }
  yield %1
}

fn @expected[N, K](%0: f64[N] live, %9: i64 live) -> (f64) {
  %8 = expect %9 with (%0) {
    %1 = reduce add (%2 < K, %3 < 2) with (%0) {
      %4: f64[N] = sample @about(%0) site x[%3, %2]
      %5 = reduce add (%6 < N) with (%4) {
        %7 = %4[%6] proved
        yield %7
      }
      yield %5
    }
    yield %1
  }
  yield %8
}
";

#[test]
fn an_estimate_draws_what_a_simulation_draws() {
    let mut module = module(SUMS);
    let (sizes, mean) = ([3, 4], Datum::floats(&[3], &[0.5, -1.0, 2.0]));
    let call =
        Call { module: &module, function: "model", sizes: &sizes, arguments: std::slice::from_ref(&mean) };
    let simulated = simulate(&call, 9, &Options::default()).expect("it is simulated").results;
    let plain = estimators(&module, &module.functions["expected"]).expect("every site is pathwise");
    plain.into_iter().for_each(|function| {
        module.insert(function);
    });
    let estimate = |seed: i64| evaluate(&module, "expected", &sizes, &[mean.clone(), Datum::from(seed)]);
    assert_eq!(estimate(9), Ok(simulated.clone()));
    assert_ne!(estimate(10), Ok(simulated));
}
