//! Where searches and chains start: points of several strategies, one after the other, until the density and its gradient are finite.

use std::fmt;

use crate::rng::Stream;
use crate::target::{Rejection, Target, Term};

/// A way to choose starting points: uniform in (-radius, radius) on every unconstrained coordinate.
struct Strategy {
    name: &'static str,
    radius: f64,
    tries: usize,
}

const STRATEGIES: [Strategy; 4] = [
    Strategy { name: "within 2 of the origin", radius: 2.0, tries: 100 },
    Strategy { name: "within 0.1", radius: 0.1, tries: 20 },
    Strategy { name: "at the origin", radius: 0.0, tries: 1 },
    Strategy { name: "within 10", radius: 10.0, tries: 200 },
];

/// No tried point had a finite log density and gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct NoStart {
    /// Why points were refused, the commonest reason first.
    pub reasons: Vec<Reason>,
    /// The terms of the log density that were not finite at the last of them.
    pub terms: Vec<Term>,
    /// Where the last run-time check failed, if that was told.
    pub told: Option<String>,
}

/// A reason to refuse starting points.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// It, in words.
    pub words: String,
    /// How many points of each strategy it concerns.
    pub counts: [usize; STRATEGIES.len()],
}

impl Reason {
    fn total(&self) -> usize {
        self.counts.iter().sum()
    }
}

impl fmt::Display for NoStart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tries: usize = self.reasons.iter().map(Reason::total).sum();
        writeln!(out, "none of {tries} starting points has a finite log density and gradient")?;
        let columns: Vec<&str> = STRATEGIES.iter().map(|strategy| strategy.name).collect();
        writeln!(out, "points {}", columns.join(" | "))?;
        for reason in &self.reasons {
            let counts: Vec<String> = columns
                .iter()
                .zip(reason.counts)
                .map(|(name, count)| format!("{count:>width$}", width = name.len()))
                .collect();
            writeln!(out, "       {}  {}", counts.join(" | "), reason.words)?;
        }
        if let Some(told) = &self.told {
            writeln!(out, "at the last one, that is at {told}")?;
        }
        for term in &self.terms {
            writeln!(out, "at the last one, the term of {} is {}", term.name, term.value)?;
        }
        Ok(())
    }
}

/// Offers points until `visit` takes one.
pub fn start(
    target: &dyn Target,
    stream: &mut Stream,
    visit: &mut dyn FnMut(&[f64]) -> Result<(), Rejection>,
) -> Result<(), NoStart> {
    let mut position = vec![0.0; target.dimension()];
    let mut refused: Vec<(Rejection, [usize; STRATEGIES.len()])> = Vec::new();
    for (column, strategy) in STRATEGIES.iter().enumerate() {
        for _ in 0..strategy.tries {
            position.fill_with(|| strategy.radius * (2.0 * stream.uniform() - 1.0));
            let Err(rejection) = visit(&position) else { return Ok(()) };
            let row = refused.iter().position(|(known, _)| *known == rejection).unwrap_or_else(|| {
                refused.push((rejection, Default::default()));
                refused.len() - 1
            });
            refused[row].1[column] += 1;
        }
    }
    let reason = |(rejection, counts)| Reason { words: explain(target, rejection), counts };
    let mut reasons: Vec<Reason> = refused.into_iter().map(reason).collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.total()));
    let mut terms = target.terms(&position);
    terms.retain(|term| !term.value.is_finite());
    let mut evaluator = target.evaluator();
    let refused = evaluator.log_density_gradient(&position, &mut vec![0.0; target.dimension()]);
    let told = refused.err().and_then(|_| evaluator.told());
    Err(NoStart { reasons, terms, told })
}

/// A rejection in words, checks in the words of the program.
pub fn explain(target: &dyn Target, rejection: Rejection) -> String {
    match rejection {
        Rejection::Check(check) => target.explain_check(check),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcmc::testing::{Density, broken, forbidden, gaussian};
    use crate::rng::Purpose;

    fn start_of(target: &dyn Target) -> Result<Vec<f64>, NoStart> {
        let mut evaluator = target.evaluator();
        let mut position = vec![0.0; target.dimension()];
        let mut gradient = position.clone();
        start(target, &mut Stream::new(1, 0, Purpose::Start), &mut |point| {
            position.copy_from_slice(point);
            Rejection::unless_finite(evaluator.log_density_gradient(point, &mut gradient)?).map(drop)
        })?;
        Ok(position)
    }

    #[test]
    fn a_point_outside_the_support_is_tried_again() {
        let position = start_of(&forbidden()).expect("one in four points is inside");
        assert!((0.0..1.0).contains(&position[0]));
    }

    #[test]
    fn points_fill_the_cube() {
        let position = start_of(&gaussian(&[1.0; 1_000])).expect("finite");
        let most = position.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        assert!((1.99..2.0).contains(&most), "{most}");
        assert!(position.iter().any(|x| *x < -1.9));
    }

    /// Of 20 coordinates, all within 0.2 of the origin, or all beyond 1: the first strategy has a chance of 10^-20.
    #[test]
    fn what_one_strategy_misses_the_next_may_find() {
        let within = |radius: f64| {
            Density::new(20, move |position, gradient| {
                gradient.fill(0.0);
                let inside = position.iter().all(|x| x.abs() < radius);
                if inside { Ok(0.0) } else { Err(Rejection::ZeroDensity) }
            })
        };
        assert!(start_of(&within(0.2)).is_ok());
        assert_eq!(start_of(&within(1e-6)).expect("the origin"), vec![0.0; 20]);
        let far = Density::new(1, |position, gradient| {
            gradient.fill(0.0);
            if position[0] > 5.0 { Ok(0.0) } else { Err(Rejection::ZeroDensity) }
        });
        assert!(start_of(&far).is_ok());
    }

    #[test]
    fn reasons_are_counted_by_strategy_and_terms_blamed() {
        let failure = start_of(&broken()).expect_err("nothing is finite");
        let tries = STRATEGIES.map(|strategy| strategy.tries);
        assert_eq!(failure.reasons, [Reason { words: "check 3".to_owned(), counts: tries }]);
        assert_eq!(failure.terms.len(), 1);
        let text = failure.to_string();
        assert!(text.starts_with("none of 321 starting points"), "{text}");
        assert!(text.contains("the term of x is NaN"), "{text}");
    }
}
