//! How gradients are estimated at a draw: strategies as values, `by s`, and what a distribution permits.

use super::Checker;
use super::dynamics::is_path;
use crate::typed::bounds::Bounds;
use crate::typed::tree::{Baseline, Expr, ExprKind, Measure, Strategy};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident};

impl Checker<'_> {
    /// A strategy by its name; none if the name is none, or the program's own.
    pub(super) fn named_strategy(&mut self, name: &Ident) -> Option<Expr> {
        let strategy = Strategy::named(name.as_str())?;
        (!self.is_users(name.as_str())).then(|| strategy_value(name.span, strategy))
    }

    /// `reinforce(baseline = b)`
    pub(super) fn reinforce(&mut self, span: Span, arguments: &[Argument]) -> Expr {
        let [Argument { kind: ArgumentKind::Named { name, value }, .. }] = arguments else {
            return self.wrong_baseline(span);
        };
        if name.as_str() != "baseline" {
            return self.wrong_baseline(span);
        }
        let named = match &value.kind {
            tree::ExprKind::Name(name) if !self.is_users(name.as_str()) => name.as_str(),
            _ => "",
        };
        let baseline = match named {
            "ema" => Baseline::MovingAverage,
            "loo" => Baseline::LeaveOneOut,
            _ => {
                let value = self.expression(value);
                let value = self.fit(value, &Type::real(), "the baseline");
                if value.is_unknown() {
                    return value;
                }
                Baseline::Value(Box::new(value))
            }
        };
        strategy_value(span, Strategy::Reinforce(baseline))
    }

    fn wrong_baseline(&mut self, span: Span) -> Expr {
        let fault =
            Diagnostic::error(codes::MISSING_ARGUMENT, span, "a strategy with other arguments than it takes")
                .expected("`reinforce`, or `reinforce(baseline = b)`, where b is `ema`, `loo` or a number");
        self.fail(span, fault)
    }

    /// What stands after `by` for draws from a measure; none where it is wrong, or only a call decides it.
    pub(super) fn strategy(&mut self, written: &tree::Expr, measure: &Expr) -> Option<Strategy> {
        let value = self.expression(written);
        let strategy = match value.kind {
            ExprKind::Strategy(strategy) => strategy,
            _ if value.is_unknown() || is_strategy(&value.ty) => return None,
            _ => {
                let names: Vec<&str> = Strategy::ALL.iter().map(|(name, _)| *name).collect();
                let fault = Diagnostic::error(codes::TYPE_MISMATCH, value.span, "this is no strategy")
                    .expected(names.join(", "))
                    .found(format!("`{}`", self.show(&value.ty)));
                self.report(fault);
                return None;
            }
        };
        let why = self.why_not(&strategy, measure)?;
        if why.is_empty() {
            return Some(strategy);
        }
        let permitted = Strategy::ALL.iter().filter(|(_, other)| {
            let biased = *other == Strategy::StraightThrough;
            !biased
                && self.quietly(|checker| checker.why_not(other, measure)).is_some_and(|why| why.is_empty())
        });
        let permitted: Vec<String> = permitted.map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("`{}` cannot be used for this draw: {why}", strategy.name());
        let fault =
            Diagnostic::error(codes::NO_STRATEGY, value.span, message).label(measure.span, "drawn here");
        let fault = match permitted.as_slice() {
            [] => fault.help("leave `by` away: the draw has no gradient"),
            permitted => fault.help(format!("write {}, or leave `by` away", permitted.join(" or "))),
        };
        self.report(fault);
        None
    }

    /// Why a measure does not permit a strategy; empty where it does, none where that is not known.
    pub(super) fn why_not(&mut self, strategy: &Strategy, measure: &Expr) -> Option<String> {
        let Element::Measure(of) = &measure.ty.element else { return Some(String::new()) };
        let discrete = matches!(of.value.element, Element::Int(_) | Element::Bool);
        let finite = match &of.value.element {
            Element::Bool => true,
            Element::Int(Bounds { lower, upper }) => lower.is_some() && upper.is_some(),
            _ => false,
        };
        let why = match strategy {
            _ if of.value.is_unknown() => return None,
            Strategy::Enumerate if !discrete => "it has more values than can be summed over",
            Strategy::Enumerate if !finite => "its greatest value is not known",
            Strategy::Enumerate | Strategy::Reinforce(_) if is_random(measure) => "its density is not known",
            Strategy::Reinforce(_) if is_path(measure) && !is_numeric(measure) => {
                "a path of several states is drawn as a function of its noise"
            }
            Strategy::Enumerate | Strategy::Reinforce(_) => "",
            Strategy::StraightThrough if !discrete => "it is not discrete",
            Strategy::StraightThrough if !self.scope.allows_biased => {
                "it is biased, which `allow biased` must permit"
            }
            Strategy::StraightThrough => "",
            Strategy::MeasureValued => {
                match self.declared_alone(measure).is_some_and(|one| self.is_measure_valued(one)) {
                    true => "",
                    false => "it has no decomposition of its derivative",
                }
            }
            Strategy::Reparam | Strategy::Stl | Strategy::Dreg if discrete => "its values jump",
            Strategy::Reparam | Strategy::Stl | Strategy::Dreg => self.why_still(measure),
        };
        Some(why.to_string())
    }

    /// The distribution that a measure draws from, or draws copies from.
    fn declared_alone(&self, measure: &Expr) -> Option<usize> {
        match &measure.kind {
            ExprKind::Variable(_) => None,
            _ => measure.distribution(),
        }
    }
}

/// Whether a type is that of strategies.
pub(super) fn is_strategy(ty: &Type) -> bool {
    matches!(&ty.element, Element::Opaque(name) if **name == *"strategy")
}

fn is_random(measure: &Expr) -> bool {
    matches!(&measure.kind, ExprKind::Measure(form) if matches!(**form, Measure::Random(_)))
}

fn strategy_value(span: Span, strategy: Strategy) -> Expr {
    let ty = Type::scalar(Element::Opaque("strategy".into()));
    Expr { span, ty, kind: ExprKind::Strategy(strategy) }
}

/// Whether a measure is over numbers.
fn is_numeric(measure: &Expr) -> bool {
    matches!(&measure.ty.element, Element::Measure(of) if of.value.is_numeric())
}
