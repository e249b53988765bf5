//! Integrals over the density of a site, in its unconstrained coordinates.

use super::program::{compiled, lowered, numbers};
use ansatz_compiler::codegen::Argument;
use ansatz_compiler::model::{CONSTRAIN, LOG_DENSITY};
use ansatz_compiler::pipeline::Form;

/// The trapezoid rule in t with q = sinh t along each coordinate: from -length to length, so many steps to one, and how
/// far the total may be off. Heavy tails are algebraic in q, hence exponential in t.
pub struct Grid {
    pub length: f64,
    pub steps: f64,
    pub tolerance: f64,
}

impl Grid {
    /// The points along one coordinate, with their weights.
    pub fn points(&self) -> Vec<(f64, f64)> {
        let half = (self.length * self.steps) as i64;
        let point = |step: i64| {
            let t = step as f64 / self.steps;
            (t.sinh(), t.cosh() / self.steps)
        };
        (-half..=half).map(point).collect()
    }

    /// Visits every point of a space, with its weight.
    fn visit(&self, dimension: usize, mut visit: impl FnMut(&[f64], f64)) {
        let points = self.points();
        let mut at = vec![0usize; dimension];
        loop {
            let q: Vec<f64> = at.iter().map(|position| points[*position].0).collect();
            visit(&q, at.iter().map(|position| points[*position].1).product());
            let Some(axis) = at.iter().position(|position| *position + 1 < points.len()) else { return };
            at[axis] += 1;
            at[..axis].fill(0);
        }
    }
}

/// A model with one site.
pub fn model(measure: &str) -> String {
    format!("model m {{ x ~ {measure} }}\nlet p = m given {{}}")
}

/// The integral of exp(log density) over all unconstrained coordinates.
pub fn integral(text: &str, grid: &Grid, dimension: usize) -> f64 {
    let module = lowered(text);
    let mut density = compiled(&module, LOG_DENSITY, Form::Value, &[], &[]);
    let mut total = 0.0;
    grid.visit(dimension, |q, weight| {
        let value = numbers(&density.run(&[Argument::F64(q)]).expect("it runs")[0])[0];
        let far = q.iter().any(|q| q.abs() > if dimension == 1 { 30.0 } else { 6.0 });
        assert!(far || !value.is_nan(), "{text}: not a number at {q:?}");
        // Where coordinates overflow nothing is left of the density.
        let term = value.exp() * weight;
        total += if term.is_finite() { term } else { 0.0 };
    });
    total
}

/// The integrals of bounded functions of a measure's value, over that of its density.
pub fn integrals(measure: &str, dimension: usize, functions: &dyn Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let grid = match dimension {
        1 => Grid { length: 7.2, steps: 64.0, tolerance: 0.0 },
        2 => Grid { length: 5.0, steps: 16.0, tolerance: 0.0 },
        _ => Grid { length: 4.2, steps: 6.0, tolerance: 0.0 },
    };
    let module = lowered(&model(measure));
    let [mut density, mut value] =
        [LOG_DENSITY, CONSTRAIN].map(|root| compiled(&module, root, Form::Value, &[], &[]));
    let (mut total, mut sums) = (0.0, Vec::new());
    grid.visit(dimension, |q, weight| {
        let at = [Argument::F64(q)];
        let term = numbers(&density.run(&at).expect("it runs")[0])[0].exp() * weight;
        if !(term > 1e-12 && term.is_finite()) {
            return;
        }
        total += term;
        let found = functions(&numbers(&value.run(&at).expect("it runs")[0]));
        sums.resize(found.len(), 0.0);
        sums.iter_mut().zip(found).for_each(|(sum, found)| *sum += term * found);
    });
    sums.iter().map(|sum| sum / total).collect()
}
