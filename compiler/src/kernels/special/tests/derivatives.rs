//! Every derivative row against central differences of the order below: the families are closed as documented.

use super::super::*;
use super::Worst;

/// Five-point central difference of f at x with step h; its error is about h^4 times the fifth derivative.
fn difference(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
    (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
}

/// Checks `slope` against differences of `f` at the points, with a step of 1e-3 of the distance given by `reach`.
fn law(
    what: &str,
    points: &[f64],
    reach: impl Fn(f64) -> f64,
    f: impl Fn(f64) -> f64,
    slope: impl Fn(f64) -> f64,
) {
    let mut worst = Worst::default();
    for &x in points {
        let h = 1e-3 * reach(x);
        // Rounding of f, divided by the step, is no error of the slope.
        let noise = 1e-15 * f(x).abs() / h / 1e-9;
        worst.compare(&[x], slope(x), difference(&f, x, h), noise.max(1e-12));
    }
    worst.within(1e-8, what);
}

const SHAPES: [f64; 6] = [0.05, 0.4, 1.3, 4.0, 30.0, 500.0];

fn own(x: f64) -> f64 {
    x
}

#[test]
fn gamma_family_in_its_argument() {
    let points = [0.2, 1.0, 1.4616, 3.0, 11.0, 1e4, -0.4, -2.7];
    let reach = |x: f64| x.abs().min(0.3);
    law("lgamma", &points[..6], own, lgamma, digamma);
    law("lgamma left of zero", &points, reach, lgamma, digamma);
    for n in 0..6 {
        law(&format!("polygamma {n}"), &points, reach, |x| polygamma(n, x), |x| polygamma(n + 1, x));
    }
    law("digamma", &points, reach, digamma, trigamma);
}

#[test]
fn gamma_differences_and_beta_in_both_arguments() {
    for other in [0.3, 2.0, 40.0] {
        law("log_rising in a", &SHAPES, own, |a| log_rising(a, other), |a| polygamma_difference(0, a, other));
        law("log_rising in d", &SHAPES, own, |d| log_rising(other, d), |d| digamma(other + d));
        for n in 0..4 {
            let row = |a, d| polygamma_difference(n, a, d);
            law(
                "differences in a",
                &SHAPES,
                own,
                |a| row(a, other),
                |a| polygamma_difference(n + 1, a, other),
            );
            law("differences in d", &SHAPES, own, |d| row(other, d), |d| polygamma(n + 1, other + d));
        }
        law("lbeta", &SHAPES, own, |a| lbeta(a, other), |a| -polygamma_difference(0, a, other));
        let n = 2.0 * other + 700.0;
        law(
            "log_choose in k",
            &SHAPES,
            own,
            |k| log_choose(n, k),
            |k| digamma(n - k + 1.0) - digamma(k + 1.0),
        );
        law(
            "log_choose in n",
            &[n, n + 9.0],
            own,
            |n| log_choose(n, other),
            |n| polygamma_difference(0, n - other + 1.0, other),
        );
    }
}

#[test]
fn error_function_and_normal() {
    use std::f64::consts::PI;
    let points = [-6.0, -2.001, -1.999, -0.7, 0.4, 1.5, 5.0];
    let one = |_| 1.0;
    law("erf", &points, one, erf, |x| 2.0 / PI.sqrt() * (-x * x).exp());
    law("erfc", &points, one, erfc, |x| -2.0 / PI.sqrt() * (-x * x).exp());
    law("erfcx", &points[1..], one, erfcx, |x| 2.0 * x * erfcx(x) - 2.0 / PI.sqrt());
    law("normal_cdf", &points, one, normal_cdf, |x| (-0.5 * x * x).exp() / (2.0 * PI).sqrt());
    for n in 0..MAX_ORDER {
        law(
            &format!("log Phi {n}"),
            &points,
            one,
            |x| normal_log_cdf_d(n, x),
            |x| normal_log_cdf_d(n + 1, x),
        );
    }
    let reach = |p: f64| p.min(1.0 - p);
    law("normal_quantile", &[1e-10, 0.04, 0.5, 0.93], reach, normal_quantile, |p| {
        (2.0 * PI).sqrt() * (0.5 * normal_quantile(p).powi(2)).exp()
    });
    law(
        "inv_erf",
        &[-0.99, 0.1, 0.84, 0.86],
        |y| 1.0 - y.abs(),
        inv_erf,
        |y| PI.sqrt() / 2.0 * inv_erf(y).powi(2).exp(),
    );
    law(
        "inv_erfc",
        &[1e-10, 0.3, 1.0, 1.9],
        |y| y.min(2.0 - y),
        inv_erfc,
        |y| -PI.sqrt() / 2.0 * inv_erfc(y).powi(2).exp(),
    );
}

/// Points at several ranks of a gamma variable of this shape.
fn gamma_points(a: f64) -> [f64; 5] {
    [0.2, 0.7, 1.0, 1.4, 3.0].map(|ratio| a * ratio)
}

#[test]
fn incomplete_gamma_in_the_shape() {
    let reach = |a: f64| a.min(a.sqrt());
    for a in SHAPES {
        for x in gamma_points(a) {
            let check = |what: &str, f: fn(usize, f64, f64) -> f64| {
                for n in 0..MAX_ORDER {
                    law(&format!("{what} {n} at x = {x}"), &[a], reach, |a| f(n, a, x), |a| f(n + 1, a, x));
                }
            };
            check("P", gamma_p_da);
            check("Q", gamma_q_da);
            check("log P", log_gamma_p_da);
            check("log Q", log_gamma_q_da);
            check("density", gamma_density_da);
        }
    }
}

#[test]
fn incomplete_gamma_in_the_limit() {
    for a in SHAPES {
        let points = gamma_points(a);
        let reach = |x: f64| x.min(x / a.sqrt());
        for n in 0..=MAX_ORDER {
            let density = |x| gamma_density_da(n, a, x);
            law(&format!("P {n}, a = {a}"), &points, reach, |x| gamma_p_da(n, a, x), density);
            let lower = |x| if n > 0 { gamma_density_da(n - 1, a, x) } else { 0.0 };
            law(&format!("density {n}, a = {a}"), &points, reach, density, |x| {
                ((a - 1.0) / x - 1.0) * density(x) + n as f64 / x * lower(x)
            });
        }
        let density = |x| gamma_density_da(0, a, x);
        law("log P", &points, reach, |x| log_gamma_p(a, x), |x| density(x) / gamma_p(a, x));
        law("log Q", &points, reach, |x| log_gamma_q(a, x), |x| -density(x) / gamma_q(a, x));
    }
}

/// Pairs of shapes, and arguments around the mean of the beta variable.
fn beta_points() -> impl Iterator<Item = (f64, f64, [f64; 4])> {
    let pairs = [0.05, 0.6, 3.0, 50.0].into_iter().flat_map(|a| [0.2, 1.7, 90.0].map(|b| (a, b)));
    pairs.map(|(a, b)| {
        let odds = a / b;
        (a, b, [0.3, 0.9, 1.2, 4.0].map(|ratio| ratio * odds / (1.0 + ratio * odds)))
    })
}

#[test]
fn incomplete_beta_in_the_shapes() {
    let reach = |a: f64| a.min(a.sqrt());
    type Row = fn([usize; 2], f64, f64, f64) -> f64;
    const ORDERS: [(usize, usize); 6] = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (3, 2)];
    let rows: [(&str, Row); 5] = [
        ("I", beta_inc_dab),
        ("1 - I", beta_inc_upper_dab),
        ("log I", log_beta_inc_dab),
        ("log(1 - I)", log_beta_inc_upper_dab),
        ("density", beta_density_dab),
    ];
    for (what, f) in rows {
        for (a, b, points) in beta_points() {
            // High orders of a logarithm are too small beside their terms for differences to resolve.
            let orders: &[_] =
                if what.starts_with("log") { &[(0, 0), (1, 0), (0, 1), (1, 1)] } else { &ORDERS };
            for &(i, j) in orders {
                for x in points {
                    let name = format!("{what} of order {i}, {j} at b = {b}, x = {x}");
                    law(&name, &[a], reach, |a| f([i, j], a, b, x), |a| f([i + 1, j], a, b, x));
                    let name = format!("{what} of order {i}, {j} at a = {a}, x = {x}");
                    law(&name, &[b], reach, |b| f([i, j], a, b, x), |b| f([i, j + 1], a, b, x));
                }
            }
        }
    }
}

