//! Step sizes: a first guess, then dual averaging towards a wanted acceptance.

use serde::{Deserialize, Serialize};

use super::hamiltonian::{Hamiltonian, Point, State};
use crate::rng::Stream;

/// Dual averaging (Nesterov 2009) of log step sizes (Hoffman and Gelman 2014, section 3.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DualAveraging {
    wanted: f64,
    shrink_to: f64,
    count: f64,
    error: f64,
    log_step: f64,
    log_average: f64,
}

impl DualAveraging {
    /// Regularisation scale, gamma.
    const GAMMA: f64 = 0.05;
    /// Weight of the earliest iterations, t0.
    const STABILISER: f64 = 10.0;
    /// Decay of the iterates' average, kappa.
    const DECAY: f64 = 0.75;

    /// Begins at `step`, wanting the mean acceptance `wanted` (delta).
    pub fn new(wanted: f64, step: f64) -> DualAveraging {
        let shrink_to = (10.0 * step).ln();
        DualAveraging { wanted, shrink_to, count: 0.0, error: 0.0, log_step: step.ln(), log_average: 0.0 }
    }

    /// Takes in the mean acceptance, in [0, 1], of one iteration.
    pub fn advance(&mut self, acceptance: f64) {
        self.count += 1.0;
        let eta = (self.count + Self::STABILISER).recip();
        self.error += eta * (self.wanted - acceptance - self.error);
        self.log_step = self.shrink_to - self.error * self.count.sqrt() / Self::GAMMA;
        let weight = self.count.powf(-Self::DECAY);
        self.log_average += weight * (self.log_step - self.log_average);
    }

    /// The step to try next.
    pub fn current(&self) -> f64 {
        self.log_step.exp()
    }

    /// The averaged step, to be kept; the current one when nothing was taken in.
    pub fn average(&self) -> f64 {
        if self.count == 0.0 { self.current() } else { self.log_average.exp() }
    }
}

/// Why no first step size was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepSizeFailure {
    /// No step, however small, conserves the energy: the density or its gradient is not continuous.
    Vanishing,
    /// No step is too large: the density does not decay, so the posterior is improper.
    Unbounded,
}

/// Doubles or halves `step` until the acceptance of one leapfrog crosses 0.8 (as Stan does; Hoffman and Gelman 2014,
/// algorithm 4, crosses 0.5).
pub fn first_step(
    hamiltonian: &mut Hamiltonian,
    start: &State,
    mut step: f64,
    stream: &mut Stream,
) -> Result<f64, StepSizeFailure> {
    const LARGEST: f64 = 1e7;
    let mut point = Point::blank(start.position.len());
    let mut short = |step: f64| {
        point.state.copy_from(start);
        hamiltonian.refresh(&mut point, stream);
        let before = point.state.energy;
        // A step lost to rounding shows nothing.
        hamiltonian.leapfrog(&mut point, step).is_ok()
            && point.state.position != start.position
            && before - point.state.energy > f64::ln(0.8)
    };
    let growing = short(step);
    loop {
        step *= if growing { 2.0 } else { 0.5 };
        if step > LARGEST {
            return Err(StepSizeFailure::Unbounded);
        }
        if step == 0.0 {
            return Err(StepSizeFailure::Vanishing);
        }
        if short(step) != growing {
            return Ok(step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcmc::metric::MetricKind;
    use crate::mcmc::testing::{broken, flat, gaussian};
    use crate::rng::Purpose;
    use crate::target::Target;

    #[test]
    fn dual_averaging_finds_the_step_of_the_wanted_acceptance() {
        // An acceptance that falls with the step, wanted where the step is 0.25.
        let mut averaging = DualAveraging::new(0.8, 3.0);
        for _ in 0..2_000 {
            let acceptance = (1.0 - 0.8 * averaging.current()).clamp(0.0, 1.0);
            averaging.advance(acceptance);
        }
        assert!((averaging.average() - 0.25).abs() < 0.005, "{}", averaging.average());
    }

    #[test]
    fn the_first_advance_is_that_of_the_paper() {
        let mut averaging = DualAveraging::new(0.8, 1.0);
        averaging.advance(0.3);
        // mu - (0.8 - 0.3) / (1 + 10) * 1 / 0.05, with mu = log 10
        assert!((averaging.current() - 10.0 * (-0.5 / 11.0 / 0.05f64).exp()).abs() < 1e-13);
        assert!((averaging.average() - averaging.current()).abs() < 1e-13);
    }

    fn search(target: &dyn Target, step: f64) -> Result<f64, StepSizeFailure> {
        let mut hamiltonian = Hamiltonian::new(target, MetricKind::Diagonal);
        let mut state = State::blank(target.dimension());
        state.position.fill(0.5);
        hamiltonian.evaluate(&mut state).expect("finite");
        first_step(&mut hamiltonian, &state, step, &mut Stream::new(1, 0, Purpose::StepSize))
    }

    #[test]
    fn the_first_step_follows_the_scale_of_the_target() {
        for scale in [1e-4, 1.0, 1e4] {
            let step = search(&gaussian(&[scale; 3]), 1.0).expect("a step");
            assert!((0.2..4.0).contains(&(step / scale)), "scale {scale}: step {step}");
        }
    }

    #[test]
    fn improper_and_broken_densities_are_named() {
        assert_eq!(search(&flat(), 1.0), Err(StepSizeFailure::Unbounded));
        assert_eq!(search(&broken(), 1.0), Err(StepSizeFailure::Vanishing));
    }
}
