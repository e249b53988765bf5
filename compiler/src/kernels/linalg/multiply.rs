//! One matrix product with arbitrary strides: `out[i, j] = sum over l of left[i, l] right[l, j]`.
//!
//! A dot product sums in the order of reductions, with fused steps, and so does each entry of a long matrix
//! times a vector where both lie in line. A long matrix whose columns are summed has eight interleaved sums
//! for each, then a tree by halving. Any other small product, and one with a vector, sums each entry over
//! increasing `l` with fused steps, many entries side by side. All these give the same bits at every level. A
//! large product goes to faer, sequentially: the same bits on the same machine.

use super::by_faer;
use super::vector::{COLUMN_SUMS, DOT, DOTS};
use crate::kernels::level::{Level, PerLevel, for_each_level, per_level};
use faer::{Accum, MatMut, MatRef, Par};

/// An axis of a product: its extent, and how far apart its entries lie in each array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    pub(super) extent: usize,
    pub(super) left: isize,
    pub(super) right: isize,
    pub(super) out: isize,
}

/// The axes of a product: `rows` are absent from the right, `columns` from the left, `inner` from the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Product {
    pub(super) rows: Axis,
    pub(super) columns: Axis,
    pub(super) inner: Axis,
}

/// The arrays of a product, each at its first entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrays {
    pub(super) left: *const f64,
    pub(super) right: *const f64,
    pub(super) out: *mut f64,
}

/// Products with an extent below this, or at most [`FEW`] multiplications, stay in our own loops.
const SMALL: usize = 8;
const FEW: usize = 4096;
/// Products of a matrix and a vector with an inner extent from these on sum down columns, and along rows, in
/// several interleaved sums.
const LONG_DOWN: usize = 32;
const LONG_ALONG: usize = 128;
/// Columns, and rows, of a block computed side by side: columns only where they are adjacent.
pub(super) const WIDE: usize = 8;
const TALL: usize = 8;
const SQUARE: usize = 4;

/// `(product, accumulate, left, right, out)`.
pub(super) type Own = unsafe extern "C" fn(*const Product, bool, *const f64, *const f64, *mut f64);

static SMALL_PRODUCT: PerLevel<Own> = per_level!(small, Own);

impl Axis {
    pub(super) const ONE: Axis = Axis { extent: 1, left: 0, right: 0, out: 0 };

    fn exchanged(self) -> Axis {
        Axis { left: self.right, right: self.left, ..self }
    }
}

impl Arrays {
    /// The arrays from the `index`-th entry of an axis on.
    ///
    /// # Safety
    /// The entry lies in its arrays.
    pub(super) unsafe fn at(self, axis: &Axis, index: usize) -> Arrays {
        let index = index as isize;
        // Safety: the caller's promise.
        unsafe {
            Arrays {
                left: self.left.offset(index * axis.left),
                right: self.right.offset(index * axis.right),
                out: self.out.offset(index * axis.out),
            }
        }
    }
}

impl Product {
    /// Multiplies; adds to the result if `accumulate`.
    ///
    /// # Safety
    /// Every entry that the axes reach lies in its array, and `out` overlaps neither operand.
    pub(super) unsafe fn run(&self, level: Level, accumulate: bool, arrays: Arrays) {
        let extents = [self.rows, self.columns, self.inner].map(|axis| axis.extent);
        let own = extents.iter().any(|&extent| extent < SMALL) || extents.iter().product::<usize>() <= FEW;
        let Arrays { left, right, out } = arrays;
        // Safety: the caller's promise.
        unsafe {
            if extents[..2] == [1, 1] {
                DOT.get(level)(self, accumulate, left, right, out);
            } else if !own {
                self.large(accumulate, arrays);
            } else if self.rows.extent > 1 && self.columns.extent == 1 && self.transposed().is_long() {
                self.transposed().run(level, accumulate, Arrays { left: right, right: left, out });
            } else if self.is_along() {
                DOTS.get(level)(self, accumulate, left, right, out);
            } else if self.is_down() {
                COLUMN_SUMS.get(level)(self, accumulate, left, right, out);
            } else if self.rows.left == 1 && self.rows.out == 1 && self.rows.extent > self.columns.extent {
                SMALL_PRODUCT.get(level)(&self.transposed(), accumulate, right, left, out);
            } else {
                SMALL_PRODUCT.get(level)(self, accumulate, left, right, out);
            }
        }
    }

    /// The inner extent calls for interleaved sums, in the way in which the matrix lies.
    fn is_long(&self) -> bool {
        self.is_along() || self.is_down()
    }

