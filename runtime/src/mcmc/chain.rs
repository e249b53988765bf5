//! One chain: a start, a warm-up that adapts step size and metric, and the draws that are kept.
//!
//! All that a later iteration depends on is a [`Record`], so that a chain that was stopped or killed goes on from the last
//! record kept of it to the very bytes that it would have made.

use std::fmt;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::hamiltonian::{Hamiltonian, State};
use super::progress::Progress;
use super::settings::Settings;
use super::step_size::{DualAveraging, StepSizeFailure, first_step};
use super::transition::{Outcome, Streams, Transition, Transitions};
use super::warmup::Schedule;
use crate::kept;
use crate::rng::{Place, Purpose, Stream};
use crate::start::{NoStart, explain, start};
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
    /// The run-time checks that ended transitions of draws kept, how many each.
    pub failed: Vec<(String, usize)>,
    /// Where the last of all checks failed, if that was told.
    pub told: Option<String>,
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

/// Runs chain `number`, from where an earlier run left it if there is one to go on from; gives what it leaves behind and its
/// draws, one flat row of values after the other.
pub fn run(
    target: &dyn Target,
    settings: &Settings,
    number: usize,
    progress: &Progress,
) -> Result<(Chain, Vec<f64>), ChainFailure> {
    let mut sampler = Sampler::new(target, settings, number);
    let found = progress.keeper().and_then(|keeper| keeper.found(number));
    if found.and_then(|bytes| sampler.restore(&bytes)).is_none() {
        sampler.start()?;
    }
    let own = &progress.chains()[number];
    let divergences = sampler.record.transitions.iter().filter(|it| it.outcome.diverged()).count();
    own.begin(sampler.record.iteration, divergences);
    while sampler.record.iteration < settings.warmup + settings.draws && !progress.stopped() {
        let Some(transition) = sampler.iterate(progress)? else { break };
        own.advance(sampler.record.iteration > settings.warmup && transition.outcome.diverged());
        if let Some(keeper) = progress.keeper()
            && keeper.due(number)
        {
            keeper.keep(number, &sampler.kept());
        }
    }
    if let Some(keeper) = progress.keeper().filter(|keeper| keeper.keeps_end(number, progress.stopped())) {
        keeper.keep(number, &sampler.kept());
    }
    Ok(sampler.finish())
}

/// What later iterations depend on, and what is made so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    /// Iterations done, warm-up included.
    iteration: usize,
    state: State,
    step: f64,
    averaging: DualAveraging,
    transitions: Vec<Transition>,
    values: Vec<f64>,
    /// Time spent on the start and the warm-up, and on draws.
    spent: [Duration; 2],
}

/// A record with what lies elsewhere while the chain runs.
#[derive(Serialize, Deserialize)]
struct Whole<R> {
    record: R,
    metric: Vec<u8>,
    places: [Place; 3],
    gradients: u64,
}

struct Sampler<'t> {
    target: &'t dyn Target,
    settings: &'t Settings,
    number: usize,
    schedule: Schedule,
    hamiltonian: Hamiltonian<'t>,
    transitions: Box<dyn Transitions>,
    streams: Streams,
    step_search: Stream,
    record: Record,
    /// The state before the present iteration.
    before: State,
}

