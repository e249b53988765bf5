//! The rows of the special functions. Errors are relative to the largest term where a function changes sign.

use super::rows::tile_rows;
use crate::kernels::special;

tile_rows! {
    /// The special functions; a name that ends in digits is a derivative of that order.
    pub(super) static ROWS;
    /// logarithm of the absolute gamma function
    lgamma(x) = special::lgamma, within 4.0, (one by one);
    /// derivative of lgamma
    digamma(x) = special::digamma, within 16.0, (one by one);
    /// derivative of order 1 of digamma
    polygamma_1(x) = special::orders::polygamma_at::<1>, within 32.0, (one by one);
    /// derivative of order 2 of digamma
    polygamma_2(x) = special::orders::polygamma_at::<2>, within 32.0, (one by one);
    /// derivative of order 3 of digamma
    polygamma_3(x) = special::orders::polygamma_at::<3>, within 32.0, (one by one);
    /// derivative of order 4 of digamma
    polygamma_4(x) = special::orders::polygamma_at::<4>, within 32.0, (one by one);
    /// derivative of order 5 of digamma
    polygamma_5(x) = special::orders::polygamma_at::<5>, within 32.0, (one by one);
    /// derivative of order 6 of digamma
    polygamma_6(x) = special::orders::polygamma_at::<6>, within 32.0, (one by one);
    /// derivative of order 7 of digamma
    polygamma_7(x) = special::orders::polygamma_at::<7>, within 32.0, (one by one);
    /// derivative of order 8 of digamma
    polygamma_8(x) = special::orders::polygamma_at::<8>, within 32.0, (one by one);
    /// logarithm of the beta function
    lbeta(a, b) = special::lbeta, within 16.0, (one by one);
    /// lgamma(a + d) - lgamma(a)
    log_rising(a, d) = special::log_rising, within 16.0, (one by one);
    /// logarithm of the binomial coefficient
    log_choose(n, k) = special::log_choose, within 16.0, (one by one);
    /// polygamma of order 0 at a + d less that at a
    polygamma_difference_0(a, d) = special::orders::polygamma_difference_at::<0>, within 32.0, (one by one);
    /// polygamma of order 1 at a + d less that at a
    polygamma_difference_1(a, d) = special::orders::polygamma_difference_at::<1>, within 32.0, (one by one);
    /// polygamma of order 2 at a + d less that at a
    polygamma_difference_2(a, d) = special::orders::polygamma_difference_at::<2>, within 32.0, (one by one);
    /// polygamma of order 3 at a + d less that at a
    polygamma_difference_3(a, d) = special::orders::polygamma_difference_at::<3>, within 32.0, (one by one);
    /// polygamma of order 4 at a + d less that at a
    polygamma_difference_4(a, d) = special::orders::polygamma_difference_at::<4>, within 32.0, (one by one);
    /// polygamma of order 5 at a + d less that at a
    polygamma_difference_5(a, d) = special::orders::polygamma_difference_at::<5>, within 32.0, (one by one);
    /// polygamma of order 6 at a + d less that at a
    polygamma_difference_6(a, d) = special::orders::polygamma_difference_at::<6>, within 32.0, (one by one);
    /// error function
    erf(x) = special::erf, within 16.0, (one by one);
    /// complement of the error function
    erfc(x) = special::erfc, within 16.0, (one by one);
    /// exp(x^2) erfc(x)
    erfcx(x) = special::erfcx, within 16.0, (one by one);
    /// inverse of erf
    inv_erf(x) = special::inv_erf, within 16.0, (one by one);
    /// inverse of erfc
    inv_erfc(x) = special::inv_erfc, within 16.0, (one by one);
    /// standard normal distribution function
    normal_cdf(x) = special::normal_cdf, within 16.0, (one by one);
    /// inverse of normal_cdf
    normal_quantile(x) = special::normal_quantile, within 16.0, (one by one);
    /// logarithm of normal_cdf
    normal_log_cdf(x) = special::normal_log_cdf, within 16.0, (one by one);
    /// derivative of order 1 of normal_log_cdf
    normal_log_cdf_1(x) = special::orders::normal_log_cdf_at::<1>, within 16.0, (one by one);
    /// derivative of order 2 of normal_log_cdf
    normal_log_cdf_2(x) = special::orders::normal_log_cdf_at::<2>, within 512.0, (one by one);
    /// derivative of order 3 of normal_log_cdf
    normal_log_cdf_3(x) = special::orders::normal_log_cdf_at::<3>, within 8192.0, (one by one);
    /// derivative of order 4 of normal_log_cdf
    normal_log_cdf_4(x) = special::orders::normal_log_cdf_at::<4>, within 8192.0, (one by one);
    /// regularised lower incomplete gamma function
    gamma_p(a, x) = special::gamma_p, within 128.0, (one by one);
    /// regularised upper incomplete gamma function
    gamma_q(a, x) = special::gamma_q, within 128.0, (one by one);
    /// logarithm of gamma_p
    log_gamma_p(a, x) = special::log_gamma_p, within 128.0, (one by one);
    /// logarithm of gamma_q
    log_gamma_q(a, x) = special::log_gamma_q, within 128.0, (one by one);
    /// derivative of order 1 in a of gamma_p
    gamma_p_1(a, x) = special::orders::gamma_p_at::<1>, within 1024.0, (one by one);
    /// derivative of order 2 in a of gamma_p
    gamma_p_2(a, x) = special::orders::gamma_p_at::<2>, within 1024.0, (one by one);
    /// derivative of order 3 in a of gamma_p
    gamma_p_3(a, x) = special::orders::gamma_p_at::<3>, within 1024.0, (one by one);
    /// derivative of order 4 in a of gamma_p
    gamma_p_4(a, x) = special::orders::gamma_p_at::<4>, within 1024.0, (one by one);
    /// derivative of order 1 in a of log_gamma_p
    log_gamma_p_1(a, x) = special::orders::log_gamma_p_at::<1>, within 1024.0, (one by one);
    /// derivative of order 2 in a of log_gamma_p
    log_gamma_p_2(a, x) = special::orders::log_gamma_p_at::<2>, within 1024.0, (one by one);
    /// derivative of order 3 in a of log_gamma_p
    log_gamma_p_3(a, x) = special::orders::log_gamma_p_at::<3>, within 1024.0, (one by one);
    /// derivative of order 4 in a of log_gamma_p
    log_gamma_p_4(a, x) = special::orders::log_gamma_p_at::<4>, within 1024.0, (one by one);
    /// derivative of order 1 in a of log_gamma_q
    log_gamma_q_1(a, x) = special::orders::log_gamma_q_at::<1>, within 1024.0, (one by one);
    /// derivative of order 2 in a of log_gamma_q
    log_gamma_q_2(a, x) = special::orders::log_gamma_q_at::<2>, within 1024.0, (one by one);
    /// derivative of order 3 in a of log_gamma_q
    log_gamma_q_3(a, x) = special::orders::log_gamma_q_at::<3>, within 1024.0, (one by one);
    /// derivative of order 4 in a of log_gamma_q
    log_gamma_q_4(a, x) = special::orders::log_gamma_q_at::<4>, within 1024.0, (one by one);
    /// derivative of order 0 in a of the gamma density
    gamma_density_0(a, x) = special::orders::gamma_density_at::<0>, within 1024.0, (one by one);
    /// derivative of order 1 in a of the gamma density
    gamma_density_1(a, x) = special::orders::gamma_density_at::<1>, within 1024.0, (one by one);
    /// derivative of order 2 in a of the gamma density
    gamma_density_2(a, x) = special::orders::gamma_density_at::<2>, within 1024.0, (one by one);
    /// derivative of order 3 in a of the gamma density
    gamma_density_3(a, x) = special::orders::gamma_density_at::<3>, within 1024.0, (one by one);
    /// derivative of order 4 in a of the gamma density
    gamma_density_4(a, x) = special::orders::gamma_density_at::<4>, within 1024.0, (one by one);
    /// x at which gamma_p is p
    gamma_p_inverse(a, p) = special::gamma_p_inverse, within 128.0, (one by one);
    /// x at which gamma_q is q
    gamma_q_inverse(a, q) = special::gamma_q_inverse, within 128.0, (one by one);
    /// regularised incomplete beta function
    beta_inc(a, b, x) = special::beta_inc, within 128.0, (one by one);
    /// complement of beta_inc
    beta_inc_upper(a, b, x) = special::beta_inc_upper, within 128.0, (one by one);
    /// logarithm of beta_inc
    log_beta_inc(a, b, x) = special::log_beta_inc, within 128.0, (one by one);
    /// logarithm of beta_inc_upper
    log_beta_inc_upper(a, b, x) = special::log_beta_inc_upper, within 128.0, (one by one);
    /// derivative of order 0 in a and 1 in b of beta_inc
    beta_inc_01(a, b, x) = special::orders::beta_inc_at::<0, 1>, within 8192.0, (one by one);
    /// derivative of order 0 in a and 2 in b of beta_inc
    beta_inc_02(a, b, x) = special::orders::beta_inc_at::<0, 2>, within 8192.0, (one by one);
    /// derivative of order 0 in a and 3 in b of beta_inc
    beta_inc_03(a, b, x) = special::orders::beta_inc_at::<0, 3>, within 8192.0, (one by one);
    /// derivative of order 0 in a and 4 in b of beta_inc
    beta_inc_04(a, b, x) = special::orders::beta_inc_at::<0, 4>, within 8192.0, (one by one);
    /// derivative of order 1 in a and 0 in b of beta_inc
    beta_inc_10(a, b, x) = special::orders::beta_inc_at::<1, 0>, within 8192.0, (one by one);
    /// derivative of order 1 in a and 1 in b of beta_inc
    beta_inc_11(a, b, x) = special::orders::beta_inc_at::<1, 1>, within 8192.0, (one by one);
    /// derivative of order 1 in a and 2 in b of beta_inc
    beta_inc_12(a, b, x) = special::orders::beta_inc_at::<1, 2>, within 8192.0, (one by one);
    /// derivative of order 1 in a and 3 in b of beta_inc
    beta_inc_13(a, b, x) = special::orders::beta_inc_at::<1, 3>, within 8192.0, (one by one);
    /// derivative of order 2 in a and 0 in b of beta_inc
    beta_inc_20(a, b, x) = special::orders::beta_inc_at::<2, 0>, within 8192.0, (one by one);
    /// derivative of order 2 in a and 1 in b of beta_inc
    beta_inc_21(a, b, x) = special::orders::beta_inc_at::<2, 1>, within 8192.0, (one by one);
    /// derivative of order 2 in a and 2 in b of beta_inc
    beta_inc_22(a, b, x) = special::orders::beta_inc_at::<2, 2>, within 8192.0, (one by one);
    /// derivative of order 3 in a and 0 in b of beta_inc
    beta_inc_30(a, b, x) = special::orders::beta_inc_at::<3, 0>, within 8192.0, (one by one);
    /// derivative of order 3 in a and 1 in b of beta_inc
    beta_inc_31(a, b, x) = special::orders::beta_inc_at::<3, 1>, within 8192.0, (one by one);
    /// derivative of order 4 in a and 0 in b of beta_inc
    beta_inc_40(a, b, x) = special::orders::beta_inc_at::<4, 0>, within 8192.0, (one by one);
    /// derivative of order 0 in a and 0 in b of the beta density
    beta_density_00(a, b, x) = special::orders::beta_density_at::<0, 0>, within 8192.0, (one by one);
    /// derivative of order 0 in a and 1 in b of the beta density
    beta_density_01(a, b, x) = special::orders::beta_density_at::<0, 1>, within 8192.0, (one by one);
    /// derivative of order 0 in a and 2 in b of the beta density
    beta_density_02(a, b, x) = special::orders::beta_density_at::<0, 2>, within 8192.0, (one by one);
    /// derivative of order 0 in a and 3 in b of the beta density
    beta_density_03(a, b, x) = special::orders::beta_density_at::<0, 3>, within 8192.0, (one by one);
    /// derivative of order 0 in a and 4 in b of the beta density
    beta_density_04(a, b, x) = special::orders::beta_density_at::<0, 4>, within 8192.0, (one by one);
    /// derivative of order 1 in a and 0 in b of the beta density
    beta_density_10(a, b, x) = special::orders::beta_density_at::<1, 0>, within 8192.0, (one by one);
    /// derivative of order 1 in a and 1 in b of the beta density
    beta_density_11(a, b, x) = special::orders::beta_density_at::<1, 1>, within 8192.0, (one by one);
    /// derivative of order 1 in a and 2 in b of the beta density
    beta_density_12(a, b, x) = special::orders::beta_density_at::<1, 2>, within 8192.0, (one by one);
    /// derivative of order 1 in a and 3 in b of the beta density
    beta_density_13(a, b, x) = special::orders::beta_density_at::<1, 3>, within 8192.0, (one by one);
    /// derivative of order 2 in a and 0 in b of the beta density
    beta_density_20(a, b, x) = special::orders::beta_density_at::<2, 0>, within 8192.0, (one by one);
    /// derivative of order 2 in a and 1 in b of the beta density
    beta_density_21(a, b, x) = special::orders::beta_density_at::<2, 1>, within 8192.0, (one by one);
    /// derivative of order 2 in a and 2 in b of the beta density
    beta_density_22(a, b, x) = special::orders::beta_density_at::<2, 2>, within 8192.0, (one by one);
    /// derivative of order 3 in a and 0 in b of the beta density
    beta_density_30(a, b, x) = special::orders::beta_density_at::<3, 0>, within 8192.0, (one by one);
    /// derivative of order 3 in a and 1 in b of the beta density
    beta_density_31(a, b, x) = special::orders::beta_density_at::<3, 1>, within 8192.0, (one by one);
    /// derivative of order 4 in a and 0 in b of the beta density
    beta_density_40(a, b, x) = special::orders::beta_density_at::<4, 0>, within 8192.0, (one by one);
    /// x at which beta_inc is p
    beta_inc_inverse(a, b, p) = special::beta_inc_inverse, within 128.0, (one by one);
    /// x at which beta_inc_upper is q
    beta_inc_upper_inverse(a, b, q) = special::beta_inc_upper_inverse, within 128.0, (one by one);
    /// logarithm of the Bessel function I_0
    log_bessel_i0(x) = special::log_bessel_i0, within 16.0, (one by one);
    /// logarithm of the absolute Bessel function I_1
    log_bessel_i1(x) = special::log_bessel_i1, within 16.0, (one by one);
    /// derivative of order 0 of I_1 / I_0
    bessel_ratio_0(x) = special::orders::bessel_ratio_at::<0>, within 8192.0, (one by one);
    /// derivative of order 1 of I_1 / I_0
    bessel_ratio_1(x) = special::orders::bessel_ratio_at::<1>, within 8192.0, (one by one);
    /// derivative of order 2 of I_1 / I_0
    bessel_ratio_2(x) = special::orders::bessel_ratio_at::<2>, within 8192.0, (one by one);
    /// derivative of order 3 of I_1 / I_0
    bessel_ratio_3(x) = special::orders::bessel_ratio_at::<3>, within 8192.0, (one by one);
    /// derivative of order 4 of I_1 / I_0
    bessel_ratio_4(x) = special::orders::bessel_ratio_at::<4>, within 8192.0, (one by one);
    /// derivative of order 0 in kappa of the von Mises distribution function
    von_mises_cdf_0(t, kappa) = special::orders::von_mises_cdf_at::<0>, within 8192.0, (one by one);
    /// derivative of order 1 in kappa of the von Mises distribution function
    von_mises_cdf_1(t, kappa) = special::orders::von_mises_cdf_at::<1>, within 8192.0, (one by one);
    /// derivative of order 2 in kappa of the von Mises distribution function
    von_mises_cdf_2(t, kappa) = special::orders::von_mises_cdf_at::<2>, within 8192.0, (one by one);
    /// derivative of order 3 in kappa of the von Mises distribution function
    von_mises_cdf_3(t, kappa) = special::orders::von_mises_cdf_at::<3>, within 8192.0, (one by one);
    /// derivative of order 4 in kappa of the von Mises distribution function
    von_mises_cdf_4(t, kappa) = special::orders::von_mises_cdf_at::<4>, within 8192.0, (one by one);
    /// derivative of order 0 in kappa of the von Mises density
    von_mises_density_0(t, kappa) = special::orders::von_mises_density_at::<0>, within 8192.0, (one by one);
    /// derivative of order 1 in kappa of the von Mises density
    von_mises_density_1(t, kappa) = special::orders::von_mises_density_at::<1>, within 8192.0, (one by one);
    /// derivative of order 2 in kappa of the von Mises density
    von_mises_density_2(t, kappa) = special::orders::von_mises_density_at::<2>, within 8192.0, (one by one);
    /// derivative of order 3 in kappa of the von Mises density
    von_mises_density_3(t, kappa) = special::orders::von_mises_density_at::<3>, within 8192.0, (one by one);
    /// derivative of order 4 in kappa of the von Mises density
    von_mises_density_4(t, kappa) = special::orders::von_mises_density_at::<4>, within 8192.0, (one by one);
}
