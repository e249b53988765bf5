//! Gaps that ought to vanish, and difference quotients.

use crate::program::numbers;
use ansatz_compiler::ir::Datum;

/// |a - b| beside 1 and the greater of the two; infinite where either is no number.
pub fn relative(a: f64, b: f64) -> f64 {
    if a.is_finite() && b.is_finite() { (a - b).abs() / (1.0 + a.abs().max(b.abs())) } else { f64::INFINITY }
}

/// The greatest relative gap between entries.
pub fn greatest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "as many entries");
    a.iter().zip(b).map(|(a, b)| relative(*a, *b)).fold(0.0, f64::max)
}

/// The derivative at 0 of a curve: central differences at a step, its half and its quarter, extrapolated twice
/// (Richardson 1911), so that the error is of the sixth order in the step.
pub fn differences(curve: impl Fn(f64) -> Vec<f64>, step: f64) -> Vec<f64> {
    let central = |step: f64| -> Vec<f64> {
        let sides = curve(step).into_iter().zip(curve(-step));
        sides.map(|(right, left)| (right - left) / (2.0 * step)).collect()
    };
    let combine = |fine: &[f64], coarse: &[f64], factor: f64| -> Vec<f64> {
        fine.iter().zip(coarse).map(|(fine, coarse)| fine + (fine - coarse) / (factor - 1.0)).collect()
    };
    let [first, second, third] = [central(step), central(step / 2.0), central(step / 4.0)];
    combine(&combine(&third, &second, 4.0), &combine(&second, &first, 4.0), 16.0)
}

/// Data of the same shapes with entries in (-0.45, 0.45), a function of the stream.
pub fn direction(data: &[Datum], stream: u64) -> Vec<Datum> {
    let mut next = numbers(stream);
    let like = |datum: &Datum| match datum {
        Datum::Scalar(_) => Datum::from(next() - 0.75),
        Datum::Array(_) => {
            let entries: Vec<f64> = datum.scalars().iter().map(|_| next() - 0.75).collect();
            Datum::floats(datum.shape(), &entries)
        }
    };
    data.iter().map(like).collect()
}

/// All entries in order.
pub fn flat(data: &[Datum]) -> Vec<f64> {
    data.iter().flat_map(Datum::to_f64).collect()
}
