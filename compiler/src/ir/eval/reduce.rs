//! Reductions in their defined order: 32 interleaved partial results, then a tree by halving.

use crate::ir::datum::Entries;
use crate::ir::kind::{Constant, Reduction};
use crate::ir::types::Element;
use crate::primitive::Primitive;

/// Number of interleaved partial results.
const PARTIALS: usize = 32;

/// The entries combined; of none, the neutral element.
pub(super) fn reduce(reduction: Reduction, entries: &Entries) -> Constant {
    let element = entries.element();
    let scalars = (0..entries.len()).map(|position| entries.get(position));
    match reduction {
        Reduction::LogSumExp => log_sum_exp(entries),
        _ => combine(reduction.name(), neutral(reduction, element), scalars),
    }
}

fn combine(name: &str, neutral: Constant, scalars: impl Iterator<Item = Constant>) -> Constant {
    let evaluate = Primitive::named(name).row().evaluate;
    let mut partials = [neutral; PARTIALS];
    for (position, scalar) in scalars.enumerate() {
        let partial = &mut partials[position % PARTIALS];
        *partial = evaluate(&[*partial, scalar]);
    }
    let mut width = PARTIALS / 2;
    while width > 0 {
        for position in 0..width {
            partials[position] = evaluate(&[partials[position], partials[position + width]]);
        }
        width /= 2;
    }
    partials[0]
}

fn neutral(reduction: Reduction, element: Element) -> Constant {
    let number = |x: f64, n: i64| match element {
        Element::F64 => Constant::F64(x),
        Element::F32 => Constant::F32(x as f32),
        Element::I64 => Constant::I64(n),
        Element::Bool => Constant::Bool(n != 0),
    };
    match reduction {
        Reduction::Add | Reduction::Or => number(0.0, 0),
        Reduction::Mul | Reduction::And => number(1.0, 1),
        Reduction::Min => number(f64::INFINITY, i64::MAX),
        Reduction::Max | Reduction::LogSumExp => number(f64::NEG_INFINITY, i64::MIN),
    }
}

/// `max + log(sum(exp(x - max)))`; an infinite greatest entry is the result.
fn log_sum_exp(entries: &Entries) -> Constant {
    let apply = |name: &str, operands: &[Constant]| (Primitive::named(name).row().evaluate)(operands);
    let scalars = || (0..entries.len()).map(|position| entries.get(position));
    let greatest = reduce(Reduction::Max, entries);
    let infinite = match greatest {
        Constant::F64(x) => x.is_infinite(),
        Constant::F32(x) => x.is_infinite(),
        Constant::I64(_) | Constant::Bool(_) => false,
    };
    if infinite {
        return greatest;
    }
    let shifted = scalars().map(|scalar| apply("exp", &[apply("sub", &[scalar, greatest])]));
    let sum = combine("add", neutral(Reduction::Add, entries.element()), shifted);
    apply("add", &[greatest, apply("log", &[sum])])
}
