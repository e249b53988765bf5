//! How numbers are distributed: histograms and smooth densities.

use super::series::one;
use super::{ascending, finite, quantile};
use crate::plot::picture::{Axis, Ink, Mark, Panel, Picture};

/// Bars of a histogram, unless a number is asked for.
const BARS: [usize; 2] = [5, 60];

/// The numbers of values in equal steps; `bars` of them, or as many as suit the values.
pub fn histogram(values: &[f64], bars: Option<usize>) -> Picture {
    let y = Axis { label: "count".to_owned(), ..Axis::default() };
    let mark = histogram_bars(values, bars, Ink::Series(0), false);
    one(Panel { y, marks: vec![mark], ..Panel::default() })
}

/// The bars of a histogram: counts, or the density where `density` is true.
pub fn histogram_bars(values: &[f64], bars: Option<usize>, ink: Ink, density: bool) -> Mark {
    let values = ascending(finite(values));
    if values.is_empty() {
        return Mark::Note("no finite number".to_owned());
    }
    let edges = edges(&values, bars);
    let count = edges.len() - 1;
    let mut heights = vec![0.0; count];
    for value in &values {
        let bar = edges.partition_point(|edge| edge <= value).saturating_sub(1);
        heights[bar.min(count - 1)] += 1.0;
    }
    if density {
        let count = values.len() as f64;
        heights
            .iter_mut()
            .zip(edges.windows(2))
            .for_each(|(height, ends)| *height /= count * (ends[1] - ends[0]));
    }
    Mark::Bars { edges, heights, ink }
}

/// Where bars meet: around whole numbers that are few, else as many as Freedman and Diaconis (1981) say.
fn edges(ascending: &[f64], bars: Option<usize>) -> Vec<f64> {
    let (low, high) = (ascending[0], ascending[ascending.len() - 1]);
    let span = high - low;
    let whole = ascending.iter().all(|value| value.fract() == 0.0);
    // Beyond 2^52 there is no half.
    if bars.is_none() && whole && span <= BARS[1] as f64 && high.abs().max(low.abs()) < 4e15 {
        return (0..=span as usize + 1).map(|bar| low + bar as f64 - 0.5).collect();
    }
    if span <= 1e-12 * low.abs().max(high.abs()) || !span.is_finite() {
        let half = 0.05 * low.abs().max(1e-300);
        return vec![low - half, high + half];
    }
    let width =
        2.0 * (quantile(ascending, 0.75) - quantile(ascending, 0.25)) / (ascending.len() as f64).cbrt();
    let own = if width > 0.0 { (span / width).ceil().min(1e6) as usize } else { BARS[1] };
    let count = bars.unwrap_or_else(|| own.clamp(BARS[0], BARS[1]));
    (0..=count).map(|bar| low + span * bar as f64 / count as f64).collect()
}

/// A smooth density of each group of values.
pub fn density(groups: &[(String, Vec<f64>)]) -> Picture {
    let mut picture = one(density_panel(groups));
    if (2..=MOST_NAMED).contains(&groups.len()) {
        let entry = |(number, (name, _)): (usize, &(String, Vec<f64>))| (Ink::Series(number), name.clone());
        picture.legend = groups.iter().enumerate().map(entry).collect();
    }
    picture
}

/// More series than inks are not told apart.
const MOST_NAMED: usize = 6;

/// The panel of it.
pub fn density_panel(groups: &[(String, Vec<f64>)]) -> Panel {
    let line = |(number, (_, values)): (usize, &(String, Vec<f64>))| {
        let points = smoothed(values)?;
        Some(Mark::Line { points, ink: Ink::Series(number) })
    };
    let mut marks: Vec<Mark> = groups.iter().enumerate().filter_map(line).collect();
    let foot = marks.iter().find_map(|mark| match mark {
        Mark::Line { points, .. } => Some([points[0][0], 0.0]),
        _ => None,
    });
    match foot {
        // A point at zero, so that heights are seen from there.
        Some(foot) => marks.insert(0, Mark::Line { points: vec![foot], ink: Ink::Quiet }),
        None => marks.push(Mark::Note("no density: the values are alike".to_owned())),
    }
    Panel { y: Axis { bare: true, ..Axis::default() }, marks, ..Panel::default() }
}

/// Places of a curve, and bins of values for each of them.
const PLACES: usize = 200;

