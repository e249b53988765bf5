//! Names with a meaning of their own in calls, because no header can state their types: one row each.

use super::Checker;
use super::argument::positional;
use super::dynamics::{REPLACED, SPREAD};
use super::reduce::REDUCTIONS;
use super::scope::Room;
use crate::typed::tree::{Expr, Fact, Use};
use crate::typed::types::{Derivative, Element};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind};

/// Checks a call of a form; none where the library's function of that name is meant.
type Check = fn(&mut Checker, Span, &[Argument]) -> Option<Expr>;

const FORMS: &[(&str, Check)] = &[
    ("calibrate", |checker, span, arguments| Some(checker.calibrate(span, arguments))),
    ("controlled", |checker, span, arguments| {
        let [equation, control] = checker.positional(span, "controlled(equation, u)", arguments)?;
        Some(checker.controlled(span, equation, control))
    }),
    ("demand", |checker, span, arguments| {
        let [value, holds, name, time, state] =
            checker.positional(span, "demand(e, c, name, t, x)", arguments)?;
        Some(checker.demanded(span, value, holds, name, [time, state]))
    }),
    ("diffusion", |checker, span, arguments| Some(checker.path_measure(span, arguments))),
    ("dot", |checker, span, arguments| {
        let [left, right] = checker.positional(span, "dot(a, b)", arguments)?;
        Some(checker.record_dot(span, left, right))
    }),
    ("fixpoint", |checker, span, arguments| Some(checker.fixed_point(span, arguments))),
    ("flat", |checker, span, _| Some(checker.misplaced(span, "`flat()`", "after `~`, alone"))),
    ("flatten", |checker, span, arguments| {
        let [value] = checker.positional(span, "flatten(r)", arguments)?;
        let value = checker.expression(value);
        Some(checker.flattened(span, value))
    }),
    ("iterate", |checker, span, arguments| Some(checker.iterate(span, arguments))),
    ("estimate", |checker, span, arguments| Some(checker.used_objective(span, Use::Estimate, arguments))),
    ("gradient", |checker, span, arguments| Some(checker.used_objective(span, Use::Gradient, arguments))),
    ("maximize", |checker, span, arguments| Some(checker.used_objective(span, Use::Maximize, arguments))),
    ("minimize", |checker, span, arguments| Some(checker.used_objective(span, Use::Minimize, arguments))),
    (REPLACED, |checker, span, arguments| {
        let [base, with] = checker.positional(span, "equations `with` others", arguments)?;
        Some(checker.replaced(span, base, with))
    }),
    (SPREAD, |checker, span, arguments| {
        let [value, array] = checker.positional(span, "a number in each entry of an array", arguments)?;
        Some(checker.spread_over(value, array))
    }),
    ("reinforce", |checker, span, arguments| Some(checker.reinforce(span, arguments))),
    ("log_density", |checker, span, arguments| {
        if let [Argument { kind: ArgumentKind::Value(model), .. }] = arguments {
            let model = checker.expression(model);
            if matches!(model.ty.element, Element::Model(_)) {
                return Some(checker.model_density(span, model, None));
            }
        }
        let [measure, value] = checker.positional(span, "log_density(d, x)", arguments)?;
        Some(checker.log_density(span, measure, value))
    }),
    ("infinitesimal", |checker, span, arguments| {
        let [value] = checker.positional(span, "infinitesimal(e)", arguments)?;
        Some(checker.infinitesimal(span, value))
    }),
    ("load", |checker, span, arguments| Some(checker.load(span, arguments))),
    ("marginal", |checker, span, arguments| Some(checker.marginal(span, arguments))),
    ("mixture", |checker, span, arguments| {
        let [weights, components] = checker.positional(span, "mixture(w, [d1, d2])", arguments)?;
        Some(checker.mixture(span, weights, components))
    }),
    ("numerical", |checker, span, arguments| {
        let [value] = checker.positional(span, "numerical(e)", arguments)?;
        Some(checker.numerical(span, value))
    }),
    ("predict", |checker, span, arguments| Some(checker.predict(span, arguments))),
    ("scan", |checker, span, arguments| Some(checker.scan(span, arguments))),
    ("sorted", |checker, span, arguments| {
        let [base] = checker.positional(span, "sorted(d[K])", arguments)?;
        Some(checker.sorted(span, base))
    }),
    ("simulate", |checker, span, arguments| Some(checker.simulate(span, arguments))),
    ("stop_gradient", |checker, span, arguments| {
        let [value] = checker.positional(span, "stop_gradient(e)", arguments)?;
        Some(checker.stop_gradient(span, value))
    }),
    ("truncate", |checker, span, arguments| {
        let [base, lower, upper] = checker.positional(span, "truncate(d, a, b)", arguments)?;
        Some(checker.truncate(span, base, [lower, upper]))
    }),
    ("to", |checker, span, arguments| {
        let [ty] = checker.positional(span, "to(T)", arguments)?;
        Some(checker.onto(span, ty))
    }),
    ("unflatten", |checker, span, arguments| {
        let [vector, like] = checker.positional(span, "unflatten(v, r)", arguments)?;
        let [vector, like] = [vector, like].map(|value| checker.expression(value));
        Some(checker.unflattened(span, vector, &like.ty))
    }),
    ("transformed", |checker, span, arguments| {
        let [base, bijector] = checker.positional(span, "transformed(d, b)", arguments)?;
        Some(checker.transformed(span, base, bijector))
    }),
];

