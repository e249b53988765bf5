//! The rows of the elementary functions.

use super::rows::tile_rows;
use crate::kernels::elementary;

tile_rows! {
    /// The elementary functions.
    pub(in crate::kernels) static ROWS;
    /// e to the power x
    exp(x) = elementary::exp, within 0.85, (near elementary::exp_near where elementary::exp_is_near);
    /// e to the power x, less one, exact near zero
    expm1(x) = elementary::expm1, within 1.3;
    /// natural logarithm
    log(x) = elementary::log, within 0.9;
    /// natural logarithm of 1 + x, exact near zero
    log1p(x) = elementary::log1p, within 0.9,
        (near elementary::log1p_near where elementary::log1p_is_near, alone elementary::log1p_alone);
    /// sine
    sin(x) = elementary::sin, within 0.85, (near elementary::sin_near where elementary::is_near);
    /// cosine
    cos(x) = elementary::cos, within 0.85, (near elementary::cos_near where elementary::is_near);
    /// tangent
    tan(x) = elementary::tan, within 1.0, (near elementary::tan_near where elementary::is_near);
    /// arc sine
    asin(x) = elementary::asin, within 1.7;
    /// arc cosine
    acos(x) = elementary::acos, within 1.2;
    /// arc tangent
    atan(x) = elementary::atan, within 1.7;
    /// angle of the point (x, y), given as (y, x)
    atan2(y, x) = elementary::atan2, within 1.7;
    /// hyperbolic sine
    sinh(x) = elementary::sinh, within 2.0;
    /// hyperbolic cosine
    cosh(x) = elementary::cosh, within 1.7;
    /// hyperbolic tangent
    tanh(x) = elementary::tanh, within 1.7;
    /// x to the power y
    pow(x, y) = elementary::pow, within 0.85;
    /// logistic function, 1 / (1 + exp(-x))
    sigmoid(x) = elementary::sigmoid, within 1.7;
    /// log(1 + exp(x)) without overflow
    softplus(x) = elementary::softplus, within 1.7;
    /// log(exp(a) + exp(b)) without overflow
    log_add_exp(a, b) = elementary::log_add_exp, within 1.7;
    /// logarithm of the logistic function
    log_sigmoid(x) = elementary::log_sigmoid, within 1.7;
    /// log(1 - exp(x)) for x below zero
    log1m_exp(x) = elementary::log1m_exp, within 2.0;
    /// square root
    sqrt(x) = f64::sqrt, within 0.5;
}
