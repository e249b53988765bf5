//! Brings reads of sites to the terms that use them.
//!
//! What disappears: arrays made entry by entry from a site (`let m = mu[z]`) that are only read entry by entry, and
//! rows of a site that are only indexed further. What appears: the entry's own code where it is read.

use crate::ir::{Builder, Function, Kind, Operation, Value};
use crate::transform::rebuild::{Rebuild, rewrite};
use rustc_hash::{FxHashMap, FxHashSet};
use std::convert::Infallible;

/// Values that depend on one of these, directly or through others.
pub fn dependent(function: &Function, on: &[Value]) -> FxHashSet<Value> {
    let mut found: FxHashSet<Value> = on.iter().copied().collect();
    spread(&function.body.operations, &mut found);
    found
}

fn spread(operations: &[Operation], found: &mut FxHashSet<Value>) {
    for operation in operations {
        if !operation.reads().any(|value| found.contains(&value)) {
            continue;
        }
        found.extend(&operation.results);
        for region in &operation.regions {
            let states = match operation.kind {
                Kind::Map(_) | Kind::Reduce(..) => region.parameters.len(),
                Kind::Scan { .. } => 1,
                _ => 0,
            };
            found.extend(&region.parameters[states..]);
            spread(&region.operations, found);
        }
    }
}

/// Rewrites a function so that its terms read entries of the sites themselves.
pub fn expose(function: &Function, sites: &[Value]) -> Function {
    let dependent = dependent(function, sites);
    let mut pass = Expose { sites, rows: FxHashMap::default() };
    pass.collect(function, &function.body.operations, &dependent);
    pass.keep_whole(&function.body.operations);
    pass.rows.retain(|value, _| !function.body.results.contains(value));
    let result = rewrite::<Infallible>(function, &mut |builder, rebuild, operation| {
        Ok(pass.rule(builder, rebuild, operation))
    });
    result.unwrap_or_else(|never| match never {})
}

struct Expose<'a> {
    sites: &'a [Value],
    /// Arrays whose entries are made where they are read, with what makes them and how many indices that takes.
    rows: FxHashMap<Value, (&'a Operation, usize)>,
}

impl<'a> Expose<'a> {
    fn collect(&mut self, function: &Function, operations: &'a [Operation], dependent: &FxHashSet<Value>) {
        for operation in operations {
            operation.regions.iter().for_each(|region| self.collect(function, &region.operations, dependent));
            let depth = match &operation.kind {
                Kind::Map(bounds) => bounds.len(),
                Kind::Index(_) if self.sites.contains(&operation.operands[0]) => {
                    function.type_of(operation.results[0]).rank()
                }
                _ => 0,
            };
            if depth > 0 {
                let results = operation.results.iter().filter(|value| dependent.contains(value));
                self.rows.extend(results.map(|value| (*value, (operation, depth))));
            }
        }
    }

    /// What is used other than by reading an entry is made as before.
    fn keep_whole(&mut self, operations: &[Operation]) {
        for operation in operations {
            for (position, value) in operation.operands.iter().enumerate() {
                let indexed = matches!(operation.kind, Kind::Index(_)) && position == 0;
                let enough = |(_, depth): &(&Operation, usize)| operation.operands.len() > *depth;
                if !(indexed && self.rows.get(value).is_some_and(enough)) {
                    self.rows.remove(value);
                }
            }
            for region in &operation.regions {
                self.rows.retain(|value, _| !region.results.contains(value));
                self.keep_whole(&region.operations);
            }
        }
    }

    fn rule(
        &self,
        builder: &mut Builder,
        rebuild: &mut Rebuild,
        operation: &Operation,
    ) -> Option<Vec<Value>> {
        let made_elsewhere = |value| self.rows.contains_key(value);
        if !operation.results.is_empty() && operation.results.iter().all(made_elsewhere) {
            // Every use is replaced: the name stands for nothing.
            let types = rebuild.types_of(&operation.results);
            return Some(types.into_iter().map(|of| builder.fresh(of)).collect());
        }
        let base = *operation.operands.first().filter(|_| matches!(operation.kind, Kind::Index(_)))?;
        let (made, depth) = *self.rows.get(&base)?;
        let indices = rebuild.all(&operation.operands[1..]);
        if let Kind::Index(check) = made.kind {
            let outer = rebuild.all(&made.operands);
            let all: Vec<Value> = outer[1..].iter().chain(&indices).copied().collect();
            return Some(vec![builder.index(outer[0], &all, check)]);
        }
        let region = &made.regions[0];
        rebuild.bind_all(&region.parameters, &indices[..depth]);
        let copied = rebuild.operations_by::<Infallible>(builder, region, &mut |builder, rebuild, inner| {
            Ok(self.rule(builder, rebuild, inner))
        });
        copied.unwrap_or_else(|never| match never {});
        let position = made.results.iter().position(|result| *result == base);
        let entry = rebuild.value(region.results[position.expect("the map makes the array")]);
        let Kind::Index(check) = operation.kind else { unreachable!("the operation reads an entry") };
        let rest = &indices[depth..];
        Some(vec![if rest.is_empty() { entry } else { builder.index(entry, rest, check) }])
    }
}
