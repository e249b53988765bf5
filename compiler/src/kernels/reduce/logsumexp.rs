//! `log(sum(exp(x)))`, shifted by the greatest element: `m` if `m = max x` is not finite, else
//! `m + log(sum(exp(x - m)))`, both reductions in the fixed order. Nothing reduces to minus infinity.

use super::operators::{add, maximum};
use super::order::{Partials, WAYS, reduce};
use super::streaming::combine_all;
use crate::kernels::elementary::{exp, exp_is_near, exp_near, log};
use crate::kernels::level::{Level, PerLevel, for_each_level, per_level};

/// `(state, shift, n, values)`: adds `exp(value - shift)` for the next `n` elements.
pub type AbsorbExp = unsafe extern "C" fn(*mut Partials<f64>, f64, usize, *const f64);
/// `(n, values)`: the whole reduction.
pub type LogSumExp = unsafe extern "C" fn(usize, *const f64) -> f64;

/// The second pass of a streamed reduction, after one for the maximum.
pub static ABSORB_EXP: PerLevel<AbsorbExp> = per_level!(absorb, AbsorbExp);
/// Both passes over elements in one place.
pub static LOGSUMEXP: PerLevel<LogSumExp> = per_level!(whole, LogSumExp);

/// The result from the maximum and the sum of shifted exponentials.
#[inline(always)]
pub fn log_of_shifted_sum(maximum: f64, sum: f64) -> f64 {
    if maximum.is_finite() { maximum + log(sum) } else { maximum }
}

/// The definition: what every level agrees with.
pub fn logsumexp(values: &[f64]) -> f64 {
    let greatest = reduce(maximum, f64::NEG_INFINITY, values.iter().copied());
    let sum = reduce(add, 0.0, values.iter().map(|&value| exp(value - greatest)));
    log_of_shifted_sum(greatest, sum)
}

/// [`logsumexp`] by the kernels of a level.
pub fn logsumexp_at(level: Level, values: &[f64]) -> f64 {
    // Safety: the elements are borrowed, and `get` checks the level.
    unsafe { LOGSUMEXP.get(level)(values.len(), values.as_ptr()) }
}

#[inline(always)]
fn combine_exp(state: &mut Partials<f64>, shift: f64, values: &[f64]) {
    let (blocks, tail) = values.as_chunks::<WAYS>();
    let mut exponentials = [0.0; WAYS];
    for block in blocks {
        let mut all_near = true;
        for k in 0..WAYS {
            exponentials[k] = exp_near(block[k] - shift);
            all_near &= exp_is_near(block[k] - shift);
        }
        if !all_near {
            for k in 0..WAYS {
                exponentials[k] = exp(block[k] - shift);
            }
        }
        combine_all(state, &exponentials, add);
    }
    for k in 0..tail.len() {
        exponentials[k] = exp(tail[k] - shift);
    }
    combine_all(state, &exponentials[..tail.len()], add);
}

mod absorb {
    use super::*;

    #[inline(always)]
    unsafe fn body(state: *mut Partials<f64>, shift: f64, n: usize, values: *const f64) {
        // Safety: the caller gives a state and n elements, neither otherwise in use.
        let (state, values) = unsafe { (&mut *state, std::slice::from_raw_parts(values, n)) };
        combine_exp(state, shift, values);
    }

    for_each_level!(body, fn(state: *mut Partials<f64>, shift: f64, n: usize, values: *const f64));
}

mod whole {
    use super::*;

    #[inline(always)]
    unsafe fn body(n: usize, values: *const f64) -> f64 {
        // Safety: the caller gives n elements.
        let values = unsafe { std::slice::from_raw_parts(values, n) };
        let mut greatest = Partials::new(0.0);
        combine_all(&mut greatest, values, maximum);
        let greatest = greatest.finish(maximum, f64::NEG_INFINITY);
        let mut sum = Partials::new(0.0);
        combine_exp(&mut sum, greatest, values);
        log_of_shifted_sum(greatest, sum.finish(add, 0.0))
    }

    for_each_level!(body, fn(n: usize, values: *const f64) -> f64);
}
