//! What each function does around its work: pointers become slices and texts, a failure or a panic becomes a message.

use std::ffi::{CStr, CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A text of the caller; none for a null pointer.
///
/// # Safety
/// The pointer is null or leads to a text that ends with a zero byte and stays as it is.
pub unsafe fn text<'t>(pointer: *const c_char) -> Result<Option<&'t str>, String> {
    if pointer.is_null() {
        return Ok(None);
    }
    // Safety: the caller's promise.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map(Some).map_err(|_| "a text is not in UTF-8".to_owned())
}

/// Numbers of the caller, to be read.
///
/// # Safety
/// The pointer leads to so many numbers, unless there are none.
pub unsafe fn numbers<'n>(pointer: *const f64, length: usize) -> Result<&'n [f64], String> {
    match (length, pointer.is_null()) {
        (0, _) => Ok(&[]),
        (_, true) => Err("a null pointer stands where numbers are read".to_owned()),
        // Safety: the caller's promise.
        _ => Ok(unsafe { std::slice::from_raw_parts(pointer, length) }),
    }
}

/// Numbers of the caller, to be written.
///
/// # Safety
/// The pointer leads to so many numbers that nobody else uses meanwhile, unless there are none.
pub unsafe fn buffer<'n>(pointer: *mut f64, length: usize) -> Result<&'n mut [f64], String> {
    match (length, pointer.is_null()) {
        (0, _) => Ok(&mut []),
        (_, true) => Err("a null pointer stands where numbers are written".to_owned()),
        // Safety: the caller's promise.
        _ => Ok(unsafe { std::slice::from_raw_parts_mut(pointer, length) }),
    }
}

/// What a pointer leads to.
///
/// # Safety
/// The pointer is null, or one that this library gave and that was not yet destroyed.
pub unsafe fn given<'o, T>(pointer: *const T) -> Result<&'o T, String> {
    // Safety: the caller's promise.
    unsafe { pointer.as_ref() }.ok_or_else(|| "a null pointer stands for an object".to_owned())
}

/// Does the work; a failure becomes a message for the caller.
///
/// # Safety
/// `error` is null, or a message may be written there.
pub unsafe fn guarded<T>(error: *mut *mut c_char, work: impl FnOnce() -> Result<T, String>) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    let message = match done {
        Ok(Ok(value)) => return Some(value),
        Ok(Err(message)) => message,
        Err(panic) => {
            let told = panic.downcast_ref::<&str>().map(|told| (*told).to_owned());
            let told = told.or_else(|| panic.downcast_ref::<String>().cloned());
            format!("internal error, please report: {}", told.unwrap_or_default())
        }
    };
    if !error.is_null() {
        // Safety: the caller's promise.
        unsafe { *error = c_text(message).into_raw() };
    }
    None
}

/// The same of work that gives nothing: 0 where it is done, -1 where it failed.
///
/// # Safety
/// As [`guarded`].
pub unsafe fn code(error: *mut *mut c_char, work: impl FnOnce() -> Result<(), String>) -> c_int {
    // Safety: the caller's promise.
    match unsafe { guarded(error, work) } {
        Some(()) => 0,
        None => -1,
    }
}

/// A text for C, without zero bytes inside.
pub fn c_text(text: impl Into<String>) -> CString {
    let text: String = text.into();
    CString::new(text.replace('\0', " ")).expect("zero bytes were replaced")
}
