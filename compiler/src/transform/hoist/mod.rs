//! Hoisting: what need not be repeated moves out of what repeats.
//!
//! - [`invariants`]: what does not depend on a region's index or state moves in front of the region.
//! - [`extract`]: inside regions that run at every evaluation, what the data and the indices alone decide becomes a
//!   map over those indices in front of them.
//! - [`split`]: the function falls into its bound slice, which runs once when data are bound, and the live rest,
//!   which takes the slice's results as further bound parameters.
//!
//! Values keep their bits: each is computed by the same operations on the same operands, elsewhere.

mod extract;
mod invariant;
mod split;

pub use extract::extract;
pub use invariant::invariants;
pub(super) use invariant::repeats;
pub use split::{Split, split};

use crate::ir::kind::Check;
use crate::ir::{Block, Kind, Operation, Value};
use crate::primitive::{Instruction, Lower};
use rustc_hash::FxHashSet;

/// Whether an operation may be evaluated where the program would not have: it is [movable] and [harmless].
pub(super) fn speculable(operation: &Operation) -> bool {
    movable(operation) && harmless(operation)
}

/// Whether an operation may be evaluated elsewhere, if the program evaluates it at all: it writes nothing of others and
/// is none of the site dialect.
fn movable(operation: &Operation) -> bool {
    let own: FxHashSet<Value> = operation.regions.iter().flat_map(Block::defined).collect();
    let adds = operation.kind == Kind::AddTo || !operation.regions.iter().all(|region| adds_to(region, &own));
    !adds && !is_site(operation)
}

fn is_site(operation: &Operation) -> bool {
    let itself = matches!(operation.kind, Kind::Sample(_) | Kind::Score | Kind::Track(_) | Kind::Expect);
    itself || operation.regions.iter().flat_map(|region| &region.operations).any(is_site)
}

/// Whether it ends and cannot fail for a division or a demand. That indices stay inside is
/// [`crate::ir::prove::Prover::stands`].
fn harmless(operation: &Operation) -> bool {
    let itself = match &operation.kind {
        Kind::Index(check) => *check == Check::Proved,
        Kind::Primitive(primitive) => !divides(primitive.row().lower),
        Kind::Demand(_) | Kind::While { .. } => false,
        _ => true,
    };
    itself && operation.regions.iter().flat_map(|region| &region.operations).all(harmless)
}

/// Whether all sums that the block adds to are among these.
fn adds_to(block: &Block, own: &FxHashSet<Value>) -> bool {
    block.operations.iter().all(|operation| {
        let added = operation.kind != Kind::AddTo || own.contains(&operation.operands[0]);
        added && operation.regions.iter().all(|region| adds_to(region, own))
    })
}

fn divides(lower: Lower) -> bool {
    matches!(lower, Lower::Instruction(Instruction::FloorDiv | Instruction::FloorMod))
}

