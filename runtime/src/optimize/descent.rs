//! Steps of an optimiser, one after the other, until all are done, someone asks to end, or a value is not finite. Steps are
//! made in blocks, short enough to be watched; how long the blocks are changes no number.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What makes steps: it holds the state.
pub trait Steps {
    /// Why steps could not be made.
    type Failure;

    /// Makes steps from a number on; gives the value at each, before its step.
    fn advance(&mut self, first: usize, count: usize) -> Result<Vec<f64>, Self::Failure>;

    /// Goes back to where it was before it last advanced.
    fn back(&mut self);

    /// Whether the coordinates are finite.
    fn is_finite(&self) -> bool;

    /// Whether they search: values need not be finite at points that are tried, and that a next step leaves.
    fn search(&self) -> bool;
}

/// What is seen of a run from outside while it goes on, and the way to end it early. All methods may be called from any
/// thread.
#[derive(Debug, Default)]
pub struct Watched {
    stop: AtomicBool,
    done: AtomicUsize,
    value: AtomicU64,
}

impl Watched {
    /// Asks to end after the present block.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether someone asked to end.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Steps done.
    pub fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// The mean value over the last block of steps.
    pub fn value(&self) -> f64 {
        f64::from_bits(self.value.load(Ordering::Relaxed))
    }

    fn advance(&self, values: &[f64]) {
        self.done.fetch_add(values.len(), Ordering::Relaxed);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        self.value.store(mean.to_bits(), Ordering::Relaxed);
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All steps were done.
    Done,
    /// Someone asked to end.
    Stopped,
    /// The next step, or the value that it begins with, is not finite.
    NotFinite,
}

/// What a run was.
#[derive(Clone, Debug, PartialEq)]
pub struct Descent {
    /// The value at each step that was done.
    pub trace: Vec<f64>,
    /// How it ended.
    pub ended: Ended,
}

/// How long a block of steps takes, about.
const BLOCK: Duration = Duration::from_millis(50);
/// Steps of the first block.
const FIRST: usize = 8;

/// Makes a number of steps.
pub fn descend<S: Steps>(steps: &mut S, total: usize, watched: &Watched) -> Result<Descent, S::Failure> {
    let mut trace = Vec::with_capacity(total);
    let mut block = FIRST;
    while trace.len() < total {
        if watched.stopped() {
            return Ok(Descent { trace, ended: Ended::Stopped });
        }
        let (first, begun) = (trace.len(), Instant::now());
        let count = block.min(total - first);
        let values = steps.advance(first, count)?;
        if !steps.is_finite() || !steps.search() && values.iter().any(|value| !value.is_finite()) {
            steps.back();
            trace.extend(until_not_finite(steps, first, count)?);
            return Ok(Descent { trace, ended: Ended::NotFinite });
        }
        watched.advance(&values);
        trace.extend(values);
        let faster = BLOCK.as_secs_f64() / begun.elapsed().as_secs_f64().max(1e-6);
        block = ((block as f64 * faster.clamp(0.25, 4.0)) as usize).max(1);
    }
    Ok(Descent { trace, ended: Ended::Done })
}

/// The values at the steps before the one that is not finite, made one by one.
fn until_not_finite<S: Steps>(steps: &mut S, first: usize, count: usize) -> Result<Vec<f64>, S::Failure> {
    let mut values = Vec::new();
    while values.len() < count {
        let value = steps.advance(first + values.len(), 1)?[0];
        if !steps.is_finite() || !steps.search() && !value.is_finite() {
            steps.back();
            break;
        }
        values.push(value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts down; nothing of it is finite below zero.
    struct Countdown {
        now: i64,
        before: i64,
    }

    impl Steps for Countdown {
        type Failure = ();

        fn advance(&mut self, _: usize, count: usize) -> Result<Vec<f64>, ()> {
            self.before = self.now;
            let value = |now: i64| if now < 0 { f64::NAN } else { now as f64 };
            let values = (0..count as i64).map(|step| value(self.before - step)).collect();
            self.now -= count as i64;
            Ok(values)
        }

        fn back(&mut self) {
            self.now = self.before;
        }

        fn is_finite(&self) -> bool {
            self.now >= 0
        }

        fn search(&self) -> bool {
            false
        }
    }

    #[test]
    fn all_steps_are_done() {
        let mut steps = Countdown { now: 1000, before: 1000 };
        let descent = descend(&mut steps, 900, &Watched::default()).expect("it counts");
        assert_eq!((descent.ended, descent.trace.len(), steps.now), (Ended::Done, 900, 100));
    }

    #[test]
    fn a_value_that_is_not_finite_ends_the_run_before_its_step() {
        let mut steps = Countdown { now: 30, before: 30 };
        let descent = descend(&mut steps, 900, &Watched::default()).expect("it counts");
        assert_eq!((descent.ended, descent.trace.len(), steps.now), (Ended::NotFinite, 30, 0));
    }

    #[test]
    fn who_asks_to_end_gets_what_is_done() {
        let watched = Watched::default();
        watched.stop();
        let descent = descend(&mut Countdown { now: 9, before: 9 }, 9, &watched).expect("it counts");
        assert_eq!(descent, Descent { trace: Vec::new(), ended: Ended::Stopped });
    }
}
