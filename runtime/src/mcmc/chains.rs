//! Several chains at once, each in one thread from start to end.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::chain::{Chain, ChainFailure, run};
use super::progress::Progress;
use super::settings::Settings;
use crate::draws::Draws;
use crate::target::Target;

/// A sampled posterior.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The draws after warm-up.
    pub draws: Draws,
    /// What else the chains left behind; chain by chain as in the draws.
    pub chains: Vec<Chain>,
    /// The options it was sampled with.
    pub settings: Settings,
    /// Whether it was ended early and holds fewer draws than asked for.
    pub interrupted: bool,
    /// Time from the first start to the last draw.
    pub time: Duration,
    /// How the draws were made.
    pub made: Made,
}

/// How the draws of a fit were made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Made {
    /// By chains.
    Sampled,
    /// Independently, from a normal at the mode: with the tail index of the importance ratios to the posterior (Pareto k),
    /// where there are draws enough.
    Approximated(Option<f64>),
}

/// Why there is no fit.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The target has no coordinates: every site is given.
    NothingToSample,
    /// A chain could not be sampled. All are run; this is the first that failed.
    Chain {
        /// Number of the chain, from 0.
        chain: usize,
        /// What went wrong.
        failure: ChainFailure,
    },
    /// The run was ended before any draw was kept.
    Interrupted,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NothingToSample => out.write_str("there is nothing to sample: every site is given"),
            Failure::Chain { chain, failure } => write!(out, "chain {chain}: {failure}"),
            Failure::Interrupted => out.write_str("interrupted before any draw was kept"),
        }
    }
}

/// Samples `target`. The draws depend on the settings but for `threads`. `progress` must have as many chains.
pub fn sample(target: &dyn Target, settings: &Settings, progress: &Progress) -> Result<Fit, Failure> {
    assert_eq!(progress.chains().len(), settings.chains, "the progress watches other chains");
    if target.dimension() == 0 {
        return Err(Failure::NothingToSample);
    }
    let begun = Instant::now();
    let finished = run_all(target, settings, progress);
    let mut chains = Vec::with_capacity(settings.chains);
    for (chain, result) in finished.into_iter().enumerate() {
        chains.push(result.map_err(|failure| Failure::Chain { chain, failure })?);
    }
    let interrupted = chains.iter().any(|(chain, _)| chain.transitions.len() < settings.draws);
    let (chains, values) = cut_to_equal_length(chains, target.layout().length());
    if interrupted && chains.is_empty() {
        return Err(Failure::Interrupted);
    }
    let draws = Draws::new(target.layout().clone(), values);
    Ok(Fit {
        draws,
        chains,
        settings: settings.clone(),
        interrupted,
        time: begun.elapsed(),
        made: Made::Sampled,
    })
}

type Finished = Result<(Chain, Vec<f64>), ChainFailure>;

/// Runs every chain, by number. A chain that fails stops the others.
fn run_all(target: &dyn Target, settings: &Settings, progress: &Progress) -> Vec<Finished> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut finished: Vec<(usize, Finished)> = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= settings.chains {
                return finished;
            }
            let result = run(target, settings, number, progress);
            if result.is_err() {
                progress.stop();
            }
            finished.push((number, result));
        }
    };
    let mut finished: Vec<(usize, Finished)> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..settings.threads.clamp(1, settings.chains.max(1))).map(|_| scope.spawn(work)).collect();
        let results =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        results.flatten().collect()
    });
    finished.sort_by_key(|(number, _)| *number);
    finished.into_iter().map(|(_, result)| result).collect()
}

