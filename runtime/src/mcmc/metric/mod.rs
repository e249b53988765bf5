//! Metrics: mass matrices of Hamiltonian dynamics, each with its estimate from warm-up draws. One row each.

mod dense;
mod diagonal;
mod low_rank;

use super::hamiltonian::State;
use crate::rng::Stream;
use dense::DenseMetric;
use diagonal::DiagonalMetric;
use low_rank::LowRankMetric;

/// A mass matrix M. Its inverse plays the part of the target's covariance.
pub trait Metric {
    /// Draws a momentum from N(0, M).
    fn draw_momentum(&self, momentum: &mut [f64], stream: &mut Stream);

    /// Writes the velocity M^-1 p of a momentum p.
    fn velocity(&self, momentum: &[f64], velocity: &mut [f64]);

    /// Moves a position by `step` times the velocity of a momentum. What is left in `velocity` means nothing.
    fn drift(&self, step: f64, position: &mut [f64], momentum: &[f64], velocity: &mut [f64]) {
        self.velocity(momentum, velocity);
        for (position, velocity) in position.iter_mut().zip(velocity) {
            *position += step * *velocity;
        }
    }

    /// Diagonal of M^-1.
    fn diagonal(&self) -> Vec<f64>;

    /// Takes in a draw of the warm-up.
    fn learn(&mut self, state: &State);

    /// Sets the matrix from what was taken in, and forgets that; says whether it could be set.
    fn adapt(&mut self) -> bool;

    /// Everything that later iterations depend on.
    fn kept(&self) -> Vec<u8>;

    /// Becomes what was kept of a metric of the same kind and dimension; nothing if it is not that.
    fn restore(&mut self, kept: &[u8]) -> Option<()>;
}

/// The kinds of metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetricKind {
    /// Variances.
    #[default]
    Diagonal,
    /// Covariances; a step costs the square of the dimension.
    Dense,
    /// Variances, and the few directions in which they do not tell the scale.
    LowRank,
}

struct Row {
    kind: MetricKind,
    name: &'static str,
    identity: fn(usize) -> Box<dyn Metric>,
}

const ROWS: [Row; 3] = [
    Row {
        kind: MetricKind::Diagonal,
        name: "diagonal",
        identity: |dimension| Box::new(DiagonalMetric::identity(dimension)),
    },
    Row {
        kind: MetricKind::Dense,
        name: "dense",
        identity: |dimension| Box::new(DenseMetric::identity(dimension)),
    },
    Row {
        kind: MetricKind::LowRank,
        name: "low_rank",
        identity: |dimension| Box::new(LowRankMetric::identity(dimension)),
    },
];

impl MetricKind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<MetricKind> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.kind)
    }

    /// The names of all kinds.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ROWS.iter().map(|row| row.name)
    }

    /// M = 1.
    pub fn identity(self, dimension: usize) -> Box<dyn Metric> {
        let row = ROWS.iter().find(|row| row.kind == self);
        (row.unwrap_or_else(|| panic!("{self:?} has no row")).identity)(dimension)
    }
}

