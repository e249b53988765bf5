//! Draws of several chains: along the run, and by their ranks among all.

use super::{SMALL, WIDE, finite, thinned};
use crate::plot::picture::{Axis, Ink, Mark, Panel, Picture};

/// One number of every draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// Its name.
    pub label: String,
    /// Its values, chain by chain.
    pub chains: Vec<Vec<f64>>,
}

/// Points of a chain that are drawn, and those of all panels together.
const MOST_POINTS: usize = 500;
const MOST_OF_ALL: usize = 6_000;

/// The values of each chain along the run.
pub fn traces(scalars: &[Scalar]) -> Picture {
    let chains: usize = scalars.iter().map(|scalar| scalar.chains.len()).sum();
    let most = (MOST_OF_ALL / chains.max(1)).clamp(50, MOST_POINTS);
    let panel = |scalar: &Scalar| {
        let line = |(number, values): (usize, &Vec<f64>)| {
            let points: Vec<[f64; 2]> =
                values.iter().enumerate().map(|(draw, value)| [draw as f64, *value]).collect();
            Mark::Line { points: thinned(&points, most), ink: Ink::Series(number) }
        };
        let mut marks: Vec<Mark> = scalar.chains.iter().enumerate().map(line).collect();
        if scalar.chains.iter().all(|chain| finite(chain).is_empty()) {
            marks.push(Mark::Note("no finite draw".to_owned()));
        }
        let longest = scalar.chains.iter().map(Vec::len).max().unwrap_or(0).max(2);
        let x = Axis { range: Some([0.0, (longest - 1) as f64]), ..Axis::default() };
        Panel { title: scalar.label.clone(), x, marks, ..Panel::default() }
    };
    let panels = scalars.iter().map(panel).collect();
    Picture { panels, columns: 1, size: WIDE, legend: chain_names(scalars), ..Picture::default() }
}

/// How often draws of each chain have a rank among all of their quantity's draws (Vehtari et al. 2021): level lines, where the
/// chains agree.
pub fn ranks(scalars: &[Scalar]) -> Picture {
    let panels = scalars.iter().map(rank_panel).collect();
    let columns = scalars.len().clamp(1, 2);
    let mut legend = chain_names(scalars);
    legend.push((Ink::Quiet, "as chains that agree".to_owned()));
    Picture { panels, columns, size: SMALL, legend, ..Picture::default() }
}

fn rank_panel(scalar: &Scalar) -> Panel {
    const MOST_BINS: usize = 20;
    let all: Vec<(f64, usize)> = scalar
        .chains
        .iter()
        .enumerate()
        .flat_map(|(chain, values)| values.iter().map(move |value| (*value, chain)))
        .collect();
    let ranks = mean_ranks(&all);
    let shortest = scalar.chains.iter().map(Vec::len).min().unwrap_or(0);
    let bins = MOST_BINS.min(shortest / 5).max(1);
    let mut counts = vec![vec![0.0; bins]; scalar.chains.len()];
    for ((_, chain), rank) in all.iter().zip(&ranks) {
        counts[*chain][((rank / all.len() as f64 * bins as f64) as usize).min(bins - 1)] += 1.0;
    }
    let line =
        |(chain, counts): (usize, &Vec<f64>)| Mark::Line { points: steps(counts), ink: Ink::Series(chain) };
    let expected = all.len() as f64 / (bins * scalar.chains.len().max(1)) as f64;
    let even = Mark::Line { points: vec![[0.0, expected], [bins as f64, expected]], ink: Ink::Quiet };
    let ground = Mark::Line { points: vec![[0.0, 0.0], [0.0, 2.0 * expected]], ink: Ink::Quiet };
    let marks = [ground, even].into_iter().chain(counts.iter().enumerate().map(line)).collect();
    let x = Axis { label: "rank".to_owned(), range: Some([0.0, bins as f64]), bare: true };
    let y = Axis { bare: true, ..Axis::default() };
    Panel { title: scalar.label.clone(), x, y, marks }
}

/// A line over heights of steps of one unit.
pub fn steps(heights: &[f64]) -> Vec<[f64; 2]> {
    let ends = |(step, height): (usize, &f64)| [[step as f64, *height], [step as f64 + 1.0, *height]];
    heights.iter().enumerate().flat_map(ends).collect()
}

/// The rank of each value among all, from 0; values that are alike share the middle of their ranks.
fn mean_ranks(all: &[(f64, usize)]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| all[*a].0.total_cmp(&all[*b].0));
    let mut ranks = vec![0.0; all.len()];
    let mut below = 0;
    for alike in order.chunk_by(|a, b| all[*a].0 == all[*b].0) {
        let middle = below as f64 + (alike.len() - 1) as f64 / 2.0;
        alike.iter().for_each(|position| ranks[*position] = middle);
        below += alike.len();
    }
    ranks
}

fn chain_names(scalars: &[Scalar]) -> Vec<(Ink, String)> {
    const MOST_NAMED: usize = 6;
    let chains = scalars.first().map_or(0, |scalar| scalar.chains.len());
    match chains {
        0 | 1 => Vec::new(),
        _ => {
            (0..chains.min(MOST_NAMED)).map(|chain| (Ink::Series(chain), format!("chain {chain}"))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_chains_that_agree_are_level() {
        let chain = |first: usize| (0..400).map(|draw| ((draw * 4 + first) * 7_919 % 1_600) as f64).collect();
        let scalar = Scalar { label: "mu".into(), chains: (0..4).map(chain).collect() };
        let picture = ranks(&[scalar]);
        let heights: Vec<f64> = picture.panels[0].marks[2..]
            .iter()
            .flat_map(|mark| match mark {
                Mark::Line { points, .. } => points.iter().map(|point| point[1]).collect::<Vec<_>>(),
                other => panic!("a line, not {other:?}"),
            })
            .collect();
        assert_eq!(heights.len(), 4 * 40);
        assert!(heights.iter().all(|height| (height - 20.0).abs() <= 8.0), "{heights:?}");
    }

    #[test]
    fn values_that_are_alike_share_their_rank() {
        assert_eq!(mean_ranks(&[(2.0, 0), (1.0, 0), (2.0, 1), (5.0, 1)]), [1.5, 0.0, 1.5, 3.0]);
    }

    #[test]
    fn long_chains_are_thinned() {
        let scalar = Scalar { label: "mu".into(), chains: vec![(0..100_000).map(f64::from).collect()] };
        let Mark::Line { points, .. } = &traces(&[scalar]).panels[0].marks[0] else { panic!("a line") };
        assert!(points.len() <= 500);
    }
}
