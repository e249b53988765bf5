//! Values along an axis: lines, fans of paths, matrices.

use super::{ALONE, ascending, finite, quantile, thinned};
use crate::plot::picture::{Axis, Ink, Mark, Panel, Picture};

/// Most points of a line that are drawn.
const MOST_POINTS: usize = 2_000;

/// A line for each series of values at the same places.
pub fn lines(x: &[f64], series: &[Vec<f64>]) -> Picture {
    let line = |(number, values): (usize, &Vec<f64>)| Mark::Line {
        points: reduced(x.iter().zip(values).map(|(x, y)| [*x, *y]).collect()),
        ink: Ink::Series(number),
    };
    one(Panel { marks: series.iter().enumerate().map(line).collect(), ..Panel::default() })
}

/// The central 50, 80 and 95 per cent of paths at each time, and their median. Each path has a value for each time.
pub fn fan(times: &[f64], paths: &[Vec<f64>]) -> Picture {
    const LEVELS: [f64; 3] = [0.95, 0.8, 0.5];
    const MOST_TIMES: usize = 500;
    let shown = thinned(&(0..times.len()).collect::<Vec<_>>(), MOST_TIMES);
    let times: Vec<f64> = shown.iter().map(|time| times[*time]).collect();
    let at = |time: &usize| ascending(finite(&paths.iter().map(|path| path[*time]).collect::<Vec<_>>()));
    let sorted: Vec<Vec<f64>> = shown.iter().map(at).collect();
    let curve = |part: f64| -> Vec<f64> {
        sorted
            .iter()
            .map(|values| if values.is_empty() { f64::NAN } else { quantile(values, part) })
            .collect()
    };
    let band = |level: f64| Mark::Band {
        x: times.clone(),
        lower: curve((1.0 - level) / 2.0),
        upper: curve((1.0 + level) / 2.0),
        ink: Ink::Series(0),
    };
    let median = times.iter().zip(curve(0.5)).map(|(time, value)| [*time, value]).collect();
    let median = Mark::Line { points: median, ink: Ink::Series(0) };
    let mut picture =
        one(Panel { marks: LEVELS.map(band).into_iter().chain([median]).collect(), ..Panel::default() });
    picture.legend = vec![(Ink::Series(0), "median, and the central 50, 80 and 95 % of paths".to_owned())];
    picture
}

/// A matrix, the first row above.
pub fn heatmap(rows: usize, columns: usize, values: &[f64]) -> Picture {
    let cells = Mark::Cells { rows, columns, values: values.to_vec() };
    // Ticks stand in the middle of their rows and columns.
    let across = Axis { range: Some([-0.5, columns as f64 - 0.5]), label: "column".to_owned(), bare: false };
    let down = Axis { range: Some([rows as f64 - 0.5, -0.5]), label: "row".to_owned(), bare: false };
    let empty = values.iter().all(|value| !value.is_finite());
    let note = empty.then(|| Mark::Note("no finite entry".to_owned()));
    one(Panel { x: across, y: down, marks: [cells].into_iter().chain(note).collect(), ..Panel::default() })
}

/// A picture of one panel.
pub(super) fn one(panel: Panel) -> Picture {
    Picture { panels: vec![panel], columns: 1, size: ALONE, ..Picture::default() }
}

/// A line of many points by the least and the greatest of each run of them.
fn reduced(points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    if points.len() <= MOST_POINTS {
        return points;
    }
    let run = points.len().div_ceil(MOST_POINTS / 2);
    let ends = |run: &[[f64; 2]]| {
        let order = |a: &&[f64; 2], b: &&[f64; 2]| a[1].total_cmp(&b[1]);
        let (low, high) = (run.iter().min_by(order), run.iter().max_by(order));
        let mut ends: Vec<[f64; 2]> = low.into_iter().chain(high).copied().collect();
        ends.sort_by(|a, b| a[0].total_cmp(&b[0]));
        ends
    };
    points.chunks(run).flat_map(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_keep_their_peaks() {
        let mut points: Vec<[f64; 2]> = (0..100_000).map(|x| [f64::from(x), 0.0]).collect();
        (points[777][1], points[50_001][1]) = (9.0, -9.0);
        let kept = reduced(points);
        assert!(kept.len() <= 2_000, "{}", kept.len());
        assert!(kept.contains(&[777.0, 9.0]) && kept.contains(&[50_001.0, -9.0]));
    }

    #[test]
    fn a_fan_has_the_quantiles_of_its_paths() {
        let paths: Vec<Vec<f64>> = (0..=100).map(|path| vec![f64::from(path), 1.0]).collect();
        let picture = fan(&[0.0, 1.0], &paths);
        let Mark::Band { lower, upper, .. } = &picture.panels[0].marks[2] else { panic!("a band") };
        assert_eq!((lower[0], upper[0]), (25.0, 75.0));
        let Mark::Line { points, .. } = &picture.panels[0].marks[3] else { panic!("the median") };
        assert_eq!(points[..], [[0.0, 50.0], [1.0, 1.0]]);
    }
}