/// A density by normal kernels, their width by Silverman's rule (1986), reflected at the least and the greatest value, so
/// that it does not reach beyond them; none where the values are alike.
pub fn smoothed(values: &[f64]) -> Option<Vec<[f64; 2]>> {
    let values = ascending(finite(values));
    let (low, high) = (*values.first()?, *values.last()?);
    let step = (high - low) / (PLACES - 1) as f64;
    if !(step.is_finite() && step > 1e-12 * low.abs().max(high.abs())) {
        return None;
    }
    let mut weights = vec![0.0; PLACES];
    for value in &values {
        let place = ((value - low) / step).min((PLACES - 1) as f64);
        let (below, part) =
            ((place as usize).min(PLACES - 2), place - (place as usize).min(PLACES - 2) as f64);
        weights[below] += 1.0 - part;
        weights[below + 1] += part;
    }
    let width = (bandwidth(&values) / step).max(0.5);
    let reach = (4.0 * width).ceil() as i64;
    let kernel: Vec<f64> = (-reach..=reach).map(|at| (-0.5 * (at as f64 / width).powi(2)).exp()).collect();
    let scale = 1.0 / (values.len() as f64 * step * kernel.iter().sum::<f64>());
    let mut heights = vec![0.0; PLACES];
    for (place, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        for (offset, part) in (-reach..=reach).zip(&kernel) {
            heights[reflected(place as i64 + offset)] += weight * part * scale;
        }
    }
    // The first and last place stand for half a step each.
    (heights[0], heights[PLACES - 1]) = (2.0 * heights[0], 2.0 * heights[PLACES - 1]);
    Some(heights.into_iter().enumerate().map(|(place, height)| [low + place as f64 * step, height]).collect())
}

/// A place inside, that one outside is mirrored to.
fn reflected(place: i64) -> usize {
    let last = PLACES as i64 - 1;
    let around = place.rem_euclid(2 * last);
    around.min(2 * last - around) as usize
}

fn bandwidth(ascending: &[f64]) -> f64 {
    let count = ascending.len() as f64;
    let mean = ascending.iter().map(|value| value / count).sum::<f64>();
    let sd = (ascending.iter().map(|value| (value - mean).powi(2) / count).sum::<f64>()).sqrt();
    let middle = (quantile(ascending, 0.75) - quantile(ascending, 0.25)) / 1.34;
    let scale = if middle > 0.0 { sd.min(middle) } else { sd };
    0.9 * scale * count.powf(-0.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(mark: Mark) -> (Vec<f64>, Vec<f64>) {
        let Mark::Bars { edges, heights, .. } = mark else { panic!("bars, not {mark:?}") };
        (edges, heights)
    }

    #[test]
    fn every_value_stands_in_one_bar() {
        let values: Vec<f64> = (0..1_000).map(|n| f64::from(n).sqrt()).collect();
        let (edges, heights) = bars(histogram_bars(&values, Some(7), Ink::Quiet, false));
        assert_eq!((edges.len(), heights.iter().sum::<f64>()), (8, 1_000.0));
        let (edges, heights) = bars(histogram_bars(&values, None, Ink::Quiet, true));
        let area: f64 =
            heights.iter().zip(edges.windows(2)).map(|(height, ends)| height * (ends[1] - ends[0])).sum();
        assert!((area - 1.0).abs() < 1e-12, "{area}");
    }

    #[test]
    fn whole_numbers_have_bars_of_their_own() {
        let (edges, heights) = bars(histogram_bars(&[2.0, 4.0, 4.0], None, Ink::Quiet, false));
        assert_eq!((edges, heights), (vec![1.5, 2.5, 3.5, 4.5], vec![1.0, 0.0, 2.0]));
    }

    #[test]
    fn extreme_values_have_bars_too() {
        for values in
            [vec![0.1], vec![0.1; 9], vec![1e-300, 2e-300], vec![-1e308, 1e308], vec![1e17 + 0.5; 3]]
        {
            let (edges, heights) = bars(histogram_bars(&values, None, Ink::Quiet, false));
            assert_eq!(heights.iter().sum::<f64>(), values.len() as f64, "{values:?}");
            assert!(edges.windows(2).all(|ends| ends[0] < ends[1]), "{values:?} {edges:?}");
        }
        assert!(matches!(histogram_bars(&[f64::NAN], None, Ink::Quiet, false), Mark::Note(_)));
    }

    #[test]
    fn a_density_has_the_area_one_and_the_values_range() {
        let values: Vec<f64> = (0..4_000).map(|n| -(1.0 - (f64::from(n) + 0.5) / 4_000.0).ln()).collect();
        let curve = smoothed(&values).expect("a density");
        let area: f64 =
            curve.windows(2).map(|ends| (ends[1][0] - ends[0][0]) * (ends[0][1] + ends[1][1]) / 2.0).sum();
        assert!((area - 1.0).abs() < 0.02, "{area}");
        assert!((curve[0][1] - 1.0).abs() < 0.15, "at the edge of an exponential {}", curve[0][1]);
        assert_eq!(smoothed(&[3.0; 10]), None);
        assert_eq!(smoothed(&[f64::NAN]), None);
    }
}
