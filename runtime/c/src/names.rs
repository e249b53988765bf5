//! What a model is called, and what its numbers are.

use std::ffi::{c_char, c_int};

use crate::call::given;
use crate::construct::bs_model;

/// The name of the posterior. It belongs to the model, as all texts that functions give but messages.
///
/// # Safety
/// The model was made by this library and is not yet destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_name(m: *const bs_model) -> *const c_char {
    // Safety: the caller's promise.
    unsafe { given(m) }.map_or(std::ptr::null(), |m| m.model.name.as_ptr())
}

/// What made the model: name and version of the compiler.
///
/// # Safety
/// As bs_name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_model_info(m: *const bs_model) -> *const c_char {
    // Safety: the caller's promise.
    unsafe { given(m) }.map_or(std::ptr::null(), |m| m.model.info.as_ptr())
}

/// The names of the values, separated by commas, indices from 1 and after a period each, the first index running fastest:
/// those of the sites, then, where `include_tp`, of tracked values. There are no generated quantities.
///
/// # Safety
/// As bs_name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_param_names(
    m: *const bs_model,
    include_tp: bool,
    include_gq: bool,
) -> *const c_char {
    let _ = include_gq;
    // Safety: the caller's promise.
    unsafe { given(m) }.map_or(std::ptr::null(), |m| m.model.names(include_tp).as_ptr())
}

/// The names of the coordinates, in their order, written in the same way.
///
/// # Safety
/// As bs_name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_param_unc_names(m: *const bs_model) -> *const c_char {
    // Safety: the caller's promise.
    unsafe { given(m) }.map_or(std::ptr::null(), |m| m.model.coordinates.as_ptr())
}

/// The number of values: of the sites, and, where `include_tp`, of tracked values.
///
/// # Safety
/// As bs_name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_param_num(m: *const bs_model, include_tp: bool, include_gq: bool) -> c_int {
    let _ = include_gq;
    // Safety: the caller's promise.
    unsafe { given(m) }.map_or(-1, |m| count(m.model.length(include_tp)))
}

/// The number of coordinates.
///
/// # Safety
/// As bs_name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_param_unc_num(m: *const bs_model) -> c_int {
    // Safety: the caller's promise.
    unsafe { given(m) }.map_or(-1, |m| count(m.model.dimension()))
}

fn count(number: usize) -> c_int {
    c_int::try_from(number).unwrap_or(c_int::MAX)
}
