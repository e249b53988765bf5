//! Cholesky factors: `A = L L'`, `L` lower triangular with a positive diagonal, all row-major.
//!
//! Up to 24 rows by own code, in which every entry is `(a - l l - l l - ..) (1 / l)` with fused steps
//! in the order of the columns: the same bits at every level. Above by faer, sequentially: the same bits on
//! the same machine.

use super::by_faer;
use crate::kernels::level::{Level, PerLevel, for_each_level, per_level};
use faer::dyn_stack::MemStack;
use faer::linalg::cholesky::llt::factor::{self, LltError};
use faer::{MatMut, Par};
use std::mem::MaybeUninit;

/// Why there is no factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPositiveDefinite {
    /// The first pivot that is not positive, counted from zero; a little later where faer looks at blocks.
    pub pivot: usize,
}

/// The order up to which own code factors.
const SMALL: usize = 24;

/// `(n, matrix, factor, scratch)`: the factor of the `n` by `n` matrix whose lower triangle is given, with
/// zeros above the diagonal. Returns 0; or one more than the pivot that failed, and the factor is NaN on and
/// below the diagonal. `scratch` has room for [`scratch_length`] floats. No array overlaps another.
pub type Cholesky = unsafe extern "C" fn(usize, *const f64, *mut f64, *mut f64) -> i64;

/// The kernels.
pub static CHOLESKY: PerLevel<Cholesky> = per_level!(kernel, Cholesky);

/// The floats that [`cholesky`] needs besides its arrays.
pub fn scratch_length(n: usize) -> usize {
    if n <= SMALL {
        return 0;
    }
    let bytes = factor::cholesky_in_place_scratch::<f64>(n, Par::Seq, Default::default());
    bytes.unaligned_bytes_required().div_ceil(size_of::<f64>())
}

/// The lower factor of a symmetric matrix, of which the lower triangle is read.
pub fn cholesky(
    level: Level,
    n: usize,
    matrix: &[f64],
    factor: &mut [f64],
    scratch: &mut [f64],
) -> Result<(), NotPositiveDefinite> {
    assert!(matrix.len() == n * n && factor.len() == n * n, "not matrices of order {n}");
    assert!(scratch.len() >= scratch_length(n), "the scratch is too short for order {n}");
    // Safety: the lengths were checked, the borrows keep the arrays apart, and `get` checks the level.
    let status =
        unsafe { CHOLESKY.get(level)(n, matrix.as_ptr(), factor.as_mut_ptr(), scratch.as_mut_ptr()) };
    if status == 0 { Ok(()) } else { Err(NotPositiveDefinite { pivot: status as usize - 1 }) }
}

/// Own code, unrolled for each order and kept in registers. Right-looking: a column, once done, is taken off all later
/// ones.
///
/// # Safety
/// Both arrays hold `N * N` entries.
#[inline(always)]
unsafe fn tiny<const N: usize>(matrix: *const f64, factor: *mut f64) -> Option<usize> {
    let mut lower = [[0.0; N]; N];
    for row in 0..N {
        for column in 0..=row {
            lower[row][column] = unsafe { *matrix.add(row * N + column) };
        }
    }
    for column in 0..N {
        let pivot = lower[column][column];
        if pivot.is_nan() || pivot <= 0.0 {
            return Some(column);
        }
        let root = pivot.sqrt();
        let inverse = 1.0 / root;
        lower[column][column] = root;
        for row in column + 1..N {
            lower[row][column] *= inverse;
        }
        for right in column + 1..N {
            for row in right..N {
                lower[row][right] = (-lower[row][column]).mul_add(lower[right][column], lower[row][right]);
            }
        }
    }
    for row in 0..N {
        for column in 0..N {
            unsafe { *factor.add(row * N + column) = lower[row][column] };
        }
    }
    None
}

