//! L-BFGS: quasi-Newton directions from the last few steps (Nocedal 1980; Nocedal and Wright 2006, algorithm 7.4).

use std::collections::VecDeque;

use super::line_search::{Probe, search};

/// When to end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Steps remembered.
    pub memory: usize,
    /// Greatest number of steps.
    pub most_steps: usize,
    /// Largest entry of the gradient at a minimum, for a value of size one; in proportion for a larger one.
    pub gradient: f64,
}

impl Default for Options {
    fn default() -> Options {
        Options { memory: 10, most_steps: 2_000, gradient: 1e-9 }
    }
}

/// Why the search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The gradient is as small as asked.
    Gradient,
    /// No step changes the value beyond rounding, and the gradient is small.
    Rounding,
    /// No step along a direction of decrease satisfies the Wolfe conditions: the function has no minimum that way, or
    /// jumps.
    NoStep,
    /// The greatest number of steps was taken.
    Steps,
}

impl Ending {
    /// Whether a minimum was found.
    pub fn converged(self) -> bool {
        matches!(self, Ending::Gradient | Ending::Rounding)
    }
}

/// Where a search ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The point.
    pub position: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// The gradient there.
    pub gradient: Vec<f64>,
    /// Steps taken.
    pub steps: usize,
    /// Why it ended.
    pub ending: Ending,
}

/// A step s and the change of the gradient along it, y.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// 1 / (y' s)
    inverse: f64,
}

/// Minimises from `position`, where the function must be finite. `evaluate` writes the gradient and gives the value; infinity
/// where it is not defined.
pub fn minimize(
    position: Vec<f64>,
    options: &Options,
    evaluate: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
) -> Minimum {
    let mut gradient = vec![0.0; position.len()];
    let value = evaluate(&position, &mut gradient);
    let mut at = Minimum { position, value, gradient, steps: 0, ending: Ending::Steps };
    let mut pairs: VecDeque<Pair> = VecDeque::new();
    while at.steps < options.most_steps {
        if largest(&at.gradient) <= options.gradient * at.value.abs().max(1.0) {
            at.ending = Ending::Gradient;
            return at;
        }
        let direction = direction(&at.gradient, &pairs);
        let Some(pair) = advance(&mut at, &direction, pairs.is_empty(), evaluate) else {
            if !pairs.is_empty() {
                // What is remembered may mislead; the gradient does not.
                pairs.clear();
                continue;
            }
            at.ending = if at_rounding(&at) { Ending::Rounding } else { Ending::NoStep };
            return at;
        };
        at.steps += 1;
        if pair.inverse.is_finite() && pair.inverse > 0.0 {
            pairs.push_back(pair);
        }
        if pairs.len() > options.memory {
            pairs.pop_front();
        }
    }
    at
}

/// Whether the gradient is so small that values cannot show where to go.
fn at_rounding(at: &Minimum) -> bool {
    largest(&at.gradient) <= f64::EPSILON.sqrt() * at.value.abs().max(1.0) * 100.0
}

fn largest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |largest, slope| f64::max(largest, slope.abs()))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// -H g, with H the inverse Hessian that the pairs tell of (Nocedal and Wright, algorithm 7.4).
fn direction(gradient: &[f64], pairs: &VecDeque<Pair>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut along = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let part = pair.inverse * dot(&pair.step, &direction);
        direction.iter_mut().zip(&pair.change).for_each(|(d, y)| *d -= part * y);
        along.push(part);
    }
    if let Some(last) = pairs.back() {
        let scale = 1.0 / (last.inverse * dot(&last.change, &last.change));
        direction.iter_mut().for_each(|d| *d *= scale);
    }
    for (pair, part) in pairs.iter().zip(along.into_iter().rev()) {
        let more = part - pair.inverse * dot(&pair.change, &direction);
        direction.iter_mut().zip(&pair.step).for_each(|(d, s)| *d += more * s);
    }
    direction
}

/// Takes one step along a direction; nothing if there is none.
fn advance(
    at: &mut Minimum,
    direction: &[f64],
    first: bool,
    evaluate: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
) -> Option<Pair> {
    let slope = dot(&at.gradient, direction);
    if slope.is_nan() || slope >= 0.0 {
        return None;
    }
    // Nothing is known of the scale yet: a step of length one at most.
    let length = if first { dot(direction, direction).sqrt().recip().min(1.0) } else { 1.0 };
    let mut position = at.position.clone();
    let mut gradient = at.gradient.clone();
    let mut probe = |step: f64| {
        for ((to, from), along) in position.iter_mut().zip(&at.position).zip(direction) {
            *to = from + step * along;
        }
        let value = evaluate(&position, &mut gradient);
        let slope = dot(&gradient, direction);
        let defined = value.is_finite() && slope.is_finite();
        Probe { step, value: if defined { value } else { f64::INFINITY }, slope }
    };
    let found = search(Probe { step: 0.0, value: at.value, slope }, length, &mut probe)?;
    let difference = |to: &[f64], from: &[f64]| to.iter().zip(from).map(|(to, from)| to - from).collect();
    let step: Vec<f64> = difference(&position, &at.position);
    let change: Vec<f64> = difference(&gradient, &at.gradient);
    (at.position, at.gradient, at.value) = (position, gradient, found.value);
    Some(Pair { inverse: dot(&step, &change).recip(), step, change })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_valley_of_rosenbrock_is_followed_to_its_end() {
        let found = minimize(vec![-1.2, 1.0, -1.2, 1.0], &Options::default(), &mut |x, gradient| {
            let mut value = 0.0;
            for i in [0, 2] {
                let (a, b) = (1.0 - x[i], x[i + 1] - x[i] * x[i]);
                gradient[i] = -2.0 * a - 400.0 * x[i] * b;
                gradient[i + 1] = 200.0 * b;
                value += a * a + 100.0 * b * b;
            }
            value
        });
        assert!(found.ending.converged() && found.steps < 100, "{found:?}");
        assert!(found.position.iter().all(|x| (x - 1.0).abs() < 1e-8), "{found:?}");
    }

    /// A quadratic whose curvatures differ by 10^6, from far away.
    #[test]
    fn a_quadratic_of_bad_condition_is_minimised() {
        let found = minimize(vec![1e3; 7], &Options::default(), &mut |x, gradient| {
            let mut value = -3.0;
            for (i, (x, gradient)) in x.iter().zip(gradient).enumerate() {
                let curvature = 10f64.powi(i as i32);
                *gradient = curvature * (x - 2.0);
                value += 0.5 * curvature * (x - 2.0).powi(2);
            }
            value
        });
        assert!(found.ending.converged(), "{found:?}");
        assert!(found.position.iter().all(|x| (x - 2.0).abs() < 1e-6), "{found:?}");
        assert!((found.value + 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_function_without_minimum_is_no_minimum() {
        let found = minimize(vec![0.0], &Options::default(), &mut |x, gradient| {
            gradient[0] = -1.0;
            -x[0]
        });
        assert!(!found.ending.converged(), "{found:?}");
    }

    #[test]
    fn a_minimum_at_the_start_takes_no_step() {
        let found = minimize(vec![0.0], &Options::default(), &mut |x, gradient| {
            gradient[0] = 2.0 * x[0];
            x[0] * x[0]
        });
        assert_eq!((found.steps, found.ending), (0, Ending::Gradient));
    }
}