#[test]
fn incomplete_beta_in_the_limit() {
    for (a, b, points) in beta_points() {
        let reach = |x: f64| x.min(1.0 - x) / (1.0 + a.max(b)).sqrt();
        for (i, j) in [(0, 0), (1, 0), (0, 1), (2, 1), (4, 4)] {
            let density = |x| beta_density_dab([i, j], a, b, x);
            let name = format!("I of order {i}, {j} at {a}, {b}");
            law(&name, &points, reach, |x| beta_inc_dab([i, j], a, b, x), density);
            let less_a = |x| if i > 0 { i as f64 / x * beta_density_dab([i - 1, j], a, b, x) } else { 0.0 };
            let less_b =
                |x| if j > 0 { j as f64 / (1.0 - x) * beta_density_dab([i, j - 1], a, b, x) } else { 0.0 };
            law(&format!("density, {name}"), &points, reach, density, |x| {
                ((a - 1.0) / x - (b - 1.0) / (1.0 - x)) * density(x) + less_a(x) - less_b(x)
            });
        }
    }
}

#[test]
fn quantiles_in_rank_and_shape() {
    let reach = |p: f64| p.min(1.0 - p);
    for a in SHAPES {
        let density = |x| gamma_density_da(0, a, x);
        law(
            "gamma quantile",
            &[0.1, 0.5, 0.9],
            reach,
            |p| gamma_p_inverse(a, p),
            |p| 1.0 / density(gamma_p_inverse(a, p)),
        );
        law(
            "gamma quantile in a",
            &[a],
            |a| a.min(a.sqrt()),
            |a| gamma_p_inverse(a, 0.3),
            |a| {
                let x = gamma_p_inverse(a, 0.3);
                -gamma_p_da(1, a, x) / gamma_density_da(0, a, x)
            },
        );
    }
    for (a, b, _) in beta_points() {
        law(
            "beta quantile",
            &[0.1, 0.5, 0.8],
            reach,
            |p| beta_inc_inverse(a, b, p),
            |p| 1.0 / beta_density_dab([0, 0], a, b, beta_inc_inverse(a, b, p)),
        );
        law(
            "beta quantile in b",
            &[b],
            |b| b.min(b.sqrt()),
            |b| beta_inc_inverse(a, b, 0.3),
            |b| {
                let x = beta_inc_inverse(a, b, 0.3);
                -beta_inc_dab([0, 1], a, b, x) / beta_density_dab([0, 0], a, b, x)
            },
        );
    }
}

