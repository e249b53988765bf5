//! Bijectors as values: `b(..)`, or `to(T)` for the map onto a support, and calls of what they define.

use super::call::arrange;
use super::coerce::Care;
use super::operator::apply;
use super::scope::Entity;
use super::solve::Callee;
use super::{Checker, Name};
use crate::typed::range::Range;
use crate::typed::tree::{Body, Expr, ExprKind, Function, Parameter, Support};
use crate::typed::types::{BijectorType, Domain, Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, Ident, IndexKind};

impl Checker<'_> {
    /// `b(..)`, of a declared bijector.
    pub(super) fn bijector_call(
        &mut self,
        span: Span,
        declarations: &[usize],
        arguments: &[Argument],
    ) -> Expr {
        self.called_bijector(span, declarations, arguments).unwrap_or_else(|| Expr::unknown(span))
    }

    fn called_bijector(
        &mut self,
        span: Span,
        declarations: &[usize],
        arguments: &[Argument],
    ) -> Option<Expr> {
        let candidates = self.candidates(span, declarations, arguments)?;
        let (id, sources) = candidates.first()?;
        let values = self.values(arguments);
        let signature = self.signature(*id);
        let name = self.declaration(*id).name.clone();
        let callee = Callee { name: &name, signature: &signature, care: Care::Impossible };
        let solved = self.solve(span, &callee, arrange(sources, &values))?;
        let of = BijectorType { bijector: self.bijector(*id)?, sizes: solved.sizes, onto: None };
        Some(self.bijector_value(span, of, solved.arguments))
    }

    /// `to(T)`: the library's map onto a support.
    pub(super) fn onto(&mut self, span: Span, written: &tree::Expr) -> Expr {
        self.map_onto(span, written).unwrap_or_else(|| Expr::unknown(span))
    }

    fn map_onto(&mut self, span: Span, written: &tree::Expr) -> Option<Expr> {
        let Some(ty) = as_type(written) else {
            let fault = Diagnostic::error(codes::NOT_A_TYPE, written.span, "`to` takes a support");
            self.report(fault.expected(SUPPORTS));
            return None;
        };
        let onto = self.written(&ty);
        if onto.ty.is_unknown() {
            return None;
        }
        let Some(name) = onto.support.bijector() else {
            let message = format!("there is no map onto `{}`", self.show(&onto.ty));
            self.report(Diagnostic::error(codes::NOT_A_TYPE, span, message).expected(SUPPORTS));
            return None;
        };
        self.library_bijector(name);
        let bijector = self.program.bijectors.iter().position(|bijector| &*bijector.name == name)?;
        let (sizes, arguments) = match onto.support {
            Support::Interval { lower, upper } => {
                let ends = [lower, upper].into_iter().flatten().map(|end| *end);
                (Vec::new(), ends.collect())
            }
            _ => (vec![onto.ty.shape.last()?.clone()], Vec::new()),
        };
        let of = BijectorType { bijector, sizes, onto: Some(onto.ty.element) };
        Some(self.bijector_value(span, of, arguments))
    }

    fn bijector_value(&mut self, span: Span, of: BijectorType, arguments: Vec<Expr>) -> Expr {
        self.scope.uses.extend(self.program.bijectors[of.bijector].uses.iter().copied());
        let ty = Type::scalar(Element::Bijector(of.into()));
        Expr { span, ty, kind: ExprKind::Bijector(arguments) }
    }

    /// Checks a bijector of the library.
    pub(super) fn library_bijector(&mut self, name: &str) {
        self.load_library(name);
        if let Some((Entity::Declared(rivals), _)) = self.library.get(name as &str) {
            let id = rivals[0];
            self.bijector(id);
        }
    }

    /// `b.forward(x)`, `b.inverse(y)` and `b.log_det(x)`, entry by entry if the bijector is of numbers; none where `b` is no
    /// bijector.
    pub(super) fn part_of_bijector(
        &mut self,
        span: Span,
        base: &Expr,
        part: &Ident,
        arguments: &[Argument],
    ) -> Option<Expr> {
        let Element::Bijector(of) = base.ty.element.clone() else { return None };
        let values = self.values(arguments);
        let [value] = values.as_slice() else {
            let message = "a call with other arguments than it takes";
            let fault = Diagnostic::error(codes::MISSING_ARGUMENT, span, message);
            return Some(self.fail(span, fault.expected(format!("`b.{part}(x)`, of one value"))));
        };
        let Some(arguments) = self.arguments_of_bijector(base).filter(|_| !value.is_unknown()) else {
            return Some(Expr::unknown(span));
        };
        let function = match self.function_of_part(&of, part) {
            Ok(function) => function,
            Err(fault) => return Some(self.fail(span, *fault)),
        };
        let row = self.program.functions[function].clone();
        let substitution = self.substitution(&row.sizes, &of.sizes);
        let taken = row.parameters.last().expect("it takes a value").variable;
        let taken = self.row(taken).ty.substitute(&substitution);
        let lift = if taken.shape.is_empty() { value.ty.shape.clone() } else { Vec::new() };
        let value = self.fit(value.clone(), &taken.stacked(&lift), &format!("the value of `{part}`"));
        if value.is_unknown() {
            return Some(value);
        }
        let mut ty = row.result.substitute(&substitution).stacked(&lift);
        if part.as_str() == "forward" {
            ty.element = self.images(&of, &arguments, value.ty.element.range()).0;
        }
        let arguments = arguments.into_iter().chain([value]).collect();
        let kind = ExprKind::Call { function, sizes: of.sizes.clone(), arguments, lift };
        Some(Expr { span, ty, kind })
    }

    /// The arguments of a bijector, which says which one it is; none, without a word, of a parameter whose value a call brings.
    pub(super) fn arguments_of_bijector(&mut self, value: &Expr) -> Option<Vec<Expr>> {
        match (&value.kind, &value.ty.element) {
            (ExprKind::Bijector(arguments), _) => Some(arguments.clone()),
            (_, Element::Bijector(of)) if of.bijector == usize::MAX => None,
            (_, Element::Bijector(_)) => {
                self.unsupported(value.span, "a bijector that a condition chooses");
                None
            }
            _ => {
                let fault = Diagnostic::error(codes::TYPE_MISMATCH, value.span, "this is not a bijector");
                let fault = fault.expected("a declared bijector, or `to(T)` for the map onto a support");
                let found = format!("`{}`", self.show(&value.ty));
                self.report(fault.found(found));
                None
            }
        }
    }

    /// The function of a bijector's parameters and a value that one of its definitions is.
    fn function_of_part(&mut self, of: &BijectorType, part: &Ident) -> Result<usize, Box<Diagnostic>> {
        let row = self.program.bijectors[of.bijector].clone();
        let (variable, body) = match (part.as_str(), row.inverse) {
            ("forward", _) => (row.variable, row.forward),
            ("log_det", _) => (row.variable, row.log_det),
            ("inverse", Some(inverse)) => (row.image, inverse),
            ("inverse", None) => return Err(no_inverse(part.span, &row.name)),
            _ => return Err(no_part(part)),
        };
        let name: Name = format!("{}.{part}", row.name).into();
        let is_it = |known: &Function| {
            known.name == name && known.parameters.last().is_some_and(|last| last.variable == variable)
        };
        if let Some(known) = self.program.functions.iter().position(is_it) {
            return Ok(known);
        }
        let value = Parameter { name: self.row(variable).name.clone(), variable, size: None };
        self.program.functions.push(Function {
            name,
            sizes: row.sizes,
            parameters: row.parameters.into_iter().chain([value]).collect(),
            result: body.ty.clone(),
            body: Body::Expr(body),
            bound: None,
            uses: row.uses,
            runtime: None,
            found: Vec::new(),
            draws: None,
            random: false,
            expects: false,
            later: None,
            library: row.library,
        });
        Ok(self.program.functions.len() - 1)
    }

    /// What the images of values in a range are, and where they lie.
    pub(super) fn images(&self, of: &BijectorType, arguments: &[Expr], drawn: Range) -> (Element, Support) {
        let row = &self.program.bijectors[of.bijector];
        let known = if row.library { interval_support(&row.name, arguments, drawn) } else { None };
        let element = of.onto.clone().unwrap_or_else(|| self.row(row.image).ty.element.clone());
        let support = known.unwrap_or_else(|| match &element {
            Element::Real(Domain { structure: Some(structure), .. }) => Support::Structured(*structure),
            element => super::written::range_support(element.range()),
        });
        (image_element(element, &support), support)
    }
}

