//! Types as written, to types and supports.

use super::Checker;
use super::argument::positional;
use crate::ir::Polynomial;
use crate::typed::bounds::Bounds;
use crate::typed::range::Range;
use crate::typed::structure::Structure;
use crate::typed::tree::{Expr, ExprKind, Support};
use crate::typed::types::{
    BijectorType, Domain, DynamicsType, Element, FitType, FunctionType, MeasureType, ModelType, Motion, Type,
};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, Ident, TypeKind};
use std::sync::Arc;

/// What a written type says.
pub(super) struct Written {
    pub ty: Type,
    pub support: Support,
}

/// A type's name and what an entry of it is.
type NamedType = (&'static str, fn() -> Element);

/// Types with a name alone.
const NAMED: &[NamedType] = &[
    ("real", || Element::REAL),
    ("int", Element::int),
    ("size", || Element::Int(Bounds { lower: Some(0.into()), upper: None })),
    ("bool", || Element::Bool),
    ("positive", || Element::real_in(Range::POSITIVE)),
    ("nonnegative", || Element::real_in(Range::NONNEGATIVE)),
    ("unit", || Element::real_in(Range::UNIT)),
    ("text", || Element::Text),
    ("fit", || Element::Fit(Arc::new(FitType { model: None, draws: 0.into() }))),
    ("summary", || Element::Opaque("summary".into())),
    ("calibration", || Element::Opaque("calibration".into())),
    ("picture", || Element::Opaque("picture".into())),
    ("nothing", || Element::Nothing),
    ("measure", || Element::Measure(Arc::new(MeasureType { value: Type::unknown() }))),
    ("model", any_model),
    ("guide", any_model),
    ("ode", || any_dynamics(Motion::Ode)),
    ("sde", || any_dynamics(Motion::Sde)),
    ("bijector", any_bijector),
    ("strategy", || Element::Opaque("strategy".into())),
    ("objective", || Element::Opaque("objective".into())),
];

/// Models and guides, of which a header says no more.
fn any_model() -> Element {
    let (sizes, given, partly, out) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    Element::Model(Arc::new(ModelType { model: usize::MAX, sizes, given, partly, out, kept: None }))
}

/// Equations of motion, of which a header says no more.
fn any_dynamics(motion: Motion) -> Element {
    Element::Dynamics(Arc::new(DynamicsType {
        motion,
        name: "".into(),
        states: Arc::default(),
        family: usize::MAX,
        parts: Arc::default(),
    }))
}

/// A bijector, of which a header says no more.
fn any_bijector() -> Element {
    Element::Bijector(Arc::new(BijectorType { bijector: usize::MAX, sizes: Vec::new(), onto: None }))
}

impl Checker<'_> {
    /// What a written type says; unknown where it is wrong.
    pub(super) fn written(&mut self, ty: &tree::Type) -> Written {
        match &ty.kind {
            TypeKind::Name(name) => self.named_type(name),
            TypeKind::Call { base, arguments } => self.called_type(base, arguments, ty.span),
            TypeKind::Sized { base, sizes } => self.sized_type(base, sizes, ty.span),
            TypeKind::Record(fields) => self.record_type(fields),
            TypeKind::Error => unknown(),
            TypeKind::Unit { base, .. } => {
                let message = "units are not checked yet";
                let help = format!("write `{}`, and say the unit in a comment", self.text(base.span));
                self.report(Diagnostic::error(codes::NOT_SUPPORTED, ty.span, message).help(help));
                unknown()
            }
            TypeKind::Optional(_) => self.unsupported_type(ty.span, "missing values outside `data`"),
            TypeKind::Lower(_) | TypeKind::Upper(_) => {
                self.unsupported_type(ty.span, "bounds as types outside of the headers of functions")
            }
            TypeKind::Function { parameters, result } => self.function_type(parameters, result),
        }
    }

    fn unsupported_type(&mut self, span: Span, what: &str) -> Written {
        self.unsupported(span, what);
        unknown()
    }

    fn named_type(&mut self, name: &Ident) -> Written {
        if let Some((_, element)) = NAMED.iter().find(|(known, _)| *known == name.as_str()) {
            return simple(Type::scalar(element()));
        }
        if Structure::named(name.as_str()).is_some() {
            let message = format!("`{name}` needs a size");
            let help = format!("write `{name}[K]`");
            self.report(Diagnostic::error(codes::NOT_A_TYPE, name.span, message).help(help));
            return unknown();
        }
        if let Some(written) = self.aliased(name, &[], name.span) {
            return written;
        }
        self.not_a_type(name)
    }

    fn not_a_type(&mut self, name: &Ident) -> Written {
        if matches!(name.as_str(), "real32" | "complex") {
            let message = format!("not supported yet: the type `{name}`");
            let fault = Diagnostic::error(codes::NOT_SUPPORTED, name.span, message);
            self.report(fault.help("write `real`"));
            return unknown();
        }
        let known = NAMED.iter().map(|(name, _)| *name).chain(Structure::names()).chain(["interval", "fin"]);
        let diagnostic =
            Diagnostic::error(codes::NOT_A_TYPE, name.span, format!("there is no type `{name}`"));
        self.report(diagnostic.help(super::advice::for_type(name.as_str(), known)));
        unknown()
    }

    fn called_type(&mut self, base: &tree::Type, arguments: &[Argument], span: Span) -> Written {
        let TypeKind::Name(name) = &base.kind else {
            return self.unsupported_type(span, "types with arguments other than interval and fin");
        };
        match (name.as_str(), positional(arguments).unwrap_or_default().as_slice()) {
            ("interval", [lower, upper]) => self.interval(lower, upper),
            ("fin", [size]) => match self.size(size) {
                Some(size) => simple(Type::scalar(Element::Int(Bounds::half_open(0.into(), size)))),
                None => unknown(),
            },
            ("interval", _) => self.wrong_type_arguments(span, "interval(a, b)"),
            ("fin", _) => self.wrong_type_arguments(span, "fin(N)"),
            _ => self.not_a_type(name),
        }
    }

    pub(super) fn wrong_type_arguments(&mut self, span: Span, expected: &str) -> Written {
        let message = "a type with other arguments than it takes";
        self.report(Diagnostic::error(codes::NOT_A_TYPE, span, message).expected(format!("`{expected}`")));
        unknown()
    }

    fn interval(&mut self, lower: &tree::Expr, upper: &tree::Expr) -> Written {
        let (lower_written, upper_written) = (lower.span, upper.span);
        let span = lower_written.to(upper_written);
        let ends = [lower, upper].map(|end| {
            let end = self.expression(end);
            self.number(end)
        });
        let [low, high] = ends.each_ref().map(|end| end.ty.element.range());
        if !low.upper.value.is_nan() && low.lower.value > high.upper.value {
            let message = "an interval whose ends are exchanged";
            let help =
                format!("write `interval({}, {})`", self.text(upper_written), self.text(lower_written));
            self.report(Diagnostic::error(codes::OUTSIDE_RANGE, span, message).help(help));
        }
        let range = Range {
            lower: Range::between(low.lower.value, f64::INFINITY).lower,
            upper: Range::between(f64::NEG_INFINITY, high.upper.value).upper,
        };
        let [lower, upper] = ends.map(|end| finite(&end).then(|| Box::new(end)));
        let ty = Type::scalar(Element::real_in(range));
        Written { ty, support: Support::Interval { lower, upper } }
    }

    fn sized_type(&mut self, base: &tree::Type, sizes: &[tree::Expr], span: Span) -> Written {
        if let TypeKind::Name(name) = &base.kind
            && let Some(written) = self.aliased(name, sizes, span)
        {
            return written;
        }
        let shape = self.sizes(sizes);
        let structure = match &base.kind {
            TypeKind::Name(name) => Structure::named(name.as_str()),
            _ => None,
        };
        let Some(shape) = shape else { return unknown() };
        if let Some(structure) = structure {
            let [size] = shape.as_slice() else {
                let name = structure.name();
                return self
                    .wrong_type_arguments(span, &format!("{name}[K], and {name}[K][N] for N of them"));
            };
            let domain = Domain { range: structure.entries(), structure: Some(structure) };
            let ty = Type::array(Element::Real(domain), structure.shape(size.clone()));
            return Written { ty, support: Support::Structured(structure) };
        }
        let base = match &base.kind {
            TypeKind::Optional(base) => self.written(base),
            _ => self.written(base),
        };
        if base.ty.is_unknown() {
            return base;
        }
        Written { ty: base.ty.stacked(&shape), support: base.support }
    }

    fn record_type(&mut self, fields: &[tree::FieldType]) -> Written {
        let fields: Vec<_> =
            fields.iter().map(|field| (field.name.name.clone(), self.written(&field.ty).ty)).collect();
        let support = Support::Interval { lower: None, upper: None };
        Written { ty: Type::scalar(Element::Record(fields.into())), support }
    }

    fn function_type(&mut self, parameters: &[tree::Type], result: &tree::Type) -> Written {
        let parameters: Vec<Type> = parameters.iter().map(|ty| self.written(ty).ty).collect();
        let result = self.written(result).ty;
        if parameters.iter().chain([&result]).any(Type::is_unknown) {
            return unknown();
        }
        simple(Type::scalar(Element::function(FunctionType::Header { parameters, result })))
    }

    /// A size where one must stand.
    pub(super) fn size(&mut self, size: &tree::Expr) -> Option<Polynomial> {
        if let tree::ExprKind::Name(name) = &size.kind
            && self.look_up(name.as_str()).is_none()
        {
            self.undeclared(name, &format!("`data {name}: size`"));
            return None;
        }
        let size = self.expression(size);
        self.as_size(&size)
    }

    /// The size that an expression is, or a message.
    pub(super) fn as_size(&mut self, size: &Expr) -> Option<Polynomial> {
        if size.is_unknown() {
            return None;
        }
        let found = size.ty.as_size().cloned();
        if found.is_none() {
            let diagnostic = Diagnostic::error(codes::NOT_A_SIZE, size.span, "this is not a size")
                .expected("a size: made of `data N: size`, whole numbers, `+`, `-` and `*`")
                .found(format!("`{}`", self.show(&size.ty)));
            let diagnostic = self.with_declaration(diagnostic, size);
            let name = self.short_text(size.span, "n");
            let help = format!("declare it as a size: `data {name}: size`");
            self.report(diagnostic.help(help));
        }
        found
    }
}

/// Whether an end is no infinite literal.
fn finite(end: &Expr) -> bool {
    let range = end.ty.element.range();
    !matches!(end.kind, ExprKind::Real(x) if x.is_infinite()) && !range.lower.value.eq(&f64::INFINITY)
}

pub(super) fn unknown() -> Written {
    simple(Type::unknown())
}

/// A type with the support that its range says.
fn simple(ty: Type) -> Written {
    let support = match &ty.element {
        Element::Int(_) | Element::Bool => Support::Discrete,
        element => range_support(element.range()),
    };
    Written { ty, support }
}

/// The support of the numbers in a range with constant ends.
pub(super) fn range_support(range: Range) -> Support {
    let end = |value: f64| {
        value.is_finite().then(|| {
            let ty = Type::scalar(Element::real_in(Range::exactly(value)));
            Box::new(Expr { span: Span::default(), ty, kind: ExprKind::Real(value) })
        })
    };
    Support::Interval { lower: end(range.lower.value), upper: end(range.upper.value) }
}
