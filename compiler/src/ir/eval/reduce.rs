//! Reductions: the kernels' own definition, so that the order is theirs to the bit.

use crate::ir::datum::Entries;
use crate::ir::kind::{Constant, Reduction};
use crate::kernels::reduce::{logsumexp, operators, order};

/// The entries combined; of none, the neutral element.
pub(super) fn reduce(reduction: Reduction, entries: &Entries) -> Constant {
    match entries {
        Entries::F64(entries) => Constant::F64(floats(reduction, entries)),
        Entries::F32(entries) => Constant::F32(narrow_floats(reduction, entries)),
        Entries::I64(entries) => Constant::I64(integers(reduction, entries)),
        Entries::Bool(entries) => Constant::Bool(truths(reduction, entries)),
    }
}

fn floats(reduction: Reduction, entries: &[f64]) -> f64 {
    let entries_of = || entries.iter().copied();
    match reduction {
        Reduction::Add => order::reduce(operators::add, 0.0, entries_of()),
        Reduction::Mul => order::reduce(operators::mul, 1.0, entries_of()),
        Reduction::Min => order::reduce(operators::minimum, f64::INFINITY, entries_of()),
        Reduction::Max => order::reduce(operators::maximum, f64::NEG_INFINITY, entries_of()),
        Reduction::LogSumExp => logsumexp(entries),
        Reduction::And | Reduction::Or => panic!("`{}` of floats", reduction.name()),
    }
}

/// Sums and products are rounded to f32 at each step; the rest goes through f64.
fn narrow_floats(reduction: Reduction, entries: &[f32]) -> f32 {
    match reduction {
        Reduction::Add => order::reduce(|a, b| a + b, 0.0, entries.iter().copied()),
        Reduction::Mul => order::reduce(|a, b| a * b, 1.0, entries.iter().copied()),
        _ => floats(reduction, &entries.iter().copied().map(f64::from).collect::<Vec<f64>>()) as f32,
    }
}

fn integers(reduction: Reduction, entries: &[i64]) -> i64 {
    let entries = entries.iter().copied();
    match reduction {
        Reduction::Add => order::reduce(operators::add_integer, 0, entries),
        Reduction::Mul => order::reduce(operators::mul_integer, 1, entries),
        Reduction::Min => order::reduce(operators::minimum_integer, i64::MAX, entries),
        Reduction::Max => order::reduce(operators::maximum_integer, i64::MIN, entries),
        Reduction::LogSumExp | Reduction::And | Reduction::Or => panic!("`{}` of integers", reduction.name()),
    }
}

fn truths(reduction: Reduction, entries: &[bool]) -> bool {
    match reduction {
        Reduction::And => entries.iter().all(|entry| *entry),
        Reduction::Or => entries.iter().any(|entry| *entry),
        _ => panic!("`{}` of truth values", reduction.name()),
    }
}
