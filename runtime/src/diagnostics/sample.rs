//! The diagnostics of one scalar quantity.

use ansatz_compiler::kernels::special::beta_inc_inverse;
use nalgebra::DMatrix;

use super::effective_size::{effective_size, sample_variance};
use super::rank::{Scores, ascending, folded, median};
use crate::draws::Draws;

/// Draws of one scalar by several chains, in order of their values.
#[derive(Clone, Debug)]
pub struct Sample {
    values: DMatrix<f64>,
    sorted: Vec<f64>,
    /// The halves of the chains, an entry for each, ascending.
    ascending: Vec<(f64, u32)>,
    scores: Scores,
}

/// A sample of every scalar of the draws, in the order of their layout. Nothing for one as [`Sample::new`] says.
pub fn samples(draws: &Draws) -> impl Iterator<Item = Option<Sample>> + '_ {
    let scores = Scores::new(draws.chains() * split_length(draws.length()));
    (0..draws.layout().length()).map(move |component| Sample::with(draws.component(component), &scores))
}

impl Sample {
    /// From a row per draw and a column per chain. Nothing if there are fewer than four draws or one is not a number.
    pub fn new(values: DMatrix<f64>) -> Option<Sample> {
        let scores = Scores::new(values.ncols() * split_length(values.nrows()));
        Sample::with(values, &scores)
    }

    fn with(values: DMatrix<f64>, scores: &Scores) -> Option<Sample> {
        const FEWEST: usize = 4;
        if values.nrows() < FEWEST || values.ncols() == 0 || values.iter().any(|value| value.is_nan()) {
            return None;
        }
        let mut sorted = values.as_slice().to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let ascending = ascending(split(&values).as_slice());
        Some(Sample { values, sorted, ascending, scores: scores.clone() })
    }

    /// Mean of all draws.
    pub fn mean(&self) -> f64 {
        self.values.mean()
    }

    /// Standard deviation of all draws, with the divisor n - 1.
    pub fn sd(&self) -> f64 {
        sample_variance(self.values.iter()).sqrt()
    }

    /// The quantile at `p`, by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).
    pub fn quantile(&self, p: f64) -> f64 {
        let size = self.sorted.len() as f64;
        let place = size * p + (1.0 - p);
        let below = place.clamp(1.0, size - 1.0).floor();
        let part = (place - below).clamp(0.0, 1.0);
        (1.0 - part) * self.sorted[below as usize - 1] + part * self.sorted[below as usize]
    }

    /// Rank-normalised split R-hat, the larger of that of the draws and that of their distances from the median. Above
    /// 1.01 chains disagree. Nothing for a single chain or constant draws.
    pub fn rhat(&self) -> Option<f64> {
        if self.values.ncols() < 2 {
            return None;
        }
        let bulk = potential_scale_reduction(&self.normal_scores(&self.ascending));
        let folded = folded(&self.ascending, median(&self.ascending));
        let tail = potential_scale_reduction(&self.normal_scores(&folded));
        Some(bulk?.max(tail?))
    }

    /// Effective sample size of the normal scores: what the centre of the distribution is worth.
    pub fn ess_bulk(&self) -> Option<f64> {
        effective_size(&self.normal_scores(&self.ascending))
    }

    /// The smaller effective sample size of the 5 and 95 per cent quantiles.
    pub fn ess_tail(&self) -> Option<f64> {
        Some(self.ess_quantile(0.05)?.min(self.ess_quantile(0.95)?))
    }

    /// Effective sample size of the mean.
    pub fn ess_mean(&self) -> Option<f64> {
        effective_size(&split(&self.values))
    }

    /// Effective sample size of the standard deviation.
    pub fn ess_sd(&self) -> Option<f64> {
        effective_size(&split(&self.squared_deviations()))
    }

    /// Effective sample size of the quantile at `p`.
    pub fn ess_quantile(&self, p: f64) -> Option<f64> {
        let quantile = self.quantile(p);
        effective_size(&split(&self.values.map(|value| f64::from(u8::from(value <= quantile)))))
    }

    /// Monte Carlo standard error of the mean.
    pub fn mcse_mean(&self) -> Option<f64> {
        Some(self.sd() / self.ess_mean()?.sqrt())
    }

