//! Draws follow the distribution: numbers against the distribution function or the probabilities, everything else against
//! integrals over the density; and the scores of the parameters have mean zero, in every case.
//!
//! Seeds are fixed. The bounds of each kind of check are such that sound distributions would fail any of its checks for
//! fewer than one seed in a thousand; each has a control that must fail.

use super::integrals::integrals;
use super::program::{Faults, along, drawn, numbers};
use super::table::{Case, LISTS, cases};
use super::totals::{dimension, values};
use ansatz_compiler::codegen::ResultBuffer;

const DRAWS: usize = 4000;
/// The chance that a sound distribution fails one check: there are fewer than a thousand of each kind.
const FALSE_ALARM: f64 = 1e-6;
/// The deviate that a standard normal exceeds, on either side, with that chance.
const DEVIATE: f64 = 4.892;

/// The greatest distance between the distribution function and that of the draws, times sqrt(n).
fn distance(mut probabilities: Vec<f64>) -> f64 {
    probabilities.sort_by(f64::total_cmp);
    let n = probabilities.len() as f64;
    let greatest = probabilities.iter().enumerate().map(|(rank, p)| {
        let rank = rank as f64;
        (p - rank / n).abs().max((rank + 1.0) / n - p)
    });
    greatest.fold(0.0, f64::max) * n.sqrt()
}

/// What that distance exceeds with the chance of a false alarm (Massart 1990).
fn farthest() -> f64 {
    (0.5 * (2.0 / FALSE_ALARM).ln()).sqrt()
}

/// The distribution function at draws of a measure.
fn probabilities(measure: &str, distribution: &str) -> Vec<f64> {
    let draws = drawn(measure, DRAWS, 1);
    let logs = along(&[&format!("log_cdf({distribution}, x[i])")], "real", draws, DRAWS).remove(0);
    logs.into_iter().map(f64::exp).collect()
}

#[test]
fn draws_have_the_distribution_function() {
    let mut faults = Faults::default();
    for case in cases().iter().filter(|case| case.is_continuous() && case.has("log_cdf")) {
        let found = distance(probabilities(&case.call, &case.call));
        faults.unless(found < farthest(), || format!("{}: {found}", case.call));
    }
}

#[test]
fn draws_with_another_distribution_function_are_seen() {
    for other in ["normal(0.15, 1)", "normal(0, 1.5)", "logistic(0, 0.7)"] {
        let found = distance(probabilities(other, "normal(0, 1)"));
        assert!(found > farthest(), "{other}: {found}");
    }
}

/// Truncated distributions with the ends of what is left, as the distribution function of the whole has them.
const TRUNCATIONS: &[(&str, &str, [f64; 2])] = &[
    ("truncate(normal(1, 2), 0, 3)", "normal(1, 2)", [0.0, 3.0]),
    ("truncate(normal(1, 2), 2, 4)", "normal(1, 2)", [2.0, 4.0]),
    ("truncate(normal(1, 2), -inf, 0.5)", "normal(1, 2)", [f64::NEG_INFINITY, 0.5]),
    ("truncate(normal(1, 2), 0, inf)", "normal(1, 2)", [0.0, f64::INFINITY]),
    ("truncate(gamma(2, rate = 1), -1, 3)", "gamma(2, rate = 1)", [0.0, 3.0]),
    ("truncate(gamma(0.01, rate = 1), 1e-30, 3)", "gamma(0.01, rate = 1)", [1e-30, 3.0]),
    ("truncate(beta(2, 3), 0.25, 5)", "beta(2, 3)", [0.25, 1.0]),
    ("truncate(uniform(-2, 5), 0, 1)", "uniform(-2, 5)", [0.0, 1.0]),
    ("truncate(pareto(2, 3), 0, 4)", "pareto(2, 3)", [2.0, 4.0]),
    ("truncate(student_t(3, 0, 1), -1, 4)", "student_t(3, 0, 1)", [-1.0, 4.0]),
    ("truncate(cauchy(0, 1), -inf, inf)", "cauchy(0, 1)", [f64::NEG_INFINITY, f64::INFINITY]),
];

