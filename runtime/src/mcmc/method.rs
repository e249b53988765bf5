//! The samplers that a chain may use.

use super::metropolis::{Length, Metropolis};
use super::trajectory::Trajectory;
use super::transition::Transitions;

/// A sampler with its own options.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// The no-U-turn sampler.
    Nuts {
        /// Greatest number of doublings of a trajectory.
        max_depth: u32,
    },
    /// Hamiltonian Monte Carlo with trajectories of given length.
    Hmc(Length),
    /// The Metropolis-adjusted Langevin algorithm.
    Mala,
}

impl Default for Method {
    fn default() -> Method {
        Method::Nuts { max_depth: 10 }
    }
}

impl Method {
    /// A workspace for points of `dimension` coordinates.
    pub fn transitions(self, dimension: usize) -> Box<dyn Transitions> {
        match self {
            Method::Nuts { max_depth } => Box::new(Trajectory::new(dimension, max_depth)),
            Method::Hmc(length) => Box::new(Metropolis::new(dimension, Some(length))),
            Method::Mala => Box::new(Metropolis::new(dimension, None)),
        }
    }

    /// The bound that cuts trajectories, in words.
    pub fn bound(self) -> String {
        match self {
            Method::Nuts { max_depth } => format!("the greatest depth, {max_depth}"),
            Method::Hmc(length) => format!("the greatest number of steps, {}", length.most_steps),
            Method::Mala => "the one step".to_owned(),
        }
    }
}
