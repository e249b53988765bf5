//! A step along a line that satisfies the strong Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and 3.6).

/// Part of the decrease that the slope at the start promises, which a step must reach: c1.
const DECREASE: f64 = 1e-4;
/// Part of the slope at the start that may be left: c2.
const CURVATURE: f64 = 0.9;
/// Evaluations after which no better step is looked for.
const MOST_EVALUATIONS: usize = 50;

/// A function of one variable at a step: value and slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// The step.
    pub step: f64,
    /// The value; infinite where the function is not defined.
    pub value: f64,
    /// The derivative.
    pub slope: f64,
}

/// Looks for a step from `start`, where the slope is negative, beginning with `first`. Nothing if no step was found: rounding
/// hides the decrease, or the function jumps. The last evaluation was at the step found.
pub fn search(start: Probe, first: f64, evaluate: &mut dyn FnMut(f64) -> Probe) -> Option<Probe> {
    const GROWTH: f64 = 2.0;
    let mut search = Search { start, evaluate, left: MOST_EVALUATIONS };
    let (mut before, mut step) = (start, first);
    while let Some(probe) = search.at(step) {
        if !search.decreases(&probe) || before.step > 0.0 && probe.value >= before.value {
            return search.zoom(before, probe);
        }
        if search.is_flat(&probe) {
            return Some(probe);
        }
        if probe.slope >= 0.0 {
            return search.zoom(probe, before);
        }
        (before, step) = (probe, GROWTH * step);
        if !step.is_finite() {
            return None;
        }
    }
    None
}

struct Search<'f> {
    start: Probe,
    evaluate: &'f mut dyn FnMut(f64) -> Probe,
    left: usize,
}

impl Search<'_> {
    fn at(&mut self, step: f64) -> Option<Probe> {
        self.left = self.left.checked_sub(1)?;
        Some((self.evaluate)(step))
    }

    fn decreases(&self, probe: &Probe) -> bool {
        probe.value <= self.start.value + DECREASE * probe.step * self.start.slope
    }

    fn is_flat(&self, probe: &Probe) -> bool {
        probe.slope.abs() <= -CURVATURE * self.start.slope
    }

    /// A step between two, of which the first decreases most and slopes towards the second.
    fn zoom(&mut self, mut low: Probe, mut high: Probe) -> Option<Probe> {
        loop {
            let step = between(&low, &high);
            if step == low.step || step == high.step {
                return None;
            }
            let probe = self.at(step)?;
            if !self.decreases(&probe) || probe.value >= low.value {
                high = probe;
                continue;
            }
            if self.is_flat(&probe) {
                return Some(probe);
            }
            if probe.slope * (high.step - low.step) >= 0.0 {
                high = low;
            }
            low = probe;
        }
    }
}

/// The minimum of the cubic through two probes (Nocedal and Wright, equation 3.59), kept away from both; the middle where there
/// is no cubic.
fn between(a: &Probe, b: &Probe) -> f64 {
    const MARGIN: f64 = 0.1;
    let width = b.step - a.step;
    let middle = a.step + 0.5 * width;
    if !b.value.is_finite() || !b.slope.is_finite() {
        return middle;
    }
    let first = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.step - b.step);
    let second = (first * first - a.slope * b.slope).sqrt().copysign(width);
    let step = b.step - width * (b.slope + second - first) / (b.slope - a.slope + 2.0 * second);
    let part = (step - a.step) / width;
    if part.is_nan() { middle } else { a.step + part.clamp(MARGIN, 1.0 - MARGIN) * width }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(first: f64, f: impl Fn(f64) -> [f64; 2]) -> Option<Probe> {
        let probe = |step: f64| {
            let [value, slope] = f(step);
            Probe { step, value, slope }
        };
        search(probe(0.0), first, &mut |step| probe(step))
    }

    /// Three functions of More and Thuente (1994), from far too small and far too large first steps.
    #[test]
    fn steps_satisfy_both_conditions() {
        let functions: [fn(f64) -> [f64; 2]; 3] = [
            |x| [-x / (x * x + 2.0), (x * x - 2.0) / (x * x + 2.0).powi(2)],
            |x| {
                let y = x + 0.004;
                [y.powi(5) - 2.0 * y.powi(4), 5.0 * y.powi(4) - 8.0 * y.powi(3)]
            },
            |x| [(x - 3.0).powi(2), 2.0 * (x - 3.0)],
        ];
        for f in functions {
            let [value, slope] = f(0.0);
            for first in [1e-3, 0.1, 10.0, 1e3] {
                let step = found(first, f).expect("a step");
                assert!(step.value <= value + DECREASE * step.step * slope, "{step:?}");
                assert!(step.slope.abs() <= CURVATURE * slope.abs(), "{step:?}");
            }
        }
    }

    #[test]
    fn a_function_that_is_infinite_beyond_some_step_is_searched_below_it() {
        let f = |x: f64| {
            if x < 1.0 {
                [-x - (1.0 - x).ln() * 0.01, -1.0 + 0.01 / (1.0 - x)]
            } else {
                [f64::INFINITY, f64::NAN]
            }
        };
        assert!((0.0..1.0).contains(&found(100.0, f).expect("a step").step));
    }

    #[test]
    fn a_function_without_bound_has_no_step() {
        assert_eq!(found(1.0, |x| [-x, -1.0]), None);
    }
}
