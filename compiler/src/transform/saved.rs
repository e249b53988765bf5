//! What reverse mode keeps between the values and the cotangents, rule by rule.

use crate::ir::{Block, Dimension, Element, Function, Type, Value};
use rustc_hash::FxHashSet;

/// The rule by which something is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The states before each step of a `scan`.
    States,
    /// The states before each segment of a `scan`, and inside the segment that is re-executed.
    Segments,
    /// Slots of a `while`.
    Slots,
    /// Results of whole-array rows inside a `map`.
    Row,
}

/// One array that is saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// By which rule.
    pub rule: Rule,
    /// Its type.
    pub of: Type,
    /// Whether it stands inside a region: kept for one round at a time.
    pub inside: bool,
}

impl Saved {
    /// Bytes it takes for these sizes, or none where a run-time count decides.
    pub fn bytes(&self, sizes: &[i64]) -> Option<u64> {
        bytes(&self.of, sizes)
    }
}

/// Bytes of a value of this type for these sizes.
pub(super) fn bytes(of: &Type, sizes: &[i64]) -> Option<u64> {
    let entry = match of.element {
        Element::F64 | Element::I64 => 8,
        Element::F32 => 4,
        Element::Bool => 1,
    };
    of.shape.iter().try_fold(entry, |product: u64, dimension| match dimension {
        Dimension::Size(size) => {
            // Only a polynomial without sizes may be asked for with none.
            let extent = if sizes.is_empty() { size.as_constant() } else { size.evaluate(sizes) }?;
            product.checked_mul(u64::try_from(extent).ok()?)
        }
        Dimension::Run => None,
    })
}

/// What of the given list is still in the function.
pub(super) fn report(function: &Function, saved: &[(Rule, Value)]) -> Vec<Saved> {
    let mut defined = FxHashSet::default();
    define(&function.body, &mut defined);
    let outermost: FxHashSet<Value> =
        function.body.operations.iter().flat_map(|operation| &operation.results).copied().collect();
    let kept = saved.iter().filter(|(_, value)| defined.contains(value));
    let report = kept.map(|(rule, value)| Saved {
        rule: *rule,
        of: function.type_of(*value).clone(),
        inside: !outermost.contains(value),
    });
    report.collect()
}

fn define(block: &Block, defined: &mut FxHashSet<Value>) {
    for operation in &block.operations {
        defined.extend(&operation.results);
        operation.regions.iter().for_each(|region| define(region, defined));
    }
}
