//! A density integrates to one over its support, and probabilities sum to one.

use super::integrals::{Grid, integral, model};
use super::program::{Faults, along, compiled, lowered, numbers};
use super::table::{Case, LISTS, cases};
use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::model::{CONSTRAIN, LOG_DENSITY};
use ansatz_compiler::pipeline::Form;

fn grid(case: &Case, dimension: usize) -> Grid {
    let unbounded = case.value.element == "real";
    // The rule loses digits at a kink.
    let tolerance = if case.name == "laplace" { 1e-4 } else { 1e-9 };
    match dimension {
        1 if unbounded => Grid { length: 45.0, steps: 64.0, tolerance },
        1 => Grid { length: 7.2, steps: 256.0, tolerance },
        2 if unbounded => Grid { length: 16.0, steps: 24.0, tolerance: 1e-5 },
        2 => Grid { length: 5.0, steps: 64.0, tolerance: 1e-6 },
        _ => Grid { length: 4.2, steps: 9.0, tolerance: 1e-4 },
    }
}

/// How many coordinates a value has.
pub fn dimension(case: &Case) -> usize {
    match (case.value.element.as_str(), case.value.axes) {
        (_, 0) => 1,
        ("simplex" | "real", _) => 2,
        _ => 3,
    }
}

#[test]
fn densities_integrate_to_one() {
    let mut faults = Faults::default();
    let table = cases();
    // In three dimensions one list of arguments is enough to wait for.
    let tried = table.iter().enumerate().filter(|(at, case)| at % LISTS == 0 || dimension(case) < 3);
    for case in tried.map(|(_, case)| case).filter(|case| case.is_continuous()) {
        let dimension = dimension(case);
        let grid = grid(case, dimension);
        let total = integral(&model(&case.call), &grid, dimension);
        faults.unless((total - 1.0).abs() < grid.tolerance, || format!("{}: {total}", case.call));
    }
}

#[test]
fn means_and_variances_are_integrals() {
    let mut faults = Faults::default();
    let table = cases();
    let with_moments = |case: &&Case| case.is_continuous() && case.value.axes == 0 && case.has("mean");
    for case in table.iter().filter(with_moments) {
        let facts = ["mean", "variance"].map(|fact| format!("{fact}({})", case.call));
        let facts = along(&[&facts[0], &facts[1]], "real", ResultBuffer::F64(vec![0.0]), 1);
        let module = lowered(&model(&case.call));
        let mut density = compiled(&module, LOG_DENSITY, Form::Value, &[], &[]);
        let mut value = compiled(&module, CONSTRAIN, Form::Value, &[], &[]);
        let [mut mean, mut square] = [0.0; 2];
        for (q, weight) in grid(case, 1).points() {
            let at = [Argument::F64(&[q])];
            let density = numbers(&density.run(&at).expect("it runs")[0])[0].exp() * weight;
            let x = numbers(&value.run(&at).expect("it runs")[0])[0];
            let finite = |term: f64| if term.is_finite() { term } else { 0.0 };
            mean += finite(x * density);
            square += finite((x - facts[0][0]).powi(2) * density);
        }
        for (name, found, declared) in [("mean", mean, facts[0][0]), ("variance", square, facts[1][0])] {
            // Kinks cost the rule digits.
            let close = (found - declared).abs() < 1e-4 * declared.abs().max(1e-3);
            faults.unless(close || !declared.is_finite(), || {
                format!("the {name} of {}: {found} {declared}", case.call)
            });
        }
    }
}

#[test]
fn what_is_made_of_distributions_integrates_to_one() {
    let mut faults = Faults::default();
    let line = Grid { length: 7.2, steps: 256.0, tolerance: 1e-9 };
    let plane = Grid { length: 5.0, steps: 48.0, tolerance: 1e-6 };
    for (measure, dimension) in [
        ("truncate(normal(1, 2), 0, inf)", 1),
        ("truncate(normal(1, 2), -inf, -30)", 1),
        ("truncate(student_t(3, 0, 1), 0, 2)", 1),
        ("truncate(gamma(2, rate = 3), -1, 0.5)", 1),
        ("truncate(beta(2, 3), 0.25, 5)", 1),
        ("mixture([0.25, 0.75], [normal(-1, 0.5), normal(2, 1)])", 1),
        ("mixture([0.25, 0.75], [gamma(9, rate = 3), normal(2, 1)])", 1),
        ("mixture([0.5, 0.5], [dirichlet([1, 2, 3]), dirichlet([3, 1, 1])])", 2),
        ("sorted(normal(0, 2)[2])", 2),
        ("sorted(gamma(2, rate = 1)[2])", 2),
        ("transformed(normal(0.4, 1.5), to(interval(0.1, 0.9)))", 1),
        ("transformed(normal(0.4, 1.5), above(2))", 1),
        ("transformed(beta(2, 3), affine(-1, 2))", 1),
        ("transformed(gamma(2, rate = 3), affine(1, 0.5))", 1),
        ("transformed(normal(0, 1)[2], to(ordered[2]))", 2),
        ("transformed(normal(0, 1)[2], to(simplex[3]))", 2),
    ] {
        let grid = if dimension == 1 { &line } else { &plane };
        let total = integral(&model(measure), grid, dimension);
        faults.unless((total - 1.0).abs() < grid.tolerance, || format!("{measure}: {total}"));
    }
}

