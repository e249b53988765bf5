//! Functions with their size parameters replaced: by polynomials where they are called, by numbers when bound.

use super::data::{Block, Function};
use super::kind::{Bound, Kind};
use super::size::Polynomial;
use super::types::Type;

impl Function {
    /// The function with its size parameters replaced, now polymorphic in `names`.
    pub fn instantiate(&self, sizes: &[Polynomial], names: Vec<String>) -> Function {
        let mut function = self.clone();
        function.sizes = names;
        function.types.iter_mut().for_each(|of| *of = of.substitute(sizes));
        substitute_block(&mut function.body, sizes);
        function
    }

    /// The function for these sizes: no size parameter is left.
    pub fn with_sizes(&self, sizes: &[i64]) -> Function {
        let sizes: Vec<Polynomial> = sizes.iter().map(|size| Polynomial::constant(*size)).collect();
        self.instantiate(&sizes, Vec::new())
    }
}

fn substitute_block(block: &mut Block, sizes: &[Polynomial]) {
    for operation in &mut block.operations {
        substitute_kind(&mut operation.kind, sizes);
        operation.regions.iter_mut().for_each(|region| substitute_block(region, sizes));
    }
}

fn substitute_kind(kind: &mut Kind, sizes: &[Polynomial]) {
    let all = |polynomials: &mut [Polynomial]| {
        polynomials.iter_mut().for_each(|polynomial| *polynomial = polynomial.substitute(sizes));
    };
    let bound = |bound: &mut Bound| {
        if let Bound::Size(size) = bound {
            *size = size.substitute(sizes);
        }
    };
    match kind {
        Kind::Size(size) => *size = size.substitute(sizes),
        Kind::View(view) => {
            all(&mut view.shape);
            all(&mut view.strides);
            view.offset = view.offset.substitute(sizes);
        }
        Kind::Map(bounds) | Kind::Reduce(_, bounds) => bounds.iter_mut().for_each(bound),
        Kind::Scan { bound: steps, .. } => bound(steps),
        Kind::Accumulate(sums) => {
            sums.iter_mut().for_each(|of: &mut Type| *of = of.substitute(sizes));
        }
        Kind::Call { sizes: passed, .. } => all(passed),
        Kind::Jvp(derivation) | Kind::Vjp(derivation) => all(&mut derivation.sizes),
        Kind::Custom(custom) => all(&mut custom.sizes),
        Kind::Linear(pair) => all(&mut pair.sizes),
        Kind::Constant(_)
        | Kind::Primitive(_)
        | Kind::Index(_)
        | Kind::Length(_)
        | Kind::While { .. }
        | Kind::If
        | Kind::AddTo
        | Kind::Contract(_)
        | Kind::Cholesky
        | Kind::TriangularSolve(_)
        | Kind::Bits { .. }
        | Kind::Stop
        | Kind::Demand(_)
        | Kind::Sample(_)
        | Kind::Score
        | Kind::Track(_)
        | Kind::Expect => {}
    }
}