#[test]
fn bessel_functions() {
    let points = [-3.0, 0.2, 0.9, 1.1, 6.0, 19.5, 20.5, 300.0];
    let reach = |x: f64| x.abs().min(3.0);
    law("log I0", &points, reach, log_bessel_i0, |x| bessel_ratio(0, x));
    law("log I1", &points, reach, log_bessel_i1, |x| 1.0 / bessel_ratio(0, x) - 1.0 / x);
    for n in 0..MAX_ORDER {
        law(&format!("ratio {n}"), &points, reach, |x| bessel_ratio(n, x), |x| bessel_ratio(n + 1, x));
    }
    let positive = &points[1..];
    law("I0 scaled", positive, reach, bessel_i0_scaled, |x| bessel_i1_scaled(x) - bessel_i0_scaled(x));
    law("I1 scaled", positive, reach, bessel_i1_scaled, |x| {
        bessel_i0_scaled(x) - (1.0 + 1.0 / x) * bessel_i1_scaled(x)
    });
}

#[test]
fn von_mises_in_angle_and_concentration() {
    let angles = [-3.0, -1.2, -0.05, 0.4, 2.0];
    let concentrations = [0.3_f64, 2.0, 25.0, 400.0];
    for kappa in concentrations {
        let reach = |_: f64| 0.04_f64.min(0.3 / kappa.sqrt());
        for n in 0..=MAX_ORDER {
            let density = |t| von_mises_density_dk(n, t, kappa);
            law(&format!("F {n} in t, {kappa}"), &angles, reach, |t| von_mises_cdf_dk(n, t, kappa), density);
            let lower = |t| if n > 0 { n as f64 * von_mises_density_dk(n - 1, t, kappa) } else { 0.0 };
            law(&format!("density {n} in t"), &angles, reach, density, |t: f64| {
                -t.sin() * (kappa * density(t) + lower(t))
            });
        }
    }
    for t in angles {
        for n in 0..MAX_ORDER {
            let (cdf, density) = (von_mises_cdf_dk, von_mises_density_dk);
            law("F in kappa", &concentrations, own, |k| cdf(n, t, k), |k| cdf(n + 1, t, k));
            law("density in kappa", &concentrations, own, |k| density(n, t, k), |k| density(n + 1, t, k));
        }
    }
}
