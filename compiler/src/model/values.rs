//! Models inside expressions: their log density at values of their sites, and their sites as draws of an expectation.

use super::density::Density;
use super::peel::{Peeled, peel};
use crate::ir::Value;
use crate::lower::{Compound, Lowered, Lowerer, unsupported};
use crate::typed::Range;
use crate::typed::tree::{Expr, Variable};
use crate::typed::types::{Element, Type};
use rustc_hash::FxHashMap;

/// `log_density(m, z)`: of values for the latent sites, without Jacobians.
pub fn log_density_at<'p>(lowerer: &mut Lowerer<'p>, model: &'p Expr, value: &'p Expr) -> Lowered<Value> {
    let values = lowerer.compound(value)?;
    let program = lowerer.program;
    let peeled = peel(program, model)?;
    if !peeled.out.is_empty() || peeled.given.iter().any(|condition| !condition.indices.is_empty()) {
        let what = "the density, at given values, of a model whose sites are summed out or given in part";
        return Err(unsupported(model.span, what));
    }
    lowerer.apart(|lowerer| {
        let Peeled { model, .. } = peeled;
        let mut ranges: FxHashMap<Variable, Range> = bind(lowerer, &peeled)?;
        for site in &model.sites {
            if ranges.contains_key(&site.variable) {
                continue;
            }
            let name = &program.variables[site.variable.0 as usize].name;
            let (found, ty) = field(&values, &value.ty, name);
            ranges.insert(site.variable, ty.element.range());
            lowerer.bind(site.variable, found.clone());
        }
        let mut density = Density::at(lowerer.lent(), ranges);
        let total = density.body(&model.body);
        *lowerer = density.lowerer;
        total
    })
}

/// Binds a model's sizes and arguments, and its sites that are given; gives the ranges of those.
pub(super) fn bind<'p>(
    lowerer: &mut Lowerer<'p>,
    peeled: &Peeled<'p>,
) -> Lowered<FxHashMap<Variable, Range>> {
    let Peeled { model, sizes, arguments, .. } = peeled;
    lowerer.bind_sizes(&model.sizes, sizes);
    lowerer.bind_arguments(&model.parameters, arguments, &[])?;
    let mut ranges = FxHashMap::default();
    for (site, value) in peeled.whole(lowerer.program) {
        let given = lowerer.value(value)?;
        lowerer.variables.insert(site, given);
        ranges.insert(site, value.ty.element.range());
    }
    Ok(ranges)
}

/// The number or array of a record by its path; none if it has no such part.
pub(super) fn find(values: &Compound, ty: &Type, path: &str) -> Option<Value> {
    let (own, rest) = path.split_once('.').map_or((path, None), |(own, rest)| (own, Some(rest)));
    let Element::Record(fields) = &ty.element else { return None };
    let (_, ty) = fields.iter().find(|(name, _)| **name == *own)?;
    match rest {
        Some(rest) => find(values.field(own), ty, rest),
        None => Some(values.field(own).value()),
    }
}

/// A part of a record by its path, with its type.
///
/// # Panics
/// If there is none: the checker asks for every site.
fn field<'v>(values: &'v Compound, ty: &'v Type, path: &str) -> (&'v Compound, &'v Type) {
    let (own, rest) = path.split_once('.').map_or((path, None), |(own, rest)| (own, Some(rest)));
    let Element::Record(fields) = &ty.element else { panic!("a draw of a model is a record") };
    let (_, ty) = fields.iter().find(|(name, _)| **name == *own).expect("the checker asks for every site");
    let found = values.field(own);
    rest.map_or((found, ty), |rest| field(found, ty, rest))
}
