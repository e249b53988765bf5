//! What only the script can compute: calls of the runtime and what is read from their results.
//!
//! A number among that, or a record of numbers, becomes [`ExprKind::Script`]: the script computes it first, and the kernel
//! expression around it sees a variable. So is what repeats, chooses or names such a number, since a kernel could not come back to ask.

use super::simulate::nested_fields;
use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::tree::{Expr, ExprKind, Loop, Reduced, Reduction, Role, VariableRow};
use crate::typed::types::{Element, FitType, ModelType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes, nearest};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::Ident;
use std::sync::Arc;

/// What a function of the runtime gives, where its header cannot say: by its arguments.
type Result = fn(&mut Checker, &[Expr]) -> Type;

const RESULTS: &[(&str, Result)] = &[
    ("hmc", |checker, arguments| checker.fit_of(&arguments[0].ty)),
    ("laplace_approximation", |checker, arguments| checker.laplace_of(&arguments[0].ty)),
    ("log_likelihood", |checker, arguments| checker.likelihoods_of(&arguments[0])),
    ("loo", |checker, arguments| checker.predictive(&arguments[0], "pareto_k")),
    ("mala", |checker, arguments| checker.fit_of(&arguments[0].ty)),
    ("map", |checker, arguments| checker.mode_of(&arguments[0].ty)),
    ("nuts", |checker, arguments| checker.fit_of(&arguments[0].ty)),
    ("save", |checker, arguments| checker.saved(&arguments[0], &arguments[1])),
    ("waic", |checker, arguments| checker.predictive(&arguments[0], "variance")),
];

