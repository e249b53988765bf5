//! Models: made, destroyed; messages freed; the version of the interface.

use std::ffi::{CString, c_char, c_int, c_uint};

use crate::call::{code, given, guarded, text};
use crate::model::{Model, Program};

/// The version of BridgeStan whose functions these are.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "the name is BridgeStan's")]
pub static bs_major_version: c_int = 2;
/// Its second number.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "the name is BridgeStan's")]
pub static bs_minor_version: c_int = 9;
/// Its third number.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "the name is BridgeStan's")]
pub static bs_patch_version: c_int = 0;

/// A posterior with its data. Any number of threads may use one.
#[allow(non_camel_case_types, reason = "the name is BridgeStan's")]
pub struct bs_model {
    pub(crate) model: Model,
}

/// Does a model's work: 0 where it is done, -1 and a message where it failed.
///
/// # Safety
/// The model was made by this library and is not yet destroyed, or is null; `error` is null, or a message may be written there.
pub(crate) unsafe fn with_model(
    m: *const bs_model,
    error: *mut *mut c_char,
    work: impl FnOnce(&Model) -> Result<(), String>,
) -> c_int {
    // Safety: the caller's promise.
    unsafe { code(error, || work(&given(m)?.model)) }
}

/// Makes a model of a program: its text, or the path of a file that ends in .anz; files that it uses lie below that file's
/// folder. `posterior` is the name of one of its posteriors, or null where it has only one. `data` is the text of an object in
/// JSON, the path of a file that ends in .json, or null. Gives null, and a message to be freed with bs_free_error_msg, if it
/// cannot be made. The seed is not used: data are not random.
///
/// # Safety
/// The texts end with a zero byte or are null; `error_msg` is null or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ansatz_model_construct(
    program: *const c_char,
    posterior: *const c_char,
    data: *const c_char,
    seed: c_uint,
    error_msg: *mut *mut c_char,
) -> *mut bs_model {
    let _ = seed;
    // Safety: the caller's promise.
    let made = unsafe {
        guarded(error_msg, || {
            let program = text(program)?.ok_or("there is no program")?;
            let program = Program { text: program, posterior: text(posterior)? };
            Model::new(&program, text(data)?.unwrap_or_default())
        })
    };
    made.map_or(std::ptr::null_mut(), |model| Box::into_raw(Box::new(bs_model { model })))
}

/// Makes a model of the program that the environment names: ANSATZ_PROGRAM is the path of its file, ANSATZ_POSTERIOR the name
/// of one of its posteriors, where it has several. The rest is as for ansatz_model_construct.
///
/// # Safety
/// As ansatz_model_construct.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_model_construct(
    data: *const c_char,
    seed: c_uint,
    error_msg: *mut *mut c_char,
) -> *mut bs_model {
    let named = |name: &str| std::env::var(name).ok().and_then(|value| CString::new(value).ok());
    let (program, posterior) = (named("ANSATZ_PROGRAM"), named("ANSATZ_POSTERIOR"));
    let pointer = |text: &Option<CString>| text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
    if program.is_none() {
        let message = "no program is named: set ANSATZ_PROGRAM, or call ansatz_model_construct".to_owned();
        // Safety: the caller's promise.
        unsafe { guarded::<()>(error_msg, || Err(message)) };
        return std::ptr::null_mut();
    }
    // Safety: the caller's promise, and texts that are kept here.
    unsafe { ansatz_model_construct(pointer(&program), pointer(&posterior), data, seed, error_msg) }
}

/// Destroys a model, and the texts that its functions gave.
///
/// # Safety
/// The model was made by this library, is not yet destroyed, and nobody uses it; or it is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_model_destruct(m: *mut bs_model) {
    if !m.is_null() {
        // Safety: the caller's promise.
        drop(unsafe { Box::from_raw(m) });
    }
}

/// Frees a message that another function wrote.
///
/// # Safety
/// The message was written by this library and is not yet freed; or it is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_free_error_msg(error_msg: *mut c_char) {
    if !error_msg.is_null() {
        // Safety: the caller's promise: it came from `CString::into_raw`.
        drop(unsafe { CString::from_raw(error_msg) });
    }
}

/// What a model prints would go there: models of this library print nothing, so that it is never called.
#[allow(non_camel_case_types, reason = "the name is BridgeStan's")]
pub type STREAM_CALLBACK = Option<extern "C" fn(data: *const c_char, size: usize)>;

/// Takes a function for what models print, which is nothing. Gives 0.
///
/// # Safety
/// `error_msg` is null or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_set_print_callback(
    callback: STREAM_CALLBACK,
    error_msg: *mut *mut c_char,
) -> c_int {
    let _ = callback;
    // Safety: the caller's promise.
    unsafe { code(error_msg, || Ok(())) }
}
