//! What a picture is: panels in rows, each with two axes and marks in the units of the data.

use super::ticks::{Tick, ticks};

/// A picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// What it shows; empty for none.
    pub title: String,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// Panels in a row, one at least.
    pub columns: usize,
    /// Width and height of a panel in an SVG, in its units.
    pub size: [f64; 2],
    /// What the inks stand for, where that is not plain to see.
    pub legend: Vec<(Ink, String)>,
    /// The file that it is written to, if the program names one.
    pub file: Option<String>,
}

/// One pair of axes with marks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// What it shows; empty for none.
    pub title: String,
    /// To the right.
    pub x: Axis,
    /// Upwards.
    pub y: Axis,
    /// What is drawn, the first at the back.
    pub marks: Vec<Mark>,
}

/// An axis. Without a range it shows all of the marks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What is measured; empty for none.
    pub label: String,
    /// Its ends; the first may be the greater.
    pub range: Option<[f64; 2]>,
    /// Whether it has no ticks.
    pub bare: bool,
}

/// What a mark is drawn with. Colours are those of Okabe and Ito, which colour-blind people tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// One of several alike, by number.
    Series(usize),
    /// What others are compared with.
    Quiet,
    /// What should be looked at.
    Warning,
}

/// Something drawn. Numbers that are not finite are left out, and break lines.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A line through points.
    Line {
        /// The points.
        points: Vec<[f64; 2]>,
        /// Its ink.
        ink: Ink,
    },
    /// One of many lines that are seen together.
    Faint {
        /// The points.
        points: Vec<[f64; 2]>,
        /// Its ink.
        ink: Ink,
    },
    /// Points alone.
    Points {
        /// The points.
        points: Vec<[f64; 2]>,
        /// Their ink.
        ink: Ink,
    },
    /// Bars that stand on zero, side by side.
    Bars {
        /// One more than there are bars.
        edges: Vec<f64>,
        /// Their heights.
        heights: Vec<f64>,
        /// Their ink.
        ink: Ink,
    },
    /// All between two lines.
    Band {
        /// Where the lines have their values.
        x: Vec<f64>,
        /// The lower line.
        lower: Vec<f64>,
        /// The upper line.
        upper: Vec<f64>,
        /// Its ink.
        ink: Ink,
    },
    /// A matrix as cells of one unit, whose colours tell the values.
    Cells {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
        /// The entries, row by row.
        values: Vec<f64>,
    },
    /// Words in the middle.
    Note(String),
}

impl Mark {
    /// The points whose coordinates the axes must show.
    fn corners(&self) -> Vec<[f64; 2]> {
        match self {
            Mark::Line { points, .. } | Mark::Faint { points, .. } | Mark::Points { points, .. } => {
                points.clone()
            }
            Mark::Bars { edges, heights, .. } => {
                let tops = edges.iter().zip(heights.iter().chain(heights.last()));
                tops.flat_map(|(edge, height)| [[*edge, 0.0], [*edge, *height]]).collect()
            }
            Mark::Band { x, lower, upper, .. } => {
                let ends = x.iter().zip(lower.iter().zip(upper));
                ends.flat_map(|(x, (lower, upper))| [[*x, *lower], [*x, *upper]]).collect()
            }
            Mark::Cells { rows, columns, .. } => {
                vec![[-0.5, -0.5], [*columns as f64 - 0.5, *rows as f64 - 0.5]]
            }
            Mark::Note(_) => Vec::new(),
        }
    }

    fn is_cells(&self) -> bool {
        matches!(self, Mark::Cells { .. })
    }
}

impl Panel {
    /// The ends of both axes.
    pub fn ranges(&self) -> [[f64; 2]; 2] {
        let corners: Vec<[f64; 2]> = self.marks.iter().flat_map(Mark::corners).collect();
        let tight = self.marks.iter().any(Mark::is_cells);
        let along = |axis: &Axis, which: usize| {
            let floor = which == 1 && self.stands_on_zero();
            axis.range.unwrap_or_else(|| fitted(corners.iter().map(|corner| corner[which]), tight, floor))
        };
        [along(&self.x, 0), along(&self.y, 1)]
    }

    /// About `count` ticks of an axis, 0 the one to the right; rows and columns of a matrix have whole numbers.
    pub(super) fn ticks(&self, which: usize, count: usize) -> Vec<Tick> {
        let bare = [&self.x, &self.y][which].bare;
        let least = if self.marks.iter().any(Mark::is_cells) { 1.0 } else { 0.0 };
        if bare { Vec::new() } else { ticks(self.ranges()[which], count, least) }
    }

    /// Whether bars alone tell the heights, so that nothing is shown below them.
    fn stands_on_zero(&self) -> bool {
        let bars = |mark: &Mark| matches!(mark, Mark::Bars { .. });
        self.marks.iter().any(bars)
            && self.marks.iter().all(|mark| bars(mark) || matches!(mark, Mark::Line { .. }))
    }

