//! Trajectories of the no-U-turn sampler.
//!
//! A trajectory doubles, forwards or backwards in time, until it turns back on itself (Hoffman and Gelman 2014). States
//! are drawn in proportion to exp(-H), with a preference for the newer half, and turning is judged by the sum of momenta
//! (Betancourt 2017, appendix A), also across the halves of every subtree (Stan, from 2.21).
//!
//! A doubling of 2^k leaves is built leaf by leaf; `levels` is the binary counter of the subtrees waiting for a partner,
//! so memory is k subtrees, allocated once per chain.

use super::hamiltonian::{Hamiltonian, Point, State};
use super::subtree::{Branch, Edge, Subtree, turns};
use super::transition::{DIVERGENT, Outcome, Streams, Transition, Transitions};
use super::vector::add;
use crate::rng::Stream;

/// Workspace for the transitions of one chain.
pub struct Trajectory {
    max_depth: u32,
    /// The earliest and the latest point.
    ends: [Point; 2],
    /// The end being extended, as it was before.
    seam: Edge,
    momentum_sum: Vec<f64>,
    levels: Vec<Subtree>,
}

impl Trajectory {
    /// A workspace for points of `dimension` coordinates.
    pub fn new(dimension: usize, max_depth: u32) -> Trajectory {
        Trajectory {
            max_depth,
            ends: [Point::blank(dimension), Point::blank(dimension)],
            seam: Edge::blank(dimension),
            momentum_sum: vec![0.0; dimension],
            levels: (0..max_depth.max(1)).map(|_| Subtree::blank(dimension)).collect(),
        }
    }
}

impl Transitions for Trajectory {
    fn transition(
        &mut self,
        hamiltonian: &mut Hamiltonian,
        state: &mut State,
        step: f64,
        streams: &mut Streams,
    ) -> Transition {
        self.start(hamiltonian, state, streams);
        let mut walk = Walk::new(state.energy, step);
        let (mut depth, mut weight) = (0, 1.0);
        let mut outcome = Outcome::Cut;
        while depth < self.max_depth {
            let direction = Direction::draw(&mut streams.trajectory);
            if let Err(stop) = self.double(hamiltonian, &mut walk, direction, depth, &mut streams.trajectory)
            {
                outcome = stop;
                break;
            }
            depth += 1;
            let newer = &mut self.levels[0];
            if streams.trajectory.uniform() * weight < newer.weight {
                std::mem::swap(state, &mut newer.selected);
            }
            weight += newer.weight;
            if self.join(direction) {
                outcome = Outcome::Turned;
                break;
            }
        }
        let acceptance = if walk.leapfrogs == 0 { 0.0 } else { walk.acceptance / f64::from(walk.leapfrogs) };
        let (energy, log_density) = (state.energy, state.log_density);
        Transition { outcome, depth, leapfrogs: walk.leapfrogs, acceptance, energy, log_density }
    }
}

impl Trajectory {
    /// A trajectory of one point, `state` with a new momentum.
    fn start(&mut self, hamiltonian: &mut Hamiltonian, state: &mut State, streams: &mut Streams) {
        let [earliest, latest] = &mut self.ends;
        earliest.state.copy_from(state);
        hamiltonian.refresh(earliest, &mut streams.momentum);
        state.energy = earliest.state.energy;
        latest.copy_from(earliest);
        self.momentum_sum.copy_from_slice(&earliest.momentum);
    }

    /// Builds a subtree of 2^depth leaves beyond one end and leaves it in the lowest level.
    fn double(
        &mut self,
        hamiltonian: &mut Hamiltonian,
        walk: &mut Walk,
        direction: Direction,
        depth: u32,
        choices: &mut Stream,
    ) -> Result<(), Outcome> {
        let point = &mut self.ends[direction.end()];
        self.seam.copy_from(Edge::of(point));
        for leaf in 0..1usize << depth {
            let weight = walk.advance(hamiltonian, point, direction)?;
            // The subtrees waiting are the ones in the binary digits of `leaf`; the trailing ones now find partners.
            let waiting = leaf.count_ones() as usize;
            if leaf & 1 == 0 {
                self.levels[waiting].become_leaf(point, weight);
                continue;
            }
            let pairs = leaf.trailing_ones() as usize;
            let mut turned = self.levels[waiting - 1].join_leaf(point, weight, choices);
            for newer in (waiting - pairs + 1..waiting).rev() {
                let (older, newer) = self.levels.split_at_mut(newer);
                turned =
                    turned || older.last_mut().expect("an older subtree waits").join(&mut newer[0], choices);
            }
            if turned {
                return Err(Outcome::Turned);
            }
        }
        Ok(())
    }

