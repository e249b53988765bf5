//! Where chains start: uniform in (-2, 2) on every unconstrained coordinate, retried until the density is finite.

use std::collections::BTreeMap;
use std::fmt;

use super::hamiltonian::{Hamiltonian, State};
use crate::rng::Stream;
use crate::target::{Rejection, Target, Term};

const TRIES: usize = 100;
const RADIUS: f64 = 2.0;

/// No tried point had a finite log density and gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct NoStart {
    /// Points tried.
    pub tries: usize,
    /// Why they were refused, in words, and how many for each reason; the commonest first.
    pub reasons: Vec<(String, usize)>,
    /// The terms of the log density that were not finite at the last of them.
    pub terms: Vec<Term>,
}

impl fmt::Display for NoStart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "none of {} starting points has a finite log density and gradient", self.tries)?;
        for (reason, count) in &self.reasons {
            writeln!(out, "{count:>6} times  {reason}")?;
        }
        for term in &self.terms {
            writeln!(out, "  at the last one, the term of {} is {}", term.name, term.value)?;
        }
        Ok(())
    }
}

/// Finds a starting point.
pub fn start(
    target: &dyn Target,
    hamiltonian: &mut Hamiltonian,
    stream: &mut Stream,
) -> Result<State, NoStart> {
    let mut state = State::blank(target.dimension());
    let mut refused: BTreeMap<Rejection, usize> = BTreeMap::new();
    for _ in 0..TRIES {
        state.position.fill_with(|| RADIUS * (2.0 * stream.uniform() - 1.0));
        let finite = hamiltonian.evaluate(&mut state).and_then(|()| {
            let finite = state.gradient.iter().all(|slope| slope.is_finite());
            if finite { Ok(()) } else { Err(Rejection::UndefinedGradient) }
        });
        match finite {
            Ok(()) => return Ok(state),
            Err(rejection) => *refused.entry(rejection).or_default() += 1,
        }
    }
    let mut reasons: Vec<(String, usize)> =
        refused.into_iter().map(|(rejection, count)| (explain(target, rejection), count)).collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut terms = target.terms(&state.position);
    terms.retain(|term| !term.value.is_finite());
    Err(NoStart { tries: TRIES, reasons, terms })
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
    use crate::mcmc::testing::{broken, forbidden, gaussian};
    use crate::rng::Purpose;

    fn start_of(target: &dyn Target) -> Result<State, NoStart> {
        start(target, &mut Hamiltonian::new(target), &mut Stream::new(1, 0, Purpose::Start))
    }

    #[test]
    fn a_point_outside_the_support_is_tried_again() {
        let state = start_of(&forbidden()).expect("one in four points is inside");
        assert!((0.0..1.0).contains(&state.position[0]));
        assert_eq!(state.log_density, 0.0);
    }

    #[test]
    fn points_fill_the_cube() {
        let state = start_of(&gaussian(&[1.0; 1_000])).expect("finite");
        let most = state.position.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        assert!((1.99..2.0).contains(&most), "{most}");
        assert!(state.position.iter().any(|x| *x < -1.9));
    }

    #[test]
    fn reasons_are_counted_and_terms_blamed() {
        let failure = start_of(&broken()).expect_err("nothing is finite");
        assert_eq!(failure.reasons, [("check 3".to_owned(), 100)]);
        assert_eq!(failure.terms.len(), 1);
        assert!(failure.to_string().contains("the term of x is NaN"), "{failure}");
    }
}