/// Whether repeating the operation costs more than reading its result from memory.
pub(super) fn expensive(operation: &Operation) -> bool {
    match &operation.kind {
        Kind::Primitive(primitive) => {
            let lower = primitive.row().lower;
            matches!(
                lower,
                Lower::Kernel(_) | Lower::Draw(_) | Lower::Instruction(Instruction::Div | Instruction::Sqrt)
            )
        }
        Kind::Map(_) | Kind::Reduce(..) | Kind::Scan { .. } | Kind::Accumulate(_) => true,
        Kind::Contract(_) | Kind::Cholesky | Kind::TriangularSolve(_) => true,
        Kind::If => operation.regions.iter().flat_map(|region| &region.operations).any(expensive),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Binding, Bound, Builder, Element, Function, Reduction, Type};
    use crate::transform::prune::prune;

    /// sum_i (log(sigma_i) + x * exp(x)) with sigma bound and x live.
    fn likelihood() -> Function {
        let mut builder = Builder::new("f", Vec::new());
        let sigma = builder.parameter(Type::array(Element::F64, vec![8.into()]), Binding::Bound);
        let x = builder.parameter(Type::f64(), Binding::Live);
        let sum = builder.reduce(Reduction::Add, vec![Bound::Size(8.into())], vec![], |builder, index| {
            let entry = builder.index(sigma, index, Check::Proved);
            let logarithm = builder.primitive("log", &[entry]);
            let growth = builder.primitive("exp", &[x]);
            let product = builder.mul(x, growth);
            vec![builder.add(logarithm, product)]
        });
        builder.finish(sum)
    }

    fn names(function: &Function) -> Vec<String> {
        fn visit(operations: &[Operation], names: &mut Vec<String>) {
            for operation in operations {
                match &operation.kind {
                    Kind::Primitive(primitive) => names.push(primitive.to_string()),
                    Kind::Map(_) => names.push("map".into()),
                    Kind::Reduce(..) => names.push("reduce".into()),
                    _ => {}
                }
                operation.regions.iter().for_each(|region| visit(&region.operations, names));
            }
        }
        let mut names_found = Vec::new();
        visit(&function.body.operations, &mut names_found);
        names_found
    }

    #[test]
    fn invariants_move_in_front_of_the_loop() {
        let mut function = likelihood();
        invariants(&mut function);
        assert_eq!(names(&function), ["exp", "mul", "reduce", "log", "add"]);
    }

    #[test]
    fn what_data_and_indices_decide_is_computed_once() {
        let mut function = likelihood();
        invariants(&mut function);
        extract(&mut function);
        prune(&mut function);
        assert_eq!(names(&function), ["exp", "mul", "map", "log", "reduce", "add"]);
        let parts = split(&function);
        assert_eq!(names(&parts.bound), ["map", "log"]);
        assert_eq!(names(&parts.live), ["exp", "mul", "reduce", "add"]);
        assert_eq!(parts.bound.parameters.len(), 1);
        assert_eq!(parts.live.parameters.len(), 3);
    }

    /// A loop whose length the run knows, around one whose entries data decide, and a term that no index decides.
    #[test]
    fn data_decide_entries_inside_of_loops_that_the_run_bounds() {
        let mut builder = Builder::new("f", Vec::new());
        let sigma = builder.parameter(Type::array(Element::F64, vec![8.into()]), Binding::Bound);
        let scale = builder.parameter(Type::f64(), Binding::Bound);
        let count = builder.parameter(Type::i64(), Binding::Live);
        let sum = builder.reduce(Reduction::Add, vec![Bound::Run], vec![count], |builder, outer| {
            let x = builder.primitive("int_to_float", &[outer[0]]);
            let root = builder.primitive("sqrt", &[scale]);
            let inner =
                builder.reduce(Reduction::Add, vec![Bound::Size(8.into())], vec![], |builder, index| {
                    let entry = builder.index(sigma, index, Check::Proved);
                    let logarithm = builder.primitive("log", &[entry]);
                    vec![builder.mul(x, logarithm)]
                });
            vec![builder.mul(inner[0], root)]
        });
        let mut function = builder.finish(sum);
        extract(&mut function);
        prune(&mut function);
        assert_eq!(
            names(&function),
            ["map", "log", "sqrt", "reduce", "int_to_float", "reduce", "mul", "mul"]
        );
        assert_eq!(names(&split(&function).bound), ["map", "log", "sqrt"]);
    }

    #[test]
    fn a_loop_that_may_not_end_leaves_only_loops_that_run() {
        for (runs, expected) in [(3, "while"), (0, "map")] {
            let mut builder = Builder::new("f", Vec::new());
            let x = builder.parameter(Type::f64(), Binding::Live);
            let limit = builder.i64(9);
            let halves = builder.map(vec![Bound::Size(runs.into())], vec![], |builder, _| {
                let condition = builder.region(vec![Type::f64()], |builder, state| {
                    vec![builder.primitive("lt", &[x, state[0]])]
                });
                let step = builder
                    .region(vec![Type::f64()], |builder, state| vec![builder.primitive("sqrt", &[state[0]])]);
                let kind = Kind::While { slots: None };
                vec![builder.push(kind, vec![limit, x], vec![condition, step])[0]]
            });
            let mut function = builder.finish(halves);
            invariants(&mut function);
            let kind = match &function.body.operations[1].kind {
                Kind::While { .. } => "while",
                Kind::Map(_) => "map",
                other => panic!("{other:?}"),
            };
            assert_eq!(kind, expected);
        }
    }

    #[test]
    fn what_may_fail_stays_behind_what_may_fail_before_it() {
        let mut builder = Builder::new("f", Vec::new());
        let n = builder.parameter(Type::i64(), Binding::Live);
        let sums = builder.map(vec![Bound::Size(3.into())], vec![], |builder, i| {
            let first = builder.primitive("floor_div", &[n, n]);
            let own = builder.primitive("floor_div", &[n, i[0]]);
            let last = builder.primitive("floor_mod", &[n, n]);
            let sum = builder.add(first, own);
            vec![builder.add(sum, last)]
        });
        let mut function = builder.finish(sums);
        invariants(&mut function);
        assert_eq!(names(&function), ["floor_div", "map", "floor_div", "floor_mod", "add", "add"]);
    }

    #[test]
    fn a_division_that_may_fail_stays_where_the_program_put_it() {
        let mut builder = Builder::new("f", Vec::new());
        let n = builder.parameter(Type::i64(), Binding::Live);
        let quotients = builder.map(vec![Bound::Size(0.into())], vec![], |builder, _| {
            vec![builder.primitive("floor_div", &[n, n])]
        });
        let mut function = builder.finish(quotients);
        invariants(&mut function);
        assert_eq!(names(&function), ["map", "floor_div"]);
    }
}
