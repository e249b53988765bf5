//! Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao and Gabry, JMLR 2024), computed as ArviZ 0.23 does.

/// Importance weights that were smoothed.
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothed {
    /// Logarithms of the weights, which sum to one.
    pub log_weights: Vec<f64>,
    /// Tail index k of the ratios: below 0.7 averages can be trusted. Infinite for fewer than five ratios in the tail.
    pub k: f64,
}

/// log(sum of exp).
pub fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return largest;
    }
    largest + values.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}

/// Smooths the ratios of these logarithms, of draws worth `efficiency` times their number of independent ones.
pub fn smooth(log_ratios: &[f64], efficiency: f64) -> Smoothed {
    const FEWEST: usize = 5;
    let largest = log_ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut log_weights: Vec<f64> = log_ratios.iter().map(|ratio| ratio - largest).collect();
    let count = log_weights.len() as f64;
    let tail = (0.2 * count).min(3.0 * (count / efficiency).sqrt()).ceil() as usize;
    let mut order: Vec<usize> = (0..log_weights.len()).collect();
    order.sort_by(|a, b| log_weights[*a].total_cmp(&log_weights[*b]));
    let mut k = f64::INFINITY;
    if tail < order.len() {
        let cutoff = log_weights[order[order.len() - tail - 1]].max(f64::MIN_POSITIVE.ln());
        let tail: Vec<usize> = order.into_iter().filter(|at| log_weights[*at] > cutoff).collect();
        if tail.len() >= FEWEST {
            let excess: Vec<f64> = tail.iter().map(|at| log_weights[*at].exp() - cutoff.exp()).collect();
            let fitted = Pareto::fit(&excess);
            k = fitted.shape;
            if k.is_finite() {
                for (rank, at) in tail.iter().enumerate() {
                    let quantile = fitted.quantile((rank as f64 + 0.5) / tail.len() as f64);
                    // No ratio becomes larger than the largest.
                    log_weights[*at] = (quantile + cutoff.exp()).ln().min(0.0);
                }
            }
        }
    }
    let total = log_sum_exp(&log_weights);
    log_weights.iter_mut().for_each(|weight| *weight -= total);
    Smoothed { log_weights, k }
}

/// A generalised Pareto distribution.
struct Pareto {
    shape: f64,
    scale: f64,
}

impl Pareto {
    /// Fits ascending, positive numbers (Zhang and Stephens 2009), the shape drawn towards a half as if ten numbers had shown
    /// it.
    fn fit(ascending: &[f64]) -> Pareto {
        const PRIOR: f64 = 10.0;
        let count = ascending.len();
        let candidates = 30 + (count as f64).sqrt() as usize;
        let quarter = ascending[(count as f64 / 4.0 + 0.5) as usize - 1];
        let last = ascending[count - 1];
        let shape = |b: f64| ascending.iter().map(|x| (-b * x).ln_1p()).sum::<f64>() / count as f64;
        let candidate = |j: usize| {
            let root = (candidates as f64 / (j as f64 + 0.5)).sqrt();
            (1.0 - root) / (3.0 * quarter) + last.recip()
        };
        let scored: Vec<(f64, f64)> = (0..candidates)
            .map(|j| {
                let b = candidate(j);
                let k = shape(b);
                (b, count as f64 * ((-(b / k)).ln() - k - 1.0))
            })
            .collect();
        let weight = |score: f64| scored.iter().map(|(_, other)| (other - score).exp()).sum::<f64>().recip();
        let weighted = scored.iter().map(|(b, score)| (*b, weight(*score)));
        let weighted: Vec<(f64, f64)> =
            weighted.filter(|(_, weight)| *weight >= 10.0 * f64::EPSILON).collect();
        let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let b = weighted.iter().map(|(b, weight)| b * (weight / total)).sum::<f64>();
        let k = shape(b);
        let shape = (count as f64 * k + PRIOR * 0.5) / (count as f64 + PRIOR);
        Pareto { shape, scale: -k / b }
    }

    fn quantile(&self, p: f64) -> f64 {
        let log = (-p).ln_1p();
        if self.shape.abs() < f64::EPSILON {
            return -self.scale * log;
        }
        self.scale * (-self.shape * log).exp_m1() / self.shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ratios whose tail is Pareto with index k, drawn by quantiles: exact shapes 0.2 and 0.9 are told apart.
    #[test]
    fn the_tail_index_is_that_of_the_ratios() {
        let found = |k: f64| {
            let ratio = |i: i32| -k * (1.0 - (f64::from(i) + 0.5) / 10_000.0).ln();
            smooth(&(0..10_000).map(ratio).collect::<Vec<f64>>(), 1.0).k
        };
        assert!((found(0.2) - 0.2).abs() < 0.06, "{}", found(0.2));
        assert!((found(0.9) - 0.9).abs() < 0.06, "{}", found(0.9));
    }

    #[test]
    fn weights_sum_to_one_and_few_ratios_have_no_tail() {
        let smoothed = smooth(&[0.3, -1.0, 2.0], 1.0);
        assert!((log_sum_exp(&smoothed.log_weights)).abs() < 1e-14);
        assert_eq!(smoothed.k, f64::INFINITY);
        assert_eq!(log_sum_exp(&[f64::NEG_INFINITY; 2]), f64::NEG_INFINITY);
    }
}
