//! Types: what an entry is, and a shape of polynomials in size symbols. A scalar has the empty shape.
//!
//! Numbers carry what is known of their values (signs, index bounds, structures such as a simplex). That knowledge
//! proves things; it never decides whether two types are the same kind of value.

mod chosen;
mod display;

pub use chosen::*;

use super::bounds::Bounds;
use super::range::Range;
use super::structure::Structure;
use crate::ir::Polynomial;
use std::sync::Arc;

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// What an entry is.
    pub element: Element,
    /// Extents, first axis first.
    pub shape: Vec<Polynomial>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A real number.
    Real(Domain),
    /// An integer: `int`, `size`, `fin(N)`.
    Int(Bounds),
    /// A truth value.
    Bool,
    /// Text in quotes.
    Text,
    /// Named fields, in order.
    Record(Arc<[(Arc<str>, Type)]>),
    /// A measure.
    Measure(Arc<MeasureType>),
    /// A model, with what has been given.
    Model(Arc<ModelType>),
    /// A function, chosen at compile time: its type says which one.
    Function(Arc<FunctionType>),
    /// Equations of motion, chosen at compile time.
    Dynamics(Arc<DynamicsType>),
    /// A smooth invertible map with its Jacobian determinant.
    Bijector(Arc<BijectorType>),
    /// What inference gives.
    Fit(Arc<FitType>),
    /// A value that only the script handles: a summary.
    Opaque(Arc<str>),
    /// What a statement for its effect gives.
    Nothing,
    /// A mistake was reported; whatever is done with it is right.
    Unknown,
}

/// What is known of real numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Domain {
    /// Of each entry.
    pub range: Range,
    /// Of the last axes together.
    pub structure: Option<Structure>,
}

/// A field's name and type.
pub type Field = (Arc<str>, Type);

/// Whether a field has a name that cannot be written: it holds what a draw of a marginal was drawn with.
pub fn is_hidden(field: &str) -> bool {
    field.starts_with('<')
}

impl Domain {
    /// Numbers in a range.
    pub const fn of(range: Range) -> Self {
        Self { range, structure: None }
    }
}

impl Element {
    /// Any real number.
    pub const REAL: Element = Element::Real(Domain::of(Range::ANY));

    /// A real number in a range.
    pub const fn real_in(range: Range) -> Self {
        Element::Real(Domain::of(range))
    }

    /// Any integer.
    pub fn int() -> Self {
        Element::Int(Bounds::any())
    }

    /// A function.
    pub fn function(of: FunctionType) -> Self {
        Element::Function(Arc::new(of))
    }

    /// Whether it is a number or a truth value: what arithmetic takes.
    pub fn is_numeric(&self) -> bool {
        matches!(self, Element::Real(_) | Element::Int(_) | Element::Bool)
    }

    /// The range of its values as real numbers.
    pub fn range(&self) -> Range {
        match self {
            Element::Real(domain) => domain.range,
            Element::Int(bounds) => integers(bounds),
            Element::Bool => Range::UNIT,
            _ => Range::ANY,
        }
    }

    /// The bounds of its values as integers.
    pub fn bounds(&self) -> Bounds {
        match self {
            Element::Int(bounds) => bounds.clone(),
            Element::Bool => Bounds { lower: Some(0.into()), upper: Some(1.into()) },
            _ => Bounds::any(),
        }
    }

    /// The same without what is known of the values of a structure or a range.
    pub fn plain(&self) -> Element {
        match self {
            Element::Real(_) => Element::REAL,
            Element::Int(_) => Element::int(),
            other => other.clone(),
        }
    }
}

fn integers(bounds: &Bounds) -> Range {
    let number = |end: &Option<Polynomial>| end.as_ref().and_then(Polynomial::as_constant).map(|n| n as f64);
    let least = if bounds
        .lower
        .as_ref()
        .is_some_and(|lower| super::bounds::never_negative(&lower.minus(&1.into())))
    {
        1.0
    } else if bounds.never_negative() {
        0.0
    } else {
        f64::NEG_INFINITY
    };
    let lower = number(&bounds.lower).unwrap_or(least);
    Range::between(lower, number(&bounds.upper).unwrap_or(f64::INFINITY))
}

impl Type {
    /// A scalar.
    pub fn scalar(element: Element) -> Self {
        Self { element, shape: Vec::new() }
    }

    /// An array.
    pub fn array(element: Element, shape: Vec<Polynomial>) -> Self {
        Self { element, shape }
    }

    /// Any real number.
    pub fn real() -> Self {
        Self::scalar(Element::REAL)
    }

    /// Any integer.
    pub fn int() -> Self {
        Self::scalar(Element::int())
    }

    /// A truth value.
    pub fn bool() -> Self {
        Self::scalar(Element::Bool)
    }

