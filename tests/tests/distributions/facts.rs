//! What distributions declare of themselves agrees: tails with each other and with the density, quantiles with tails.

use super::program::{Faults, along};
use super::table::{Case, cases};
use ansatz_compiler::codegen::ResultBuffer;

const PROBABILITIES: [f64; 9] = [1e-12, 1e-4, 0.03, 0.25, 0.5, 0.7, 0.97, 0.9999, 0.999999];

fn continuous() -> Vec<Case> {
    let mut table = cases();
    table.retain(|case| case.is_continuous() && case.has("log_cdf"));
    assert!(table.len() > 50);
    table
}

/// The quantiles of a case at [`PROBABILITIES`].
fn quantiles(case: &Case) -> Vec<f64> {
    let data = ResultBuffer::F64(PROBABILITIES.to_vec());
    along(&[&format!("quantile({}, x[i])", case.call)], "unit", data, PROBABILITIES.len()).remove(0)
}

/// The value and its rounding decide how well a tail can be reached: so far may its logarithm be off.
fn rounding(x: f64, log_density: f64, log_tail: f64) -> f64 {
    1e-8 * log_tail.abs().max(1e-3) + 4.0 * f64::EPSILON * x.abs() * (log_density - log_tail).exp()
}

#[test]
fn quantiles_invert_the_tails() {
    let mut faults = Faults::default();
    for case in continuous() {
        for (quantile, tail) in [("quantile", "log_cdf"), ("upper_quantile", "log_survival")] {
            let data = ResultBuffer::F64(PROBABILITIES.to_vec());
            let quantile = format!("{quantile}({}, x[i])", case.call);
            let found = along(&[&quantile], "unit", data, PROBABILITIES.len()).remove(0);
            let expressions = [tail, "log_density"].map(|name| format!("{name}({}, x[i])", case.call));
            let data = ResultBuffer::F64(found.clone());
            let logs = along(&[&expressions[0], &expressions[1]], "real", data, found.len());
            for (at, p) in PROBABILITIES.iter().enumerate() {
                let (tail, density) = (logs[0][at], logs[1][at]);
                // At an end of the support nothing is left to invert.
                let exact = (tail - p.ln()).abs() < rounding(found[at], density, p.ln());
                faults
                    .unless(exact || density.is_infinite(), || format!("{quantile} at {p}: {}", tail.exp()));
            }
        }
    }
}

#[test]
fn the_two_tails_make_one() {
    let mut faults = Faults::default();
    for case in continuous() {
        let x = quantiles(&case);
        let count = x.len();
        let tails = [format!("log_cdf({}, x[i])", case.call), format!("log_survival({}, x[i])", case.call)];
        let logs = along(&[&tails[0], &tails[1]], "real", ResultBuffer::F64(x), count);
        for (below, above) in logs[0].iter().zip(&logs[1]) {
            faults.unless((below.exp() + above.exp() - 1.0).abs() < 1e-12, || {
                format!("{}: {below} and {above}", case.call)
            });
        }
    }
}

#[test]
fn the_density_is_the_slope_of_the_distribution_function() {
    for case in continuous() {
        let x: Vec<f64> = quantiles(&case)[2..7].to_vec();
        let steps: Vec<f64> = x.iter().map(|x| 1e-6 * x.abs()).collect();
        let moved = |sign: f64| {
            let x = x.iter().zip(&steps).map(|(x, step)| x + sign * step).collect();
            let logs =
                along(&[&format!("log_cdf({}, x[i])", case.call)], "real", ResultBuffer::F64(x), steps.len());
            logs[0].iter().map(|log| log.exp()).collect::<Vec<f64>>()
        };
        let (ahead, behind) = (moved(1.0), moved(-1.0));
        let density = format!("log_density({}, x[i])", case.call);
        let densities = along(&[&density], "real", ResultBuffer::F64(x.clone()), x.len()).remove(0);
        for (at, log) in densities.iter().enumerate() {
            let slope = (ahead[at] - behind[at]) / (2.0 * steps[at]);
            let density = log.exp();
            assert!(
                (slope - density).abs() < 1e-4 * density,
                "{} at {}: {slope} {density}",
                case.call,
                x[at]
            );
        }
    }
}

#[test]
fn distribution_functions_of_integers_are_sums_of_probabilities() {
    let mut faults = Faults::default();
    let table = cases();
    let integers: Vec<&Case> =
        table.iter().filter(|case| !case.is_continuous() && case.has("log_cdf")).collect();
    assert!(integers.len() > 20);
    for case in integers {
        let expressions =
            ["log_density", "log_cdf", "log_survival"].map(|name| format!("{name}({}, x[i])", case.call));
        let expressions: Vec<&str> = expressions.iter().map(String::as_str).collect();
        let values = along(&expressions, "int", ResultBuffer::I64((-2..60).collect()), 62);
        let mut sum = 0.0;
        let [density, below, above] = [0, 1, 2].map(|fact| values[fact].iter());
        for (at, ((density, below), above)) in density.zip(below).zip(above).enumerate() {
            sum += density.exp();
            faults.unless((below.exp() - sum).abs() < 1e-11, || format!("{} at {at}", case.call));
            faults.unless((above.exp() - (1.0 - sum)).abs() < 1e-11, || format!("{} above {at}", case.call));
        }
    }
}

/// The quantile of u is the least whole number with a probability of u up to it.
#[test]
fn quantiles_of_integers_are_the_least_that_reach() {
    const REACHED: [f64; 12] =
        [1e-9, 1e-4, 0.03, 0.25, 0.375, 0.5, 0.625, 0.7, 0.97, 0.9999, 0.999999, 1.0 - 1e-9];
    let mut faults = Faults::default();
    let table = cases();
    let drawn: Vec<&Case> = table
        .iter()
        .filter(|case| !case.is_continuous() && case.has("quantile") && case.has("log_cdf"))
        .collect();
    assert!(drawn.len() > 10);
    for case in drawn {
        let reached = ResultBuffer::F64(REACHED.to_vec());
        let found =
            along(&[&format!("quantile({}, x[i])", case.call)], "unit", reached, REACHED.len()).remove(0);
        let below = [0, 1].map(|less| {
            let data = ResultBuffer::I64(found.iter().map(|k| *k as i64 - less).collect());
            along(&[&format!("log_cdf({}, x[i])", case.call)], "int", data, REACHED.len()).remove(0)
        });
        for (at, u) in REACHED.iter().enumerate() {
            let least = below[0][at].exp() >= u - 1e-12 && below[1][at].exp() < u + 1e-12;
            faults.unless(least, || format!("quantile({}, {u}) = {}", case.call, found[at]));
        }
    }
}
