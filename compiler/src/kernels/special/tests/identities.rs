//! Recurrences, reflections and closed forms, checked where no table reaches.

use super::super::*;
use super::Worst;

const ARGUMENTS: [f64; 9] = [1e-3, 0.2, 0.5, 1.0, 1.7, 4.0, 12.0, 150.0, 3e5];

#[test]
fn polygamma_recurrence_and_reflection() {
    let mut worst = Worst::default();
    for n in 0..12 {
        let sign = if n % 2 == 0 { 1.0 } else { -1.0 };
        let factorial: f64 = (1..=n).map(|k| k as f64).product();
        for x in ARGUMENTS.into_iter().chain([-0.3, -4.4]) {
            // psi_n(x + 1) = psi_n(x) + (-1)^n n! / x^(n+1), DLMF 5.15.5.
            let step = sign * factorial / x.powi(n as i32 + 1);
            worst.compare(&[n as f64, x], polygamma(n, x) + step, polygamma(n, x + 1.0), step.abs());
        }
    }
    // psi'(1 - x) + psi'(x) = pi^2 / sin(pi x)^2, DLMF 5.15.6.
    for x in [0.1_f64, 0.37, 2.8, 30.25] {
        let expected = (std::f64::consts::PI / (std::f64::consts::PI * x).sin()).powi(2);
        worst.compare(&[x], trigamma(1.0 - x) + trigamma(x), expected, 0.0);
    }
    worst.within(1e-13, "polygamma identities");
}

#[test]
fn lgamma_duplication() {
    let mut worst = Worst::default();
    for x in ARGUMENTS {
        // DLMF 5.5.5: Gamma(2x) = 2^(2x-1) Gamma(x) Gamma(x+1/2) / sqrt(pi).
        let log_two = std::f64::consts::LN_2;
        let right = (2.0 * x - 1.0) * log_two + lgamma(x) + lgamma(x + 0.5) - 0.5 * std::f64::consts::PI.ln();
        worst.compare(&[x], right, lgamma(2.0 * x), 1.0);
    }
    worst.within(5e-15, "duplication");
}

#[test]
fn beta_and_binomial_recurrences() {
    let mut worst = Worst::default();
    for a in ARGUMENTS {
        for b in ARGUMENTS {
            // B(a + 1, b) = B(a, b) a / (a + b).
            let right = lbeta(a, b) + (a / (a + b)).ln();
            worst.compare(&[a, b], lbeta(a + 1.0, b), right, 1.0);
            assert_eq!(lbeta(a, b), lbeta(b, a));
        }
    }
    // C(n, k) = C(n-1, k) + C(n-1, k-1).
    for n in [5.0, 60.0, 1e6] {
        for k in [1.0, 2.0, 4.0] {
            let sum = log_choose(n - 1.0, k).exp() + log_choose(n - 1.0, k - 1.0).exp();
            worst.compare(&[n, k], log_choose(n, k), sum.ln(), 1.0);
        }
    }
    worst.compare(&[52.0, 5.0], log_choose(52.0, 5.0).exp(), 2598960.0, 0.0);
    worst.within(4e-14, "beta recurrences");
}

#[test]
fn error_functions_are_complements() {
    let mut worst = Worst::default();
    for x in [-3.0, -0.5, 0.0, 1e-9, 0.7, 2.5, 9.99, 10.01, 25.0] {
        worst.compare(&[x], erf(x) + erfc(x), 1.0, 0.0);
        worst.compare(&[x], erfcx(x) * (-x * x).exp(), erfc(x), 0.0);
        worst.compare(&[x], normal_cdf(x) + normal_cdf(-x), 1.0, 0.0);
        worst.compare(&[x], normal_log_cdf(x), normal_cdf(x).ln(), 1e-3);
        assert_eq!(erf(-x), -erf(x));
    }
    worst.within(2e-13, "error functions");
}

#[test]
fn incomplete_gamma_recurrence_and_closed_forms() {
    let mut worst = Worst::default();
    for a in ARGUMENTS {
        for ratio in [0.05, 0.4, 0.95, 1.05, 2.2, 2.4, 9.0] {
            let x = a * ratio;
            let (p, q) = (gamma_p(a, x), gamma_q(a, x));
            worst.compare(&[a, x], p + q, 1.0, 0.0);
            // P(a, x) - P(a + 1, x) = x^a e^-x / Gamma(a + 1), DLMF 8.8.5, in the small tail.
            let step = x / a * gamma_density_da(0, a, x);
            worst.compare(&[a, x], gamma_p(a + 1.0, x) + step, p, f64::MIN_POSITIVE);
            worst.compare(&[a, x], q + step, gamma_q(a + 1.0, x), f64::MIN_POSITIVE);
        }
    }
    for x in [1e-12, 0.3, 1.0, 1.6, 30.0, 600.0] {
        worst.compare(&[x], gamma_p(1.0, x), -(-x).exp_m1(), 0.0);
        worst.compare(&[x], gamma_q(1.0, x), (-x).exp(), 0.0);
        worst.compare(&[x], gamma_q(0.5, x), erfc(x.sqrt()), 0.0);
        worst.compare(&[x], log_gamma_q(1.0, x), -x, 0.0);
    }
    worst.within(2e-13, "incomplete gamma identities");
    assert!((log_gamma_q(1.0, 1e5) / -1e5 - 1.0).abs() < 1e-15, "log Q where Q underflows");
    assert!((log_gamma_p(1e5, 1.0) - (-1.0 - lgamma(1e5 + 1.0))).abs() < 1e-4, "log P where P underflows");
}