    /// Joins the trajectory with the subtree built beyond its end; says whether the whole turned back.
    fn join(&mut self, direction: Direction) -> bool {
        let newer = &self.levels[0];
        let far_end = Edge::of(&self.ends[direction.reverse().end()]);
        let last = self.seam.view();
        let older = Branch { leaf: newer.leaf, first: far_end, last, momentum_sum: &self.momentum_sum };
        let turned = turns(older, newer.branch());
        add(&mut self.momentum_sum, &newer.momentum_sum);
        turned
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Backward,
    Forward,
}

impl Direction {
    fn draw(stream: &mut Stream) -> Direction {
        if stream.uniform() < 0.5 { Direction::Backward } else { Direction::Forward }
    }

    fn reverse(self) -> Direction {
        match self {
            Direction::Backward => Direction::Forward,
            Direction::Forward => Direction::Backward,
        }
    }

    fn end(self) -> usize {
        self as usize
    }
}

/// The leapfrogs of one transition and what they add up to.
struct Walk {
    energy: f64,
    step: f64,
    leapfrogs: u32,
    acceptance: f64,
}

impl Walk {
    /// Weights are sums of at most 2^max_depth terms exp(H0 - H), cut off where such a sum could overflow. A stationary
    /// chain meets the cut with probability e^-600.
    const LARGEST_EXPONENT: f64 = 600.0;

    fn new(energy: f64, step: f64) -> Walk {
        Walk { energy, step, leapfrogs: 0, acceptance: 0.0 }
    }

