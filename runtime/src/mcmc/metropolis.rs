//! Trajectories of given length with a Metropolis decision at their end: static Hamiltonian Monte Carlo (Duane et al. 1987;
//! Neal 2011), and with one step the Metropolis-adjusted Langevin algorithm (Roberts and Tweedie 1996).

use super::hamiltonian::{Hamiltonian, Point, State};
use super::transition::{DIVERGENT, Outcome, Streams, Transition, Transitions};

/// How long a trajectory of static Hamiltonian Monte Carlo is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length {
    /// Its mean time. A quarter of the period, pi / 2, makes the next draw of a standard normal independent of the last;
    /// the time of each transition is uniform between half and one and a half of it, so that no period is met.
    pub time: f64,
    /// Greatest number of steps.
    pub most_steps: u32,
}

impl Default for Length {
    fn default() -> Length {
        Length { time: std::f64::consts::FRAC_PI_2, most_steps: 1_024 }
    }
}

/// Workspace for the transitions of one chain.
pub struct Metropolis {
    point: Point,
    /// None for a single step.
    length: Option<Length>,
}

impl Metropolis {
    /// A workspace for points of `dimension` coordinates.
    pub fn new(dimension: usize, length: Option<Length>) -> Metropolis {
        Metropolis { point: Point::blank(dimension), length }
    }

    /// How many steps to take, and whether there should be more.
    fn steps(&self, step: f64, streams: &mut Streams) -> (u32, bool) {
        let Some(length) = self.length else { return (1, false) };
        let time = length.time * (0.5 + streams.trajectory.uniform());
        let steps = (time / step).round().max(1.0);
        (steps.min(f64::from(length.most_steps)) as u32, steps > f64::from(length.most_steps))
    }

    /// Goes along the trajectory; gives the steps taken and exp(H0 - H) at its end.
    fn travel(
        &mut self,
        hamiltonian: &mut Hamiltonian,
        step: f64,
        steps: u32,
    ) -> (u32, Result<f64, Outcome>) {
        let begun = self.point.state.energy;
        for taken in 1..=steps {
            if let Err(rejection) = hamiltonian.leapfrog(&mut self.point, step) {
                return (taken, Err(Outcome::Rejected(rejection)));
            }
            if self.point.state.energy - begun > DIVERGENT {
                return (taken, Err(Outcome::Diverged));
            }
        }
        (steps, Ok((begun - self.point.state.energy).exp()))
    }
}

impl Transitions for Metropolis {
    fn transition(
        &mut self,
        hamiltonian: &mut Hamiltonian,
        state: &mut State,
        step: f64,
        streams: &mut Streams,
    ) -> Transition {
        self.point.state.copy_from(state);
        hamiltonian.refresh(&mut self.point, &mut streams.momentum);
        state.energy = self.point.state.energy;
        let (steps, cut) = self.steps(step, streams);
        let (leapfrogs, end) = self.travel(hamiltonian, step, steps);
        let decision = streams.trajectory.uniform();
        let (outcome, acceptance) = match end {
            Err(outcome) => (outcome, 0.0),
            Ok(ratio) if decision < ratio => {
                std::mem::swap(state, &mut self.point.state);
                (if cut { Outcome::Cut } else { Outcome::Accepted }, ratio.min(1.0))
            }
            Ok(ratio) => (if cut { Outcome::Cut } else { Outcome::Refused }, ratio),
        };
        let (energy, log_density) = (state.energy, state.log_density);
        Transition { outcome, depth: 0, leapfrogs, acceptance, energy, log_density }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcmc::metric::MetricKind;
    use crate::mcmc::testing::{forbidden, gaussian};
    use crate::rng::{Purpose, Stream};
    use crate::target::Target;

    fn streams() -> Streams {
        let stream = |purpose| Stream::new(1, 0, purpose);
        Streams { momentum: stream(Purpose::Momentum), trajectory: stream(Purpose::Trajectory) }
    }

    fn begin<'t>(target: &'t dyn Target, at: f64) -> (Hamiltonian<'t>, State) {
        let mut hamiltonian = Hamiltonian::new(target, MetricKind::Diagonal);
        let mut state = State::blank(target.dimension());
        state.position.fill(at);
        hamiltonian.evaluate(&mut state).expect("finite");
        (hamiltonian, state)
    }

    #[test]
    fn a_refused_end_leaves_the_state() {
        let target = gaussian(&[1.0]);
        let (mut hamiltonian, mut state) = begin(&target, 0.5);
        let (mut sampler, mut streams) = (Metropolis::new(1, None), streams());
        let mut seen = [0, 0];
        for _ in 0..200 {
            let before = state.position.clone();
            let transition = sampler.transition(&mut hamiltonian, &mut state, 1.9, &mut streams);
            let moved = state.position != before;
            assert_eq!(moved, transition.outcome == Outcome::Accepted, "{transition:?}");
            assert_eq!(transition.leapfrogs, 1);
            seen[usize::from(moved)] += 1;
        }
        assert!(seen.iter().all(|count| *count > 10), "{seen:?}");
    }

    #[test]
    fn trajectories_have_the_time_asked_for_or_are_cut() {
        let target = gaussian(&[1.0]);
        let (mut hamiltonian, mut state) = begin(&target, 0.5);
        let mut sampler = Metropolis::new(1, Some(Length { time: 1.0, most_steps: 120 }));
        let mut streams = streams();
        for _ in 0..100 {
            let transition = sampler.transition(&mut hamiltonian, &mut state, 0.01, &mut streams);
            assert!((50..=120).contains(&transition.leapfrogs), "{transition:?}");
            assert_eq!(transition.leapfrogs == 120, transition.outcome == Outcome::Cut, "{transition:?}");
        }
    }

    #[test]
    fn a_trajectory_out_of_the_support_is_rejected() {
        let target = forbidden();
        let (mut hamiltonian, mut state) = begin(&target, 0.5);
        let transition =
            Metropolis::new(1, None).transition(&mut hamiltonian, &mut state, 100.0, &mut streams());
        assert!(matches!(transition.outcome, Outcome::Rejected(_)), "{transition:?}");
        assert_eq!((transition.acceptance, state.position), (0.0, vec![0.5]));
    }
}
