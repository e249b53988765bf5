//! Values outside the IR: scalars and dense row-major arrays, as the interpreter takes and gives them.

use super::kind::Constant;
use super::types::Element;
use std::fmt;
use std::sync::Arc;

/// A scalar or an array. Equality is of bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// A scalar.
    Scalar(Constant),
    /// An array; cheap to copy.
    Array(Arc<Array>),
}

/// A dense array, last axis fastest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// Extents, first axis first.
    pub shape: Vec<usize>,
    /// Entries, as many as the product of the extents.
    pub entries: Entries,
}

/// The entries of an array, of one element type.
#[derive(Clone, Debug)]
pub enum Entries {
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 32-bit floats.
    F32(Vec<f32>),
    /// Integers.
    I64(Vec<i64>),
    /// Truth values.
    Bool(Vec<bool>),
}

/// Runs one expression over the vector inside, whatever its element type.
macro_rules! each {
    ($entries:expr, $vector:ident => $body:expr) => {
        match $entries {
            Entries::F64($vector) => $body,
            Entries::F32($vector) => $body,
            Entries::I64($vector) => $body,
            Entries::Bool($vector) => $body,
        }
    };
}

impl Entries {
    /// No entries yet.
    pub fn with_capacity(element: Element, capacity: usize) -> Self {
        match element {
            Element::F64 => Entries::F64(Vec::with_capacity(capacity)),
            Element::F32 => Entries::F32(Vec::with_capacity(capacity)),
            Element::I64 => Entries::I64(Vec::with_capacity(capacity)),
            Element::Bool => Entries::Bool(Vec::with_capacity(capacity)),
        }
    }

    /// `count` zeros.
    pub fn zeros(element: Element, count: usize) -> Self {
        match element {
            Element::F64 => Entries::F64(vec![0.0; count]),
            Element::F32 => Entries::F32(vec![0.0; count]),
            Element::I64 => Entries::I64(vec![0; count]),
            Element::Bool => Entries::Bool(vec![false; count]),
        }
    }