impl<'t> Sampler<'t> {
    fn new(target: &'t dyn Target, settings: &'t Settings, number: usize) -> Sampler<'t> {
        let stream = |purpose| Stream::new(settings.seed, number as u32, purpose);
        let record = Record {
            iteration: 0,
            state: State::blank(target.dimension()),
            step: 1.0,
            averaging: DualAveraging::new(settings.delta, 1.0),
            transitions: Vec::new(),
            values: Vec::new(),
            spent: [Duration::ZERO; 2],
        };
        Sampler {
            target,
            settings,
            number,
            schedule: Schedule::new(settings.warmup),
            hamiltonian: Hamiltonian::new(target, settings.metric),
            transitions: settings.method.transitions(target.dimension()),
            streams: Streams { momentum: stream(Purpose::Momentum), trajectory: stream(Purpose::Trajectory) },
            step_search: stream(Purpose::StepSize),
            record,
            before: State::blank(target.dimension()),
        }
    }

    fn start(&mut self) -> Result<(), ChainFailure> {
        let begun = Instant::now();
        let mut stream = Stream::new(self.settings.seed, self.number as u32, Purpose::Start);
        let (hamiltonian, state) = (&mut self.hamiltonian, &mut self.record.state);
        start(self.target, &mut stream, &mut |point| {
            state.position.copy_from_slice(point);
            hamiltonian.evaluate(state)?;
            Rejection::unless_slopes(&state.gradient)
        })
        .map_err(ChainFailure::Start)?;
        self.search_step()?;
        self.record.spent[0] += begun.elapsed();
        Ok(())
    }

    fn search_step(&mut self) -> Result<(), ChainFailure> {
        let Record { state, step, averaging, .. } = &mut self.record;
        *step = first_step(&mut self.hamiltonian, state, *step, &mut self.step_search)
            .map_err(ChainFailure::StepSize)?;
        *averaging = DualAveraging::new(self.settings.delta, *step);
        Ok(())
    }

    /// One iteration, or nothing and no change if the run was ended meanwhile.
    fn iterate(&mut self, progress: &'t Progress) -> Result<Option<Transition>, ChainFailure> {
        let begun = Instant::now();
        let warms_up = self.record.iteration < self.settings.warmup;
        let Record { iteration, state, step, averaging, .. } = &mut self.record;
        let own = if *iteration == self.settings.warmup { averaging.average() } else { *step };
        self.before.copy_from(state);
        let (places, gradients) = (self.streams.places(), self.hamiltonian.gradients());
        self.hamiltonian.watched = Some(progress);
        let transition = self.transitions.transition(&mut self.hamiltonian, state, own, &mut self.streams);
        self.hamiltonian.watched = None;
        if progress.stopped() {
            state.copy_from(&self.before);
            self.streams.go_to(places);
            self.hamiltonian.count_from(gradients);
            return Ok(None);
        }
        *step = own;
        if warms_up {
            self.adapt(transition)?
        } else {
            self.keep_draw(transition)?
        }
        self.record.iteration += 1;
        self.record.spent[usize::from(!warms_up)] += begun.elapsed();
        Ok(Some(transition))
    }

    fn adapt(&mut self, transition: Transition) -> Result<(), ChainFailure> {
        let iteration = self.record.iteration;
        self.record.averaging.advance(transition.acceptance);
        self.record.step = self.record.averaging.current();
        if self.schedule.estimates(iteration) {
            self.hamiltonian.metric.learn(&self.record.state);
        }
        if self.schedule.ends_window(iteration) && self.hamiltonian.metric.adapt() {
            self.search_step()?;
        }
        Ok(())
    }

    fn keep_draw(&mut self, transition: Transition) -> Result<(), ChainFailure> {
        let Record { state, values, transitions, .. } = &mut self.record;
        let begin = values.len();
        values.resize(begin + self.target.layout().length(), 0.0);
        self.hamiltonian.constrain(&state.position, &mut values[begin..]).map_err(ChainFailure::Report)?;
        transitions.push(transition);
        Ok(())
    }

    fn kept(&self) -> Vec<u8> {
        let places = [&self.streams.momentum, &self.streams.trajectory, &self.step_search].map(Stream::place);
        let (metric, gradients) = (self.hamiltonian.metric.kept(), self.hamiltonian.gradients());
        kept::bytes(&Whole { record: &self.record, metric, places, gradients })
    }

    /// Goes back to what was kept; nothing, and no change, if it is not that of such a chain.
    fn restore(&mut self, bytes: &[u8]) -> Option<()> {
        let whole: Whole<Record> = kept::value(bytes)?;
        let Record { state, transitions, values, .. } = &whole.record;
        let fits = state.position.len() == self.target.dimension()
            && state.gradient.len() == self.target.dimension()
            && values.len() == transitions.len() * self.target.layout().length();
        if !fits {
            return None;
        }
        self.hamiltonian.metric.restore(&whole.metric)?;
        self.hamiltonian.count_from(whole.gradients);
        let streams = [&mut self.streams.momentum, &mut self.streams.trajectory, &mut self.step_search];
        streams.into_iter().zip(whole.places).for_each(|(stream, place)| stream.go_to(place));
        self.record = whole.record;
        Some(())
    }

    fn finish(self) -> (Chain, Vec<f64>) {
        let mut failed: Vec<(String, usize)> = Vec::new();
        for transition in &self.record.transitions {
            let Outcome::Rejected(rejection @ Rejection::Check(_)) = transition.outcome else { continue };
            let words = explain(self.target, rejection);
            match failed.iter_mut().find(|(known, _)| *known == words) {
                Some((_, count)) => *count += 1,
                None => failed.push((words, 1)),
            }
        }
        let chain = Chain {
            number: self.number,
            transitions: self.record.transitions,
            step_size: self.record.step,
            inverse_metric: self.hamiltonian.metric.diagonal(),
            warmup_time: self.record.spent[0],
            sampling_time: self.record.spent[1],
            gradients: self.hamiltonian.gradients(),
            failed,
            told: self.hamiltonian.told(),
        };
        (chain, self.record.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcmc::metric::MetricKind;
    use crate::mcmc::testing::funnel;

    /// A chain that is kept after each of several iterations and goes on from there.
    #[test]
    fn a_chain_goes_on_from_what_was_kept_to_the_same_bytes() {
        let target = funnel(3);
        for metric in [MetricKind::Diagonal, MetricKind::Dense, MetricKind::LowRank] {
            let settings = Settings { metric, warmup: 60, draws: 20, ..Settings::default() };
            let progress = Progress::new(4);
            let (_, whole) = run(&target, &settings, 2, &progress).expect("a chain");
            let mut sampler = Sampler::new(&target, &settings, 2);
            sampler.start().expect("a start");
            for iteration in 0..80 {
                if [0, 1, 9, 30, 53, 54, 60, 61, 79].contains(&iteration) {
                    let bytes = sampler.kept();
                    sampler = Sampler::new(&target, &settings, 2);
                    assert_eq!(sampler.restore(&bytes), Some(()));
                }
                sampler.iterate(&progress).expect("an iteration");
            }
            assert_eq!(sampler.finish().1, whole, "{metric:?}");
        }
    }

    /// A run that is ended in the middle of a trajectory leaves what was there before the iteration, and goes on from it.
    #[test]
    fn a_chain_that_was_ended_in_an_iteration_goes_on_to_the_same_bytes() {
        let target = funnel(3);
        let settings = Settings { warmup: 30, draws: 10, ..Settings::default() };
        let (_, whole) = run(&target, &settings, 1, &Progress::new(4)).expect("a chain");
        let (ended, goes_on) = (Progress::new(4), Progress::new(4));
        ended.stop();
        let mut sampler = Sampler::new(&target, &settings, 1);
        sampler.start().expect("a start");
        for _ in 0..40 {
            let before = sampler.kept();
            assert_eq!(sampler.iterate(&ended), Ok(None));
            assert_eq!(sampler.kept(), before);
            assert!(sampler.iterate(&goes_on).expect("an iteration").is_some());
        }
        assert_eq!(sampler.finish().1, whole);
    }

    #[test]
    fn what_is_no_record_of_such_a_chain_is_refused() {
        let (three, four) = (funnel(3), funnel(4));
        let settings = Settings::default();
        let mut sampler = Sampler::new(&three, &settings, 0);
        sampler.start().expect("a start");
        let bytes = sampler.kept();
        assert_eq!(Sampler::new(&four, &settings, 0).restore(&bytes), None);
        assert_eq!(Sampler::new(&three, &settings, 0).restore(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Sampler::new(&three, &settings, 0).restore(&bytes), Some(()));
    }
}
