//! Densities equal sums over all values, interpreted and native, and gradients agree with differences.

use super::case::{Case, Site, log_sum_exp, reals, run};
use super::table::cases;
use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::model::{LOG_DENSITY, LOG_DENSITY_CONSTRAINED};
use ansatz_compiler::pipeline::Form;

#[test]
fn marginals_equal_enumeration() {
    for case in cases() {
        let expected = log_sum_exp(&case.enumerated());
        let arguments = [case.data.as_slice(), &case.at].concat();
        let marginal = case.marginal();
        let found = run(&marginal.module, LOG_DENSITY_CONSTRAINED, case.sizes, &arguments)[0].to_f64()[0];
        let gap = (found - expected).abs();
        assert!(gap < 1e-12 * expected.abs().max(1.0), "{}: {found} and {expected}", case.name);
    }
}

/// The same comparison must tell a chain from labels that are independent: a negative control.
#[test]
fn enumeration_tells_a_chain_from_independent_labels() {
    let mut cases = cases();
    let chain = cases.remove(1);
    let text = chain.text.replace("theta[z[t - 1]]", "theta[0]").leak();
    let apart = Case { text, data: chain.data.clone(), at: chain.at.clone(), sites: Vec::new(), ..chain };
    let sites = vec![Site::new("z", "fin(2)[N]", &[5], 2)];
    let found = log_sum_exp(&Case { sites, ..apart }.enumerated());
    assert!((found - log_sum_exp(&chain.enumerated())).abs() > 0.1);
}

#[test]
fn native_gradients_agree_with_differences() {
    for case in cases() {
        let marginal = case.marginal();
        let dimension = marginal.dimension.evaluate(case.sizes).expect("small") as usize;
        let q: Vec<f64> = (0..dimension).map(|i| 0.4 * (i as f64 - 1.3).sin()).collect();
        let mut gradient = case.native(&marginal.module, LOG_DENSITY, Form::Gradient).evaluator();
        let results = gradient.run(&[Argument::F64(&q)]).expect("it runs").to_vec();
        let [ResultBuffer::F64(value), ResultBuffer::F64(slope)] = results.as_slice() else {
            panic!("a density and a gradient")
        };
        let mut arguments = case.data.clone();
        arguments.push(reals(&[dimension], &q));
        let plain = run(&marginal.module, LOG_DENSITY, case.sizes, &arguments)[0].to_f64()[0];
        assert!((value[0] - plain).abs() < 1e-11 * plain.abs(), "{}: {} {plain}", case.name, value[0]);
        let mut density = case.native(&marginal.module, LOG_DENSITY, Form::Value).evaluator();
        for i in 0..dimension {
            let mut moved = |step: f64| {
                let mut q = q.clone();
                q[i] += step;
                match &density.run(&[Argument::F64(&q)]).expect("it runs")[0] {
                    ResultBuffer::F64(value) => value[0],
                    other => panic!("a density, not {other:?}"),
                }
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope[i] - difference).abs() < 1e-7, "{} {i}: {} {difference}", case.name, slope[i]);
        }
    }
}
