//! Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and Gelman 2018): values are drawn from the prior, data
//! from the values, and a posterior from the data. If model and posterior agree, the rank of each value among draws of its
//! posterior is uniform. Every replicate is a function of the seed and its number alone.

mod told;
mod uniform;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nalgebra::DMatrix;

use crate::diagnostics::{Sample, samples};
use crate::mcmc::{self, Fit, Progress, sample};
use crate::rng::{Purpose, Stream};
use crate::target::Target;
pub use uniform::{Bands, chi_squared};

/// Values with the posteriors of data that were drawn from them.
pub trait Replicates: Sync {
    /// The posterior of a replicate.
    fn target(&self, replicate: usize) -> Result<Box<dyn Target + '_>, String>;

    /// For each component of its draws the value that it was drawn from, if there is one.
    fn truth(&self, replicate: usize) -> Vec<Option<f64>>;

    /// The log density of those values under the replicate's posterior, where it is known: ranked as a quantity too, it tells of
    /// faults that no component alone shows (Modrák, Moon, Kim, Bürkner, Huurre, Faltejsková, Gelman and Vehtari 2023).
    fn log_density(&self, replicate: usize) -> Option<f64> {
        let _ = replicate;
        None
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Number of replicates.
    pub replicates: usize,
    /// Draws of each posterior, after thinning: ranks are 0 to this.
    pub draws: usize,
    /// Seed of every random choice.
    pub seed: u64,
    /// Greatest number of threads; changes no number.
    pub threads: usize,
}

/// The ranks of a calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The quantities.
    pub labels: Vec<String>,
    /// A rank for each quantity, replicate by replicate.
    pub ranks: Vec<Vec<usize>>,
    /// The probability of ranks so uneven, for each quantity, if they are uniform.
    pub p_values: Vec<f64>,
    /// What was asked for.
    pub settings: Settings,
    /// Replicates whose posterior could not be sampled, with the first reason.
    pub failed: (usize, Option<String>),
    /// Replicates with divergent transitions.
    pub divergent: usize,
    /// Replicates whose draws were still correlated after the longest chain.
    pub correlated: usize,
}

/// Of so many calibrations of which all is well, one is said to be wrong.
pub const FALSE_ALARMS: f64 = 0.01;

impl Calibration {
    /// Whether the ranks of a quantity are uneven beyond chance, all quantities considered.
    pub fn is_uneven(&self, quantity: usize) -> bool {
        self.p_values[quantity] < FALSE_ALARMS / self.labels.len() as f64
    }

    /// Whether no quantity's ranks are uneven.
    pub fn is_uniform(&self) -> bool {
        !(0..self.labels.len()).any(|quantity| self.is_uneven(quantity))
    }

    /// The ranks of a quantity.
    pub fn ranks_of(&self, quantity: usize) -> Vec<usize> {
        self.ranks.iter().map(|ranks| ranks[quantity]).collect()
    }
}

/// What became of one replicate.
enum Outcome {
    Ranked { ranks: Vec<usize>, divergent: bool, correlated: bool },
    Failed(String),
    Stopped,
}

/// Calibrates posteriors. `progress` has one chain, whose iterations are replicates; those that had not ended when it was stopped
/// are left out.
pub fn calibrate(replicates: &dyn Replicates, settings: &Settings, progress: &Arc<Progress>) -> Calibration {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut finished = Vec::new();
        while !progress.stopped() {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= settings.replicates {
                break;
            }
            let outcome = replicate(replicates, settings, number, progress);
            progress.chains()[0].advance(matches!(&outcome, Outcome::Ranked { divergent: true, .. }));
            finished.push((number, outcome));
        }
        finished
    };
    let mut finished: Vec<(usize, Outcome)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..settings.threads.max(1)).map(|_| scope.spawn(work)).collect();
        let ended =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        ended.flatten().collect()
    });
    finished.sort_by_key(|(number, _)| *number);
    gathered(replicates, settings, finished.into_iter().map(|(_, outcome)| outcome))
}

fn gathered(
    replicates: &dyn Replicates,
    settings: &Settings,
    outcomes: impl Iterator<Item = Outcome>,
) -> Calibration {
    let mut found = Calibration {
        labels: labels(replicates),
        ranks: Vec::new(),
        p_values: Vec::new(),
        settings: *settings,
        failed: (0, None),
        divergent: 0,
        correlated: 0,
    };
    for outcome in outcomes {
        match outcome {
            Outcome::Ranked { ranks, divergent, correlated } => {
                found.ranks.push(ranks);
                found.divergent += usize::from(divergent);
                found.correlated += usize::from(correlated);
            }
            Outcome::Failed(reason) => {
                found.failed.0 += 1;
                found.failed.1.get_or_insert(reason);
            }
            Outcome::Stopped => {}
        }
    }
    let bands = Bands::new(found.ranks.len(), settings.draws);
    let p_value = |quantity: usize| {
        let ranks = found.ranks_of(quantity);
        // Two tests of one thing: twice the smaller holds for both.
        (2.0 * bands.p_value(&ranks).min(chi_squared(&ranks, settings.draws))).min(1.0)
    };
    found.p_values = (0..found.labels.len()).map(p_value).collect();
    found
}

