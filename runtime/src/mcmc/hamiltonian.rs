//! Hamiltonian dynamics: H(q, p) = p' M^-1 p / 2 - log density(q), moved by leapfrog steps.

use serde::{Deserialize, Serialize};

use super::metric::{Metric, MetricKind};
use super::progress::Progress;
use super::vector::dot;
use crate::rng::Stream;
use crate::target::{Evaluator, Rejection, Target};

/// A position with what was computed there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Unconstrained position q.
    pub position: Vec<f64>,
    /// Gradient of the log density at q.
    pub gradient: Vec<f64>,
    /// Log density at q.
    pub log_density: f64,
    /// Energy H of the phase point at which this state was chosen.
    pub energy: f64,
}

impl State {
    /// A state whose entries mean nothing yet.
    pub fn blank(dimension: usize) -> State {
        State {
            position: vec![0.0; dimension],
            gradient: vec![0.0; dimension],
            log_density: 0.0,
            energy: 0.0,
        }
    }

    /// Becomes equal to `other` without allocating.
    pub fn copy_from(&mut self, other: &State) {
        self.position.copy_from_slice(&other.position);
        self.gradient.copy_from_slice(&other.gradient);
        self.log_density = other.log_density;
        self.energy = other.energy;
    }
}

/// A point in phase space.
#[derive(Clone, Debug)]
pub struct Point {
    /// Position, and its energy with the momentum below.
    pub state: State,
    /// Momentum p.
    pub momentum: Vec<f64>,
    /// Velocity M^-1 p.
    pub velocity: Vec<f64>,
}

impl Point {
    /// A point whose entries mean nothing yet.
    pub fn blank(dimension: usize) -> Point {
        Point {
            state: State::blank(dimension),
            momentum: vec![0.0; dimension],
            velocity: vec![0.0; dimension],
        }
    }

    /// Becomes equal to `other` without allocating.
    pub fn copy_from(&mut self, other: &Point) {
        self.state.copy_from(&other.state);
        self.momentum.copy_from_slice(&other.momentum);
        self.velocity.copy_from_slice(&other.velocity);
    }
}

/// A target with a metric.
pub struct Hamiltonian<'t> {
    evaluator: Box<dyn Evaluator + 't>,
    /// The metric M.
    pub metric: Box<dyn Metric>,
    gradients: u64,
    /// While it is there: whoever may end the run in the middle of a trajectory.
    pub watched: Option<&'t Progress>,
}