/// Draws of truncations have the distribution function (F(x) - F(a)) / (F(b) - F(a)).
#[test]
fn draws_of_truncations_fill_what_is_left() {
    let mut faults = Faults::default();
    for (measure, whole, ends) in TRUNCATIONS {
        let at_end = |end: f64| match end.is_finite() {
            true => {
                let data = ResultBuffer::F64(vec![end]);
                along(&[&format!("log_cdf({whole}, x[i])")], "real", data, 1)[0][0].exp()
            }
            false => f64::from(end > 0.0),
        };
        let [below, above] = ends.map(at_end);
        let inside = probabilities(measure, whole).into_iter();
        let found = distance(inside.map(|p| (p - below) / (above - below)).collect());
        faults.unless(found < farthest(), || format!("{measure}: {found}"));
    }
}

/// Tails of which doubles cannot hold the probability: what is left there is an exponential, nearly.
#[test]
fn draws_of_far_tails_keep_their_digits() {
    for (measure, mean) in [
        ("truncate(normal(0, 1), 20, inf)", 20.0 + 0.049_753_6),
        ("truncate(normal(0, 1), -inf, -50)", -50.0 - 0.019_984_0),
        ("truncate(normal(-100, 1), 0, 200)", 0.009_998_0),
        ("truncate(normal(0, 1), 1000, 1000.001)", 1000.0 + 0.000_418_02),
    ] {
        let draws = numbers(&drawn(measure, DRAWS, 1));
        let found = deviations(&draws.iter().map(|x| x - mean).collect::<Vec<_>>());
        assert!(found < DEVIATE, "{measure}: {found}");
    }
}

/// Chi squared of draws against probabilities, and its bound (Wilson and Hilferty 1931). What is expected fewer than ten
/// times counts together.
fn chi_squared(draws: &[Vec<f64>], table: &[(Vec<f64>, f64)]) -> (f64, f64) {
    let n = draws.len() as f64;
    let mut rest = [0.0, 1.0];
    let (mut sum, mut kinds) = (0.0, 0.0);
    let mut add = |seen: f64, probability: f64| {
        sum += (seen - n * probability).powi(2) / (n * probability);
        kinds += 1.0;
    };
    for (value, probability) in table.iter().filter(|(_, probability)| n * probability >= 10.0) {
        let seen = draws.iter().filter(|draw| *draw == value).count() as f64;
        add(seen, *probability);
        rest = [rest[0] + seen, rest[1] - probability];
    }
    let seen = n - rest[0];
    if n * rest[1] >= 10.0 {
        add(seen, rest[1]);
    } else if seen > 40.0 {
        return (f64::INFINITY, 0.0);
    }
    let freedom: f64 = 2.0 / (9.0 * f64::max(kinds - 1.0, 1.0));
    (sum, f64::max(kinds - 1.0, 1.0) * (1.0 - freedom + DEVIATE * freedom.sqrt()).powi(3))
}

fn table_of(distribution: &str, ty: &str, (data, count): (ResultBuffer, usize)) -> Vec<(Vec<f64>, f64)> {
    let values = numbers(&data);
    let densities = along(&[&format!("log_density({distribution}, x[i])")], ty, data, count).remove(0);
    let entries = values.len() / count;
    values.chunks(entries).zip(densities).map(|(value, log)| (value.to_vec(), log.exp())).collect()
}

fn counted(measure: &str, table: &[(Vec<f64>, f64)]) -> (f64, f64) {
    let draws = numbers(&drawn(measure, DRAWS, 3));
    let draws: Vec<Vec<f64>> = draws.chunks(draws.len() / DRAWS).map(<[f64]>::to_vec).collect();
    chi_squared(&draws, table)
}

#[test]
fn draws_of_whole_numbers_have_the_probabilities() {
    let mut faults = Faults::default();
    for case in cases().iter().filter(|case| !case.is_continuous()) {
        let (found, bound) = counted(&case.call, &table_of(&case.call, &case.value_type(), values(case)));
        faults.unless(found < bound, || format!("{}: {found}, at most {bound}", case.call));
    }
    for measure in [
        "truncate(poisson(rate = 3), 1, inf)",
        "truncate(poisson(rate = 3), -inf, 2)",
        "truncate(poisson(rate = 0.01), 3, 10)",
        "truncate(poisson(rate = 400), 2, 30)",
        "truncate(binomial(8, p = 0.3), 2, 5)",
        "truncate(binomial(8, p = 0.9), 2, 5)",
        "truncate(negative_binomial(mean = 4, dispersion = 2), 3, 9)",
        "truncate(discrete_uniform(-9, -2), -6, 4)",
        "truncate(geometric(0.2), 5, inf)",
        "mixture([0.3, 0.7], [poisson(rate = 2), binomial(9, p = 0.5)])",
    ] {
        let table = table_of(measure, "int", (ResultBuffer::I64((-10..200).collect()), 210));
        let (found, bound) = counted(measure, &table);
        faults.unless(found < bound, || format!("{measure}: {found}, at most {bound}"));
    }
}