/// What the rank of the log density is called.
const LOG_DENSITY: &str = "log density";

/// The names of the components that have a value to be ranked, and of the log density where it has one.
fn labels(replicates: &dyn Replicates) -> Vec<String> {
    let Ok(target) = replicates.target(0) else { return Vec::new() };
    let labels = target.layout().labels().zip(replicates.truth(0));
    let labels = labels.filter_map(|(label, truth)| truth.map(|_| label));
    labels.chain(replicates.log_density(0).map(|_| LOG_DENSITY.to_owned())).collect()
}

/// The values that a replicate's data were drawn from.
struct Truth {
    components: Vec<Option<f64>>,
    log_density: Option<f64>,
}

/// Iterations of warm-up; draws between two that are kept, first and at most.
const WARMUP: usize = 500;
const FIRST_STEP: usize = 3;
const LARGEST_STEP: usize = 48;

/// Samples a replicate's posterior, with chains long enough that what is kept of them is nearly independent.
fn replicate(
    replicates: &dyn Replicates,
    settings: &Settings,
    number: usize,
    progress: &Arc<Progress>,
) -> Outcome {
    let target = match replicates.target(number) {
        Ok(target) => target,
        Err(reason) => return Outcome::Failed(reason),
    };
    let truth = Truth {
        components: replicates.truth(number),
        // A value at the end of its support may have no coordinates.
        log_density: replicates
            .log_density(0)
            .map(|_| replicates.log_density(number).unwrap_or(f64::NEG_INFINITY)),
    };
    let seed = own_seed(settings.seed, number as u64);
    let mut step = FIRST_STEP;
    loop {
        let run = mcmc::Settings {
            seed,
            chains: 1,
            warmup: WARMUP,
            draws: settings.draws * step,
            threads: 1,
            ..mcmc::Settings::default()
        };
        let fit = match sample(&*target, &run, &Progress::within(progress, 1)) {
            Ok(fit) if fit.interrupted => return Outcome::Stopped,
            Err(mcmc::Failure::Interrupted) => return Outcome::Stopped,
            Err(failure) => return Outcome::Failed(failure.to_string()),
            Ok(fit) => fit,
        };
        let size = smallest_size(&fit, &truth);
        let wanted = settings.draws as f64;
        if size >= wanted || step >= LARGEST_STEP {
            let divergent = fit.chains[0].transitions.iter().any(|transition| transition.outcome.diverged());
            let ranks = ranks(&fit, &truth, step, &mut Stream::new(seed, 0, Purpose::Seeded));
            return Outcome::Ranked { ranks, divergent, correlated: size < 0.5 * wanted };
        }
        let longer = step as f64 * (1.2 * wanted / size.max(1.0)).max(2.0);
        step = (longer.ceil() as usize).min(LARGEST_STEP);
    }
}

/// The least effective sample size of what is ranked.
fn smallest_size(fit: &Fit, truth: &Truth) -> f64 {
    let ranked = samples(&fit.draws).zip(&truth.components).filter(|(_, truth)| truth.is_some());
    let densities = truth.log_density.and_then(|_| {
        let values = fit.chains[0].transitions.iter().map(|transition| transition.log_density);
        Sample::new(DMatrix::from_iterator(fit.draws.length(), 1, values))
    });
    let sizes =
        ranked.filter_map(|(sample, _)| sample).chain(densities).filter_map(|sample| sample.ess_bulk());
    sizes.fold(f64::INFINITY, f64::min)
}

/// How many of every `step`-th draw lie below the value that the data were drawn from; equal ones count by chance.
fn ranks(fit: &Fit, truth: &Truth, step: usize, stream: &mut Stream) -> Vec<usize> {
    let mut rank = |truth: f64, value: &dyn Fn(usize) -> f64| {
        let (mut below, mut equal) = (0, 0);
        for value in (0..fit.draws.length()).step_by(step).map(value) {
            below += usize::from(value < truth);
            equal += usize::from(value == truth);
        }
        below + (stream.uniform() * (equal + 1) as f64) as usize
    };
    let mut ranks = Vec::new();
    for (component, truth) in truth.components.iter().enumerate() {
        ranks.extend(truth.map(|truth| rank(truth, &|draw| fit.draws.draw(0, draw)[component])));
    }
    let density = |draw: usize| fit.chains[0].transitions[draw].log_density;
    ranks.extend(truth.log_density.map(|truth| rank(truth, &density)));
    ranks
}

/// A seed of each replicate's own (splitmix64, Steele, Lea and Flood 2014).
fn own_seed(seed: u64, number: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number.wrapping_add(1));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests;
