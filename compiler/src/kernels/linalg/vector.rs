//! Products of vectors, and of a vector and a matrix, with long sums: interleaved sums, so that steps need not wait for
//! one another.

use super::multiply::{Arrays, Axis, Own, Product, WIDE};
use crate::kernels::level::{PerLevel, for_each_level, per_level};
use crate::kernels::reduce::operators::add;
use crate::kernels::reduce::{Partials, WAYS};

/// Of two vectors, in the order of reductions.
pub(super) static DOT: PerLevel<Own> = per_level!(dot, Own);
/// Of a vector on the left and columns in line with it.
pub(super) static DOTS: PerLevel<Own> = per_level!(dots, Own);
/// Of a vector on the left and adjacent columns.
pub(super) static COLUMN_SUMS: PerLevel<Own> = per_level!(down, Own);

/// A vector times a matrix with adjacent columns: each column is summed in eight interleaved sums.
mod down {
    use super::*;

    /// Interleaved sums.
    const SUMS: usize = 8;

    /// `W` columns.
    #[inline(always)]
    unsafe fn block<const W: usize>(product: &Product, accumulate: bool, arrays: Arrays) {
        let Axis { extent, left: left_step, right: right_step, .. } = product.inner;
        let mut sums = [[0.0; W]; SUMS];
        let mut step = |l: usize, k: usize| {
            let factor = unsafe { *arrays.left.offset(l as isize * left_step) };
            let entries = arrays.right.wrapping_offset(l as isize * right_step);
            for w in 0..W {
                sums[k][w] = factor.mul_add(unsafe { *entries.add(w) }, sums[k][w]);
            }
        };
        let whole = extent - extent % SUMS;
        for first in (0..whole).step_by(SUMS) {
            for k in 0..SUMS {
                step(first + k, k);
            }
        }
        for l in whole..extent {
            step(l, l - whole);
        }
        let mut half = SUMS / 2;
        while half > 0 {
            for k in 0..half {
                for w in 0..W {
                    sums[k][w] += sums[k + half][w];
                }
            }
            half /= 2;
        }
        for w in 0..W {
            unsafe {
                let out = arrays.out.add(w);
                *out = if accumulate { *out + sums[0][w] } else { sums[0][w] };
            }
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
        let columns = product.columns;
        let mut column = 0;
        unsafe {
            while column + WIDE <= columns.extent {
                block::<WIDE>(product, accumulate, arrays.at(&columns, column));
                column += WIDE;
            }
            if column + WIDE / 2 <= columns.extent {
                block::<{ WIDE / 2 }>(product, accumulate, arrays.at(&columns, column));
                column += WIDE / 2;
            }
            while column < columns.extent {
                block::<1>(product, accumulate, arrays.at(&columns, column));
                column += 1;
            }
        }
    }

    for_each_level!(
        body,
        fn(product: *const Product, accumulate: bool, left: *const f64, right: *const f64, out: *mut f64)
    );
}

/// A vector times a matrix whose columns lie in line with it: a dot product for each.
mod dots {
    use super::*;

    #[inline(always)]
    unsafe fn body(
        product: *const Product,
        accumulate: bool,
        left: *const f64,
        right: *const f64,
        out: *mut f64,
    ) {
        let (product, arrays) = (unsafe { &*product }, Arrays { left, right, out });
        for column in 0..product.columns.extent {
            unsafe {
                let Arrays { left, right, out } = arrays.at(&product.columns, column);
                dot::body(product, accumulate, left, right, out);
            }
        }
    }

    for_each_level!(
        body,
        fn(product: *const Product, accumulate: bool, left: *const f64, right: *const f64, out: *mut f64)
    );
}

mod dot {
    use super::*;

    /// The partial sums of `n` products, `strides` apart.
    #[inline(always)]
    unsafe fn partials(n: usize, strides: [isize; 2], left: *const f64, right: *const f64) -> Partials<f64> {
        let a = |l: usize| unsafe { *left.offset(l as isize * strides[0]) };
        let b = |l: usize| unsafe { *right.offset(l as isize * strides[1]) };
        let mut partial = [0.0; WAYS];
        for l in 0..n.min(WAYS) {
            partial[l] = a(l) * b(l);
        }
        let whole = n - n % WAYS;
        let mut start = WAYS;
        while start < whole {
            for k in 0..WAYS {
                partial[k] = a(start + k).mul_add(b(start + k), partial[k]);
            }
            start += WAYS;
        }
        for l in whole.max(WAYS)..n {
            partial[l - whole] = a(l).mul_add(b(l), partial[l - whole]);
        }
        Partials { partial, count: n }
    }

    #[inline(always)]
    pub(super) unsafe fn body(
        product: *const Product,
        accumulate: bool,
        left: *const f64,
        right: *const f64,
        out: *mut f64,
    ) {
        let Axis { extent, left: left_step, right: right_step, .. } = unsafe { (*product).inner };
        let partials = if (left_step, right_step) == (1, 1) {
            unsafe { partials(extent, [1, 1], left, right) }
        } else {
            unsafe { partials(extent, [left_step, right_step], left, right) }
        };
        let sum = partials.finish(add, 0.0);
        unsafe { *out = if accumulate { *out + sum } else { sum } };
    }

    for_each_level!(
        body,
        fn(product: *const Product, accumulate: bool, left: *const f64, right: *const f64, out: *mut f64)
    );
}