impl Checker<'_> {
    /// The type of a call of the runtime's function of that name; none where its header says it.
    pub(super) fn result_of(&mut self, name: &str, arguments: &[Expr]) -> Option<Type> {
        let row = RESULTS.iter().find(|(known, _)| *known == name)?;
        Some((row.1)(self, arguments))
    }

    /// The type of a fit of this model.
    fn fit_of(&mut self, model: &Type) -> Type {
        let Element::Model(model) = &model.element else { return Type::unknown() };
        let draws = Polynomial::variable(self.found_size("draws"));
        Type::scalar(Element::Fit(Arc::new(FitType { model: Some(model.clone()), draws })))
    }

    /// The type of a mode of this model: its sites and tracked values, and the log density.
    fn mode_of(&mut self, model: &Type) -> Type {
        let Element::Model(model) = &model.element else { return Type::unknown() };
        let mode = Type::scalar(Element::Record(nested_fields(self.reported(model)).into()));
        let fields = [("mode".into(), mode), ("log_density".into(), Type::scalar(Element::REAL))];
        Type::scalar(Element::Record(fields.into()))
    }

    /// The type of a Laplace approximation of this model: its mode, matrices over its coordinates, and draws.
    fn laplace_of(&mut self, model: &Type) -> Type {
        let mode = self.mode_of(model);
        let Element::Record(fields) = &mode.element else { return mode };
        let coordinates = Polynomial::variable(self.found_size("coordinates"));
        let square = Type::array(Element::REAL, vec![coordinates.clone(), coordinates]);
        let more = [
            ("log_evidence".into(), Type::scalar(Element::REAL)),
            ("hessian".into(), square.clone()),
            ("covariance".into(), square),
            ("fit".into(), self.fit_of(model)),
        ];
        Type::scalar(Element::Record(fields.iter().cloned().chain(more).collect()))
    }

    /// The type of the log likelihoods of a fit's observations: a row for each draw.
    fn likelihoods_of(&mut self, fit: &Expr) -> Type {
        let Some(of) = self.observed(fit) else { return Type::unknown() };
        let observations = Polynomial::variable(self.found_size("observations"));
        Type::array(Element::REAL, vec![of.draws.clone(), observations])
    }

    /// The type of a fit whose observations have log likelihoods of their own.
    fn observed(&mut self, fit: &Expr) -> Option<Arc<FitType>> {
        let Element::Fit(of) = &fit.ty.element else { return None };
        let summed = of.model.as_ref().is_some_and(|model| !model.out.is_empty());
        if summed {
            self.unsupported(fit.span, "the likelihood of each observation where sites are summed out");
        }
        (!summed).then(|| of.clone())
    }

    /// The type of an estimate of predictive accuracy, with a field that tells which terms to trust.
    fn predictive(&mut self, fit: &Expr, trouble: &str) -> Type {
        if self.observed(fit).is_none() {
            return Type::unknown();
        }
        let observations = Polynomial::variable(self.found_size("observations"));
        let numbers = ["elpd", "se", "parameters"].map(|name| (name.into(), Type::scalar(Element::REAL)));
        let arrays = ["pointwise", trouble]
            .map(|name| (name.into(), Type::array(Element::REAL, vec![observations.clone()])));
        Type::scalar(Element::Record(numbers.into_iter().chain(arrays).collect()))
    }

    /// Nothing, if the value is one that a file can hold.
    fn saved(&mut self, value: &Expr, path: &Expr) -> Type {
        if let (Element::Fit(of), ExprKind::Text(path)) = (&value.ty.element, &path.kind)
            && path.ends_with(".html")
            && let Some(of) = of.model.clone()
        {
            // A report draws from the model.
            self.quietly(|checker| checker.samples_of_model(of.model));
        }
        let held = matches!(
            value.ty.element,
            Element::Fit(_) | Element::Opaque(_) | Element::Record(_) | Element::Text
        );
        if held || value.ty.is_numeric() {
            return Type::nothing();
        }
        let found = self.show(&value.ty);
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, value.span, "this cannot be saved")
            .expected("a fit, a summary, numbers, or a record of them")
            .found(format!("`{found}`"));
        self.report(diagnostic);
        Type::unknown()
    }

    /// A size that is known when the script runs.
    pub(super) fn found_size(&mut self, name: &str) -> crate::ir::SizeVariable {
        let symbol = self.new_size(name);
        self.scope.found.push(symbol);
        symbol
    }

    /// The symbols of a function's result that each call finds, replaced by new ones of the caller.
    pub(super) fn find_again(
        &mut self,
        found: &[crate::ir::SizeVariable],
        mut substitution: Vec<Polynomial>,
    ) -> Vec<Polynomial> {
        for symbol in found {
            let name = self.program.sizes[symbol.0 as usize].clone();
            substitution[symbol.0 as usize] = Polynomial::variable(self.found_size(&name));
        }
        substitution
    }

    /// Notes that only the script can compute what stands here.
    pub(super) fn needs_script(&mut self, span: Span) {
        self.scope.runtime.get_or_insert(span);
        self.scope.scripted += 1;
    }

    /// The expression as one that the script computes, if kernels can compute with its value.
    pub(super) fn in_script(&mut self, value: Expr) -> Expr {
        let computed = value.ty.is_compiled() && !value.ty.is_function();
        if !computed || matches!(value.kind, ExprKind::Script { .. }) {
            return value;
        }
        let row = VariableRow {
            name: "a value of the script".into(),
            span: value.span,
            ty: value.ty.clone(),
            role: Role::Script,
        };
        self.program.variables.push(row);
        let variable = crate::typed::tree::Variable(self.program.variables.len() as u32 - 1);
        let (span, ty) = (value.span, value.ty.clone());
        Expr { span, ty, kind: ExprKind::Script { variable, value: Box::new(value) } }
    }

    /// The same where the expression repeats, chooses or names what only the script can compute: where that depends on
    /// a variable of its own, which is none of the `first` ones, or is more than a look at what is there.
    pub(super) fn in_script_around(&mut self, value: Expr, first: usize) -> Expr {
        let mut parts = Vec::new();
        of_script(&value, &mut parts);
        let own = parts.iter().any(|part| self.uses_own(part, first));
        let chosen = matches!(value.kind, ExprKind::If { .. }) && !parts.iter().all(|part| is_read(part));
        if !own && !chosen {
            return value;
        }
        let Expr { span, ty, kind } = value;
        match kind {
            ExprKind::Comprehension(_) | ExprKind::If { .. } | ExprKind::Block(_) => {
                self.in_script(Expr { span, ty, kind })
            }
            ExprKind::Reduce { reduction, over: Reduced::Loop(part) } => {
                self.reduced_in_script(Expr { span, ty, kind: ExprKind::Error }, reduction, part)
            }
            kind => Expr { span, ty, kind },
        }
    }

    /// Whether an expression uses a variable that was declared after the `first` ones, inside what is around it.
    fn uses_own(&self, value: &Expr, first: usize) -> bool {
        if let ExprKind::Variable(variable) = value.kind {
            return variable.0 as usize >= first && self.row(variable).role != Role::Script;
        }
        let mut found = false;
        value.parts(&mut |part| found = found || self.uses_own(part, first));
        found
    }

    /// A reduction of a loop whose body only the script can compute: that of the array of its values, in a row.
    fn reduced_in_script(&mut self, reduced: Expr, reduction: Reduction, part: Box<Loop>) -> Expr {
        let Expr { span, ty, .. } = reduced;
        if !ty.shape.is_empty() {
            return self
                .unsupported(span, "a reduction of arrays that inference gives; take it of single numbers");
        }
        let count = Polynomial::variable(self.found_size("values"));
        let values = part.body.ty.stacked(&[count]);
        let array = self.in_script(Expr { span, ty: values, kind: ExprKind::Comprehension(part) });
        let kind = ExprKind::Reduce { reduction, over: Reduced::Array(Box::new(array)) };
        Expr { span, ty, kind }
    }

    /// `fit.mu`: all draws of a site or tracked value, along a leading axis.
    pub(super) fn fit_field(&mut self, span: Span, base: Expr, name: &Ident) -> Expr {
        let Element::Fit(fit) = &base.ty.element else { panic!("the caller has a fit") };
        let fit = fit.clone();
        let model = fit.model.as_ref().expect("a value has the type of a fit of some model");
        let mut fields = nested_fields(self.reported(model));
        if fields.iter().all(|(field, _)| **field != *DIAGNOSTICS) {
            fields.push((DIAGNOSTICS.into(), Type::scalar(diagnostics())));
        }
        let Some((_, ty)) = fields.iter().find(|(field, _)| *field == name.name) else {
            let names: Vec<&str> = fields.iter().map(|(field, _)| &**field).collect();
            let message = format!("the fit has no `{name}`");
            let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, name.span, message);
            let diagnostic = match nearest(name.as_str(), names.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(format!("it has {}", names.join(", "))),
            };
            return self.fail(span, diagnostic);
        };
        let ty = ty.stacked(std::slice::from_ref(&fit.draws));
        self.needs_script(span);
        let kind = ExprKind::Field(Box::new(base), name.name.clone());
        self.in_script(Expr { span, ty, kind })
    }

    /// Names and types of what a draw of a model reports: sites that are neither given nor summed out, then tracked
    /// values.
    pub(super) fn reported(&self, of: &ModelType) -> Vec<(Name, Type)> {
        let model = &self.program.models[of.model];
        let substitution = self.substitution(&model.sizes, &of.sizes);
        let sites = model.sites.iter().map(|site| site.variable);
        let drawn = |name: &Name| !of.given.contains(name) && !of.out.contains(name);
        let latent = sites.filter(|site| drawn(&self.row(*site).name));
        latent
            .chain(model.tracked.iter().copied())
            .map(|variable| {
                let row = self.row(variable);
                (row.name.clone(), row.ty.substitute(&substitution))
            })
            .collect()
    }
}

/// The outermost parts that only the script can compute.
fn of_script<'e>(value: &'e Expr, found: &mut Vec<&'e Expr>) {
    match &value.kind {
        ExprKind::Script { .. } => found.push(value),
        _ => value.parts(&mut |part| of_script(part, found)),
    }
}

/// Whether a part that only the script can compute is read off a name.
fn is_read(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Script { value: inner, .. } | ExprKind::Field(inner, _) => is_read(inner),
        ExprKind::Variable(_) => true,
        _ => false,
    }
}

/// The field of a fit that tells how each draw was reached.
const DIAGNOSTICS: &str = "diagnostics";

/// The record of a draw's diagnostics.
fn diagnostics() -> Element {
    let fields = [
        ("divergent", Element::Bool),
        ("depth", Element::int()),
        ("leapfrogs", Element::int()),
        ("acceptance", Element::real_in(crate::typed::Range::UNIT)),
        ("energy", Element::REAL),
    ];
    Element::Record(fields.map(|(name, element)| (name.into(), Type::scalar(element))).into())
}