/// Cuts interrupted chains to one length, that which keeps the most draws; chains shorter than it are dropped.
fn cut_to_equal_length(chains: Vec<(Chain, Vec<f64>)>, width: usize) -> (Vec<Chain>, Vec<Vec<f64>>) {
    let lengths: Vec<usize> = chains.iter().map(|(chain, _)| chain.transitions.len()).collect();
    let kept = |length: &usize| length * lengths.iter().filter(|other| *other >= length).count();
    let length = lengths.iter().copied().max_by_key(kept).unwrap_or(0);
    let long_enough = chains.into_iter().filter(|(chain, _)| length > 0 && chain.transitions.len() >= length);
    long_enough
        .map(|(mut chain, mut values)| {
            chain.transitions.truncate(length);
            values.truncate(length * width);
            (chain, values)
        })
        .unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcmc::method::Method;
    use crate::mcmc::metric::MetricKind;
    use crate::mcmc::metropolis::Length;
    use crate::mcmc::testing::{broken, correlated, funnel, gaussian};
    use crate::mcmc::transition::Outcome;
    use crate::target::Rejection;

    fn quick(seed: u64, threads: usize) -> Settings {
        Settings { seed, threads, warmup: 200, draws: 100, ..Settings::default() }
    }

    fn sampled(target: &dyn Target, settings: &Settings) -> Fit {
        sample(target, settings, &Progress::new(settings.chains)).expect("a fit")
    }

    #[test]
    fn draws_are_the_same_for_any_number_of_threads_and_differ_by_seed() {
        let target = funnel(3);
        let one = sampled(&target, &quick(1, 1));
        for threads in [2, 3, 16] {
            assert_eq!(one.draws, sampled(&target, &quick(1, threads)).draws, "{threads} threads");
        }
        assert_ne!(one.draws, sampled(&target, &quick(2, 1)).draws);
        assert_ne!(one.draws.draw(0, 0), one.draws.draw(1, 0));
    }

    /// Whether means and mean squares are those of normals with these scales, to five standard errors of 1,000
    /// independent draws. The 4,000 draws of a sound chain fail one of six such checks less than once in 10^5 runs.
    fn is_normal(draws: &Draws, scales: &[f64]) -> bool {
        scales.iter().enumerate().all(|(component, scale)| {
            let scaled = draws.component(component) / *scale;
            let square = scaled.map(|z| z * z).mean();
            scaled.mean().abs() < 5.0 / f64::sqrt(1_000.0)
                && (square - 1.0).abs() < 5.0 * f64::sqrt(2.0 / 1_000.0)
        })
    }

    #[test]
    fn normals_of_very_different_scales_are_sampled_exactly() {
        let scales = [0.01, 1.0, 100.0];
        let fit = sampled(&gaussian(&scales), &Settings { seed: 5, ..Settings::default() });
        assert!(is_normal(&fit.draws, &scales));
        assert!(
            !is_normal(&fit.draws, &[0.01, 1.0, 115.0]),
            "the check sees a scale that is wrong by 15 per cent"
        );
        for chain in &fit.chains {
            let accepted =
                chain.transitions.iter().map(|transition| transition.acceptance).sum::<f64>() / 1_000.0;
            assert!((0.7..0.95).contains(&accepted), "acceptance {accepted}");
            assert!(chain.transitions.iter().all(|transition| transition.outcome == Outcome::Turned));
        }
    }

    /// Each sampler and metric on four normals with correlations of 0.9: means, mean squares and the mean product of the
    /// first two, to five standard errors of 250 independent draws, of which every run has more (MALA has the fewest): ten checks of each of
    /// seven runs fail once in 10^5 seeds at most.
    #[test]
    fn every_sampler_and_metric_finds_the_moments_of_correlated_normals() {
        const SCALES: [f64; 4] = [0.1, 1.0, 1.0, 10.0];
        let target = correlated(&SCALES, 0.9);
        let nuts = Method::default();
        let hmc = Method::Hmc(Length::default());
        let diagonal = MetricKind::Diagonal;
        let runs = [
            (nuts, diagonal),
            (nuts, MetricKind::Dense),
            (nuts, MetricKind::LowRank),
            (hmc, diagonal),
            (hmc, MetricKind::Dense),
            (hmc, MetricKind::LowRank),
            (Method::Mala, MetricKind::Dense),
        ];
        for (method, metric) in runs {
            let delta = if method == Method::Mala { 0.574 } else { 0.8 };
            let settings = Settings { seed: 7, method, metric, delta, ..Settings::default() };
            let draws = sampled(&target, &settings).draws;
            let scaled =
                SCALES.iter().enumerate().map(|(component, scale)| draws.component(component) / *scale);
            let scaled: Vec<_> = scaled.collect();
            let off = |found: f64, expected: f64, variance: f64| {
                (found - expected).abs() / (variance / 250.0).sqrt()
            };
            for z in &scaled {
                assert!(off(z.mean(), 0.0, 1.0) < 5.0, "{method:?} {metric:?}: mean {}", z.mean());
                let square = z.map(|z| z * z).mean();
                assert!(off(square, 1.0, 2.0) < 5.0, "{method:?} {metric:?}: mean square {square}");
                assert!(off(square, 2.0, 2.0) > 5.0, "the check sees a variance that is twice as large");
            }
            let product = scaled[0].component_mul(&scaled[1]).mean();
            assert!(off(product, 0.9, 1.81) < 5.0, "{method:?} {metric:?}: mean product {product}");
            assert!(off(product, 0.0, 1.81) > 5.0, "the check sees that they are correlated");
        }
    }

    /// What the metrics are for: with covariances in the metric trajectories are short.
    #[test]
    fn dense_and_low_rank_metrics_shorten_trajectories() {
        let target = correlated(&[1.0; 10], 0.99);
        let leapfrogs = |metric| {
            let fit = sampled(&target, &Settings { seed: 2, metric, ..Settings::default() });
            fit.chains
                .iter()
                .flat_map(|chain| &chain.transitions)
                .map(|it| u64::from(it.leapfrogs))
                .sum::<u64>()
        };
        let diagonal = leapfrogs(MetricKind::Diagonal);
        for metric in [MetricKind::Dense, MetricKind::LowRank] {
            let found = leapfrogs(metric);
            assert!(2 * found < diagonal, "{metric:?}: {found} leapfrogs, {diagonal} with the diagonal");
        }
    }

    #[test]
    fn the_funnel_diverges_where_it_is_narrow() {
        let fit = sampled(&funnel(10), &Settings { seed: 1, ..Settings::default() });
        let divergent = fit.chains.iter().flat_map(|chain| &chain.transitions);
        assert!(divergent.filter(|transition| transition.outcome.diverged()).count() > 0);
    }

    #[test]
    fn a_depth_that_is_too_small_is_reported() {
        let method = Method::Nuts { max_depth: 1 };
        let fit = sampled(&gaussian(&[0.001, 1.0]), &Settings { method, warmup: 15, ..quick(1, 1) });
        let transitions = &fit.chains[0].transitions;
        assert!(transitions.iter().filter(|transition| transition.outcome == Outcome::Cut).count() > 50);
        assert!(transitions.iter().all(|transition| transition.leapfrogs <= 1));
    }

    #[test]
    fn a_failing_chain_is_named_with_its_reasons() {
        let failure = sample(&broken(), &quick(1, 2), &Progress::new(4)).expect_err("no start");
        let Failure::Chain { chain: 0, failure: ChainFailure::Start(none) } = failure else {
            panic!("{failure}");
        };
        assert_eq!(none.reasons[0].words, "check 3");
    }

    #[test]
    fn a_run_ended_before_it_began_has_no_draws() {
        let progress = Progress::new(4);
        progress.stop();
        assert_eq!(sample(&gaussian(&[1.0]), &quick(1, 1), &progress), Err(Failure::Interrupted));
        assert_eq!(sample(&gaussian(&[]), &quick(1, 1), &Progress::new(4)), Err(Failure::NothingToSample));
    }

    #[test]
    fn interrupted_chains_are_cut_where_most_draws_are_kept() {
        let fit = sampled(&gaussian(&[1.0]), &quick(1, 1));
        let chains = |lengths: &[usize]| {
            let cut = |(chain, &length): (&Chain, &usize)| {
                let mut chain = chain.clone();
                chain.transitions.truncate(length);
                let values = vec![0.5; length];
                (chain, values)
            };
            cut_to_equal_length(fit.chains.iter().zip(lengths).map(cut).collect(), 1)
        };
        let lengths = |(chains, values): (Vec<Chain>, Vec<Vec<f64>>)| {
            assert!(
                chains.iter().zip(&values).all(|(chain, values)| chain.transitions.len() == values.len())
            );
            values.iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(lengths(chains(&[100, 90, 0, 0])), [90, 90]);
        assert_eq!(lengths(chains(&[100, 20, 20, 20])), [100]);
        assert!(lengths(chains(&[0, 0, 0, 0])).is_empty());
    }

    #[test]
    fn rejected_trajectories_count_as_divergent() {
        assert!(Outcome::Rejected(Rejection::ZeroDensity).diverged() && Outcome::Diverged.diverged());
        assert!(!Outcome::Turned.diverged() && !Outcome::Cut.diverged());
    }
}
