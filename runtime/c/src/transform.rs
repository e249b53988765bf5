//! Between coordinates and values, both ways, and starting points.

use std::ffi::{c_char, c_int};

use crate::call::{buffer, numbers, text};
use crate::construct::{bs_model, with_model};
use crate::model::Start;
use crate::rng::bs_rng;

/// Writes the values at coordinates, in the order of bs_param_names. The stream of random numbers may be null: nothing is drawn.
///
/// # Safety
/// The model was made by this library and is not yet destroyed; `theta_unc` has bs_param_unc_num numbers, `theta` room for
/// bs_param_num; `error_msg` is null or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_param_constrain(
    m: *const bs_model,
    include_tp: bool,
    include_gq: bool,
    theta_unc: *const f64,
    theta: *mut f64,
    rng: *mut bs_rng,
    error_msg: *mut *mut c_char,
) -> c_int {
    let _ = (include_gq, rng);
    // Safety: the caller's promise.
    unsafe {
        with_model(m, error_msg, |model| {
            let position = numbers(theta_unc, model.dimension())?;
            model.constrain(position, buffer(theta, model.length(include_tp))?)
        })
    }
}

/// Writes the coordinates of the sites' values, which are in the order of bs_param_names.
///
/// # Safety
/// As bs_param_constrain.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_param_unconstrain(
    m: *const bs_model,
    theta: *const f64,
    theta_unc: *mut f64,
    error_msg: *mut *mut c_char,
) -> c_int {
    // Safety: the caller's promise.
    unsafe {
        with_model(m, error_msg, |model| {
            let values = numbers(theta, model.length(false))?;
            model.unconstrain(values, buffer(theta_unc, model.dimension())?)
        })
    }
}

/// Writes the coordinates of the sites' values, an object in JSON.
///
/// # Safety
/// As bs_param_constrain; the text ends with a zero byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_param_unconstrain_json(
    m: *const bs_model,
    json: *const c_char,
    theta_unc: *mut f64,
    error_msg: *mut *mut c_char,
) -> c_int {
    // Safety: the caller's promise.
    unsafe {
        with_model(m, error_msg, |model| {
            let json = text(json)?.ok_or("there is no JSON")?;
            model.unconstrain_json(json, buffer(theta_unc, model.dimension())?)
        })
    }
}

/// Writes coordinates where the log density is finite: of the values that an object in JSON gives, which may be null, the
/// others at random between -`init_radius` and `init_radius`, tried `max_tries` times.
///
/// # Safety
/// As bs_param_unconstrain_json; the stream was made by this library, and no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_param_initialize(
    m: *const bs_model,
    json: *const c_char,
    rng: *mut bs_rng,
    init_radius: f64,
    max_tries: c_int,
    jacobian: bool,
    theta_unc: *mut f64,
    error_msg: *mut *mut c_char,
) -> c_int {
    // Safety: the caller's promise.
    unsafe {
        with_model(m, error_msg, |model| {
            let stream = &mut rng.as_mut().ok_or("there is no stream of random numbers")?.stream;
            let start = Start { json: text(json)?, radius: init_radius, tries: max_tries, jacobian };
            model.initialize(&start, stream, buffer(theta_unc, model.dimension())?)
        })
    }
}