    /// Monte Carlo standard error of the standard deviation, by the delta method (Vehtari et al. 2021, section 4.2).
    pub fn mcse_sd(&self) -> Option<f64> {
        let squares = self.squared_deviations();
        let variance = squares.mean();
        let variance_of_square = squares.map(|square| square * square).mean() - variance * variance;
        let error = (variance_of_square / self.ess_sd()? / variance / 4.0).sqrt();
        error.is_finite().then_some(error)
    }

    /// Monte Carlo standard error of the quantile at `p`: half the distance of the order statistics between which it lies
    /// with the probability of one standard error to each side (Vehtari et al. 2021, section 4.3).
    pub fn mcse_quantile(&self, p: f64) -> Option<f64> {
        /// Normal probabilities of -1 and 1, in the digits that ArviZ uses.
        const SIDES: [f64; 2] = [0.1586553, 0.8413447];
        let size = self.ess_quantile(p)?;
        let last = self.sorted.len() as f64 - 1.0;
        let [low, high] = SIDES
            .map(|side| beta_inc_inverse(size * p + 1.0, size * (1.0 - p) + 1.0, side) * (last + 1.0) - 1.0);
        let (low, high) = (low.max(0.0).floor(), high.min(last).ceil());
        Some((self.sorted[high as usize] - self.sorted[low as usize]) / 2.0)
    }

    /// The halves of chains in columns, each value replaced by its score.
    fn normal_scores(&self, ascending: &[(f64, u32)]) -> DMatrix<f64> {
        DMatrix::from_vec(self.values.nrows() / 2, 2 * self.values.ncols(), self.scores.of(ascending))
    }

    fn squared_deviations(&self) -> DMatrix<f64> {
        let mean = self.mean();
        self.values.map(|value| (value - mean) * (value - mean))
    }
}

/// Draws that remain of so many when a chain is split.
fn split_length(length: usize) -> usize {
    length / 2 * 2
}

/// Each chain as two, its first and its last half; the middle draw of an odd number is left out.
fn split(values: &DMatrix<f64>) -> DMatrix<f64> {
    let half = values.nrows() / 2;
    let from_end = values.nrows() - half;
    DMatrix::from_fn(half, 2 * values.ncols(), |draw, column| {
        values[(if column % 2 == 0 { draw } else { from_end + draw }, column / 2)]
    })
}

