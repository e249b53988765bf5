//! Structured supports: what the entries of a vector or a square matrix satisfy together. One row each.

use super::range::Range;
use crate::ir::Polynomial;

/// A condition on the last one or two axes of an array, taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Structure {
    /// Nonnegative, summing to one.
    Simplex,
    /// Ascending.
    Ordered,
    /// Ascending and positive.
    PositiveOrdered,
    /// A correlation matrix.
    Corr,
    /// A covariance matrix.
    Cov,
    /// The lower Cholesky factor of a correlation matrix.
    CholeskyCorr,
    /// The lower Cholesky factor of a covariance matrix.
    CholeskyCov,
}

struct Row {
    structure: Structure,
    name: &'static str,
    axes: usize,
    entries: Range,
    /// Which structures imply it besides itself.
    implied_by: &'static [Structure],
}

const ROWS: [Row; 7] = [
    Row { structure: Structure::Simplex, name: "simplex", axes: 1, entries: Range::UNIT, implied_by: &[] },
    Row {
        structure: Structure::Ordered,
        name: "ordered",
        axes: 1,
        entries: Range::ANY,
        implied_by: &[Structure::PositiveOrdered],
    },
    Row {
        structure: Structure::PositiveOrdered,
        name: "positive_ordered",
        axes: 1,
        entries: Range::POSITIVE,
        implied_by: &[],
    },
    Row { structure: Structure::Corr, name: "corr", axes: 2, entries: Range::ANY, implied_by: &[] },
    Row {
        structure: Structure::Cov,
        name: "cov",
        axes: 2,
        entries: Range::ANY,
        implied_by: &[Structure::Corr],
    },
    Row {
        structure: Structure::CholeskyCorr,
        name: "cholesky_corr",
        axes: 2,
        entries: Range::ANY,
        implied_by: &[],
    },
    Row {
        structure: Structure::CholeskyCov,
        name: "cholesky_cov",
        axes: 2,
        entries: Range::ANY,
        implied_by: &[Structure::CholeskyCorr],
    },
];

impl Structure {
    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.structure == self).expect("every structure has a row")
    }

    /// The structure that a type names.
    pub fn named(name: &str) -> Option<Structure> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.structure)
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ROWS.iter().map(|row| row.name)
    }

    /// How it is written.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// How many of the last axes it is about; two are a square.
    pub fn axes(self) -> usize {
        self.row().axes
    }

    /// Where each entry lies.
    pub fn entries(self) -> Range {
        self.row().entries
    }

    /// The shape of one value with `size` rows.
    pub fn shape(self, size: Polynomial) -> Vec<Polynomial> {
        vec![size; self.axes()]
    }

    /// Whether every value with structure `self` has structure `other`.
    pub fn implies(self, other: Structure) -> bool {
        self == other || other.row().implied_by.contains(&self)
    }
}
