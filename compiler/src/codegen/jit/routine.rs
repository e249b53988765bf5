//! The routines that compiled code calls for whole matrices and for random bits. They take addresses that the code has
//! made from checked layouts, allocate nothing and do not panic.

use crate::kernels::random;

/// `(seed, site, count, indices, bits)`: two words of random bits.
pub(in crate::codegen) unsafe extern "C" fn bits(
    seed: i64,
    site: i64,
    count: i64,
    indices: *const i64,
    bits: *mut [i64; 2],
) {
    // Safety: the code passes a stack slot with `count` indices and room for two words.
    unsafe {
        let indices = std::slice::from_raw_parts(indices, count as usize);
        *bits = random::bits(seed, site as u64, indices).map(|word| word as i64);
    }
}

/// `(n, matrix, factor)`: the lower Cholesky factor, row by row, rows of zeros above the diagonal; NaN in the lower
/// triangle where the matrix is not positive definite. `f64`.
pub(in crate::codegen) unsafe extern "C" fn cholesky(n: i64, matrix: *const f64, factor: *mut f64) {
    let n = n as usize;
    // Safety: the code passes arrays of n * n entries that do not overlap.
    let (a, l) =
        unsafe { (std::slice::from_raw_parts(matrix, n * n), std::slice::from_raw_parts_mut(factor, n * n)) };
    l.fill(0.0);
    let mut definite = true;
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
            let rest = a[i * n + j] - dot;
            l[i * n + j] = if i == j { rest.sqrt() } else { rest / l[j * n + j] };
            definite &= i != j || rest > 0.0;
        }
    }
    if !definite || l.iter().any(|x| x.is_nan()) {
        (0..n).for_each(|i| l[i * n..=i * n + i].fill(f64::NAN));
    }
}

/// `(flags, n, columns, matrix, right, x)`: a triangular system by substitution; bit 0 of the flags is set for the lower
/// triangle, bit 1 for the transpose. `f64`.
pub(in crate::codegen) unsafe extern "C" fn solve(
    flags: i64,
    n: i64,
    columns: i64,
    matrix: *const f64,
    right: *const f64,
    x: *mut f64,
) {
    let (lower, transposed) = (flags & 1 != 0, flags & 2 != 0);
    let (n, columns) = (n as usize, columns as usize);
    // Safety: the code passes a matrix of n * n entries and arrays of n * columns, none overlapping x.
    let (a, x) = unsafe {
        right.copy_to_nonoverlapping(x, n * columns);
        (std::slice::from_raw_parts(matrix, n * n), std::slice::from_raw_parts_mut(x, n * columns))
    };
    let entry = |i: usize, j: usize| if transposed { a[j * n + i] } else { a[i * n + j] };
    let forward = lower != transposed;
    for column in 0..columns {
        for step in 0..n {
            let i = if forward { step } else { n - 1 - step };
            let known = if forward { 0..i } else { i + 1..n };
            let dot: f64 = known.map(|j| entry(i, j) * x[j * columns + column]).sum();
            x[i * columns + column] = (x[i * columns + column] - dot) / entry(i, i);
        }
    }
}