/// Forms that stand in the library alone.
const OF_LIBRARY: &[&str] = &["demand", "infinitesimal", "numerical"];

/// Forms that no program can write.
const UNWRITTEN: &[&str] = &[REPLACED, SPREAD];

/// Facts of measures that are called by their names.
const FACTS: [Fact; 4] = [Fact::LogCdf, Fact::LogSurvival, Fact::Quantile, Fact::UpperQuantile];

/// The names of all forms.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let derivatives = Derivative::ALL.iter().map(|(name, _)| *name);
    let facts = FACTS.into_iter().map(Fact::name);
    FORMS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !OF_LIBRARY.contains(name) && !UNWRITTEN.contains(name))
        .chain(facts)
        .chain(REDUCTIONS.iter().map(|row| row.name))
        .chain(derivatives)
}

impl Checker<'_> {
    /// The value of a form's call; none if the name is no form, or not in this call.
    pub(super) fn form(&mut self, span: Span, name: &str, arguments: &[Argument]) -> Option<Expr> {
        if OF_LIBRARY.contains(&name) && self.scope.room != Room::Library {
            return None;
        }
        if name == "diffusion" && has_method(arguments) {
            return self.begun_path(span, arguments, "diffusion_begun");
        }
        if let Some((_, check)) = FORMS.iter().find(|(form, _)| *form == name) {
            let value = check(self, span, arguments);
            return Some(value.unwrap_or_else(|| Expr::unknown(span)));
        }
        if let Some(fact) = FACTS.into_iter().find(|fact| fact.name() == name) {
            let of_numbers =
                !ansatz_stdlib::declaring(name).is_empty() && !self.begins_with_measure(arguments);
            if of_numbers {
                return None;
            }
            let value = self.fact_form(span, fact, arguments);
            return Some(value.unwrap_or_else(|| Expr::unknown(span)));
        }
        if let Some((shown, derivative)) = Derivative::ALL.iter().find(|(shown, _)| *shown == name) {
            let of = self.positional(span, &format!("{shown}(f)"), arguments);
            let value = of.map(|[function]| self.derived_function(span, *derivative, function));
            return Some(value.unwrap_or_else(|| Expr::unknown(span)));
        }
        let row = REDUCTIONS.iter().find(|row| row.name == name)?;
        self.reduction(span, row, arguments)
    }

    /// Whether a call's first argument is a measure: `quantile(d, p)` is not the library's `quantile(x, p)`.
    fn begins_with_measure(&mut self, arguments: &[Argument]) -> bool {
        let Some(Argument { kind: ArgumentKind::Value(first), .. }) = arguments.first() else { return false };
        matches!(self.quietly(|checker| checker.expression(first)).ty.element, Element::Measure(_))
    }

    fn fact_form(&mut self, span: Span, fact: Fact, arguments: &[Argument]) -> Option<Expr> {
        let shown = format!("{}(d, {})", fact.name(), if fact.takes_value() { "x" } else { "p" });
        let [measure, at] = self.positional(span, &shown, arguments)?;
        Some(self.fact_at(span, fact, measure, at))
    }

    /// Exactly `N` positional arguments, or a message.
    fn positional<'a, const N: usize>(
        &mut self,
        span: Span,
        shown: &str,
        arguments: &'a [Argument],
    ) -> Option<[&'a tree::Expr; N]> {
        let values = positional(arguments).and_then(|values| <[&tree::Expr; N]>::try_from(values).ok());
        if values.is_none() {
            let code = if arguments.len() > N { codes::TOO_MANY_ARGUMENTS } else { codes::MISSING_ARGUMENT };
            let message = "a call with other arguments than it takes";
            self.report(Diagnostic::error(code, span, message).expected(format!("`{shown}`")));
        }
        values
    }
}

/// Whether a call of `diffusion` states a method: its paths are then drawn only.
fn has_method(arguments: &[Argument]) -> bool {
    const POSITION: usize = 4;
    let named = |argument: &Argument| matches!(&argument.kind, ArgumentKind::Named { name, .. } if name.as_str() == "method");
    arguments.len() > POSITION || arguments.iter().any(named)
}