/// The same, row by row in memory.
///
/// # Safety
/// Both arrays hold `n * n` entries, and `n` is at most [`SMALL`].
#[inline(always)]
unsafe fn small(n: usize, matrix: *const f64, factor: *mut f64) -> Option<usize> {
    // Safety: the caller's promise.
    let (matrix, factor) =
        unsafe { (std::slice::from_raw_parts(matrix, n * n), std::slice::from_raw_parts_mut(factor, n * n)) };
    for row in 0..n {
        for column in 0..n {
            factor[row * n + column] = if column <= row { matrix[row * n + column] } else { 0.0 };
        }
    }
    let mut below = [0.0; SMALL];
    for column in 0..n {
        let pivot = factor[column * n + column];
        if pivot.is_nan() || pivot <= 0.0 {
            return Some(column);
        }
        let root = pivot.sqrt();
        let inverse = 1.0 / root;
        factor[column * n + column] = root;
        for row in column + 1..n {
            let entry = factor[row * n + column] * inverse;
            factor[row * n + column] = entry;
            below[row] = entry;
            let later = &mut factor[row * n + column + 1..row * n + row + 1];
            for (later, other) in later.iter_mut().zip(&below[column + 1..=row]) {
                *later = (-entry).mul_add(*other, *later);
            }
        }
    }
    None
}

/// faer's factor. Its lower triangle in column-major order is our upper one, so we transpose at both ends.
fn large(n: usize, matrix: &[f64], factor: &mut [f64], scratch: &mut [MaybeUninit<u8>]) -> Option<usize> {
    for_lower_triangle(n, |row, column| factor[column * n + row] = matrix[row * n + column]);
    let columns = MatMut::from_column_major_slice_mut(&mut *factor, n, n);
    let stack = MemStack::new(scratch);
    let done = by_faer(|| {
        factor::cholesky_in_place(columns, Default::default(), Par::Seq, stack, Default::default())
    });
    if let Err(LltError::NonPositivePivot { index }) = done {
        return Some(index);
    }
    for_lower_triangle(n, |row, column| factor[row * n + column] = factor[column * n + row]);
    (0..n).for_each(|row| factor[row * n + row + 1..(row + 1) * n].fill(0.0));
    None
}

/// Visits the entries on and below the diagonal by square tiles, so that a transposition stays in the cache.
fn for_lower_triangle(n: usize, mut visit: impl FnMut(usize, usize)) {
    const TILE: usize = 8;
    for top in (0..n).step_by(TILE) {
        for left in (0..=top).step_by(TILE) {
            for row in top..n.min(top + TILE) {
                (left..=row.min(left + TILE - 1)).for_each(|column| visit(row, column));
            }
        }
    }
}

mod kernel {
    use super::*;

    #[inline(always)]
    unsafe fn body(n: usize, matrix: *const f64, factor: *mut f64, scratch: *mut f64) -> i64 {
        // Safety: the caller gives two matrices and the scratch, not overlapping.
        let failed = unsafe {
            match n {
                1 => tiny::<1>(matrix, factor),
                2 => tiny::<2>(matrix, factor),
                3 => tiny::<3>(matrix, factor),
                4 => tiny::<4>(matrix, factor),
                0..=SMALL => small(n, matrix, factor),
                _ => {
                    let bytes = scratch_length(n) * size_of::<f64>();
                    let scratch = std::slice::from_raw_parts_mut(scratch.cast(), bytes);
                    let matrix = std::slice::from_raw_parts(matrix, n * n);
                    large(n, matrix, std::slice::from_raw_parts_mut(factor, n * n), scratch)
                }
            }
        };
        let Some(pivot) = failed else { return 0 };
        for row in 0..n {
            for column in 0..n {
                // Safety: as above.
                unsafe { *factor.add(row * n + column) = if column <= row { f64::NAN } else { 0.0 } };
            }
        }
        pivot as i64 + 1
    }

    for_each_level!(body, fn(n: usize, matrix: *const f64, factor: *mut f64, scratch: *mut f64) -> i64);
}
