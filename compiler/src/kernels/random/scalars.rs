//! Entries that generated code calls for one draw at a time, compiled with fused multiply-add.

use super::address::Address;
use super::draws;

/// `(seed, site, n, indices, address)`: writes the address of the draw at `n` indices.
///
/// # Safety
/// `indices` is readable for `n` integers, and `address` is writable.
pub unsafe extern "C" fn locate(seed: i64, site: u64, n: usize, indices: *const i64, address: *mut Address) {
    // Safety: as above.
    unsafe { address.write(Address::new(seed, site, std::slice::from_raw_parts(indices, n))) }
}

/// `(address, words)`: writes the two words of bits at an address.
///
/// # Safety
/// `address` is readable, and `words` is writable.
pub unsafe extern "C" fn bits(address: *const Address, words: *mut [u64; 2]) {
    // Safety: as above.
    unsafe { words.write((*address).bits()) }
}

/// [`draws::uniform`] for generated code.
pub extern "C" fn uniform(bits: u64) -> f64 {
    draws::uniform(bits)
}

/// [`draws::normal`] for generated code.
///
/// # Safety
/// The machine supports [`crate::kernels::level::Level::Baseline`].
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "fma"))]
pub unsafe extern "C" fn normal(first: u64, second: u64) -> f64 {
    draws::normal(first, second)
}

/// The sine half of [`draws::normal_pair`] for generated code.
///
/// # Safety
/// The machine supports [`crate::kernels::level::Level::Baseline`].
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "fma"))]
pub unsafe extern "C" fn second_normal(first: u64, second: u64) -> f64 {
    draws::normal_pair(first, second)[1]
}
