//! Every function against its table; the tolerances are the documented accuracies.

use super::super::*;
use super::{Worst, table};

/// Compares the columns after the first `arguments` with `functions`, each with the scale that `scale` gives it, and
/// returns the worst error of each.
fn columns<const N: usize>(
    text: &str,
    arguments: usize,
    functions: impl Fn(&[f64]) -> [f64; N],
    scale: impl Fn(usize, &[f64], &[f64]) -> f64,
) -> [Worst; N] {
    let mut worst = std::array::from_fn(|_| Worst::default());
    for row in table(text) {
        let (place, expected) = row.split_at(arguments);
        assert_eq!(expected.len(), N, "columns of the table");
        for (k, actual) in functions(place).into_iter().enumerate() {
            worst[k].compare(place, actual, expected[k], scale(k, place, expected));
        }
    }
    worst
}

fn all_within(worst: &[Worst], tolerances: &[f64], what: &str) {
    assert_eq!(worst.len(), tolerances.len());
    for (k, (worst, tolerance)) in worst.iter().zip(tolerances).enumerate() {
        worst.within(*tolerance, &format!("{what}, column {k}"));
    }
}

#[test]
fn gamma_family() {
    const ORDERS: [usize; 7] = [0, 1, 2, 3, 4, 7, 20];
    let functions = |place: &[f64]| {
        let mut values = [lgamma(place[0]); 8];
        for (value, order) in values[1..].iter_mut().zip(ORDERS) {
            *value = polygamma(order, place[0]);
        }
        values
    };
    // Left of zero the error is relative to the term of the nearest pole, n! / |x - pole|^(n+1).
    let scale = |k: usize, place: &[f64], _: &[f64]| {
        if place[0] > 0.0 || k == 0 {
            return 0.0;
        }
        let distance = (place[0] - place[0].round()).abs();
        (1..=ORDERS[k - 1]).fold(1.0 / distance, |product, i| product * i as f64 / distance)
    };
    let worst = columns(include_str!("../reference/gamma.txt"), 1, functions, scale);
    all_within(&worst, &[1e-15, 2e-15, 2e-15, 2e-15, 2e-15, 2e-15, 2e-15, 5e-15], "gamma");
}

#[test]
fn beta_family() {
    let functions = |p: &[f64]| {
        let difference = |n| polygamma_difference(n, p[0], p[1]);
        [lbeta(p[0], p[1]), log_rising(p[0], p[1]), difference(0), difference(1), difference(2)]
    };
    let scale = |k: usize, p: &[f64], _: &[f64]| {
        if k == 0 {
            1.0
        } else if k == 1 {
            p[1]
        } else {
            0.0
        }
    };
    let worst = columns(include_str!("../reference/beta.txt"), 2, functions, scale);
    all_within(&worst, &[2e-15, 2e-15, 2e-15, 2e-15, 2e-15], "beta");
}

#[test]
fn error_function_and_normal_tails() {
    let functions = |p: &[f64]| {
        let x = p[0];
        // The table leaves erfcx out where it overflows.
        let scaled = if x > -26.6 { erfcx(x) } else { f64::NAN };
        let derivative = |n| normal_log_cdf_d(n, x);
        [
            erf(x),
            erfc(x),
            scaled,
            normal_cdf(x),
            normal_log_cdf(x),
            derivative(1),
            derivative(2),
            derivative(3),
            derivative(4),
        ]
    };
    // Below the smallest normal number only the absolute error counts.
    let scale = |_: usize, _: &[f64], _: &[f64]| f64::MIN_POSITIVE;
    let worst = columns(include_str!("../reference/error.txt"), 1, functions, scale);
    all_within(&worst, &[1e-15, 1e-15, 2e-15, 2e-15, 2e-15, 2e-15, 1e-13, 1e-12, 1e-12], "error function");
}

#[test]
fn normal_quantiles() {
    let worst = columns(
        include_str!("../reference/normal_quantile.txt"),
        1,
        |p| [normal_quantile(p[0])],
        |_, _, _| 0.0,
    );
    all_within(&worst, &[1e-15], "normal quantile");
}

