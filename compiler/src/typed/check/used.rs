//! What is done with objectives: `estimate`, `minimize`, `maximize`, `gradient`, and `e under fit`.

use super::Checker;
use crate::typed::exact::Exactness;
use crate::typed::range::Range;
use crate::typed::tree::{Expr, ExprKind, Param, Use, Used, Uses, Variable};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident};

/// A named option, and what it must be; none where it is a list of names.
type OptionRow = (&'static str, Option<fn() -> Element>);

/// The options of each use of an objective.
fn options(by: Use) -> &'static [OptionRow] {
    match by {
        Use::Minimize | Use::Maximize => &[
            ("steps", Some(Element::int)),
            ("batch", Some(Element::int)),
            ("seed", Some(Element::int)),
            ("average", Some(|| Element::real_in(Range::UNIT))),
            ("from", Some(|| Element::Nothing)),
            ("over", None),
        ],
        Use::Gradient => &[("at", Some(|| Element::Nothing)), ("batch", Some(Element::int))],
        Use::Estimate => &[("draws", Some(Element::int)), ("seed", Some(Element::int))],
    }
}

impl Checker<'_> {
    /// `minimize(e, with = ..)` and its kin.
    pub(super) fn used_objective(&mut self, span: Span, by: Use, arguments: &[Argument]) -> Expr {
        if by != Use::Gradient {
            self.needs_script(span);
        }
        let [Argument { kind: ArgumentKind::Value(written), .. }, named @ ..] = arguments else {
            let message = format!("`{}` needs what it is of", by.name());
            let fault = Diagnostic::error(codes::MISSING_ARGUMENT, span, message);
            return self.fail(span, fault.expected(format!("`{}(e, ..)`", by.name())));
        };
        let objective = self.expression(written);
        if objective.any(&mut |part| matches!(part.kind, ExprKind::Under { .. })) {
            let message = "`under` stands around what is done with an objective, not inside of it";
            let help = match by {
                Use::Estimate | Use::Gradient => format!("write `{}(e, ..) under fit`", by.name()),
                Use::Minimize | Use::Maximize => format!("write `{}(e, .., from = fit)`", by.name()),
            };
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, written.span, message);
            return self.fail(span, fault.help(help));
        }
        let mut used = Uses::new();
        objective.used(&self.program, &mut used);
        let (with, named) = apart(by, "with", named.iter().collect());
        let (over, named) = apart(by, "over", named);
        let options: Option<Vec<_>> =
            named.into_iter().map(|argument| self.objective_option(by, argument)).collect();
        let optimizer = match with {
            Some(with) => {
                let with = self.expression(with);
                Some(self.optimizer(&with))
            }
            None => None,
        };
        let Some(options) = options else { return Expr::unknown(span) };
        let objective = self.as_reals(objective);
        if objective.is_unknown() || !self.is_objective(by, &objective) {
            return Expr::unknown(span);
        }
        if optimizer.is_none() && matches!(by, Use::Minimize | Use::Maximize) {
            let fault = Diagnostic::error(
                codes::MISSING_ARGUMENT,
                span,
                format!("`{}` is called without `with`", by.name()),
            );
            return self
                .fail(span, fault.expected("what changes the parameters, such as `with = adam(0.01)`"));
        }
        let optimizer = match optimizer {
            Some(None) => return Expr::unknown(span),
            Some(found) => found,
            None => None,
        };
        let mut used: Vec<Variable> = used.into_iter().collect();
        if let Some(over) = over {
            let Some(changing) = self.named_params(over) else { return Expr::unknown(span) };
            used.retain(|variable| changing.contains(variable));
        }
        let mut fields = self.record_of_params(&used);
        if fields.is_empty() && by != Use::Estimate {
            let message = "this depends on no `param`: there is nothing to change";
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, objective.span, message);
            return self.fail(
                span,
                fault.help("declare what may change: `param m: real = 0`, at top level or in a guide"),
            );
        }
        let ty = match by {
            Use::Estimate => {
                let of = || objective.ty.plain();
                let parts = ["value", "se", "variance"].map(|name| (name.into(), of()));
                Type::scalar(Element::Record(parts.into()))
            }
            Use::Gradient => plain_record(&Type::scalar(Element::Record(fields.into()))),
            Use::Minimize | Use::Maximize => {
                let steps = self.found_size("steps");
                fields.push((
                    "trace".into(),
                    Type::array(Element::REAL, vec![crate::ir::Polynomial::variable(steps)]),
                ));
                Type::scalar(Element::Record(fields.into()))
            }
        };
        let params = self.program.params.iter().enumerate();
        let params = params.filter(|(_, param)| used.contains(&param.variable)).map(|(at, _)| at).collect();
        let options = options.into_iter().flatten().collect();
        let used = ExprKind::Used(Box::new(Used { by, objective, params, optimizer, options }));
        if by == Use::Gradient {
            return super::draw::random(Expr { span, ty, kind: used });
        }
        self.in_script(Expr { span, ty, kind: used })
    }

    /// The parameters that a list names: by themselves, or all of a guide.
    pub(super) fn named_params(&mut self, written: &tree::Expr) -> Option<Vec<Variable>> {
        let names: Option<Vec<&Ident>> = match &written.kind {
            tree::ExprKind::Array(entries) => entries
                .iter()
                .map(|entry| match &entry.kind {
                    tree::ExprKind::Name(name) => Some(name),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        let Some(names) = names else {
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, written.span, "this names no parameters");
            self.report(fault.expected("a list of names: `over = [u, v]`"));
            return None;
        };
        let mut found = Vec::new();
        for name in names {
            let named = |checker: &Self, param: &Param| match &param.owner {
                None => checker.row(param.variable).name == name.name,
                Some(owner) => *owner == name.name,
            };
            let own: Vec<Variable> = self
                .program
                .params
                .iter()
                .filter(|param| named(self, param))
                .map(|param| param.variable)
                .collect();
            if own.is_empty() {
                let message = format!("`{name}` is no parameter and no guide with parameters");
                self.report(Diagnostic::error(codes::TYPE_MISMATCH, name.span, message));
                return None;
            }
            found.extend(own);
        }
        Some(found)
    }

    /// One named option; none of its value where that is a list of names.
    fn objective_option(&mut self, by: Use, argument: &Argument) -> Option<Option<(super::Name, Expr)>> {
        let rows = options(by);
        let names: Vec<String> = rows.iter().map(|(name, _)| format!("`{name}`")).collect();
        let ArgumentKind::Named { name, value } = &argument.kind else {
            let message = format!("`{}` takes one value, and named options", by.name());
            let fault = Diagnostic::error(codes::TOO_MANY_ARGUMENTS, argument.span, message);
            self.report(fault.expected(names.join(", ")));
            return None;
        };
        let Some((_, of)) = rows.iter().find(|(known, _)| *known == name.as_str()) else {
            let message = format!("`{}` has no option `{name}`", by.name());
            self.report(
                Diagnostic::error(codes::UNKNOWN_ARGUMENT, name.span, message).expected(names.join(", ")),
            );
            return None;
        };
        let Some(of) = of else { return Some(None) };
        let value = self.expression(value);
        let value = match of() {
            Element::Nothing if matches!(value.ty.element, Element::Record(_) | Element::Unknown) => value,
            Element::Nothing => {
                let record = Type::scalar(Element::Record(Vec::new().into()));
                self.fit(value, &record, &format!("`{name}`"))
            }
            element => self.fit(value, &Type::scalar(element), &format!("`{name}`")),
        };
        (!value.is_unknown()).then(|| Some((name.name.clone(), value)))
    }

    /// Whether a value may be used so; says why not.
    fn is_objective(&mut self, by: Use, objective: &Expr) -> bool {
        if by != Use::Estimate && !objective.ty.is_scalar_number() {
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, objective.span, "an objective is one number")
                .found(format!("`{}`", self.show(&objective.ty)));
            self.report(fault);
            return false;
        }
        let told = self.diagnostics.len();
        let found = self.exactness(objective);
        let wrong = match (by, found) {
            (Use::Maximize, Exactness::Upper) => Some(("maximised", "an upper", "minimize")),
            (Use::Minimize, Exactness::Lower) => Some(("minimised", "a lower", "maximize")),
            _ => None,
        };
        if let Some((what, bound, other)) = wrong {
            let message = format!("{bound} bound is {what}: that says nothing of what it bounds");
            let fault = Diagnostic::error(codes::NOT_EXACT, objective.span, message);
            self.report(fault.help(format!("write `{other}`, or bound from the other side")));
        }
        self.diagnostics.len() == told
    }

    /// `e under fit`
    pub(super) fn under(&mut self, span: Span, value: &tree::Expr, fit: &tree::Expr) -> Expr {
        self.needs_script(span);
        let (value, fit) = (self.expression(value), self.expression(fit));
        if value.is_unknown() || fit.is_unknown() {
            return Expr::unknown(span);
        }
        if !matches!(fit.ty.element, Element::Record(_)) {
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, fit.span, "this holds no parameters")
                .expected("what `minimize` or `maximize` gives")
                .found(format!("`{}`", self.show(&fit.ty)));
            return self.fail(span, fault);
        }
        let ty = value.ty.clone();
        self.in_script(Expr {
            span,
            ty,
            kind: ExprKind::Under { value: Box::new(value), fit: Box::new(fit) },
        })
    }
}

/// A record with nothing known of its numbers: a gradient may have any sign.
fn plain_record(ty: &Type) -> Type {
    match &ty.element {
        Element::Record(fields) => {
            let fields = fields.iter().map(|(name, field)| (name.clone(), plain_record(field)));
            Type::array(Element::Record(fields.collect()), ty.shape.clone())
        }
        _ => ty.plain(),
    }
}

/// An option of what changes parameters, and the others.
fn apart<'a>(by: Use, wanted: &str, named: Vec<&'a Argument>) -> (Option<&'a tree::Expr>, Vec<&'a Argument>) {
    let (mut found, mut rest) = (None, Vec::new());
    for argument in named {
        match &argument.kind {
            ArgumentKind::Named { name, value }
                if name.as_str() == wanted
                    && found.is_none()
                    && matches!(by, Use::Minimize | Use::Maximize) =>
            {
                found = Some(value);
            }
            _ => rest.push(argument),
        }
    }
    (found, rest)
}