#[test]
fn incomplete_beta_symmetry_recurrence_and_closed_forms() {
    let mut worst = Worst::default();
    for a in ARGUMENTS {
        for b in ARGUMENTS {
            for x in [0.0625, 0.375, 0.5, 0.75, 0.984375] {
                let (lower, upper) = (beta_inc(a, b, x), beta_inc_upper(a, b, x));
                worst.compare(&[a, b, x], lower + upper, 1.0, 0.0);
                worst.compare(&[a, b, x], upper, beta_inc(b, a, 1.0 - x), f64::MIN_POSITIVE);
                // I(a, b) = I(a + 1, b) + x^a y^b / (a B(a, b)), DLMF 8.17.20.
                let step = x * (1.0 - x) / a * beta_density_dab([0, 0], a, b, x);
                worst.compare(&[a, b, x], beta_inc(a + 1.0, b, x) + step, lower, f64::MIN_POSITIVE);
            }
        }
        for x in [1e-9, 0.3, 0.9] {
            worst.compare(&[a, 1.0, x], beta_inc(a, 1.0, x), x.powf(a), f64::MIN_POSITIVE);
            let upper = (a * (-x).ln_1p()).exp();
            worst.compare(&[1.0, a, x], beta_inc_upper(1.0, a, x), upper, f64::MIN_POSITIVE);
        }
    }
    worst.within(2e-13, "incomplete beta identities");
    let log = log_beta_inc(2000.0, 1.0, 0.5);
    assert!((log / (2000.0 * 0.5_f64.ln()) - 1.0).abs() < 1e-15, "log I where I underflows: {log}");
    let log = log_beta_inc_upper(0.5, 3e4, 0.25);
    assert!((log / 3e4 / 0.75_f64.ln() - 1.0).abs() < 1e-2, "log(1 - I) where it underflows: {log}");
}

#[test]
fn continued_fraction_and_quadrature_of_the_beta_agree_at_their_border() {
    let mut worst = Worst::default();
    for x in [0.4995, 0.5, 0.5004] {
        // I(a, b) - I(a + 1, b) across the border at a = 1e6.
        let (a, b) = (1e6, 1.0000001e6);
        let step = x * (1.0 - x) / a * beta_density_dab([0, 0], a, b, x);
        worst.compare(&[x], beta_inc(a + 1.0, b, x) + step, beta_inc(a, b, x), 0.0);
        worst.compare(&[x], beta_inc(a + 1.0, b, x) + beta_inc_upper(a + 1.0, b, x), 1.0, 0.0);
    }
    worst.within(1e-13, "border");
}

#[test]
fn student_t_from_the_incomplete_beta() {
    let cdf = |n: f64, t: f64| 0.5 * beta_inc(0.5 * n, 0.5, n / (n + t * t));
    // One degree of freedom is Cauchy; the second has a closed form.
    for t in [-0.1_f64, -1.0, -50.0] {
        let cauchy = 0.5 + t.atan() / std::f64::consts::PI;
        assert!((cdf(1.0, t) / cauchy - 1.0).abs() < 1e-13, "{t}");
        let second = 0.5 + t / (2.0 * (2.0 + t * t).sqrt());
        assert!((cdf(2.0, t) / second - 1.0).abs() < 1e-12, "{t}");
    }
    assert!((cdf(1e9, -2.0) / normal_cdf(-2.0) - 1.0).abs() < 1e-7);
}

#[test]
fn bessel_wronskian_like_relation() {
    let mut worst = Worst::default();
    for x in [0.01, 0.7, 5.0, 19.9, 20.1, 1e4] {
        // A' = 1 - A / x - A^2.
        let ratio = bessel_ratio(0, x);
        worst.compare(&[x], bessel_ratio(1, x), 1.0 - ratio / x - ratio * ratio, 1.0);
        worst.compare(&[x], log_bessel_i1(x) - log_bessel_i0(x), ratio.ln(), 1.0);
        worst.compare(&[x], bessel_i1_scaled(x) / bessel_i0_scaled(x), ratio, 0.0);
    }
    worst.within(1e-11, "Bessel");
}

#[test]
fn von_mises_tends_to_uniform_and_to_normal() {
    let t = -1.3;
    assert!((von_mises_cdf_dk(0, t, 0.0) - (0.5 + t / std::f64::consts::TAU)).abs() < 1e-15);
    let kappa = 1e12_f64;
    let standard = -1.5;
    let expected = normal_cdf(standard);
    assert!((von_mises_cdf_dk(0, standard / kappa.sqrt(), kappa) / expected - 1.0).abs() < 1e-10);
}