#[test]
fn a_density_that_is_off_by_a_constant_is_seen() {
    let grid = Grid { length: 7.2, steps: 256.0, tolerance: 1e-9 };
    let total = integral("model m { x ~ normal(0, 1); factor 1e-6 }\nlet p = m given {}", &grid, 1);
    assert!((total - 1.0).abs() > grid.tolerance);
}

/// Every value with a probability above about 1e-13, by type.
pub fn values(case: &Case) -> (ResultBuffer, usize) {
    match (case.value.element.as_str(), case.value.axes) {
        ("bool", _) => (ResultBuffer::Bool(vec![false, true]), 2),
        ("fin", _) if case.name == "ordered_logistic" => (ResultBuffer::I64((0..4).collect()), 4),
        ("fin", _) => (ResultBuffer::I64((0..3).collect()), 3),
        (_, 0) => (ResultBuffer::I64((-5..3000).collect()), 3005),
        _ => {
            let all = -1..=20i64;
            let triples = all.clone().flat_map(|a| {
                let all = all.clone();
                all.clone().flat_map(move |b| all.clone().map(move |c| [a, b, c]))
            });
            let entries: Vec<i64> = triples.flatten().collect();
            let count = entries.len() / 3;
            (ResultBuffer::I64(entries), count)
        }
    }
}

#[test]
fn probabilities_sum_to_one() {
    let mut faults = Faults::default();
    for case in cases().iter().filter(|case| !case.is_continuous()) {
        let (data, count) = values(case);
        let density = format!("log_density({}, x[i])", case.call);
        let densities = &along(&[&density], &case.value_type(), data, count)[0];
        let total: f64 = densities.iter().map(|density| density.exp()).sum();
        faults.unless((total - 1.0).abs() < 1e-9, || format!("{}: {total}", case.call));
    }
}

#[test]
fn means_and_variances_of_whole_numbers_are_sums() {
    let mut faults = Faults::default();
    let table = cases();
    let with_moments: Vec<&Case> = table
        .iter()
        .filter(|case| !case.is_continuous() && case.value.axes == 0 && case.has("mean"))
        .collect();
    assert!(with_moments.len() > 30);
    for case in with_moments {
        let (data, count) = values(case);
        let x = numbers(&data);
        let expressions = ["log_density", "mean", "variance"].map(|name| match name {
            "log_density" => format!("{name}({}, x[i])", case.call),
            _ => format!("{name}({})", case.call),
        });
        let expressions: Vec<&str> = expressions.iter().map(String::as_str).collect();
        let found = along(&expressions, &case.value_type(), data, count);
        let sum = |of: &dyn Fn(f64) -> f64| -> f64 {
            x.iter().zip(&found[0]).map(|(x, log)| of(*x) * log.exp()).sum()
        };
        let mean = sum(&|x| x);
        let variance = sum(&|x| (x - mean).powi(2));
        for (name, sum, declared) in [("mean", mean, found[1][0]), ("variance", variance, found[2][0])] {
            faults.unless((sum - declared).abs() < 1e-9 * declared.abs().max(1e-3), || {
                format!("the {name} of {}: {sum} {declared}", case.call)
            });
        }
    }
}

#[test]
fn truncated_probabilities_sum_to_one() {
    let mut faults = Faults::default();
    for measure in ["truncate(poisson(rate = 3), 1, inf)", "truncate(binomial(8, p = 0.3), 2, 5)"] {
        let density = format!("log_density({measure}, x[i])");
        let densities = &along(&[&density], "int", ResultBuffer::I64((-5..200).collect()), 205)[0];
        let total: f64 = densities.iter().map(|density| density.exp()).sum();
        faults.unless((total - 1.0).abs() < 1e-12, || format!("{measure}: {total}"));
    }
}
