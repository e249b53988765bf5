//! Types of the IR: scalars, dense row-major arrays of them, and write-only accumulators.

use super::size::Polynomial;

/// What one entry of an array is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// 64-bit floating point.
    F64,
    /// 32-bit floating point.
    F32,
    /// 64-bit integer: indices, counts, random bits.
    I64,
    /// True or false.
    Bool,
}

impl Element {
    /// Its name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Element::F64 => "f64",
            Element::F32 => "f32",
            Element::I64 => "i64",
            Element::Bool => "bool",
        }
    }

    /// Whether values of it carry tangents.
    pub fn is_float(self) -> bool {
        matches!(self, Element::F64 | Element::F32)
    }
}

/// The extent of one axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Known once sizes are bound.
    Size(Polynomial),
    /// Known at run time only, printed `*`; allowed for the first axis.
    Run,
}

impl From<Polynomial> for Dimension {
    fn from(size: Polynomial) -> Self {
        Dimension::Size(size)
    }
}

impl From<i64> for Dimension {
    fn from(size: i64) -> Self {
        Dimension::Size(size.into())
    }
}

/// The type of a value: `f64`, `i64[N, 3]`, `acc f64[N]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Type {
    /// What an entry is.
    pub element: Element,
    /// Extents, first axis first; empty for a scalar.
    pub shape: Vec<Dimension>,
    /// Whether this is a write-only sum, readable only as the result of its `accumulate`.
    pub accumulator: bool,
}

impl Type {
    /// A scalar type.
    pub fn scalar(element: Element) -> Self {
        Self { element, shape: Vec::new(), accumulator: false }
    }

    /// An array type.
    pub fn array(element: Element, shape: Vec<Dimension>) -> Self {
        Self { element, shape, accumulator: false }
    }

    /// `f64`.
    pub fn f64() -> Self {
        Self::scalar(Element::F64)
    }

    /// `i64`.
    pub fn i64() -> Self {
        Self::scalar(Element::I64)
    }

    /// `bool`.
    pub fn bool() -> Self {
        Self::scalar(Element::Bool)
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Whether it has no axes.
    pub fn is_scalar(&self) -> bool {
        self.shape.is_empty() && !self.accumulator
    }

    /// Whether its first axis is known at run time only.
    pub fn runs(&self) -> bool {
        self.shape.first() == Some(&Dimension::Run)
    }

    /// Whether values of it carry tangents.
    pub fn is_float(&self) -> bool {
        self.element.is_float() && !self.accumulator
    }

    /// The accumulator that sums into an array of this type.
    pub fn to_accumulator(&self) -> Self {
        Self { accumulator: true, ..self.clone() }
    }

    /// The array that an accumulator becomes when its region ends.
    pub fn to_array(&self) -> Self {
        Self { accumulator: false, ..self.clone() }
    }

    /// The type with further axes in front: what a `map` makes of its body's result.
    pub fn stacked(&self, outer: &[Dimension]) -> Self {
        Self { shape: outer.iter().chain(&self.shape).cloned().collect(), ..self.clone() }
    }

    /// The type that is left after `count` leading axes are indexed away.
    pub fn indexed(&self, count: usize) -> Self {
        Self { shape: self.shape[count..].to_vec(), ..self.clone() }
    }

    /// The type with each size parameter replaced.
    pub fn substitute(&self, sizes: &[Polynomial]) -> Self {
        let shape = self.shape.iter().map(|dimension| match dimension {
            Dimension::Size(size) => Dimension::Size(size.substitute(sizes)),
            Dimension::Run => Dimension::Run,
        });
        Self { shape: shape.collect(), ..self.clone() }
    }
}
