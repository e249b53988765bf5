//! Triangular systems with any number of right-hand sides, all row-major.
//!
//! Small systems, and those with few right-hand sides, by own substitution: every entry is `(b - a x - a x -
//! ..) / a` with fused steps in the order in which the unknowns are found, the same bits at every level.
//! Larger ones by faer, sequentially.

use super::by_faer;
use super::multiply::WIDE;
use crate::kernels::level::{Level, PerLevel, for_each_level, per_level};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{MatMut, MatRef, Par};

/// The shape of a system and how its matrix is read.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct System {
    /// The lower triangle holds the matrix (else the upper).
    pub lower: bool,
    /// The matrix is the transpose of that triangle.
    pub transposed: bool,
    /// The number of unknowns.
    pub order: usize,
    /// The number of right-hand sides.
    pub columns: usize,
}

/// `(system, matrix, unknowns)`: replaces the right-hand sides, `order` rows of `columns`, by the solutions.
/// A zero on the diagonal gives infinities or NaN.
pub type Solve = unsafe extern "C" fn(*const System, *const f64, *mut f64);

/// The kernels.
pub static SOLVE: PerLevel<Solve> = per_level!(kernel, Solve);

/// Rows found side by side, as far as they do not depend on one another.
const ROWS: usize = 4;
/// The order and the number of right-hand sides from which faer is faster.
const LARGE: (usize, usize) = (320, 16);

/// Replaces the right-hand sides by the solutions.
pub fn solve(level: Level, system: &System, matrix: &[f64], unknowns: &mut [f64]) {
    let System { order, columns, .. } = *system;
    assert!(
        matrix.len() == order * order && unknowns.len() == order * columns,
        "arrays do not fit the system"
    );
    // Safety: the lengths were checked, the borrows keep the arrays apart, and `get` checks the level.
    unsafe { SOLVE.get(level)(system, matrix.as_ptr(), unknowns.as_mut_ptr()) }
}

impl System {
    /// Unknowns are found from the first to the last, else from the last to the first.
    #[inline(always)]
    fn forward(&self) -> bool {
        self.lower != self.transposed
    }

    fn solve_large(&self, matrix: &[f64], unknowns: &mut [f64]) {
        let matrix = MatRef::from_row_major_slice(matrix, self.order, self.order);
        let matrix = if self.transposed { matrix.transpose() } else { matrix };
        let unknowns = MatMut::from_row_major_slice_mut(unknowns, self.order, self.columns);
        if self.forward() {
            by_faer(|| solve_lower_triangular_in_place(matrix, unknowns, Par::Seq));
        } else {
            by_faer(|| solve_upper_triangular_in_place(matrix, unknowns, Par::Seq));
        }
    }
}

/// A system seen in the order in which its unknowns are found: always forward substitution.
#[derive(Clone, Copy)]
struct Forward {
    matrix: *const f64,
    /// From a row of the matrix to the next, and from a column.
    steps: [isize; 2],
    unknowns: *mut f64,
    /// From an unknown to the next.
    step: isize,
    columns: usize,
}

impl Forward {
    /// # Safety
    /// The arrays fit the system.
    #[inline(always)]
    unsafe fn new(system: &System, matrix: *const f64, unknowns: *mut f64) -> Forward {
        let (order, step) = (system.order as isize, system.columns as isize);
        let steps = if system.transposed { [1, order] } else { [order, 1] };
        if system.forward() || order == 0 {
            return Forward { matrix, steps, unknowns, step, columns: system.columns };
        }
        // Safety: these are the last entries.
        let (matrix, unknowns) =
            unsafe { (matrix.offset(order * order - 1), unknowns.offset((order - 1) * step)) };
        Forward { matrix, steps: steps.map(|step| -step), unknowns, step: -step, columns: system.columns }
    }

    /// The entry of the matrix in a row and a column.
    #[inline(always)]
    unsafe fn entry(&self, row: usize, column: usize) -> f64 {
        unsafe { *self.matrix.offset(row as isize * self.steps[0] + column as isize * self.steps[1]) }
    }

    /// The place of an unknown in a right-hand side.
    #[inline(always)]
    unsafe fn place(&self, row: usize, column: usize) -> *mut f64 {
        unsafe { self.unknowns.offset(row as isize * self.step + column as isize) }
    }

    /// Finds `R` unknowns from `first` on in `W` right-hand sides from `column` on.
    #[inline(always)]
    unsafe fn block<const R: usize, const W: usize>(&self, first: usize, column: usize) {
        let mut sums = [[0.0; W]; R];
        for r in 0..R {
            let place = unsafe { self.place(first + r, column) };
            for w in 0..W {
                sums[r][w] = unsafe { *place.add(w) };
            }
        }
        for known in 0..first {
            let values = unsafe { self.place(known, column) };
            for r in 0..R {
                let factor = -unsafe { self.entry(first + r, known) };
                for w in 0..W {
                    sums[r][w] = factor.mul_add(unsafe { *values.add(w) }, sums[r][w]);
                }
            }
        }
        for r in 0..R {
            for earlier in 0..r {
                let factor = -unsafe { self.entry(first + r, first + earlier) };
                for w in 0..W {
                    sums[r][w] = factor.mul_add(sums[earlier][w], sums[r][w]);
                }
            }
            let (pivot, place) = unsafe { (self.entry(first + r, first + r), self.place(first + r, column)) };
            for w in 0..W {
                sums[r][w] /= pivot;
                unsafe { *place.add(w) = sums[r][w] };
            }
        }
    }

    /// Finds `R` unknowns from `first` on in every right-hand side.
    #[inline(always)]
    unsafe fn rows<const R: usize>(&self, first: usize) {
        let mut column = 0;
        unsafe {
            while column + 2 * WIDE <= self.columns {
                self.block::<R, { 2 * WIDE }>(first, column);
                column += 2 * WIDE;
            }
            while column + WIDE <= self.columns {
                self.block::<R, WIDE>(first, column);
                column += WIDE;
            }
            while column < self.columns {
                self.block::<R, 1>(first, column);
                column += 1;
            }
        }
    }
}

mod kernel {
    use super::*;

    #[inline(always)]
    unsafe fn body(system: *const System, matrix: *const f64, unknowns: *mut f64) {
        // Safety: the caller gives a system and arrays that fit it, not overlapping.
        unsafe {
            let System { order, columns, .. } = *system;
            if order >= LARGE.0 && columns >= LARGE.1 {
                let matrix = std::slice::from_raw_parts(matrix, order * order);
                let unknowns = std::slice::from_raw_parts_mut(unknowns, order * columns);
                return (*system).solve_large(matrix, unknowns);
            }
            let forward = Forward::new(&*system, matrix, unknowns);
            let whole = order - order % ROWS;
            for first in (0..whole).step_by(ROWS) {
                forward.rows::<ROWS>(first);
            }
            for first in whole..order {
                forward.rows::<1>(first);
            }
        }
    }

    for_each_level!(body, fn(system: *const System, matrix: *const f64, unknowns: *mut f64));
}
