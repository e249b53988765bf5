//! Draws of sites that are summed out follow their exact conditionals.

use super::case::{log_sum_exp, reals};
use super::table::cases;

const DRAWN: i64 = 4000;

/// The greatest deviation of frequencies from probabilities, in standard errors; values of which fewer than 20 draws are
/// expected count together.
fn deviation(frequencies: &[f64], probabilities: &[f64]) -> f64 {
    let mut most: f64 = 0.0;
    let mut rare = (0.0, 0.0);
    let draws = DRAWN as f64;
    let standard =
        |found: f64, expected: f64| (found - expected) / (expected * (1.0 - expected) / draws).sqrt();
    for (found, expected) in frequencies.iter().zip(probabilities) {
        match expected * draws < 20.0 {
            true => rare = (rare.0 + found, rare.1 + expected),
            false => most = most.max(standard(*found, *expected).abs()),
        }
    }
    if rare.1 * draws < 20.0 { most } else { most.max(standard(rare.0, rare.1).abs()) }
}

/// About 300 frequencies are compared, each within 5 standard errors: a false alarm has a chance below 1 in 1,000.
#[test]
fn draws_follow_the_exact_conditionals() {
    for case in cases() {
        let joint = case.enumerated();
        let total = log_sum_exp(&joint);
        let probabilities: Vec<f64> = joint.iter().map(|term| (term - total).exp()).collect();
        let frequencies = case.drawn(&case.at, DRAWN);
        let found = deviation(&frequencies, &probabilities);
        assert!(found < 5.0, "{}: {found} standard errors", case.name);
        let impossible = frequencies.iter().zip(&probabilities).filter(|(_, expected)| **expected == 0.0);
        assert!(impossible.into_iter().all(|(found, _)| *found == 0.0), "{}", case.name);
    }
}

/// Draws at other parameters are found out: a negative control.
#[test]
fn draws_at_other_parameters_deviate() {
    let case = cases().remove(1);
    let joint = case.enumerated();
    let total = log_sum_exp(&joint);
    let probabilities: Vec<f64> = joint.iter().map(|term| (term - total).exp()).collect();
    let other = [reals(&[2, 2], &[0.6, 0.4, 0.2, 0.8]), case.at[1].clone()];
    assert!(deviation(&case.drawn(&other, DRAWN), &probabilities) > 5.0);
}
