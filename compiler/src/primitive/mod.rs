//! THE table of scalar primitives: one row each, one file per family. A row is complete by construction: what it
//! declines (a derivative, a transpose) it declines with the reason that a user will read.

mod arithmetic;
mod control;
mod elementary;
mod integer;
mod random;
mod row;
mod rules;
mod special;

pub use row::{
    Derivative, Draw, Instruction, Lower, Partial, Row, Samples, Scalar, Signature, Smoothness, Transpose,
};

use std::fmt;
use std::sync::LazyLock;

/// A row of the table, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Primitive(u16);

/// The families, in the order of the table.
const FAMILIES: &[&[Row]] = &[
    arithmetic::ROWS,
    integer::ROWS,
    control::ROWS,
    elementary::ROWS,
    random::ROWS,
    special::GAMMA,
    special::NORMAL,
    special::INCOMPLETE_GAMMA,
    special::INCOMPLETE_BETA,
    special::BESSEL,
];

static TABLE: LazyLock<Vec<&'static Row>> = LazyLock::new(|| FAMILIES.iter().copied().flatten().collect());

impl Primitive {
    /// Every primitive.
    pub fn all() -> impl Iterator<Item = Primitive> {
        (0..TABLE.len()).map(|position| Primitive(position as u16))
    }

    /// The primitive of that name.
    pub fn find(name: &str) -> Option<Primitive> {
        static NAMES: LazyLock<rustc_hash::FxHashMap<&'static str, Primitive>> =
            LazyLock::new(|| Primitive::all().map(|primitive| (primitive.row().name, primitive)).collect());
        NAMES.get(name).copied()
    }

    /// The primitive of a name that is known to stand in the table.
    ///
    /// # Panics
    /// If there is no such row: a mistake of ours.
    pub fn named(name: &str) -> Primitive {
        Self::find(name).unwrap_or_else(|| panic!("no primitive is named `{name}`"))
    }

    /// Its row.
    pub fn row(self) -> &'static Row {
        TABLE[self.0 as usize]
    }
}

impl fmt::Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().name)
    }
}