    /// A vector on the left, and on the right the columns in line with it.
    fn is_along(&self) -> bool {
        let in_line = (self.inner.left, self.inner.right) == (1, 1);
        self.rows.extent == 1 && in_line && self.inner.extent >= LONG_ALONG
    }

    /// A vector on the left, and on the right adjacent columns.
    fn is_down(&self) -> bool {
        let adjacent = (self.columns.right, self.columns.out) == (1, 1);
        self.rows.extent == 1 && adjacent && self.inner.extent >= LONG_DOWN
    }

    /// The product of the transposes in exchanged order.
    fn transposed(&self) -> Product {
        Product {
            rows: self.columns.exchanged(),
            columns: self.rows.exchanged(),
            inner: self.inner.exchanged(),
        }
    }

    unsafe fn large(&self, accumulate: bool, arrays: Arrays) {
        let Product { rows, columns, inner } = self;
        let [m, n, k] = [rows.extent, columns.extent, inner.extent];
        // Safety: the caller of `run` promises that the entries exist.
        let (left, right, out) = unsafe {
            (
                MatRef::from_raw_parts(arrays.left, m, k, rows.left, inner.left),
                MatRef::from_raw_parts(arrays.right, k, n, inner.right, columns.right),
                MatMut::from_raw_parts_mut(arrays.out, m, n, rows.out, columns.out),
            )
        };
        let keep = if accumulate { Accum::Add } else { Accum::Replace };
        by_faer(|| faer::linalg::matmul::matmul(out, keep, left, right, 1.0, Par::Seq));
    }
}

mod small {
    use super::*;

    /// A block of `R` rows and `W` columns from `(row, column)` on.
    ///
    /// # Safety
    /// As for [`Product::run`]; several columns lie side by side.
    #[inline(always)]
    unsafe fn block<const R: usize, const W: usize>(product: &Product, accumulate: bool, arrays: Arrays) {
        let mut sums = [[0.0; W]; R];
        let row = product.rows;
        if accumulate {
            for r in 0..R {
                for w in 0..W {
                    sums[r][w] = unsafe { *arrays.out.offset(r as isize * row.out).add(w) };
                }
            }
        }
        for l in 0..product.inner.extent as isize {
            let left = arrays.left.wrapping_offset(l * product.inner.left);
            let right = arrays.right.wrapping_offset(l * product.inner.right);
            for r in 0..R {
                let factor = unsafe { *left.offset(r as isize * row.left) };
                for w in 0..W {
                    sums[r][w] = factor.mul_add(unsafe { *right.add(w) }, sums[r][w]);
                }
            }
        }
        for r in 0..R {
            for w in 0..W {
                unsafe { *arrays.out.offset(r as isize * row.out).add(w) = sums[r][w] };
            }
        }
    }

    /// All columns of `R` rows.
    #[inline(always)]
    unsafe fn rows<const R: usize>(product: &Product, accumulate: bool, arrays: Arrays) {
        let columns = product.columns;
        let adjacent = columns.right == 1 && columns.out == 1;
        let mut column = 0;
        unsafe {
            while adjacent && column + 2 * WIDE <= columns.extent {
                block::<R, { 2 * WIDE }>(product, accumulate, arrays.at(&columns, column));
                column += 2 * WIDE;
            }
            while adjacent && column + WIDE <= columns.extent {
                block::<R, WIDE>(product, accumulate, arrays.at(&columns, column));
                column += WIDE;
            }
            while column < columns.extent {
                block::<R, 1>(product, accumulate, arrays.at(&columns, column));
                column += 1;
            }
        }
    }

    /// All rows, `R` at a time.
    #[inline(always)]
    unsafe fn by_rows<const R: usize>(product: &Product, accumulate: bool, arrays: Arrays) {
        let whole = product.rows.extent - product.rows.extent % R;
        for row in (0..whole).step_by(R) {
            unsafe { rows::<R>(product, accumulate, arrays.at(&product.rows, row)) };
        }
        for row in whole..product.rows.extent {
            unsafe { rows::<1>(product, accumulate, arrays.at(&product.rows, row)) };
        }
    }

    #[inline(always)]
    unsafe fn body(
        product: *const Product,
        accumulate: bool,
        left: *const f64,
        right: *const f64,
        out: *mut f64,
    ) {
        let (product, arrays) = (unsafe { &*product }, Arrays { left, right, out });
        if product.columns.extent == 1 {
            unsafe { by_rows::<TALL>(product, accumulate, arrays) }
        } else {
            unsafe { by_rows::<SQUARE>(product, accumulate, arrays) }
        }
    }

    for_each_level!(
        body,
        fn(product: *const Product, accumulate: bool, left: *const f64, right: *const f64, out: *mut f64)
    );
}