#[test]
fn whole_numbers_with_other_probabilities_are_seen() {
    let range = || (ResultBuffer::I64((-10..200).collect()), 210);
    for (drawn, scored) in [
        ("poisson(rate = 3.3)", "poisson(rate = 3)"),
        ("poisson(rate = 3)", "truncate(poisson(rate = 3), 1, inf)"),
        ("binomial(6, p = 0.5)", "discrete_uniform(0, 6)"),
    ] {
        let (found, bound) = counted(drawn, &table_of(scored, "int", range()));
        assert!(found > bound, "{drawn}: {found}, at most {bound}");
    }
}

/// How many standard errors the mean is from zero.
fn deviations(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    if mean.abs() < 1e-9 { 0.0 } else { mean.abs() / (variance / n).sqrt() }
}

/// What is integrated: entries between -1 and 1, their squares and their products.
fn statistics(value: &[f64]) -> Vec<f64> {
    let squeezed: Vec<f64> = value.iter().map(|x| x / (1.0 + x.abs())).collect();
    let pairs = (0..value.len()).flat_map(|i| (0..=i).map(move |j| (i, j)));
    let products: Vec<f64> = pairs.map(|(i, j)| squeezed[i] * squeezed[j]).collect();
    [squeezed, products].concat()
}

/// How far the means of draws of a measure are from the integrals of another's density, in standard errors, at most.
fn worst(measure: &str, scored: &str, dimension: usize) -> f64 {
    let expected = integrals(scored, dimension, &statistics);
    let draws = numbers(&drawn(measure, DRAWS, 4));
    let draws: Vec<Vec<f64>> = draws.chunks(draws.len() / DRAWS).map(statistics).collect();
    let off = expected
        .iter()
        .enumerate()
        .map(|(at, expected)| deviations(&draws.iter().map(|draw| draw[at] - expected).collect::<Vec<_>>()));
    off.fold(0.0, f64::max)
}

/// What is made of distributions, with the number of coordinates.
const MADE: &[(&str, usize)] = &[
    ("mixture([0.25, 0.75], [normal(-1, 0.5), normal(2, 1)])", 1),
    ("mixture([0.25, 0.75], [normal(-1, 1), truncate(normal(2, 1), 0, 3)])", 1),
    ("mixture([0.5, 0.5], [dirichlet([1, 2, 3]), dirichlet([3, 1, 1])])", 2),
    ("mixture([0.2, 0.8], [normal([0, 1], 1), multi_normal([2, 2], cov = [[1, 0.5], [0.5, 1]])])", 2),
    ("sorted(normal(0, 2)[2])", 2),
    ("sorted(gamma(2, rate = 1)[3])", 3),
    ("transformed(normal(0.4, 1.5), to(interval(0.1, 0.9)))", 1),
    ("transformed(normal(0.4, 1.5), above(2))", 1),
    ("transformed(beta(2, 3), affine(-1, 2))", 1),
    ("transformed(normal([0.4, -1], 1)[1], above([[2, 3]]))", 2),
    ("transformed(normal(0, 1)[2], to(ordered[2]))", 2),
    ("transformed(normal(0, 1)[2], to(simplex[3]))", 2),
    ("transformed(normal(0, 1)[3], to(cov[2]))", 3),
    ("transformed(multi_normal([1, 2], cov = [[1, 0.5], [0.5, 1]]), to(positive))", 2),
    ("transformed(transformed(normal(0, 1), to(positive)), below(3))", 1),
    ("truncate(normal([0, 1], [2, 3]), [-1, 0], 2)", 2),
    ("truncate(exponential(rate = 1), 0.5, 2)[2]", 2),
    ("sorted(normal(0, 1)[2])[1]", 2),
    ("lkj_corr(2, 1.5)[2]", 2),
    ("dirichlet([1, 2])[2]", 2),
    ("wishart(3, [[1, 0.5], [0.5, 1]])[1]", 3),
    ("if 1 < 2 { normal(0, 1)[2] } else { cauchy(0, 1)[2] }", 2),
];

