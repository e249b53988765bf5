//! Chains to test with that any program can compute exactly alike.

use nalgebra::DMatrix;

/// `count` chains of `length` sluggish draws: x[t] = 0.6 x[t-1] + u[t], u from a linear congruential generator modulo
/// 2^31 started at chain + 1; the last chain is shifted by 0.25. The references were computed by this program:
///
/// ```python
/// import numpy as np, arviz as az                      # numpy 2.4.6, arviz 0.23.4
/// def chains(length, count):
///     out = np.zeros((count, length))
///     for c in range(count):
///         s, x = c + 1, 0.0
///         for t in range(length):
///             s = (1103515245 * s + 12345) % 2**31
///             x = 0.6 * x + (s / 2**31 - 0.5)
///             out[c, t] = x + (0.25 if c == count - 1 else 0.0)
///     return out
/// ```
pub fn chains(length: usize, count: usize) -> DMatrix<f64> {
    let mut out = DMatrix::zeros(length, count);
    for (chain, mut column) in out.column_iter_mut().enumerate() {
        let (mut state, mut x) = (chain as u64 + 1, 0.0);
        let shift = if chain + 1 == count { 0.25 } else { 0.0 };
        for value in column.iter_mut() {
            state = (1_103_515_245 * state + 12_345) % (1 << 31);
            x = 0.6 * x + (state as f64 / f64::from(1u32 << 31) - 0.5);
            *value = x + shift;
        }
    }
    out
}