/// How far an estimate from `count` draws is to be trusted, and the scale that takes the rest of the weight: that of five
/// draws at 1e-3 (Stan reference manual, "Euclidean metric").
fn shrinkage(count: f64) -> [f64; 2] {
    [count / (count + 5.0), 1e-3 * (5.0 / (count + 5.0))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    /// A state as a Gaussian with this precision has it.
    fn state(position: &[f64], precision: &[f64]) -> State {
        let mut state = State::blank(position.len());
        state.position.copy_from_slice(position);
        for (i, gradient) in state.gradient.iter_mut().enumerate() {
            let row = &precision[i * position.len()..(i + 1) * position.len()];
            *gradient = -row.iter().zip(position).map(|(p, x)| p * x).sum::<f64>();
        }
        state
    }

    /// 2,000 draws of a normal with variances 4 and 1 and correlation 0.9.
    fn learnt(kind: MetricKind) -> Box<dyn Metric> {
        const COVARIANCE: [f64; 4] = [4.0, 1.8, 1.8, 1.0];
        let determinant = COVARIANCE[0] * COVARIANCE[3] - COVARIANCE[1] * COVARIANCE[2];
        let precision =
            [COVARIANCE[3], -COVARIANCE[1], -COVARIANCE[2], COVARIANCE[0]].map(|x| x / determinant);
        let mut metric = kind.identity(2);
        let mut stream = Stream::new(3, 0, Purpose::Seeded);
        let mut z = [0.0; 2];
        for _ in 0..2_000 {
            stream.fill_normal(&mut z);
            metric.learn(&state(&[2.0 * z[0], 0.9 * z[0] + 0.19f64.sqrt() * z[1]], &precision));
        }
        assert!(metric.adapt());
        metric
    }

    fn inverse(metric: &dyn Metric) -> [f64; 4] {
        let mut columns = [[0.0; 2]; 2];
        metric.velocity(&[1.0, 0.0], &mut columns[0]);
        metric.velocity(&[0.0, 1.0], &mut columns[1]);
        [columns[0][0], columns[1][0], columns[0][1], columns[1][1]]
    }

    /// Relative errors of sample covariances of 2,000 draws have a standard deviation of 3 per cent; five of them are
    /// passed once in 10^6 seeds.
    #[test]
    fn every_metric_learns_what_it_can_hold_of_a_covariance() {
        let near = |found: f64, expected: f64| (found - expected).abs() < 0.15 * expected.abs().max(0.5);
        for kind in [MetricKind::Dense, MetricKind::LowRank] {
            let found = inverse(&*learnt(kind));
            assert!(found.iter().zip([4.0, 1.8, 1.8, 1.0]).all(|(x, y)| near(*x, y)), "{kind:?} {found:?}");
        }
        let found = inverse(&*learnt(MetricKind::Diagonal));
        assert!(near(found[0], 4.0) && near(found[3], 1.0) && found[1] == 0.0, "{found:?}");
    }

    /// The mean kinetic energy of 20,000 momenta is 1 within 4.5 standard errors; false alarm 1 in 10^5.
    #[test]
    fn momenta_have_the_metric_as_covariance() {
        for kind in [MetricKind::Diagonal, MetricKind::Dense, MetricKind::LowRank] {
            let metric = learnt(kind);
            let mut stream = Stream::new(1, 0, Purpose::Momentum);
            let (mut momentum, mut velocity, mut sum) = ([0.0; 2], [0.0; 2], 0.0);
            for _ in 0..20_000 {
                metric.draw_momentum(&mut momentum, &mut stream);
                metric.velocity(&momentum, &mut velocity);
                sum += 0.5 * (momentum[0] * velocity[0] + momentum[1] * velocity[1]);
            }
            let mean = sum / 20_000.0;
            assert!((mean - 1.0).abs() < 4.5 * (1.0f64 / 20_000.0).sqrt(), "{kind:?}: mean energy {mean}");
        }
    }

    #[test]
    fn what_was_kept_of_a_metric_is_the_metric() {
        for kind in [MetricKind::Diagonal, MetricKind::Dense, MetricKind::LowRank] {
            let mut metric = learnt(kind);
            metric.learn(&state(&[1.0, 2.0], &[1.0, 0.0, 0.0, 1.0]));
            let mut other = kind.identity(2);
            assert_eq!(other.restore(&metric.kept()), Some(()));
            assert_eq!((inverse(&*other), other.kept()), (inverse(&*metric), metric.kept()), "{kind:?}");
            assert_eq!(other.restore(&metric.kept()[1..]), None);
            assert_eq!(kind.identity(3).restore(&metric.kept()), None, "{kind:?} of another dimension");
        }
    }

    /// More directions than draws: what no draw shows stays as it was.
    #[test]
    fn a_low_rank_is_found_in_many_dimensions() {
        const DIMENSION: usize = 400;
        let mut metric = MetricKind::LowRank.identity(DIMENSION);
        let mut stream = Stream::new(5, 0, Purpose::Seeded);
        let (mut z, mut common) = (vec![0.0; DIMENSION], [0.0]);
        // One direction, that of all ones, has the variance 1 + 9 * 400; a hundred draws show some of it.
        for _ in 0..100 {
            stream.fill_normal(&mut z);
            stream.fill_normal(&mut common);
            let mut state = State::blank(DIMENSION);
            for (x, z) in state.position.iter_mut().zip(&z) {
                *x = z + 3.0 * common[0];
            }
            let mean = state.position.iter().sum::<f64>() / DIMENSION as f64;
            let along = mean * (1.0 - 1.0 / (1.0 + 9.0 * DIMENSION as f64));
            for (gradient, x) in state.gradient.iter_mut().zip(&state.position) {
                *gradient = -(x - along);
            }
            metric.learn(&state);
        }
        assert!(metric.adapt());
        let ones = vec![(DIMENSION as f64).sqrt().recip(); DIMENSION];
        let mut velocity = vec![0.0; DIMENSION];
        metric.velocity(&ones, &mut velocity);
        let variance: f64 = velocity.iter().zip(&ones).map(|(v, one)| v * one).sum();
        assert!((500.0..8_000.0).contains(&variance), "3,601 is the truth, {variance} was found");
        let mut across = vec![0.0; DIMENSION];
        (across[0], across[1]) = (0.5f64.sqrt(), -(0.5f64.sqrt()));
        metric.velocity(&across, &mut velocity);
        let variance: f64 = velocity.iter().zip(&across).map(|(v, one)| v * one).sum();
        assert!((0.2..5.0).contains(&variance), "1 is the truth, {variance} was found");
    }
}