    /// Their element type.
    pub fn element(&self) -> Element {
        match self {
            Entries::F64(_) => Element::F64,
            Entries::F32(_) => Element::F32,
            Entries::I64(_) => Element::I64,
            Entries::Bool(_) => Element::Bool,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        each!(self, entries => entries.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One entry.
    pub fn get(&self, position: usize) -> Constant {
        match self {
            Entries::F64(entries) => Constant::F64(entries[position]),
            Entries::F32(entries) => Constant::F32(entries[position]),
            Entries::I64(entries) => Constant::I64(entries[position]),
            Entries::Bool(entries) => Constant::Bool(entries[position]),
        }
    }

    /// Replaces one entry.
    ///
    /// # Panics
    /// If the element types differ.
    pub fn set(&mut self, position: usize, entry: Constant) {
        match (self, entry) {
            (Entries::F64(entries), Constant::F64(x)) => entries[position] = x,
            (Entries::F32(entries), Constant::F32(x)) => entries[position] = x,
            (Entries::I64(entries), Constant::I64(n)) => entries[position] = n,
            (Entries::Bool(entries), Constant::Bool(b)) => entries[position] = b,
            (entries, entry) => panic!("{entry:?} among entries of {}", entries.element().name()),
        }
    }

    /// Adds one entry at the end.
    ///
    /// # Panics
    /// If the element types differ.
    pub fn push(&mut self, entry: Constant) {
        match (self, entry) {
            (Entries::F64(entries), Constant::F64(x)) => entries.push(x),
            (Entries::F32(entries), Constant::F32(x)) => entries.push(x),
            (Entries::I64(entries), Constant::I64(n)) => entries.push(n),
            (Entries::Bool(entries), Constant::Bool(b)) => entries.push(b),
            (entries, entry) => panic!("{entry:?} among entries of {}", entries.element().name()),
        }
    }

    /// Adds all of the others at the end.
    ///
    /// # Panics
    /// If the element types differ.
    pub fn extend(&mut self, others: &Entries) {
        match (self, others) {
            (Entries::F64(entries), Entries::F64(others)) => entries.extend(others),
            (Entries::F32(entries), Entries::F32(others)) => entries.extend(others),
            (Entries::I64(entries), Entries::I64(others)) => entries.extend(others),
            (Entries::Bool(entries), Entries::Bool(others)) => entries.extend(others),
            (entries, others) => panic!("{} among {}", others.element().name(), entries.element().name()),
        }
    }

    /// A run of entries.
    pub fn slice(&self, first: usize, count: usize) -> Entries {
        let range = first..first + count;
        match self {
            Entries::F64(entries) => Entries::F64(entries[range].to_vec()),
            Entries::F32(entries) => Entries::F32(entries[range].to_vec()),
            Entries::I64(entries) => Entries::I64(entries[range].to_vec()),
            Entries::Bool(entries) => Entries::Bool(entries[range].to_vec()),
        }
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        let alike = self.element() == other.element() && self.len() == other.len();
        alike && (0..self.len()).all(|position| self.get(position) == other.get(position))
    }
}

impl Eq for Entries {}

impl From<Datum> for Entries {
    fn from(datum: Datum) -> Self {
        match datum {
            Datum::Array(array) => Arc::unwrap_or_clone(array).entries,
            Datum::Scalar(scalar) => {
                let mut entries = Entries::with_capacity(scalar.element(), 1);
                entries.push(scalar);
                entries
            }
        }
    }
}

impl Datum {
    /// An array.
    ///
    /// # Panics
    /// If the number of entries is not the product of the extents.
    pub fn array(shape: &[usize], entries: Entries) -> Self {
        let volume: usize = shape.iter().product();
        assert!(volume == entries.len(), "{} entries in an array of shape {shape:?}", entries.len());
        Datum::Array(Arc::new(Array { shape: shape.to_vec(), entries }))
    }

    /// An array of `f64`.
    ///
    /// # Panics
    /// If the number of entries is not the product of the extents.
    pub fn floats(shape: &[usize], entries: &[f64]) -> Self {
        Self::array(shape, Entries::F64(entries.to_vec()))
    }

    /// An array of `i64`.
    ///
    /// # Panics
    /// If the number of entries is not the product of the extents.
    pub fn integers(shape: &[usize], entries: &[i64]) -> Self {
        Self::array(shape, Entries::I64(entries.to_vec()))
    }

    /// Its element type.
    pub fn element(&self) -> Element {
        match self {
            Datum::Scalar(scalar) => scalar.element(),
            Datum::Array(array) => array.entries.element(),
        }
    }

    /// Its extents, none for a scalar.
    pub fn shape(&self) -> &[usize] {
        match self {
            Datum::Scalar(_) => &[],
            Datum::Array(array) => &array.shape,
        }
    }

    /// All its entries, one for a scalar, of its element type.
    pub fn entries(&self) -> Entries {
        match self {
            Datum::Scalar(scalar) => {
                let mut entries = Entries::with_capacity(scalar.element(), 1);
                entries.push(*scalar);
                entries
            }
            Datum::Array(array) => array.entries.clone(),
        }
    }

    /// The row at a position along the first axis.
    ///
    /// # Panics
    /// If it is a scalar, or has no such row.
    pub fn row(&self, position: usize) -> Datum {
        let Datum::Array(array) = self else { panic!("a scalar has no rows") };
        let shape = &array.shape[1..];
        let volume: usize = shape.iter().product();
        match shape {
            [] => Datum::Scalar(array.entries.get(position)),
            _ => Datum::array(shape, array.entries.slice(position * volume, volume)),
        }
    }

    /// The rows at these positions along the first axis.
    ///
    /// # Panics
    /// If it is a scalar, or lacks one of them.
    pub fn gathered(&self, positions: impl ExactSizeIterator<Item = usize>) -> Datum {
        let Datum::Array(array) = self else { panic!("a scalar has no rows") };
        let volume: usize = array.shape[1..].iter().product();
        let mut shape = array.shape.clone();
        shape[0] = positions.len();
        let mut entries = Entries::with_capacity(array.entries.element(), shape[0] * volume);
        for position in positions {
            entries.extend(&array.entries.slice(position * volume, volume));
        }
        Datum::array(&shape, entries)
    }

    /// All its entries, one for a scalar.
    pub fn scalars(&self) -> Vec<Constant> {
        match self {
            Datum::Scalar(scalar) => vec![*scalar],
            Datum::Array(array) => (0..array.entries.len()).map(|at| array.entries.get(at)).collect(),
        }
    }

    /// All its entries as `f64`: bools are 0 and 1.
    pub fn to_f64(&self) -> Vec<f64> {
        let number = |scalar| match scalar {
            Constant::F64(x) => x,
            Constant::F32(x) => f64::from(x),
            Constant::I64(n) => n as f64,
            Constant::Bool(b) => f64::from(u8::from(b)),
        };
        self.scalars().into_iter().map(number).collect()
    }

    /// The number of a `f64` scalar.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Datum::Scalar(Constant::F64(x)) => Some(*x),
            _ => None,
        }
    }

    /// The number of an `i64` scalar.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Datum::Scalar(Constant::I64(n)) => Some(*n),
            _ => None,
        }
    }
}

impl From<f64> for Datum {
    fn from(x: f64) -> Self {
        Datum::Scalar(Constant::F64(x))
    }
}

impl From<i64> for Datum {
    fn from(n: i64) -> Self {
        Datum::Scalar(Constant::I64(n))
    }
}

impl From<bool> for Datum {
    fn from(b: bool) -> Self {
        Datum::Scalar(Constant::Bool(b))
    }
}

impl From<Vec<f64>> for Datum {
    fn from(entries: Vec<f64>) -> Self {
        Datum::array(&[entries.len()], Entries::F64(entries))
    }
}

impl From<Vec<i64>> for Datum {
    fn from(entries: Vec<i64>) -> Self {
        Datum::array(&[entries.len()], Entries::I64(entries))
    }
}

/// A scalar as a literal of the text form, an array as `f64[2, 2] {1.0, 0.0, 0.0, 1.0}`.
impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |scalar: Constant| match scalar {
            Constant::F32(x) if self.shape().is_empty() => format!("f32 {x:?}"),
            Constant::F32(x) => format!("{x:?}"),
            Constant::F64(x) => format!("{x:?}"),
            Constant::I64(n) => n.to_string(),
            Constant::Bool(b) => b.to_string(),
        };
        let entries: Vec<String> = self.scalars().into_iter().map(text).collect();
        match self {
            Datum::Scalar(_) => f.write_str(&entries.concat()),
            Datum::Array(array) => {
                let extents: Vec<String> = array.shape.iter().map(usize::to_string).collect();
                write!(f, "{}[{}] {{{}}}", self.element().name(), extents.join(", "), entries.join(", "))
            }
        }
    }
}
