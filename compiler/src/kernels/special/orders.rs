//! The functions with an order of differentiation, one for each order: what the rows of the tables call.

use super::{
    bessel_ratio, beta_density_dab, beta_inc_dab, gamma_density_da, gamma_p_da, log_gamma_p_da,
    log_gamma_q_da, normal_log_cdf_d, polygamma, polygamma_difference, von_mises_cdf_dk,
    von_mises_density_dk,
};

/// [`polygamma`] of order N.
pub fn polygamma_at<const N: usize>(x: f64) -> f64 {
    polygamma(N, x)
}

/// [`polygamma_difference`] of order N.
pub fn polygamma_difference_at<const N: usize>(a: f64, d: f64) -> f64 {
    polygamma_difference(N, a, d)
}

/// [`normal_log_cdf_d`] of order N.
pub fn normal_log_cdf_at<const N: usize>(x: f64) -> f64 {
    normal_log_cdf_d(N, x)
}

/// [`gamma_p_da`] of order N.
pub fn gamma_p_at<const N: usize>(a: f64, x: f64) -> f64 {
    gamma_p_da(N, a, x)
}

/// [`gamma_density_da`] of order N.
pub fn gamma_density_at<const N: usize>(a: f64, x: f64) -> f64 {
    gamma_density_da(N, a, x)
}

/// [`log_gamma_p_da`] of order N.
pub fn log_gamma_p_at<const N: usize>(a: f64, x: f64) -> f64 {
    log_gamma_p_da(N, a, x)
}

/// [`log_gamma_q_da`] of order N.
pub fn log_gamma_q_at<const N: usize>(a: f64, x: f64) -> f64 {
    log_gamma_q_da(N, a, x)
}

/// [`beta_inc_dab`] of order [I, J].
pub fn beta_inc_at<const I: usize, const J: usize>(a: f64, b: f64, x: f64) -> f64 {
    beta_inc_dab([I, J], a, b, x)
}

/// [`beta_density_dab`] of order [I, J].
pub fn beta_density_at<const I: usize, const J: usize>(a: f64, b: f64, x: f64) -> f64 {
    beta_density_dab([I, J], a, b, x)
}

/// [`bessel_ratio`] of order N.
pub fn bessel_ratio_at<const N: usize>(x: f64) -> f64 {
    bessel_ratio(N, x)
}

/// [`von_mises_cdf_dk`] of order N.
pub fn von_mises_cdf_at<const N: usize>(t: f64, kappa: f64) -> f64 {
    von_mises_cdf_dk(N, t, kappa)
}

/// [`von_mises_density_dk`] of order N.
pub fn von_mises_density_at<const N: usize>(t: f64, kappa: f64) -> f64 {
    von_mises_density_dk(N, t, kappa)
}
