//! One chain: a start, a warm-up that adapts step size and metric, and the draws that are kept.

use std::fmt;
use std::time::{Duration, Instant};

use super::hamiltonian::{Hamiltonian, State};
use super::metric::VarianceEstimate;
use super::progress::Progress;
use super::settings::Settings;
use super::start::{NoStart, start};
use super::step_size::{DualAveraging, StepSizeFailure, first_step};
use super::trajectory::{Streams, Trajectory, Transition};
use super::warmup::Schedule;
use crate::rng::{Purpose, Stream};
use crate::target::{Rejection, Target};

/// What a chain leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Its number, from 0.
    pub number: usize,
    /// One record per draw kept.
    pub transitions: Vec<Transition>,
    /// Step size used after warm-up.
    pub step_size: f64,
    /// Diagonal of the inverse metric used after warm-up.
    pub inverse_metric: Vec<f64>,
    /// Time of the start and the warm-up.
    pub warmup_time: Duration,
    /// Time of the draws kept.
    pub sampling_time: Duration,
    /// Gradients computed, warm-up included.
    pub gradients: u64,
}

/// Why a chain could not be sampled.
#[derive(Clone, Debug, PartialEq)]
pub enum ChainFailure {
    /// No starting point was found.
    Start(NoStart),
    /// No step size was found.
    StepSize(StepSizeFailure),
    /// The values to report are undefined at a point that was visited.
    Report(Rejection),
}

impl fmt::Display for ChainFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChainFailure::Start(none) => none.fmt(out),
            ChainFailure::StepSize(StepSizeFailure::Vanishing) => out.write_str(
                "no step of the sampler is small enough: the log density or its gradient is not continuous where the chain is",
            ),
            ChainFailure::StepSize(StepSizeFailure::Unbounded) => out.write_str(
                "no step of the sampler is too large: the density does not decay, so the posterior is improper",
            ),
            ChainFailure::Report(rejection) => {
                write!(out, "a tracked value is undefined at a point that was sampled: {rejection}")
            }
        }
    }
}

/// Runs chain `number`; gives what it leaves behind and its draws, one flat row of values after the other.
pub fn run(
    target: &dyn Target,
    settings: &Settings,
    number: usize,
    progress: &Progress,
) -> Result<(Chain, Vec<f64>), ChainFailure> {
    let begun = Instant::now();
    let mut sampler = Sampler::start(target, settings, number)?;
    sampler.warm_up(settings, progress)?;
    let warmup_time = begun.elapsed();
    let begun = Instant::now();
    let (transitions, values) = sampler.sample(settings.draws, target.layout().length(), progress)?;
    let chain = Chain {
        number,
        transitions,
        step_size: sampler.step,
        inverse_metric: sampler.hamiltonian.metric.inverse().to_vec(),
        warmup_time,
        sampling_time: begun.elapsed(),
        gradients: sampler.hamiltonian.gradients(),
    };
    Ok((chain, values))
}

struct Sampler<'t> {
    number: usize,
    hamiltonian: Hamiltonian<'t>,
    trajectory: Trajectory,
    streams: Streams,
    step_search: Stream,
    state: State,
    step: f64,
}

impl<'t> Sampler<'t> {
    fn start(
        target: &'t dyn Target,
        settings: &Settings,
        number: usize,
    ) -> Result<Sampler<'t>, ChainFailure> {
        let stream = |purpose| Stream::new(settings.seed, number as u32, purpose);
        let mut hamiltonian = Hamiltonian::new(target);
        let state =
            start(target, &mut hamiltonian, &mut stream(Purpose::Start)).map_err(ChainFailure::Start)?;
        let mut sampler = Sampler {
            number,
            hamiltonian,
            trajectory: Trajectory::new(target.dimension(), settings.limits),
            streams: Streams { momentum: stream(Purpose::Momentum), trajectory: stream(Purpose::Trajectory) },
            step_search: stream(Purpose::StepSize),
            state,
            step: 1.0,
        };
        sampler.search_step()?;
        Ok(sampler)
    }

    fn search_step(&mut self) -> Result<(), ChainFailure> {
        self.step = first_step(&mut self.hamiltonian, &self.state, self.step, &mut self.step_search)
            .map_err(ChainFailure::StepSize)?;
        Ok(())
    }

    fn transition(&mut self) -> Transition {
        self.trajectory.transition(&mut self.hamiltonian, &mut self.state, self.step, &mut self.streams)
    }

    fn warm_up(&mut self, settings: &Settings, progress: &Progress) -> Result<(), ChainFailure> {
        let schedule = Schedule::new(settings.warmup);
        let mut averaging = DualAveraging::new(settings.delta, self.step);
        let mut estimate = VarianceEstimate::new(self.state.position.len());
        let mut variances = self.hamiltonian.metric.inverse().to_vec();
        for iteration in 0..schedule.warmup {
            if progress.stopped() {
                break;
            }
            averaging.advance(self.transition().acceptance);
            self.step = averaging.current();
            if schedule.estimates(iteration) {
                estimate.add(&self.state.position);
            }
            if schedule.ends_window(iteration) && estimate.finish(&mut variances) {
                self.hamiltonian.metric.set(&variances);
                self.search_step()?;
                averaging = DualAveraging::new(settings.delta, self.step);
            }
            progress.chains()[self.number].advance(false);
        }
        self.step = averaging.average();
        Ok(())
    }

    fn sample(
        &mut self,
        draws: usize,
        length: usize,
        progress: &Progress,
    ) -> Result<(Vec<Transition>, Vec<f64>), ChainFailure> {
        let (mut transitions, mut values) = (Vec::new(), Vec::new());
        for draw in 0..draws {
            if progress.stopped() {
                break;
            }
            let transition = self.transition();
            values.resize((draw + 1) * length, 0.0);
            let row = &mut values[draw * length..];
            self.hamiltonian.constrain(&self.state.position, row).map_err(ChainFailure::Report)?;
            transitions.push(transition);
            progress.chains()[self.number].advance(transition.outcome.diverged());
        }
        Ok((transitions, values))
    }
}
