//! Log densities with their derivatives. Every constant is kept, whatever `propto` says; a density that is zero or not a number
//! is a value and no failure, as in BridgeStan.

use std::ffi::{c_char, c_int};

use crate::call::{buffer, numbers};
use crate::construct::{bs_model, with_model};

/// Writes the log density at coordinates, with the Jacobians of the sites' transforms where `jacobian`.
///
/// # Safety
/// The model was made by this library and is not yet destroyed; `theta_unc` has bs_param_unc_num numbers, `lp` room for one;
/// `error_msg` is null or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_log_density(
    m: *const bs_model,
    propto: bool,
    jacobian: bool,
    theta_unc: *const f64,
    lp: *mut f64,
    error_msg: *mut *mut c_char,
) -> c_int {
    let _ = propto;
    // Safety: the caller's promise.
    unsafe {
        with_model(m, error_msg, |model| {
            let position = numbers(theta_unc, model.dimension())?;
            buffer(lp, 1)?[0] = model.log_density(jacobian, position)?;
            Ok(())
        })
    }
}

/// Writes the log density and its gradient.
///
/// # Safety
/// As bs_log_density; `val` has room for one number, `grad` for bs_param_unc_num.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_log_density_gradient(
    m: *const bs_model,
    propto: bool,
    jacobian: bool,
    theta_unc: *const f64,
    val: *mut f64,
    grad: *mut f64,
    error_msg: *mut *mut c_char,
) -> c_int {
    let _ = propto;
    // Safety: the caller's promise.
    unsafe {
        with_model(m, error_msg, |model| {
            let dimension = model.dimension();
            let position = numbers(theta_unc, dimension)?;
            buffer(val, 1)?[0] = model.gradient(jacobian, position, buffer(grad, dimension)?)?;
            Ok(())
        })
    }
}

/// Writes the log density, its gradient and its second derivatives, exact, row by row.
///
/// # Safety
/// As bs_log_density_gradient; `hessian` has room for the square of bs_param_unc_num numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_log_density_hessian(
    m: *const bs_model,
    propto: bool,
    jacobian: bool,
    theta_unc: *const f64,
    val: *mut f64,
    grad: *mut f64,
    hessian: *mut f64,
    error_msg: *mut *mut c_char,
) -> c_int {
    let _ = propto;
    // Safety: the caller's promise.
    unsafe {
        with_model(m, error_msg, |model| {
            let dimension = model.dimension();
            let position = numbers(theta_unc, dimension)?;
            let hessian = buffer(hessian, dimension * dimension)?;
            buffer(val, 1)?[0] = model.gradient(jacobian, position, buffer(grad, dimension)?)?;
            model.hessian(jacobian, position, hessian)
        })
    }
}

/// Writes the log density and the product of its second derivatives, exact, with a vector.
///
/// # Safety
/// As bs_log_density_gradient; `vector` has bs_param_unc_num numbers, `hvp` room for as many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_log_density_hessian_vector_product(
    m: *const bs_model,
    propto: bool,
    jacobian: bool,
    theta_unc: *const f64,
    vector: *const f64,
    val: *mut f64,
    hvp: *mut f64,
    error_msg: *mut *mut c_char,
) -> c_int {
    let _ = propto;
    // Safety: the caller's promise.
    unsafe {
        with_model(m, error_msg, |model| {
            let dimension = model.dimension();
            let [position, vector] = [numbers(theta_unc, dimension)?, numbers(vector, dimension)?];
            let product = buffer(hvp, dimension)?;
            buffer(val, 1)?[0] = model.log_density(jacobian, position)?;
            model.product(jacobian, position, vector, product)
        })
    }
}