/// sqrt of the variance of all draws, estimated from above by the chains' means, over that within chains (Gelman and
/// Rubin 1992).
fn potential_scale_reduction(chains: &DMatrix<f64>) -> Option<f64> {
    let length = chains.nrows() as f64;
    let between = length * sample_variance(chains.row_mean().iter());
    let variances = chains.column_iter().map(|chain| sample_variance(chain.iter()));
    let within = variances.sum::<f64>() / chains.ncols() as f64;
    let reduction = ((between / within + length - 1.0) / length).sqrt();
    reduction.is_finite().then_some(reduction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::testing::chains;

    const NAMES: [&str; 13] = [
        "mean",
        "sd",
        "q5",
        "q50",
        "q95",
        "rhat",
        "ess_bulk",
        "ess_tail",
        "ess_mean",
        "ess_sd",
        "ess_median",
        "mcse_mean",
        "mcse_sd",
    ];

    /// Length and number of chains, whether rounded to quarters (which makes ties), and the figures named above from
    /// arviz 0.23.4: stats.diagnostics._rhat_rank, _ess_bulk, ..., _mcse_sd and stats_utils.quantile.
    const ARVIZ: [(usize, usize, bool, [f64; 13]); 4] = [
        (
            250,
            4,
            false,
            [
                0.03707722143404573,
                0.36524612296533615,
                -0.5458928050305927,
                0.03463937690638015,
                0.6608738570028156,
                1.038471037972702,
                251.48757397950868,
                476.8190774625643,
                252.69116736259681,
                509.3698634955752,
                365.21019917844114,
                0.022976855012673096,
                0.009893665322953304,
            ],
        ),
        (
            51,
            3,
            false,
            [
                0.08110838957619763,
                0.4269469001977303,
                -0.5850893346306515,
                0.10967738063484428,
                0.7716699864802028,
                1.079517232826109,
                33.35983602517579,
                58.09061814375717,
                33.62414689167175,
                58.675724313551754,
                55.83231506720556,
                0.0736288856501914,
                0.034633720828905964,
            ],
        ),
        (
            250,
            4,
            true,
            [
                0.03825,
                0.37297929037823413,
                -0.5,
                -0.0,
                0.75,
                1.0358739094471983,
                252.70511631241249,
                383.51323737150653,
                252.73002930203282,
                532.8257002801573,
                339.4831419243289,
                0.02346152805901988,
                0.01014971480227387,
            ],
        ),
        (
            5,
            2,
            false,
            [
                -0.020587690332606424,
                0.261475497998088,
                -0.3516722529809922,
                0.005269754391163603,
                0.3628061326059327,
                0.8824543669472753,
                7.224719895935548,
                7.224719895935548,
                7.224719895935548,
                7.224719895935548,
                7.224719895935548,
                0.09727931230423174,
                0.04351168004195287,
            ],
        ),
    ];

    fn figures(sample: &Sample) -> [Option<f64>; 13] {
        [
            Some(sample.mean()),
            Some(sample.sd()),
            Some(sample.quantile(0.05)),
            Some(sample.quantile(0.5)),
            Some(sample.quantile(0.95)),
            sample.rhat(),
            sample.ess_bulk(),
            sample.ess_tail(),
            sample.ess_mean(),
            sample.ess_sd(),
            sample.ess_quantile(0.5),
            sample.mcse_mean(),
            sample.mcse_sd(),
        ]
    }

    #[test]
    fn every_figure_agrees_with_arviz() {
        for (length, count, tied, expected) in ARVIZ {
            let values = chains(length, count).map(|x| if tied { (4.0 * x).round() / 4.0 } else { x });
            let found = figures(&Sample::new(values).expect("four draws"));
            for ((name, found), expected) in NAMES.iter().zip(found).zip(expected) {
                let found = found.expect("defined");
                let close = (found - expected).abs() <= 1e-10 * expected.abs();
                assert!(close, "{name} of {count} chains of {length}: {found} is not {expected}");
            }
        }
    }

    /// _mcse_quantile at 0.05, 0.5 and 0.95, for the first, second and last row above.
    #[test]
    fn errors_of_quantiles_agree_with_arviz() {
        let arviz = [
            (250, 4, [0.024204364973705317, 0.023744234268029074, 0.022094259752471257]),
            (51, 3, [0.14381842832652345, 0.09909859326233157, 0.08945015983145471]),
            (5, 2, [0.07932244069874286, 0.11806783522479236, 0.1873894277896732]),
        ];
        for (length, count, expected) in arviz {
            let sample = Sample::new(chains(length, count)).expect("four draws");
            for (p, expected) in [0.05, 0.5, 0.95].into_iter().zip(expected) {
                let found = sample.mcse_quantile(p).expect("defined");
                assert!((found - expected).abs() <= 1e-10 * expected, "{count} of {length} at {p}: {found}");
            }
        }
    }

    #[test]
    fn one_chain_has_no_rhat_and_a_constant_counts_in_full() {
        assert_eq!(Sample::new(chains(100, 1)).and_then(|sample| sample.rhat()), None);
        let constant = Sample::new(DMatrix::repeat(100, 4, 3.0)).expect("four draws");
        assert_eq!((constant.rhat(), constant.ess_bulk(), constant.mcse_sd()), (None, Some(400.0), None));
    }

    #[test]
    fn infinite_draws_have_ranks_but_no_error_of_the_mean() {
        let mut values = chains(100, 4);
        values[(3, 2)] = f64::INFINITY;
        let sample = Sample::new(values).expect("no NaN");
        assert!(sample.rhat().is_some() && sample.ess_bulk().is_some());
        assert_eq!(sample.mcse_mean(), None);
    }

    #[test]
    fn too_few_draws_or_a_nan_make_no_sample() {
        assert!(Sample::new(chains(3, 4)).is_none());
        assert!(Sample::new(chains(3, 0)).is_none());
        let mut values = chains(100, 4);
        values[(3, 2)] = f64::NAN;
        assert!(Sample::new(values).is_none());
    }
}
