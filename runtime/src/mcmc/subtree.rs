//! Subtrees of a trajectory: what is kept of a run of points, how two join, and when they turn back.

use super::hamiltonian::{Point, State};
use super::vector::{add, dots_with_sum};
use crate::rng::Stream;

/// Momentum and velocity at one end of a subtree.
pub struct Edge {
    momentum: Vec<f64>,
    velocity: Vec<f64>,
}

/// An edge that lies elsewhere.
#[derive(Clone, Copy)]
pub struct EdgeView<'a> {
    momentum: &'a [f64],
    velocity: &'a [f64],
}

impl Edge {
    /// An edge whose entries mean nothing yet.
    pub fn blank(dimension: usize) -> Edge {
        Edge { momentum: vec![0.0; dimension], velocity: vec![0.0; dimension] }
    }

    /// The edge that a single point is.
    pub fn of(point: &Point) -> EdgeView<'_> {
        EdgeView { momentum: &point.momentum, velocity: &point.velocity }
    }

    /// This edge, seen from elsewhere.
    pub fn view(&self) -> EdgeView<'_> {
        EdgeView { momentum: &self.momentum, velocity: &self.velocity }
    }

    /// Becomes equal to `other` without allocating.
    pub fn copy_from(&mut self, other: EdgeView) {
        self.momentum.copy_from_slice(other.momentum);
        self.velocity.copy_from_slice(other.velocity);
    }
}

/// Adjacent points of a trajectory, `first` built before `last`.
pub struct Subtree {
    /// Whether it is a single point.
    pub leaf: bool,
    first: Edge,
    /// Of no meaning in a leaf.
    last: Edge,
    /// Sum of the momenta of its points.
    pub momentum_sum: Vec<f64>,
    /// Sum of exp(H0 - H).
    pub weight: f64,
    /// A state drawn from the subtree in proportion to exp(-H).
    pub selected: State,
}

/// What the criterion sees of a subtree.
#[derive(Clone, Copy)]
pub struct Branch<'a> {
    /// Whether it is a single point.
    pub leaf: bool,
    /// Its end away from the other branch, or near it if it is the newer one.
    pub first: EdgeView<'a>,
    /// Its other end.
    pub last: EdgeView<'a>,
    /// Sum of the momenta of its points.
    pub momentum_sum: &'a [f64],
}

impl Subtree {
    /// A subtree whose entries mean nothing yet.
    pub fn blank(dimension: usize) -> Subtree {
        Subtree {
            leaf: true,
            first: Edge::blank(dimension),
            last: Edge::blank(dimension),
            momentum_sum: vec![0.0; dimension],
            weight: 0.0,
            selected: State::blank(dimension),
        }
    }

    /// What the criterion sees of it.
    pub fn branch(&self) -> Branch<'_> {
        let last = if self.leaf { &self.first } else { &self.last };
        Branch {
            leaf: self.leaf,
            first: self.first.view(),
            last: last.view(),
            momentum_sum: &self.momentum_sum,
        }
    }

    /// Becomes the subtree of one point.
    pub fn become_leaf(&mut self, point: &Point, weight: f64) {
        self.leaf = true;
        self.first.copy_from(Edge::of(point));
        self.momentum_sum.copy_from_slice(&point.momentum);
        self.weight = weight;
        self.selected.copy_from(&point.state);
    }

    /// Joins this leaf with a newer one, which is still where it was computed; says whether they turn back.
    pub fn join_leaf(&mut self, newer: &Point, weight: f64, choices: &mut Stream) -> bool {
        self.weight += weight;
        if choices.uniform() * self.weight < weight {
            self.selected.copy_from(&newer.state);
        }
        let edge = Edge::of(newer);
        self.absorb(Branch { leaf: true, first: edge, last: edge, momentum_sum: &newer.momentum })
    }

    /// Joins this subtree with the newer one beside it, whose selected state it may take; says whether they turn back.
    pub fn join(&mut self, newer: &mut Subtree, choices: &mut Stream) -> bool {
        self.weight += newer.weight;
        if choices.uniform() * self.weight < newer.weight {
            std::mem::swap(&mut self.selected, &mut newer.selected);
        }
        self.absorb(newer.branch())
    }

    fn absorb(&mut self, newer: Branch) -> bool {
        let turned = turns(self.branch(), newer);
        add(&mut self.momentum_sum, newer.momentum_sum);
        self.last.copy_from(newer.last);
        self.leaf = false;
        turned
    }
}

/// Whether two branches of equal length, side by side, turn back: as a whole, or from either into the nearest point of
/// the other.
pub fn turns(older: Branch, newer: Branch) -> bool {
    let turned = |ends: [EdgeView; 2], sum: [&[f64]; 2]| {
        let along = dots_with_sum([ends[0].velocity, ends[1].velocity], sum);
        !(along[0] > 0.0 && along[1] > 0.0)
    };
    turned([older.first, newer.last], [older.momentum_sum, newer.momentum_sum])
        // Of two leaves the other checks would repeat the first.
        || !newer.leaf
            && (turned([older.first, newer.first], [older.momentum_sum, newer.first.momentum])
                || turned([older.last, newer.last], [newer.momentum_sum, older.last.momentum]))
}
