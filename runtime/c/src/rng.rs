//! Random numbers, for starting points.

use std::ffi::{c_char, c_uint};

use ansatz::rng::{Purpose, Stream};

use crate::call::guarded;

/// A stream of random numbers, for one thread at a time.
#[allow(non_camel_case_types, reason = "the name is BridgeStan's")]
pub struct bs_rng {
    pub(crate) stream: Stream,
}

/// Makes a stream of random numbers, the same for the same seed.
///
/// # Safety
/// `error_msg` is null or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_rng_construct(seed: c_uint, error_msg: *mut *mut c_char) -> *mut bs_rng {
    let stream = || Ok(Stream::new(u64::from(seed), 0, Purpose::Start));
    // Safety: the caller's promise.
    let stream = unsafe { guarded(error_msg, stream) };
    stream.map_or(std::ptr::null_mut(), |stream| Box::into_raw(Box::new(bs_rng { stream })))
}

/// Destroys a stream of random numbers.
///
/// # Safety
/// The stream was made by this library, is not yet destroyed, and nobody uses it; or it is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bs_rng_destruct(rng: *mut bs_rng) {
    if !rng.is_null() {
        // Safety: the caller's promise.
        drop(unsafe { Box::from_raw(rng) });
    }
}
