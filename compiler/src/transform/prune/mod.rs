//! Pruning: what no result needs is dropped.
//!
//! What disappears: dead operations, unused results of regions, states of loops that nothing reads (and that feed
//! only themselves), sums that nothing reads and every `add` to them, checkpoint slots that nothing reads. What
//! appears: nothing. Operations of the site dialect stay: they stand for effects.

mod live;
mod sweep;

use crate::ir::Function;

/// Prunes in place.
pub fn prune(function: &mut Function) {
    let mut body = std::mem::take(&mut function.body);
    let live = live::Live::of(&function.types, &body);
    sweep::Sweep::new(&live).block(&mut body);
    body.captures.clear();
    function.body = body;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::kind::Check;
    use crate::ir::{Binding, Bound, Builder, Element, Kind, Operation, Type};

    #[test]
    fn a_state_that_feeds_only_itself_disappears() {
        let mut builder = Builder::new("f", Vec::new());
        let x = builder.parameter(Type::f64(), Binding::Live);
        let results = builder.scan(Bound::Size(9.into()), None, &[x, x], false, |builder, _, states| {
            let (sum, product) = (builder.add(states[0], x), builder.mul(states[1], x));
            vec![sum, product, sum, product]
        });
        let mut function = builder.finish(vec![results[2]]);
        prune(&mut function);
        let scan = &function.body.operations[0];
        assert_eq!(scan.results.len(), 2);
        assert_eq!(scan.regions[0].operations.len(), 1);
    }

    #[test]
    fn a_sum_that_is_not_read_goes_with_its_adds() {
        let mut builder = Builder::new("f", Vec::new());
        let x = builder.parameter(Type::array(Element::F64, vec![4.into()]), Binding::Live);
        let array = builder.type_of(x).clone();
        let sums = builder.accumulate(vec![array.clone(), array], |builder, sums| {
            builder.map(vec![Bound::Size(4.into())], vec![], |builder, index| {
                let entry = builder.index(x, index, Check::Proved);
                sums.iter().for_each(|sum| builder.add_to(*sum, index, entry));
                vec![]
            });
            vec![]
        });
        let mut function = builder.finish(vec![sums[1]]);
        prune(&mut function);
        let accumulate = &function.body.operations[0];
        assert_eq!(accumulate.results.len(), 1);
        let adds = |operation: &&Operation| operation.kind == Kind::AddTo;
        assert_eq!(accumulate.regions[0].operations[0].regions[0].operations.iter().filter(adds).count(), 1);
    }
}