    /// The type of what was reported.
    pub fn unknown() -> Self {
        Self::scalar(Element::Unknown)
    }

    /// What a statement for its effect gives.
    pub fn nothing() -> Self {
        Self::scalar(Element::Nothing)
    }

    /// Whether a mistake was reported.
    pub fn is_unknown(&self) -> bool {
        self.element == Element::Unknown
    }

    /// Whether it is a number or an array of numbers.
    pub fn is_numeric(&self) -> bool {
        self.element.is_numeric()
    }

    /// Whether kernels compute with it: numbers, functions, and records of such.
    pub fn is_compiled(&self) -> bool {
        match &self.element {
            Element::Record(fields) => fields.iter().all(|(_, field)| field.is_compiled()),
            Element::Function(_) | Element::Dynamics(_) => true,
            element => element.is_numeric(),
        }
    }

    /// Whether it is a function, or functions: nothing of them is left when the program runs.
    pub fn is_function(&self) -> bool {
        matches!(self.element, Element::Function(_) | Element::Dynamics(_))
    }

    /// Whether its values are chosen at compile time: functions, measures, models, bijectors, objectives, strategies.
    pub fn is_chosen(&self) -> bool {
        match &self.element {
            Element::Measure(_)
            | Element::Model(_)
            | Element::Function(_)
            | Element::Dynamics(_)
            | Element::Bijector(_) => true,
            Element::Opaque(name) => matches!(&**name, "strategy" | "objective"),
            _ => false,
        }
    }

    /// The fields of a record; of equations of motion, the functions that they are.
    pub fn fields(&self) -> Option<&Arc<[Field]>> {
        match &self.element {
            Element::Record(fields) => Some(fields),
            Element::Dynamics(of) => Some(&of.parts),
            _ => None,
        }
    }

    /// Whether it is one number.
    pub fn is_scalar_number(&self) -> bool {
        self.is_numeric() && self.shape.is_empty()
    }

    /// The size that an expression of this type is, if it is one.
    pub fn as_size(&self) -> Option<&Polynomial> {
        match &self.element {
            Element::Int(bounds) if self.shape.is_empty() => bounds.as_size(),
            _ => None,
        }
    }

    /// With further axes in front.
    pub fn stacked(&self, outer: &[Polynomial]) -> Self {
        Self { element: self.element.clone(), shape: [outer, &self.shape].concat() }
    }

    /// What is left when `count` leading axes are indexed away; a structure over those axes is lost.
    pub fn indexed(&self, count: usize) -> Self {
        let shape = self.shape[count..].to_vec();
        let mut element = self.element.clone();
        if let Element::Real(domain) = &mut element {
            domain.structure = domain.structure.filter(|structure| structure.axes() <= shape.len());
        }
        Self { element, shape }
    }

    /// The same shape and kind with nothing known of its values.
    pub fn plain(&self) -> Self {
        Self { element: self.element.plain(), shape: self.shape.clone() }
    }

    /// Each size symbol replaced by the polynomial at its position.
    pub fn substitute(&self, sizes: &[Polynomial]) -> Self {
        let shape = self.shape.iter().map(|size| size.substitute(sizes)).collect();
        let replace = |end: &Option<Polynomial>| end.as_ref().map(|end| end.substitute(sizes));
        let element = match &self.element {
            Element::Int(bounds) => {
                Element::Int(Bounds { lower: replace(&bounds.lower), upper: replace(&bounds.upper) })
            }
            Element::Record(fields) => Element::Record(
                fields.iter().map(|(name, field)| (name.clone(), field.substitute(sizes))).collect(),
            ),
            Element::Measure(measure) => {
                Element::Measure(Arc::new(MeasureType { value: measure.value.substitute(sizes) }))
            }
            Element::Function(function) => match function.as_ref() {
                FunctionType::Header { parameters, result } => {
                    let parameters = parameters.iter().map(|of| of.substitute(sizes)).collect();
                    Element::function(FunctionType::Header { parameters, result: result.substitute(sizes) })
                }
                FunctionType::Declared { .. } | FunctionType::Derived { .. } => self.element.clone(),
            },
            Element::Model(model) => Element::Model(Arc::new(model.substitute(sizes))),
            Element::Bijector(of) => {
                let own = of.sizes.iter().map(|size| size.substitute(sizes)).collect();
                Element::Bijector(Arc::new(BijectorType { sizes: own, ..(**of).clone() }))
            }
            Element::Fit(fit) => Element::Fit(Arc::new(FitType {
                model: fit.model.as_ref().map(|model| Arc::new(model.substitute(sizes))),
                draws: fit.draws.substitute(sizes),
            })),
            other => other.clone(),
        };
        Self { element, shape }
    }
}
