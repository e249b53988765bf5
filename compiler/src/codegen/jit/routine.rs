//! The routines that compiled code calls for whole matrices and for random bits. They take addresses that the code has
//! made from checked layouts, allocate nothing and do not panic.

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
        *bits = random(seed, site as u64, indices);
    }
}

/// Philox 4x32-10 (Salmon et al., SC 2011): the key is the seed mixed with the site, the counter holds up to two
/// indices; further indices fold into the key.
fn random(seed: i64, site: u64, indices: &[i64]) -> [i64; 2] {
    let mut key = mix(mix(seed as u64) ^ site);
    let (head, rest) = indices.split_at(indices.len().min(2));
    for index in rest {
        key = mix(key ^ *index as u64);
    }
    let word = |position: usize| head.get(position).map_or(0, |index| *index as u64);
    let mut counter = [word(0) as u32, (word(0) >> 32) as u32, word(1) as u32, (word(1) >> 32) as u32];
    let mut key = [key as u32, (key >> 32) as u32];
    for _ in 0..10 {
        let first = u64::from(counter[0]) * 0xd251_1f53;
        let second = u64::from(counter[2]) * 0xcd9e_8d57;
        counter = [
            (second >> 32) as u32 ^ counter[1] ^ key[0],
            second as u32,
            (first >> 32) as u32 ^ counter[3] ^ key[1],
            first as u32,
        ];
        key = [key[0].wrapping_add(0x9e37_79b9), key[1].wrapping_add(0xbb67_ae85)];
    }
    let join = |low: u32, high: u32| (u64::from(low) | u64::from(high) << 32) as i64;
    [join(counter[0], counter[1]), join(counter[2], counter[3])]
}

/// The finaliser of SplitMix64 (Steele et al., OOPSLA 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
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
