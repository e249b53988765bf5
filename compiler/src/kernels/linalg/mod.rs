//! Dense linear algebra on row-major `f64` arrays in the caller's buffers: contractions of two arrays,
//! Cholesky factors and triangular systems. Small sizes by own loops, the rest by faer on one thread.
//!
//! Nothing here allocates but the plan of a contraction, and faer's products a buffer for each thread, once.

#![allow(clippy::needless_range_loop, reason = "formulas of matrices are written with their indices")]

mod cholesky;
mod contraction;
mod multiply;
mod triangular;
mod vector;

pub use cholesky::{CHOLESKY, Cholesky, NotPositiveDefinite, cholesky, scratch_length};
pub use contraction::{Contraction, Extents, Labelled, contract, is_plain, row_major};
pub use triangular::{SOLVE, Solve, System, solve};

/// A call of faer. Its kernels leave data in the upper lanes of vector registers, which would make every later SSE
/// instruction next to an AVX one wait some seventy cycles (Intel 64 and IA-32 Architectures Optimization Reference
/// Manual, section on mixing the two), so they are cleared.
fn by_faer<T>(call: impl FnOnce() -> T) -> T {
    let result = call();
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx") {
        // Safety: the instruction is there.
        unsafe { clear_upper_lanes() };
    }
    result
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
fn clear_upper_lanes() {
    std::arch::x86_64::_mm256_zeroupper();
}

#[cfg(test)]
mod tests;
