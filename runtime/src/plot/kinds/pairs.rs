//! Every two of several numbers against each other.

use super::{finite, histogram_bars, thinned};
use crate::plot::picture::{Axis, Ink, Mark, Panel, Picture};

/// Points of a panel that are drawn, and those of draws that are marked.
const MOST_POINTS: usize = 400;
const MOST_MARKED: usize = 200;

/// Points of every two of the columns below the diagonal, histograms on it. Rows that are marked, such as divergent draws,
/// stand out.
pub fn pairs(columns: &[(String, Vec<f64>)], marked: &[bool], marked_name: &str) -> Picture {
    let count = columns.len();
    let panel = |row: usize, column: usize| match row.cmp(&column) {
        std::cmp::Ordering::Less => blank(),
        std::cmp::Ordering::Equal => diagonal(&columns[row]),
        std::cmp::Ordering::Greater => scatter(&columns[column].1, &columns[row].1, marked),
    };
    let mut panels: Vec<Panel> = (0..count)
        .flat_map(|row| (0..count).map(move |column| (row, column)))
        .map(|(row, column)| panel(row, column))
        .collect();
    for (position, panel) in panels.iter_mut().enumerate() {
        let (row, column) = (position / count, position % count);
        if row == count - 1 {
            panel.x.label.clone_from(&columns[column].0);
        }
        panel.x.bare = row != count - 1;
        panel.y.bare = column != 0 || row == 0;
        if column == 0 && row > 0 {
            panel.y.label.clone_from(&columns[row].0);
        }
    }
    let side = (960.0 / count.max(1) as f64).clamp(130.0, 300.0);
    let any = marked.iter().any(|marked| *marked);
    let legend = any.then(|| (Ink::Warning, marked_name.to_owned())).into_iter().collect();
    Picture { panels, columns: count, size: [side, 0.85 * side], legend, ..Picture::default() }
}

/// A panel without anything.
fn blank() -> Panel {
    let axis = || Axis { bare: true, ..Axis::default() };
    Panel { x: axis(), y: axis(), ..Panel::default() }
}

fn diagonal((label, values): &(String, Vec<f64>)) -> Panel {
    const BARS: usize = 24;
    let alike = finite(values).windows(2).all(|pair| pair[0] == pair[1]);
    let bars = histogram_bars(values, (!alike).then_some(BARS), Ink::Series(0), true);
    Panel { title: label.clone(), marks: vec![bars], ..Panel::default() }
}

fn scatter(x: &[f64], y: &[f64], marked: &[bool]) -> Panel {
    let of = |wanted: bool| -> Vec<[f64; 2]> {
        let rows = x.iter().zip(y).enumerate();
        rows.filter(|(row, _)| marked.get(*row).copied().unwrap_or(false) == wanted)
            .map(|(_, (x, y))| [*x, *y])
            .collect()
    };
    let plain = Mark::Points { points: thinned(&of(false), MOST_POINTS), ink: Ink::Series(0) };
    let marked = Mark::Points { points: thinned(&of(true), MOST_MARKED), ink: Ink::Warning };
    Panel { marks: vec![plain, marked], ..Panel::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_rows_are_kept_and_others_thinned() {
        let values: Vec<f64> = (0..4_000).map(f64::from).collect();
        let mut marked = vec![false; 4_000];
        (marked[3], marked[1_234]) = (true, true);
        let columns = [("a".to_owned(), values.clone()), ("b".to_owned(), values)];
        let picture = pairs(&columns, &marked, "divergent");
        assert_eq!((picture.panels.len(), picture.legend.len()), (4, 1));
        let Mark::Points { points, ink } = &picture.panels[2].marks[1] else { panic!("points") };
        assert_eq!((points.as_slice(), *ink), ([[3.0, 3.0], [1_234.0, 1_234.0]].as_slice(), Ink::Warning));
        let Mark::Points { points, .. } = &picture.panels[2].marks[0] else { panic!("points") };
        assert!(points.len() <= 400);
    }
}