    /// Moves `point` by one step; gives its weight exp(H0 - H).
    fn advance(
        &mut self,
        hamiltonian: &mut Hamiltonian,
        point: &mut Point,
        direction: Direction,
    ) -> Result<f64, Outcome> {
        let step = match direction {
            Direction::Backward => -self.step,
            Direction::Forward => self.step,
        };
        self.leapfrogs += 1;
        hamiltonian.leapfrog(point, step).map_err(Outcome::Rejected)?;
        let gain = self.energy - point.state.energy;
        if -gain > DIVERGENT {
            return Err(Outcome::Diverged);
        }
        let weight = gain.min(Self::LARGEST_EXPONENT).exp();
        self.acceptance += weight.min(1.0);
        Ok(weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcmc::metric::MetricKind;
    use crate::mcmc::testing::{forbidden, gaussian};
    use crate::rng::Purpose;
    use crate::target::Target;

    const SCALES: [f64; 6] = [0.3, 0.6, 1.0, 1.0, 2.0, 5.0];

    fn streams(seed: u64) -> Streams {
        let stream = |purpose| Stream::new(seed, 0, purpose);
        Streams { momentum: stream(Purpose::Momentum), trajectory: stream(Purpose::Trajectory) }
    }

    fn begin<'t>(target: &'t dyn Target, seed: u64) -> (Hamiltonian<'t>, Trajectory, State) {
        let mut hamiltonian = Hamiltonian::new(target, MetricKind::Diagonal);
        let mut state = State::blank(target.dimension());
        state.position.fill(0.5);
        hamiltonian.evaluate(&mut state).expect("finite");
        let mut trajectory = Trajectory::new(target.dimension(), 10);
        trajectory.start(&mut hamiltonian, &mut state, &mut streams(seed));
        (hamiltonian, trajectory, state)
    }

    /// The recursive definition: sum of momenta of the leaves, or nothing when a subtree turns.
    fn recursive(leaves: &[Point]) -> Option<Vec<f64>> {
        let [first, .., last] = leaves else { return Some(leaves[0].momentum.clone()) };
        let (older, newer) = leaves.split_at(leaves.len() / 2);
        let (older_sum, newer_sum) = (recursive(older)?, recursive(newer)?);
        let along = |point: &Point, sum: &[f64]| {
            point.velocity.iter().zip(sum).map(|(v, p)| v * p).sum::<f64>() > 0.0
        };
        let plus =
            |sum: &[f64], other: &[f64]| sum.iter().zip(other).map(|(a, b)| a + b).collect::<Vec<f64>>();
        let (older_last, newer_first) = (&older[older.len() - 1], &newer[0]);
        let whole = plus(&older_sum, &newer_sum);
        let checks = [
            (first, last, whole.clone()),
            (first, newer_first, plus(&older_sum, &newer_first.momentum)),
            (older_last, last, plus(&newer_sum, &older_last.momentum)),
        ];
        checks.iter().all(|(first, last, sum)| along(first, sum) && along(last, sum)).then_some(whole)
    }

    #[test]
    fn subtrees_built_leaf_by_leaf_are_those_of_the_recursion() {
        let target = gaussian(&SCALES);
        let mut outcomes = [0, 0];
        for seed in 0..200 {
            let (mut hamiltonian, mut trajectory, state) = begin(&target, seed);
            let depth = (seed % 6) as u32;
            let mut point = trajectory.ends[1].clone();
            let leaves: Vec<Point> = (0..1 << depth)
                .map(|_| {
                    hamiltonian.leapfrog(&mut point, 0.17).expect("finite");
                    point.clone()
                })
                .collect();
            let mut walk = Walk::new(state.energy, 0.17);
            let mut choices = streams(seed).trajectory;
            let built =
                trajectory.double(&mut hamiltonian, &mut walk, Direction::Forward, depth, &mut choices);
            let subtree = &trajectory.levels[0];
            match recursive(&leaves) {
                None => assert_eq!(built, Err(Outcome::Turned), "seed {seed}"),
                Some(sum) => {
                    assert_eq!(built, Ok(()), "seed {seed}");
                    let weight: f64 =
                        leaves.iter().map(|leaf| (state.energy - leaf.state.energy).exp()).sum();
                    assert!((subtree.weight / weight - 1.0).abs() < 1e-12);
                    assert!(sum.iter().zip(&subtree.momentum_sum).all(|(a, b)| (a - b).abs() < 1e-12));
                    assert!(leaves.iter().any(|leaf| leaf.state == subtree.selected));
                }
            }
            outcomes[usize::from(built.is_ok())] += 1;
        }
        assert!(outcomes.iter().all(|count| *count > 20), "the test sees both ends: {outcomes:?}");
    }

    /// Of a subtree of four leaves each is selected in proportion to exp(-H): chi-square with 3 degrees of freedom over
    /// 20,000 draws, above 28 once in 3 10^5 seeds.
    #[test]
    fn states_are_selected_in_proportion_to_their_density() {
        let target = gaussian(&SCALES);
        let (mut hamiltonian, mut trajectory, state) = begin(&target, 3);
        let begin = trajectory.ends[1].clone();
        let mut choices = streams(9).trajectory;
        let (mut leaves, mut counts, mut weight) = (Vec::<Point>::new(), [0.0; 4], 0.0);
        let mut point = begin.clone();
        for _ in 0..4 {
            hamiltonian.leapfrog(&mut point, 0.25).expect("finite");
            leaves.push(point.clone());
        }
        for _ in 0..20_000 {
            trajectory.ends[1].copy_from(&begin);
            let mut walk = Walk::new(state.energy, 0.25);
            trajectory
                .double(&mut hamiltonian, &mut walk, Direction::Forward, 2, &mut choices)
                .expect("no turn");
            let selected = leaves.iter().position(|leaf| leaf.state == trajectory.levels[0].selected);
            counts[selected.expect("one of the leaves")] += 1.0;
            weight = trajectory.levels[0].weight;
        }
        let chi_square = leaves.iter().zip(counts).map(|(leaf, count)| {
            let expected = 20_000.0 * (state.energy - leaf.state.energy).exp() / weight;
            (count - expected) * (count - expected) / expected
        });
        assert!(chi_square.sum::<f64>() < 28.0, "{counts:?}");
    }

    #[test]
    fn a_transition_that_cannot_move_keeps_the_state_and_says_why() {
        let target = forbidden();
        let (mut hamiltonian, mut trajectory, mut state) = begin(&target, 1);
        let transition = trajectory.transition(&mut hamiltonian, &mut state, 100.0, &mut streams(1));
        assert!(matches!(transition.outcome, Outcome::Rejected(_)), "{transition:?}");
        assert_eq!((transition.depth, transition.leapfrogs, transition.acceptance), (0, 1, 0.0));
        assert_eq!(state.position, [0.5]);
    }

    #[test]
    fn an_energy_error_beyond_the_threshold_diverges() {
        let target = gaussian(&[1e-3]);
        let (mut hamiltonian, mut trajectory, mut state) = begin(&target, 1);
        state.position[0] = 1e-3;
        hamiltonian.evaluate(&mut state).expect("finite");
        let transition = trajectory.transition(&mut hamiltonian, &mut state, 1.0, &mut streams(1));
        assert_eq!(transition.outcome, Outcome::Diverged);
    }
}
