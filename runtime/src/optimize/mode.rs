//! The mode of a target: the best of the minima of -log density that several starts lead to.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use super::lbfgs::{Ending, Minimum, Options, minimize};
use crate::rng::{Purpose, Stream};
use crate::start::{NoStart, start};
use crate::target::{Evaluator, Rejection, Target};

/// A point of greatest density.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    /// Unconstrained coordinates.
    pub position: Vec<f64>,
    /// Log density there.
    pub log_density: f64,
    /// Steps that led there.
    pub steps: usize,
}

/// Why there is no mode.
#[derive(Clone, Debug, PartialEq)]
pub enum ModeFailure {
    /// The target has no coordinates.
    NothingToFind,
    /// No starting point was found.
    Start(NoStart),
    /// No start led to a mode; why the last did not.
    NotFound(Ending),
    /// The search was ended before any start had led to a mode.
    Interrupted,
}

impl fmt::Display for ModeFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModeFailure::NothingToFind => out.write_str("there is nothing to find: every site is given"),
            ModeFailure::Start(none) => none.fmt(out),
            ModeFailure::NotFound(Ending::Steps) => {
                out.write_str("no mode was found: the density still grows after the greatest number of steps")
            }
            ModeFailure::Interrupted => out.write_str("interrupted before a mode was found"),
            ModeFailure::NotFound(_) => out.write_str(
                "no mode was found: the density grows without end, or it or its gradient is not continuous",
            ),
        }
    }
}

/// The best mode that `starts` searches lead to; once `stop` is raised, that those led to which have ended.
pub fn mode(target: &dyn Target, seed: u64, starts: usize, stop: &AtomicBool) -> Result<Mode, ModeFailure> {
    if target.dimension() == 0 {
        return Err(ModeFailure::NothingToFind);
    }
    let mut evaluator = target.evaluator();
    let mut best: Option<Minimum> = None;
    let mut failure = ModeFailure::NotFound(Ending::Steps);
    for number in 0..starts {
        match from_start(target, &mut *evaluator, (seed, number), stop) {
            _ if stop.load(Ordering::Relaxed) => {
                failure = ModeFailure::Interrupted;
                break;
            }
            Ok(found) if !found.ending.converged() => failure = ModeFailure::NotFound(found.ending),
            Ok(found) if best.as_ref().is_none_or(|best| found.value < best.value) => best = Some(found),
            Ok(_) => {}
            Err(none) => failure = ModeFailure::Start(none),
        }
    }
    let best = best.ok_or(failure)?;
    Ok(Mode { position: best.position, log_density: -best.value, steps: best.steps })
}

fn from_start(
    target: &dyn Target,
    evaluator: &mut dyn Evaluator,
    (seed, number): (u64, usize),
    stop: &AtomicBool,
) -> Result<Minimum, NoStart> {
    let mut gradient = vec![0.0; target.dimension()];
    let mut position = gradient.clone();
    let mut stream = Stream::new(seed, number as u32, Purpose::Start);
    start(target, &mut stream, &mut |point| {
        position.copy_from_slice(point);
        let value = evaluator.log_density_gradient(point, &mut gradient)?;
        Rejection::unless_finite(value)?;
        Rejection::unless_slopes(&gradient)
    })?;
    let mut negative = |position: &[f64], gradient: &mut [f64]| {
        if stop.load(Ordering::Relaxed) {
            // No step leads anywhere: the search ends.
            return f64::INFINITY;
        }
        let value = evaluator.log_density_gradient(position, gradient);
        gradient.iter_mut().for_each(|slope| *slope = -*slope);
        value.map_or(f64::INFINITY, |value| -value)
    };
    Ok(minimize(position, &Options::default(), &mut negative))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcmc::testing::{Density, broken, correlated, flat, gaussian};

    #[test]
    fn the_mode_of_a_normal_is_its_mean() {
        for target in [&correlated(&[0.1, 1.0, 10.0], 0.9) as &dyn Target, &gaussian(&[1e-3, 1e3])] {
            let found = mode(target, 1, 4, &AtomicBool::new(false)).expect("a mode");
            assert!(found.position.iter().all(|x| x.abs() < 1e-6), "{found:?}");
            assert!(found.log_density.abs() < 1e-10);
        }
    }

    /// Two normals, the one on the right twice as heavy.
    #[test]
    fn the_best_of_several_modes_is_taken() {
        let target = Density::new(1, |position, gradient| {
            let peak = |at: f64, weight: f64| weight * (-8.0 * (position[0] - at).powi(2)).exp();
            let (left, right) = (peak(-1.0, 1.0), peak(1.0, 2.0));
            let sum = left + right;
            gradient[0] = -16.0 * (left * (position[0] + 1.0) + right * (position[0] - 1.0)) / sum;
            Ok(sum.ln())
        });
        let found = mode(&target, 1, 8, &AtomicBool::new(false)).expect("a mode");
        assert!((found.position[0] - 1.0).abs() < 1e-6, "{found:?}");
        let alone = |seed| mode(&target, seed, 1, &AtomicBool::new(false)).expect("a mode").position[0];
        assert!((0..8).any(|seed| alone(seed) < 0.0), "one start may end on the left");
    }

    /// A density whose search never ends by itself: it is ended in its second start, and the first start's mode is kept.
    #[test]
    fn a_search_that_is_ended_keeps_the_modes_it_has() {
        for (kept, starts) in [(true, 1), (false, 0)] {
            let stop = AtomicBool::new(false);
            let calls = std::sync::atomic::AtomicUsize::new(0);
            let target = Density::new(1, |position, gradient| {
                let call = calls.fetch_add(1, Ordering::Relaxed);
                stop.store(call >= 40 * starts, Ordering::Relaxed);
                gradient[0] = -position[0];
                Ok(-0.5 * position[0] * position[0])
            });
            let found = mode(&target, 1, usize::MAX, &stop);
            assert_eq!(found.is_ok(), kept, "{found:?}");
            assert!(kept || found == Err(ModeFailure::Interrupted));
            assert!(calls.into_inner() < 100);
        }
    }

    #[test]
    fn what_has_no_mode_is_told() {
        assert_eq!(mode(&gaussian(&[]), 1, 4, &AtomicBool::new(false)), Err(ModeFailure::NothingToFind));
        assert!(matches!(mode(&broken(), 1, 4, &AtomicBool::new(false)), Err(ModeFailure::Start(_))));
        let growing = Density::new(1, |position, gradient| {
            gradient[0] = 1.0;
            Ok(position[0])
        });
        assert!(matches!(mode(&growing, 1, 4, &AtomicBool::new(false)), Err(ModeFailure::NotFound(_))));
        assert!(mode(&flat(), 1, 1, &AtomicBool::new(false)).is_ok(), "every point is a mode");
    }
}