#[test]
fn incomplete_gamma_and_its_shape_derivatives() {
    let functions = |p: &[f64]| {
        let (a, x) = (p[0], p[1]);
        let derivative = |n| gamma_p_da(n, a, x);
        [
            gamma_p(a, x),
            gamma_q(a, x),
            log_gamma_p(a, x),
            log_gamma_q(a, x),
            derivative(1),
            derivative(2),
            derivative(3),
            derivative(4),
        ]
    };
    // Orders above the first change sign: relative to the first, over the spread of a gamma variable to that power.
    let scale = |k: usize, p: &[f64], expected: &[f64]| {
        if k <= 4 { 0.0 } else { expected[4].abs() * p[0].max(1.0).powf(-0.5 * (k as f64 - 4.0)) }
    };
    let worst = columns(include_str!("../reference/gamma_incomplete.txt"), 2, functions, scale);
    all_within(&worst, &[1e-14, 1e-14, 1e-14, 1e-14, 1e-14, 1e-13, 1e-13, 1e-13], "incomplete gamma");
}

#[test]
fn incomplete_beta_and_its_parameter_derivatives() {
    const ORDERS: [(usize, usize); 10] =
        [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3), (2, 2)];
    let functions = |p: &[f64]| {
        let mut values = [0.0; 12];
        values[0] = beta_inc(p[0], p[1], p[2]);
        values[1] = beta_inc_upper(p[0], p[1], p[2]);
        for (value, (i, j)) in values[2..].iter_mut().zip(ORDERS) {
            *value = beta_inc_dab([i, j], p[0], p[1], p[2]);
        }
        values
    };
    let scale = |k: usize, p: &[f64], expected: &[f64]| {
        if k < 4 {
            return 0.0;
        }
        let (i, j) = ORDERS[k - 2];
        let power = |shape: f64, order: usize| shape.min(shape.sqrt()).powi(-(order as i32));
        let by_a = if i > 0 { expected[2].abs() * power(p[0], i - 1) * power(p[1], j) } else { 0.0 };
        let by_b = if j > 0 { expected[3].abs() * power(p[0], i) * power(p[1], j - 1) } else { 0.0 };
        by_a.max(by_b)
    };
    let worst = columns(include_str!("../reference/beta_incomplete.txt"), 3, functions, scale);
    let mut tolerances = [1e-12; 12];
    tolerances[..4].fill(2e-14);
    all_within(&worst, &tolerances, "incomplete beta");
}

#[test]
fn bessel_functions() {
    let functions = |p: &[f64]| {
        let x = p[0];
        [
            log_bessel_i0(x),
            log_bessel_i1(x),
            bessel_i0_scaled(x),
            bessel_i1_scaled(x),
            bessel_ratio(0, x),
            bessel_ratio(1, x),
            bessel_ratio(2, x),
            bessel_ratio(3, x),
        ]
    };
    let scale = |k: usize, _: &[f64], _: &[f64]| if k == 1 { 1.0 } else { 0.0 };
    let worst = columns(include_str!("../reference/bessel.txt"), 1, functions, scale);
    all_within(&worst, &[2e-15, 2e-15, 2e-15, 2e-15, 2e-15, 1e-12, 1e-12, 1e-12], "bessel");
}

#[test]
fn von_mises_distribution_function() {
    let functions = |p: &[f64]| [0, 1, 2].map(|n| von_mises_cdf_dk(n, p[0], p[1]));
    // The derivatives vanish at the mode: relative to F over 1 + kappa to that power.
    let scale = |k: usize, p: &[f64], expected: &[f64]| match k {
        0 => 0.0,
        _ => expected[0].min(1.0 - expected[0]) * (1.0 + p[1]).powi(-(k as i32)),
    };
    let worst = columns(include_str!("../reference/von_mises.txt"), 2, functions, scale);
    all_within(&worst, &[2e-14, 1e-12, 1e-12], "von Mises");
}