impl<'t> Hamiltonian<'t> {
    /// The Hamiltonian of `target` with the identity as metric.
    pub fn new(target: &'t dyn Target, metric: MetricKind) -> Hamiltonian<'t> {
        Hamiltonian {
            evaluator: target.evaluator(),
            metric: metric.identity(target.dimension()),
            gradients: 0,
            watched: None,
        }
    }

    /// How many gradients were computed so far.
    pub fn gradients(&self) -> u64 {
        self.gradients
    }

    /// Counts from `gradients` on.
    pub fn count_from(&mut self, gradients: u64) {
        self.gradients = gradients;
    }

    /// Computes log density and gradient at the state's position. Where the run is ended by who watches it, every position is
    /// refused, so that a trajectory ends; it is then thrown away.
    pub fn evaluate(&mut self, state: &mut State) -> Result<(), Rejection> {
        if self.watched.is_some_and(Progress::stopped) {
            return Err(Rejection::ZeroDensity);
        }
        self.gradients += 1;
        let value = self.evaluator.log_density_gradient(&state.position, &mut state.gradient)?;
        state.log_density = Rejection::unless_finite(value)?;
        Ok(())
    }

    /// Where the last run-time check failed, if that was told.
    pub fn told(&self) -> Option<String> {
        self.evaluator.told()
    }

    /// The reported values at `position`.
    pub fn constrain(&mut self, position: &[f64], values: &mut [f64]) -> Result<(), Rejection> {
        self.evaluator.constrain(position, values)
    }

    /// Draws a new momentum at the point's position.
    pub fn refresh(&mut self, point: &mut Point, stream: &mut Stream) {
        self.metric.draw_momentum(&mut point.momentum, stream);
        self.metric.velocity(&point.momentum, &mut point.velocity);
        point.state.energy = kinetic(point) - point.state.log_density;
    }

    /// One leapfrog step of signed length `step`.
    pub fn leapfrog(&mut self, point: &mut Point, step: f64) -> Result<(), Rejection> {
        let half = 0.5 * step;
        let State { position, gradient, .. } = &mut point.state;
        for (momentum, gradient) in point.momentum.iter_mut().zip(&*gradient) {
            *momentum += half * gradient;
        }
        self.metric.drift(step, position, &point.momentum, &mut point.velocity);
        self.evaluate(&mut point.state)?;
        for (momentum, gradient) in point.momentum.iter_mut().zip(&point.state.gradient) {
            *momentum += half * gradient;
        }
        self.metric.velocity(&point.momentum, &mut point.velocity);
        let kinetic = kinetic(point);
        point.state.energy = kinetic - point.state.log_density;
        if kinetic.is_nan() { Err(Rejection::UndefinedGradient) } else { Ok(()) }
    }
}

fn kinetic(point: &Point) -> f64 {
    0.5 * dot(&point.momentum, &point.velocity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcmc::testing::{forbidden, gaussian};
    use crate::rng::Purpose;

    fn start(hamiltonian: &mut Hamiltonian, position: &[f64]) -> Point {
        let mut point = Point::blank(position.len());
        point.state.position.copy_from_slice(position);
        hamiltonian.evaluate(&mut point.state).expect("the start is inside the support");
        hamiltonian.refresh(&mut point, &mut Stream::new(1, 0, Purpose::Momentum));
        point
    }

    #[test]
    fn a_step_forth_and_a_step_back_return() {
        let target = gaussian(&[1.0, 3.0]);
        let mut hamiltonian = Hamiltonian::new(&target, MetricKind::Diagonal);
        let begin = start(&mut hamiltonian, &[0.3, -2.0]);
        let mut point = begin.clone();
        hamiltonian.leapfrog(&mut point, 0.4).expect("finite");
        hamiltonian.leapfrog(&mut point, -0.4).expect("finite");
        for (back, begun) in point.state.position.iter().zip(&begin.state.position) {
            assert!((back - begun).abs() < 1e-14, "{back} is not {begun}");
        }
        assert_eq!(hamiltonian.gradients(), 3);
    }

    #[test]
    fn the_energy_error_is_of_second_order_in_the_step() {
        let target = gaussian(&[1.0, 3.0]);
        let mut hamiltonian = Hamiltonian::new(&target, MetricKind::Diagonal);
        let begin = start(&mut hamiltonian, &[0.3, -2.0]);
        let mut error = |steps: i32| {
            let mut point = begin.clone();
            (0..steps)
                .for_each(|_| hamiltonian.leapfrog(&mut point, 2.0 / f64::from(steps)).expect("finite"));
            (point.state.energy - begin.state.energy).abs()
        };
        let ratio = error(16) / error(32);
        assert!((3.5..4.5).contains(&ratio), "halving the step divides the error by {ratio}");
    }

    #[test]
    fn a_step_out_of_the_support_is_rejected_by_name() {
        let target = forbidden();
        let mut hamiltonian = Hamiltonian::new(&target, MetricKind::Diagonal);
        let mut point = start(&mut hamiltonian, &[0.5]);
        point.momentum[0] = 10.0;
        assert_eq!(hamiltonian.leapfrog(&mut point, 1.0), Err(Rejection::ZeroDensity));
        point.state.position[0] = -1.0;
        assert_eq!(hamiltonian.evaluate(&mut point.state), Err(Rejection::UndefinedDensity));
    }
}
