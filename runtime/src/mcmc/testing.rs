//! Targets with known answers, for the tests of this room.

use crate::draws::Layout;
use crate::target::{Check, Evaluator, Rejection, Target, Term};

/// A density written as one function of position and gradient; positions are reported as `x`.
pub struct Density<F> {
    dimension: usize,
    layout: Layout,
    function: F,
}

impl<F: Fn(&[f64], &mut [f64]) -> Result<f64, Rejection> + Send + Sync> Density<F> {
    pub fn new(dimension: usize, function: F) -> Density<F> {
        Density { dimension, layout: Layout::new([("x".to_owned(), vec![dimension])]), function }
    }
}

struct FunctionEvaluator<'t, F>(&'t F);

impl<F: Fn(&[f64], &mut [f64]) -> Result<f64, Rejection>> Evaluator for FunctionEvaluator<'_, F> {
    fn log_density_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, Rejection> {
        (self.0)(position, gradient)
    }

    fn constrain(&mut self, position: &[f64], values: &mut [f64]) -> Result<(), Rejection> {
        values.copy_from_slice(position);
        Ok(())
    }
}

impl<F: Fn(&[f64], &mut [f64]) -> Result<f64, Rejection> + Send + Sync> Target for Density<F> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn evaluator(&self) -> Box<dyn Evaluator + '_> {
        Box::new(FunctionEvaluator(&self.function))
    }

    fn terms(&self, position: &[f64]) -> Vec<Term> {
        let value = (self.function)(position, &mut vec![0.0; self.dimension]).unwrap_or(f64::NAN);
        vec![Term { name: "x".to_owned(), value }]
    }

    fn explain_check(&self, check: Check) -> String {
        format!("check {}", check.0)
    }
}

/// Independent normals of mean 0 and these standard deviations.
pub fn gaussian(scales: &[f64]) -> impl Target + use<> {
    let scales = scales.to_vec();
    Density::new(scales.len(), move |position, gradient| {
        let mut value = 0.0;
        for ((gradient, x), scale) in gradient.iter_mut().zip(position).zip(&scales) {
            let z = x / scale;
            *gradient = -z / scale;
            value -= 0.5 * z * z;
        }
        Ok(value)
    })
}

/// Normals of mean 0 and these standard deviations, of which every two have the same correlation.
pub fn correlated(scales: &[f64], correlation: f64) -> impl Target + use<> {
    let scales = scales.to_vec();
    let count = scales.len() as f64;
    let shared = correlation / (1.0 + (count - 1.0) * correlation);
    Density::new(scales.len(), move |position, gradient| {
        let sum: f64 = position.iter().zip(&scales).map(|(x, scale)| x / scale).sum();
        let mut value = 0.0;
        for ((gradient, x), scale) in gradient.iter_mut().zip(position).zip(&scales) {
            let slope = (x / scale - shared * sum) / (1.0 - correlation);
            *gradient = -slope / scale;
            value -= 0.5 * slope * x / scale;
        }
        Ok(value)
    })
}

/// Neal's funnel: v ~ N(0, 3), x_i ~ N(0, exp(v / 2)).
pub fn funnel(dimension: usize) -> impl Target {
    Density::new(dimension, |position, gradient| {
        let (v, others) = (position[0], &position[1..]);
        let precision = (-v).exp();
        let squares: f64 = others.iter().map(|x| x * x).sum();
        gradient[0] = -v / 9.0 - 0.5 * others.len() as f64 + 0.5 * precision * squares;
        for (gradient, x) in gradient[1..].iter_mut().zip(others) {
            *gradient = -x * precision;
        }
        Ok(-v * v / 18.0 - 0.5 * v * others.len() as f64 - 0.5 * precision * squares)
    })
}

/// A density without decay.
pub fn flat() -> impl Target {
    Density::new(1, |_, gradient| {
        gradient.fill(0.0);
        Ok(0.0)
    })
}

/// Uniform on (0, 1), with a log density that is NaN on the left and minus infinity on the right.
pub fn forbidden() -> impl Target {
    Density::new(1, |position, gradient| {
        gradient.fill(0.0);
        Ok(if position[0] < 0.0 {
            f64::NAN
        } else if position[0] > 1.0 {
            f64::NEG_INFINITY
        } else {
            0.0
        })
    })
}

/// A density that is defined at 0.5 only.
pub fn broken() -> impl Target {
    Density::new(1, |position, gradient| {
        gradient.fill(0.0);
        if position[0] == 0.5 { Ok(0.0) } else { Err(Rejection::Check(Check(3))) }
    })
}
