//! Sites: each defined once on every path, alike on both sides of an `if`, none in a `while`.

use crate::ir::data::{Block, Function};
use crate::ir::kind::Kind;
use crate::ir::types::Type;
use std::collections::BTreeMap;

/// Each site's type and number of indices.
type Sites = BTreeMap<String, (Type, usize)>;

/// Checks the function's sites.
pub(super) fn once(function: &Function) -> Result<(), String> {
    sites(function, &function.body).map(|_| ())
}

fn sites(function: &Function, block: &Block) -> Result<Sites, String> {
    let mut all = Sites::new();
    for operation in &block.operations {
        let regions = operation.regions.iter().map(|region| sites(function, region));
        let regions = regions.collect::<Result<Vec<Sites>, String>>()?;
        let new = match (&operation.kind, regions.as_slice()) {
            (Kind::Sample(sample), _) => {
                let Some(result) = operation.results.first() else { continue };
                let entry = (function.type_of(*result).clone(), sample.indices);
                Sites::from([(sample.site.clone(), entry)])
            }
            (Kind::If, [yes, no]) if yes != no => {
                return Err("the sides of an `if` have different sites, or of different types".into());
            }
            (Kind::If, [yes, _]) => yes.clone(),
            (Kind::While { .. }, regions) if regions.iter().any(|region| !region.is_empty()) => {
                return Err("a `while` has a site inside".into());
            }
            (Kind::Expect, _) if weighted(&operation.regions[0]) => {
                return Err("an `expect` has a score inside".into());
            }
            (_, regions) => regions.iter().flat_map(|region| region.clone()).collect(),
        };
        for (name, entry) in new {
            if all.insert(name.clone(), entry).is_some() {
                return Err(format!("site {name} is defined twice"));
            }
        }
    }
    Ok(all)
}

fn weighted(block: &Block) -> bool {
    let inner = |region: &Block| weighted(region);
    block
        .operations
        .iter()
        .any(|operation| operation.kind == Kind::Score || operation.regions.iter().any(inner))
}
