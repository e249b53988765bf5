//! Special functions as scalar definitions, in families closed under differentiation.
//!
//! - gamma: `lgamma`, `digamma`, `polygamma`, and their differences at two points, from which `lbeta` and `log_choose`;
//! - error function: `erf`, `erfc`, `erfcx`, `normal_cdf`, the derivatives of its logarithm, the inverses;
//! - incomplete gamma and beta functions with the derivatives in their parameters (rows `_da`, `_dab`), their logarithms,
//!   densities and quantiles;
//! - Bessel functions of order 0 and 1 and the von Mises distribution.
//!
//! A function with an order of differentiation gives the next order as its derivative, up to a stated bound, above which
//! it is NaN. No function panics: outside its domain it is NaN. Finite arguments may be as large as 1e300. The elementary
//! functions underneath are the crate libm's, so results do not depend on the system's library.

mod bessel;
mod beta;
mod deviance;
mod double_double;
mod error_function;
mod gamma;
mod gamma_ratio;
mod incomplete_beta;
mod incomplete_beta_derivative;
mod incomplete_gamma;
mod incomplete_gamma_derivative;
mod jets;
mod normal;
pub mod orders;
mod quadrature;
mod quantile;
mod temme;
mod von_mises;

pub use bessel::{bessel_i0_scaled, bessel_i1_scaled, bessel_ratio, log_bessel_i0, log_bessel_i1};
pub use beta::{lbeta, log_choose};
pub use error_function::{erf, erfc, erfcx};
pub use gamma::{MAX_POLYGAMMA_ORDER, digamma, lgamma, polygamma, trigamma};
pub use gamma_ratio::{log_rising, polygamma_difference};
pub use incomplete_beta::{beta_inc, beta_inc_upper, log_beta_inc, log_beta_inc_upper};
pub use incomplete_beta_derivative::{
    beta_density_dab, beta_inc_dab, beta_inc_upper_dab, log_beta_inc_dab, log_beta_inc_upper_dab,
};
pub use incomplete_gamma::{gamma_p, gamma_q, log_gamma_p, log_gamma_q};
pub use incomplete_gamma_derivative::{
    gamma_density_da, gamma_p_da, gamma_q_da, log_gamma_p_da, log_gamma_q_da,
};
pub use jets::MAX_ORDER;
pub use normal::{inv_erf, inv_erfc, normal_cdf, normal_log_cdf, normal_log_cdf_d, normal_quantile};
pub use quantile::{beta_inc_inverse, beta_inc_upper_inverse, gamma_p_inverse, gamma_q_inverse};
pub use von_mises::{von_mises_cdf_dk, von_mises_density_dk};

#[cfg(test)]
mod tests;