#[test]
fn means_of_draws_are_integrals() {
    let mut faults = Faults::default();
    let table = cases();
    let without = table.iter().step_by(LISTS).filter(|case| case.is_continuous() && !case.has("log_cdf"));
    let own: Vec<_> = without.map(|case| (case.call.as_str(), dimension(case))).collect();
    assert!(own.len() >= 10);
    for (measure, dimension) in own.iter().chain(MADE) {
        let found = worst(measure, measure, *dimension);
        faults.unless(found < DEVIATE, || format!("{measure}: {found}"));
    }
}

#[test]
fn means_of_draws_of_another_distribution_are_seen() {
    for (drawn, scored, dimension) in [
        ("normal(0, 2)[2]", "sorted(normal(0, 2)[2])", 2),
        ("lkj_corr_cholesky(3, 2.0)", "lkj_corr_cholesky(3, 2.75)", 3),
        ("wishart(4.0, [[2, 0], [0, 1]])", "wishart(4.0, [[2, 0.6], [0.6, 1]])", 3),
        ("transformed(normal(0.4, 1.5), above(2))", "transformed(normal(0.9, 1.5), above(2))", 1),
        ("dirichlet([1, 1, 2])", "dirichlet([1, 1, 1.7])", 2),
    ] {
        let found = worst(drawn, scored, dimension);
        assert!(found > DEVIATE, "{drawn}: {found}");
    }
}

/// The derivative of the log density of each draw in one argument, by differences.
fn scores(case: &Case, draws: &ResultBuffer, parameter: usize, entry: usize) -> Vec<f64> {
    let step = 1e-5;
    let [ahead, behind] =
        [step, -step].map(|by| format!("log_density({}, x[i])", case.moved(parameter, entry, by).call));
    let values = along(&[&ahead, &behind], &case.value_type(), draws.clone(), DRAWS);
    values[0].iter().zip(&values[1]).map(|(ahead, behind)| (ahead - behind) / (2.0 * step)).collect()
}

/// Ends that are parameters: their scores have no mean of zero, since the support moves with them.
const MOVING: &[(&str, &str)] = &[("uniform", "lower"), ("uniform", "upper"), ("pareto", "minimum")];

/// Entries of a parameter that may be moved alone.
fn free_entries(case: &Case, parameter: usize) -> Vec<usize> {
    let float = &case.floats[parameter];
    let moving = MOVING.contains(&(case.name.as_str(), float.name.as_str()));
    match (moving, float.values.len()) {
        (true, _) => Vec::new(),
        // The diagonal: a matrix stays symmetric.
        (_, 4) => vec![0, 3],
        // Probabilities that do not sum to one have no probability density.
        _ if float.ty.starts_with("simplex") => Vec::new(),
        (_, n) => (0..n).collect(),
    }
}

#[test]
fn scores_of_draws_have_mean_zero() {
    let mut faults = Faults::default();
    for case in cases() {
        let draws = drawn(&case.call, DRAWS, 2);
        for parameter in 0..case.floats.len() {
            for entry in free_entries(&case, parameter) {
                let found = deviations(&scores(&case, &draws, parameter, entry));
                faults.unless(found < DEVIATE, || {
                    format!("{} in {}: {found}", case.call, case.floats[parameter].name)
                });
            }
        }
    }
}

#[test]
fn scores_of_draws_of_another_distribution_are_seen() {
    let mut seen = Vec::new();
    for case in cases().into_iter().step_by(LISTS) {
        for parameter in 0..case.floats.len() {
            for entry in free_entries(&case, parameter).into_iter().take(1) {
                let size = case.floats[parameter].values[entry].abs().max(0.1);
                let room =
                    if case.floats[parameter].ty == "unit" { 0.1 * size.min(1.0 - size) } else { 0.5 * size };
                let other = drawn(&case.moved(parameter, entry, room).call, DRAWS, 2);
                seen.push(deviations(&scores(&case, &other, parameter, entry)) > DEVIATE);
            }
        }
    }
    let share = seen.iter().filter(|seen| **seen).count() as f64 / seen.len() as f64;
    assert!(share > 0.8, "only {share} of the shifted distributions are seen");
}
