//! Poles, limits, and arguments outside the domains, as documented.

use super::super::*;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

fn all_nan(what: &str, values: &[f64]) {
    assert!(values.iter().all(|value| value.is_nan()), "{what}: {values:?}");
}

#[test]
fn gamma_family() {
    assert_eq!([0.0, -1.0, -7.0, INF, -INF].map(lgamma), [INF; 5]);
    assert_eq!([lgamma(1.0), lgamma(2.0)], [0.0, 0.0]);
    all_nan("digamma", &[digamma(0.0), digamma(-3.0), digamma(-INF), digamma(NAN)]);
    assert_eq!([digamma(INF), digamma(1e300)], [INF, f64::ln(1e300)]);
    assert_eq!([trigamma(0.0), trigamma(-2.0), trigamma(INF)], [INF, INF, 0.0]);
    all_nan("polygamma", &[polygamma(2, -1.0), polygamma(1, -INF), polygamma(MAX_POLYGAMMA_ORDER + 1, 1.0)]);
    assert_eq!(trigamma(1e-300), INF);
    assert_eq!([log_rising(0.0, 2.0), log_rising(2.0, -2.0), log_rising(0.0, 0.0)], [-INF, INF, 0.0]);
    assert_eq!([polygamma_difference(0, 0.0, 1.0), polygamma_difference(1, 0.0, 1.0)], [INF, -INF]);
    all_nan(
        "differences",
        &[log_rising(-1.0, 3.0), polygamma_difference(0, 2.0, -3.0), polygamma_difference(21, 1.0, 1.0)],
    );
    assert_eq!(polygamma_difference(3, 1e9, 0.0), 0.0);
}

#[test]
fn beta_family() {
    assert_eq!([lbeta(0.0, 2.0), lbeta(3.0, INF), lbeta(1.0, 1.0)], [INF, -INF, 0.0]);
    all_nan("lbeta", &[lbeta(-1.0, 2.0), lbeta(NAN, 1.0), lbeta(0.0, INF)]);
    assert_eq!([log_choose(5.0, 0.0), log_choose(5.0, 5.0), log_choose(0.0, 0.0)], [0.0; 3]);
    assert_eq!([log_choose(5.0, 6.0), log_choose(5.0, -1.0), log_choose(5.0, 9.0)], [-INF; 3]);
    all_nan("log_choose", &[log_choose(-2.0, 1.0), log_choose(5.5, 7.0), log_choose(4.0, NAN)]);
}

#[test]
fn error_function_and_normal() {
    assert_eq!([erf(INF), erf(-INF), erfc(INF), erfc(-INF)], [1.0, -1.0, 0.0, 2.0]);
    assert_eq!([erfcx(INF), erfcx(-30.0), erfcx(0.0)], [0.0, INF, 1.0]);
    assert_eq!([normal_cdf(-INF), normal_cdf(INF), normal_cdf(0.0)], [0.0, 1.0, 0.5]);
    assert_eq!([normal_log_cdf(-INF), normal_log_cdf(INF)], [-INF, 0.0]);
    assert_eq!(
        [normal_log_cdf_d(1, INF), normal_log_cdf_d(2, 50.0), normal_log_cdf_d(1, -INF)],
        [0.0, 0.0, INF]
    );
    assert!((normal_log_cdf_d(2, -1e8) + 1.0).abs() < 1e-15);
    all_nan("normal", &[normal_log_cdf_d(MAX_ORDER + 1, 0.0), normal_log_cdf_d(2, NAN), normal_cdf(NAN)]);
    assert_eq!([normal_quantile(0.0), normal_quantile(1.0), normal_quantile(0.5)], [-INF, INF, 0.0]);
    assert_eq!([inv_erf(1.0), inv_erf(-1.0), inv_erf(0.0)], [INF, -INF, 0.0]);
    assert_eq!([inv_erfc(0.0), inv_erfc(2.0), inv_erfc(1.0)], [INF, -INF, 0.0]);
    all_nan(
        "quantiles",
        &[normal_quantile(-0.1), normal_quantile(1.1), inv_erf(1.5), inv_erfc(-0.1), inv_erf(NAN)],
    );
}

