//! Ranks of draws, as normal scores.

use std::sync::Arc;

use ansatz_compiler::kernels::special::normal_quantile;

/// The normal score of every rank among so many values: the normal quantile of (rank - 3/8) / (size + 1/4) (Blom 1958;
/// Vehtari et al. 2021, equation 14). Cheap to copy.
#[derive(Clone, Debug)]
pub struct Scores(Arc<[f64]>);

impl Scores {
    /// The scores of ranks among `size` values.
    pub fn new(size: usize) -> Scores {
        Scores((1..=size).map(|rank| score(rank as f64, size)).collect())
    }

    /// The number of values.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The score of each value at its position, ties ranked alike. Values come in ascending order.
    pub fn of(&self, ascending: &[(f64, u32)]) -> Vec<f64> {
        assert_eq!(ascending.len(), self.size(), "scores of another number of values");
        let mut scores = vec![0.0; self.size()];
        let mut below = 0;
        for ties in ascending.chunk_by(|a, b| a.0 == b.0) {
            let score = match ties {
                [_] => self.0[below],
                _ => score(below as f64 + (ties.len() as f64 + 1.0) / 2.0, self.size()),
            };
            ties.iter().for_each(|&(_, position)| scores[position as usize] = score);
            below += ties.len();
        }
        scores
    }
}

fn score(rank: f64, size: usize) -> f64 {
    normal_quantile((rank - 0.375) / (size as f64 + 0.25))
}

/// Values with their positions, in ascending order.
pub fn ascending(values: &[f64]) -> Vec<(f64, u32)> {
    let mut pairs: Vec<(f64, u32)> = values.iter().copied().zip(0..).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    pairs
}

/// The median of an even number of values in ascending order.
pub fn median(ascending: &[(f64, u32)]) -> f64 {
    let middle = ascending.len() / 2;
    (ascending[middle - 1].0 + ascending[middle].0) / 2.0
}

/// Distances from `centre` in ascending order, given the values in ascending order: a merge outwards from the centre.
pub fn folded(ascending: &[(f64, u32)], centre: f64) -> Vec<(f64, u32)> {
    let (below, above) = ascending.split_at(ascending.partition_point(|pair| pair.0 < centre));
    let distance = |pair: &(f64, u32)| ((pair.0 - centre).abs(), pair.1);
    let (mut below, mut above) =
        (below.iter().rev().map(distance).peekable(), above.iter().map(distance).peekable());
    let mut merged = Vec::with_capacity(ascending.len());
    while let Some(nearest) = match (below.peek(), above.peek()) {
        (Some(left), Some(right)) if left.0 < right.0 => below.next(),
        (Some(_), None) => below.next(),
        _ => above.next(),
    } {
        merged.push(nearest);
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_the_mean_of_their_ranks() {
        let scores = Scores::new(4).of(&ascending(&[7.0, 7.0, 1.0, 9.0]));
        assert_eq!(scores[0], scores[1]);
        assert_eq!(scores[0], normal_quantile((2.5 - 0.375) / 4.25));
        assert_eq!(scores[2], -scores[3]);
    }

    #[test]
    fn folding_sorts_by_the_distance_from_the_centre() {
        let values = [3.0, -1.0, 0.5, 8.0, 0.5, -2.0, 1.0];
        for centre in [-3.0, -2.0, 0.5, 0.7, 8.0, 9.0] {
            let distances: Vec<f64> = values.iter().map(|value: &f64| (value - centre).abs()).collect();
            let found: Vec<f64> = folded(&ascending(&values), centre).iter().map(|pair| pair.0).collect();
            let expected: Vec<f64> = ascending(&distances).iter().map(|pair| pair.0).collect();
            assert_eq!(found, expected, "around {centre}");
        }
    }
}