/// What `to` takes.
const SUPPORTS: &str = "`to(positive)`, `to(simplex[K])`";

/// The fault of a bijector that is known forwards only.
pub(super) fn no_inverse(span: Span, name: &str) -> Box<Diagnostic> {
    let message = format!("`{name}` has no `inverse`, which is needed here");
    let fault = Diagnostic::error(codes::MISSING_ARGUMENT, span, message);
    Box::new(fault.help("add a line `inverse = ..` to its declaration"))
}

/// The fault of what bijectors do not have.
pub(super) fn no_part(part: &Ident) -> Box<Diagnostic> {
    let message = format!("a bijector has no field `{part}`");
    let fault = Diagnostic::error(codes::UNKNOWN_FIELD, part.span, message);
    Box::new(fault.expected("a call, `b.forward(x)`, `b.inverse(y)` or `b.log_det(x)`"))
}

/// Where the images of the library's maps of numbers in a range lie, which no declaration says.
fn interval_support(name: &str, arguments: &[Expr], drawn: Range) -> Option<Support> {
    let end = |position: usize| arguments.get(position).cloned().map(Box::new);
    match name {
        "above" => Some(Support::Interval { lower: end(0), upper: None }),
        "below" => Some(Support::Interval { lower: None, upper: end(0) }),
        "between" => Some(Support::Interval { lower: end(0), upper: end(1) }),
        "affine" => {
            let image = |end: f64| end.is_finite().then(|| Box::new(affine_image(arguments, end)));
            Some(Support::Interval { lower: image(drawn.lower.value), upper: image(drawn.upper.value) })
        }
        _ => None,
    }
}

