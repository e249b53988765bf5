//! The kinds of pictures: numbers to axes and marks.

mod chains;
mod distribution;
mod pairs;
mod series;

pub use chains::{Scalar, ranks, traces};
pub use distribution::{density, density_panel, histogram, histogram_bars, smoothed};
pub use pairs::pairs;
pub use series::{fan, heatmap, lines};

/// Width and height of a panel alone, of one that is wide, and of one among several in a row.
pub(super) const ALONE: [f64; 2] = [640.0, 360.0];
pub(super) const WIDE: [f64; 2] = [640.0, 170.0];
pub(super) const SMALL: [f64; 2] = [310.0, 200.0];

/// The finite ones of some numbers.
pub(super) fn finite(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| value.is_finite()).collect()
}

/// No more than `most` of some things, evenly spread.
pub(super) fn thinned<T: Clone>(all: &[T], most: usize) -> Vec<T> {
    let step = all.len().div_ceil(most.max(1)).max(1);
    all.iter().step_by(step).cloned().collect()
}

/// The quantile between two of the values in ascending order, in proportion (Hyndman and Fan 1996, type 7).
pub(super) fn quantile(ascending: &[f64], part: f64) -> f64 {
    let place = part * (ascending.len() - 1) as f64;
    let (below, above) = (ascending[place.floor() as usize], ascending[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// The values in ascending order.
pub(super) fn ascending(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}
