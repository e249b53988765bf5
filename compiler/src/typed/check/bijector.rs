//! Bijectors where a measure is transformed by one: `b(..)`, or `to(T)` for the map onto a support.

use super::Checker;
use super::call::arrange;
use super::coerce::Care;
use super::operator::apply;
use super::scope::{Entity, Room};
use super::solve::Callee;
use super::written::Written;
use crate::ir::Polynomial;
use crate::typed::range::Range;
use crate::typed::tree::{Expr, ExprKind, Support};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, ArgumentKind, IndexKind, ItemKind};

impl Checker<'_> {
    /// A bijector with its arguments: `b(..)`, or `to(T)` for the map onto a support.
    pub(super) fn bijector_value(&mut self, written: &tree::Expr) -> Option<BijectorValue> {
        let (name, arguments) = match &written.kind {
            tree::ExprKind::Name(name) => (name, &[][..]),
            tree::ExprKind::Call { function, arguments } => match &function.kind {
                tree::ExprKind::Name(name) => (name, arguments.as_slice()),
                _ => return self.no_bijector(written),
            },
            _ => return self.no_bijector(written),
        };
        if let ("to", [tree::Argument { kind: ArgumentKind::Value(value), .. }]) = (name.as_str(), arguments)
        {
            let ty = as_type(value).or_else(|| self.no_bijector(value))?;
            let onto = self.written(&ty);
            return self.onto(written.span, onto);
        }
        let entity = self.resolve(name)?;
        let declared = self.declarations_of(&entity);
        let bijectors: Vec<usize> =
            declared.into_iter().filter(|id| is_bijector(&self.declaration(*id).item.kind)).collect();
        if bijectors.is_empty() {
            return self.no_bijector(written);
        }
        let candidates = self.candidates(written.span, &bijectors, arguments)?;
        let (id, sources) = candidates.first()?;
        let values = self.values(arguments);
        let signature = self.signature(*id);
        let callee = Callee { name: name.as_str(), signature: &signature, care: Care::Impossible };
        let solved = self.solve(written.span, &callee, arrange(sources, &values))?;
        let bijector = self.bijector(*id)?;
        let (sizes, arguments) = (solved.sizes, solved.arguments);
        let of_library = self.declaration(*id).room == Room::Library;
        Some(BijectorValue { bijector, sizes, arguments, support: None, element: None, of_library })
    }

    /// The library's map onto a support.
    fn onto(&mut self, span: Span, onto: Written) -> Option<BijectorValue> {
        if onto.ty.is_unknown() {
            return None;
        }
        let Some(name) = onto.support.bijector() else {
            let message = format!("there is no map onto `{}`", self.show(&onto.ty));
            self.report(
                Diagnostic::error(codes::NOT_A_TYPE, span, message)
                    .expected("`to(positive)`, `to(simplex[K])`"),
            );
            return None;
        };
        self.library_bijector(name);
        let bijector = self.program.bijectors.iter().position(|bijector| &*bijector.name == name)?;
        let (sizes, arguments) = match &onto.support {
            Support::Interval { lower, upper } => {
                let ends = [lower, upper].into_iter().flatten().map(|end| (**end).clone());
                (Vec::new(), ends.collect())
            }
            _ => (vec![onto.ty.shape.last()?.clone()], Vec::new()),
        };
        let element = Some(onto.ty.element.clone());
        let support = Some(onto.support);
        Some(BijectorValue { bijector, sizes, arguments, support, element, of_library: true })
    }

    fn no_bijector<T>(&mut self, written: &tree::Expr) -> Option<T> {
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, written.span, "this is not a bijector")
            .expected("a declared bijector, or `to(T)` for the map onto a support");
        self.report(diagnostic);
        None
    }

    /// Checks a bijector of the library.
    pub(super) fn library_bijector(&mut self, name: &str) {
        self.load_library(name);
        if let Some((Entity::Declared(rivals), _)) = self.library.get(name as &str) {
            let id = rivals[0];
            self.bijector(id);
        }
    }
}

/// A bijector with its arguments.
pub(super) struct BijectorValue {
    pub bijector: usize,
    pub sizes: Vec<Polynomial>,
    pub arguments: Vec<Expr>,
    /// Where its images lie, if a type said so.
    pub support: Option<Support>,
    pub element: Option<Element>,
    pub of_library: bool,
}

/// Where the images of the library's maps of numbers in a range lie, which no declaration says.
pub(super) fn interval_support(name: &str, arguments: &[Expr], drawn: Range) -> Option<Support> {
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
pub(super) fn image_element(image: Element, support: &Support) -> Element {
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

fn is_bijector(kind: &ItemKind) -> bool {
    matches!(kind, ItemKind::Definitions(written) if written.kind == tree::DefinitionsKind::Bijector)
}

/// The type that an expression spells: `positive`, `interval(a, b)`, `simplex[K]`.
fn as_type(written: &tree::Expr) -> Option<tree::Type> {
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