#[test]
fn incomplete_gamma() {
    assert_eq!([gamma_p(2.0, 0.0), gamma_p(2.0, INF), gamma_p(INF, 2.0)], [0.0, 1.0, 0.0]);
    assert_eq!([gamma_q(2.0, 0.0), gamma_q(2.0, INF)], [1.0, 0.0]);
    assert_eq!([log_gamma_p(2.0, 0.0), log_gamma_q(2.0, 0.0), log_gamma_q(2.0, INF)], [-INF, 0.0, -INF]);
    all_nan(
        "P",
        &[gamma_p(0.0, 1.0), gamma_p(-1.0, 1.0), gamma_p(1.0, -1.0), gamma_p(INF, INF), gamma_p(NAN, 1.0)],
    );
    assert_eq!([gamma_p_da(1, 2.0, 0.0), gamma_p_da(3, 2.0, INF)], [0.0, 0.0]);
    let above = MAX_ORDER + 1;
    all_nan(
        "orders",
        &[gamma_p_da(above, 2.0, 1.0), log_gamma_q_da(above, 2.0, 1.0), gamma_density_da(above, 2.0, 1.0)],
    );
    assert_eq!([1.0, 2.0, 0.5].map(|a| gamma_density_da(0, a, 0.0)), [1.0, 0.0, INF]);
    assert_eq!([gamma_p(1e-307, 10.0), gamma_q(1e-320, 1.0).signum()], [1.0, 1.0]);
    assert_eq!(
        [gamma_p_inverse(2.0, 0.0), gamma_p_inverse(2.0, 1.0), gamma_q_inverse(2.0, 0.0)],
        [0.0, INF, INF]
    );
    assert_eq!(gamma_p_inverse(1e-5, 0.1), 0.0, "below the smallest number");
    all_nan("inverse", &[gamma_p_inverse(2.0, 1.1), gamma_p_inverse(0.0, 0.5), gamma_q_inverse(1.0, NAN)]);
}

#[test]
fn incomplete_beta() {
    assert_eq!(
        [beta_inc(2.0, 3.0, 0.0), beta_inc(2.0, 3.0, 1.0), beta_inc_upper(2.0, 3.0, 1.0)],
        [0.0, 1.0, 0.0]
    );
    assert_eq!([log_beta_inc(2.0, 3.0, 0.0), log_beta_inc_upper(2.0, 3.0, 1.0)], [-INF, -INF]);
    all_nan(
        "I",
        &[
            beta_inc(0.0, 1.0, 0.5),
            beta_inc(1.0, -1.0, 0.5),
            beta_inc(1.0, 1.0, 1.5),
            beta_inc(1.0, NAN, 0.5),
        ],
    );
    assert_eq!([beta_inc_dab([1, 0], 2.0, 3.0, 0.0), beta_inc_dab([2, 1], 2.0, 3.0, 1.0)], [0.0, 0.0]);
    let above = MAX_ORDER + 1;
    all_nan(
        "orders",
        &[beta_inc_dab([above, 0], 2.0, 3.0, 0.5), beta_density_dab([0, above], 2.0, 3.0, 0.5)],
    );
    all_nan(
        "density at the ends",
        &[beta_density_dab([0, 0], 2.0, 3.0, 0.0), beta_density_dab([0, 0], 2.0, 3.0, 1.0)],
    );
    assert_eq!(
        [
            beta_inc_inverse(2.0, 3.0, 0.0),
            beta_inc_inverse(2.0, 3.0, 1.0),
            beta_inc_upper_inverse(2.0, 3.0, 0.0)
        ],
        [0.0, 1.0, 1.0]
    );
    all_nan("inverse", &[beta_inc_inverse(2.0, 3.0, -0.1), beta_inc_inverse(0.0, 3.0, 0.5)]);
    assert_eq!(beta_inc_inverse(1e-4, 2.0, 0.2), 0.0, "below the smallest number");
}

#[test]
fn bessel_and_von_mises() {
    assert_eq!([bessel_i0_scaled(0.0), bessel_i1_scaled(0.0), bessel_ratio(0, 0.0)], [1.0, 0.0, 0.0]);
    assert_eq!([bessel_i0_scaled(INF), bessel_ratio(0, INF), bessel_ratio(1, INF)], [0.0, 1.0, 0.0]);
    assert_eq!([log_bessel_i0(0.0), log_bessel_i1(0.0), log_bessel_i0(-INF)], [0.0, -INF, INF]);
    assert_eq!([bessel_ratio(1, 0.0), bessel_ratio(2, 0.0), bessel_ratio(3, 0.0)], [0.5, 0.0, -0.375]);
    assert_eq!([bessel_ratio(0, -3.0), bessel_ratio(1, -3.0)], [-bessel_ratio(0, 3.0), bessel_ratio(1, 3.0)]);
    all_nan("ratio", &[bessel_ratio(MAX_ORDER + 1, 1.0), bessel_ratio(0, NAN), log_bessel_i0(NAN)]);
    assert_eq!(
        [von_mises_cdf_dk(0, -4.0, 2.0), von_mises_cdf_dk(0, 4.0, 2.0), von_mises_cdf_dk(1, 4.0, 2.0)],
        [0.0, 1.0, 0.0]
    );
    all_nan(
        "von Mises",
        &[
            von_mises_cdf_dk(0, 0.0, -1.0),
            von_mises_density_dk(MAX_ORDER + 1, 0.0, 1.0),
            von_mises_cdf_dk(0, NAN, 1.0),
        ],
    );
}