    /// The cells of a matrix with its least and greatest entry, if the panel shows one.
    pub fn cells(&self) -> Option<Cells<'_>> {
        self.marks.iter().find_map(|mark| match mark {
            Mark::Cells { rows, columns, values } => {
                let finite = values.iter().copied().filter(|value| value.is_finite());
                let (low, high) = ends(finite).unwrap_or((0.0, 1.0));
                Some(Cells { rows: *rows, columns: *columns, values, low, high })
            }
            _ => None,
        })
    }
}

/// A matrix that is shown.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'m> {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// The entries, row by row.
    pub values: &'m [f64],
    /// The least finite entry.
    pub low: f64,
    /// The greatest.
    pub high: f64,
}

impl Cells<'_> {
    /// Where a row and column lies between the least and the greatest entry, 0 to 1; none where it is not finite.
    pub fn height(&self, row: usize, column: usize) -> Option<f64> {
        let value = self.values[row * self.columns + column];
        let span = self.high / 2.0 - self.low / 2.0;
        value.is_finite().then(|| if span > 0.0 { (value / 2.0 - self.low / 2.0) / span } else { 0.5 })
    }

    /// The same matrix with no more than `most` rows and columns: means of blocks.
    pub fn coarse(&self, most: usize) -> (usize, usize, Vec<f64>) {
        let step = |count: usize| count.div_ceil(most).max(1);
        let (down, across) = (step(self.rows), step(self.columns));
        let (rows, columns) = (self.rows.div_ceil(down), self.columns.div_ceil(across));
        let mean = |row: usize, column: usize| {
            let rows = row * down..((row + 1) * down).min(self.rows);
            let columns = column * across..((column + 1) * across).min(self.columns);
            let block = rows.flat_map(|row| columns.clone().map(move |column| row * self.columns + column));
            let finite: Vec<f64> =
                block.map(|at| self.values[at]).filter(|value| value.is_finite()).collect();
            let count = finite.len() as f64;
            if finite.is_empty() { f64::NAN } else { finite.iter().map(|value| value / count).sum() }
        };
        let values = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        (rows, columns, values.map(|(row, column)| mean(row, column)).collect())
    }
}

/// The least and the greatest of numbers; none without any.
pub(super) fn ends(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    numbers.fold(None, |ends, number| match ends {
        None => Some((number, number)),
        Some((low, high)) => Some((low.min(number), high.max(number))),
    })
}

/// A range that shows these numbers, with a little room around them.
fn fitted(numbers: impl Iterator<Item = f64>, tight: bool, floor: bool) -> [f64; 2] {
    /// Differences of ten times the rounding of numbers of this size are no differences.
    const NARROWEST: f64 = 1e-12;
    const LARGEST: f64 = 4e307;
    const ROOM: f64 = 0.04;
    let Some((low, high)) = ends(numbers.filter(|number| number.is_finite())) else { return [0.0, 1.0] };
    let (low, high) = (low.clamp(-LARGEST, LARGEST), high.clamp(-LARGEST, LARGEST));
    let size = low.abs().max(high.abs());
    let span = high - low;
    if span <= NARROWEST * size || span == 0.0 {
        let around = if size > 0.0 { 0.5 * size } else { 0.5 };
        return if floor && low >= 0.0 { [0.0, high + around] } else { [low - around, high + around] };
    }
    let room = if tight { 0.0 } else { ROOM * span };
    [if floor && low >= 0.0 { 0.0 } else { low - room }, high + room]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_show_every_finite_number_with_room() {
        assert_eq!(fitted([1.0, 3.0, f64::NAN, f64::INFINITY].into_iter(), true, false), [1.0, 3.0]);
        assert_eq!(fitted([].into_iter(), false, false), [0.0, 1.0]);
        assert_eq!(fitted([2.0, 2.0].into_iter(), false, false), [1.0, 3.0]);
        assert_eq!(fitted([0.0, 0.0].into_iter(), false, false), [-0.5, 0.5]);
        let [low, high] = fitted([f64::MIN, f64::MAX].into_iter(), false, false);
        assert!(low.is_finite() && high.is_finite() && (high - low).is_finite());
    }

    #[test]
    fn large_matrices_are_shown_by_means_of_blocks() {
        let values = [1.0, 3.0, 5.0, f64::NAN, 3.0, 7.0, f64::NAN, f64::NAN];
        let cells = Cells { rows: 2, columns: 4, values: &values, low: 1.0, high: 7.0 };
        let (rows, columns, means) = cells.coarse(2);
        assert_eq!((rows, columns), (2, 2));
        assert_eq!(means[..3], [2.0, 5.0, 5.0]);
        assert!(means[3].is_nan());
        assert_eq!(cells.height(0, 1), Some(1.0 / 3.0));
        assert_eq!(cells.height(0, 3), None);
    }
}