/// `shift + scale * end`
fn affine_image(arguments: &[Expr], end: f64) -> Expr {
    let [shift, scale] = arguments else { panic!("`affine` has a shift and a scale") };
    let number = |value: f64| {
        let ty = Type::scalar(Element::real_in(Range::exactly(value)));
        Expr { span: shift.span.to(scale.span), ty, kind: ExprKind::Real(value) }
    };
    if let (Some(shift), Some(scale)) = (constant(shift), constant(scale)) {
        return number(shift + scale * end);
    }
    let scaled = apply(scale.span, "mul", Type::real(), vec![scale.clone(), number(end)]);
    apply(shift.span, "add", Type::real(), vec![shift.clone(), scaled])
}

/// The number that an expression is whatever the data.
fn constant(value: &Expr) -> Option<f64> {
    let Range { lower, upper } = value.ty.element.range();
    (lower.value == upper.value).then_some(lower.value)
}

/// What an image is, by the ends of its support.
fn image_element(image: Element, support: &Support) -> Element {
    let Support::Interval { lower, upper } = support else { return image };
    let end = |end: &Option<Box<Expr>>, infinite: f64| {
        end.as_deref().map_or(infinite, |end| constant(end).unwrap_or(infinite))
    };
    let stated = image.range();
    match stated == Range::ANY {
        true => Element::real_in(Range::between(end(lower, f64::NEG_INFINITY), end(upper, f64::INFINITY))),
        false => image,
    }
}

/// The type that an expression spells: `positive`, `interval(a, b)`, `simplex[K]`.
pub(super) fn as_type(written: &tree::Expr) -> Option<tree::Type> {
    let kind = match &written.kind {
        tree::ExprKind::Name(name) => tree::TypeKind::Name(name.clone()),
        tree::ExprKind::Call { function, arguments } => {
            tree::TypeKind::Call { base: Box::new(as_type(function)?), arguments: arguments.clone() }
        }
        tree::ExprKind::Index { base, indices } => {
            let size = |index: &tree::Index| match &index.kind {
                IndexKind::At(size) => Some(size.clone()),
                IndexKind::Slice { .. } => None,
            };
            let sizes = indices.iter().map(size).collect::<Option<Vec<_>>>()?;
            tree::TypeKind::Sized { base: Box::new(as_type(base)?), sizes }
        }
        _ => return None,
    };
    Some(tree::Type::new(written.span, kind))
}
