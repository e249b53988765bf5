//! Transitions: what every sampler of the table does once an iteration, and what is recorded of it.

use serde::{Deserialize, Serialize};

use super::hamiltonian::{Hamiltonian, State};
use crate::rng::{Place, Stream};
use crate::target::Rejection;

/// Energy error above which a trajectory counts as divergent.
pub const DIVERGENT: f64 = 1_000.0;

/// A sampler's workspace for the transitions of one chain. Nothing in it lasts from one to the next.
pub trait Transitions {
    /// Replaces `state` by the next state of the chain.
    fn transition(
        &mut self,
        hamiltonian: &mut Hamiltonian,
        state: &mut State,
        step: f64,
        streams: &mut Streams,
    ) -> Transition;
}

/// Random streams of one chain's transitions.
pub struct Streams {
    /// Momenta.
    pub momentum: Stream,
    /// Directions and choices.
    pub trajectory: Stream,
}

impl Streams {
    /// Where they are.
    pub fn places(&self) -> [Place; 2] {
        [&self.momentum, &self.trajectory].map(Stream::place)
    }

    /// Go on from where they were.
    pub fn go_to(&mut self, [momentum, trajectory]: [Place; 2]) {
        self.momentum.go_to(momentum);
        self.trajectory.go_to(trajectory);
    }
}

/// How a transition ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The trajectory turned back: the regular end of one that chooses its length.
    Turned,
    /// The end of a trajectory of given length was accepted.
    Accepted,
    /// The end of a trajectory of given length was refused: the state stays.
    Refused,
    /// The trajectory reached its greatest length before its regular end.
    Cut,
    /// The energy error passed the threshold.
    Diverged,
    /// The trajectory ran into a point that cannot be visited.
    Rejected(Rejection),
}

impl Outcome {
    /// Whether the trajectory could not follow the true dynamics.
    pub fn diverged(self) -> bool {
        matches!(self, Outcome::Diverged | Outcome::Rejected(_))
    }
}

/// What is recorded of one transition.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// How it ended.
    pub outcome: Outcome,
    /// Doublings completed; none where the length is given.
    pub depth: u32,
    /// Leapfrog steps taken.
    pub leapfrogs: u32,
    /// Mean over the leapfrogs of the Metropolis acceptance, in [0, 1].
    pub acceptance: f64,
    /// Energy at the new state.
    pub energy: f64,
    /// Log density at the new state.
    pub log_density: f64,
}
