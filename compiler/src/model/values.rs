//! Models inside expressions: their log density at values of their sites, and their sites as draws of an expectation.

use super::density::{Density, site_of};
use super::marginal::Joint;
use super::peel::{Peeled, peel};
use super::summed::{refused, states};
use crate::ir::{Binding, Builder, Kind, Type, Value};
use crate::lower::within::Within;
use crate::lower::{Compound, Lowered, Lowerer, unsupported};
use crate::transform::rebuild::Rebuild;
use crate::typed::tree::{Block, Expr, ExprKind, Model, Role, Site, Strategy, Variable};
use crate::typed::types::{self, Element};
use rustc_hash::FxHashMap;

/// `log_density(m, z)`: of values for the latent sites, without Jacobians.
pub fn log_density_at<'p>(lowerer: &mut Lowerer<'p>, model: &'p Expr, value: &'p Expr) -> Lowered<Value> {
    let values = lowerer.compound(value)?;
    let program = lowerer.program;
    let peeled = peel(program, model)?;
    if peeled.given.iter().any(|condition| !condition.indices.is_empty()) {
        let what = "the density, at given values, of a model whose sites are given in part";
        return Err(unsupported(model.span, what));
    }
    let lands = match (&value.kind, &model.ty.element) {
        (ExprKind::Variable(draw), Element::Model(of)) => lowerer.landed.contains(&(*draw, of.model)),
        _ => false,
    };
    lowerer.apart(|lowerer| {
        let mut known = bind(lowerer, &peeled)?;
        let Peeled { model, out, .. } = peeled;
        if lands && by_stl(model).next().is_some() {
            let drawn = model.sites.iter().filter(|site| !known.contains_key(&site.variable)).count();
            if by_stl(model).count() < drawn {
                let what = "a guide some of whose sites are drawn `by stl`, and others not";
                return Err(unsupported(value.span, what));
            }
            stop_parameters(lowerer, model);
        }
        let out: Vec<Variable> = out.iter().filter_map(|name| site_of(model, name, program)).collect();
        for site in &model.sites {
            if known.contains_key(&site.variable) || out.contains(&site.variable) {
                continue;
            }
            let name = &program.variables[site.variable.0 as usize].name;
            let (found, ty) = field(&values, &value.ty, name);
            known.insert(site.variable, lowerer.known_within(&ty.element));
            lowerer.bind(site.variable, found.clone());
        }
        if !out.is_empty() {
            return summed(lowerer, &model.body, known, &out);
        }
        let mut density = Density::at(lowerer.lent(), known);
        let total = density.body(&model.body);
        *lowerer = density.lowerer;
        total
    })
}

/// The sites of a guide that are drawn by `stl`.
fn by_stl(model: &Model) -> impl Iterator<Item = &Site> {
    model.sites.iter().filter(|site| site.strategy == Some(Strategy::Stl))
}

/// Lets the density of a guide not move with its parameters, nor with its arguments.
fn stop_parameters<'p>(lowerer: &mut Lowerer<'p>, model: &'p Model) {
    let program = lowerer.program;
    let of_file = model.uses.iter().copied();
    let params = of_file.filter(|variable| program.variables[variable.0 as usize].role == Role::Param);
    let arguments = model.parameters.iter().map(|parameter| parameter.variable);
    for variable in params.chain(arguments).collect::<Vec<Variable>>() {
        let known = lowerer.variables.get(&variable).copied();
        let Some(value) = known.filter(|value| lowerer.builder.type_of(*value).is_float()) else { continue };
        let stopped = lowerer.builder.push(Kind::Stop, vec![value], Vec::new())[0];
        lowerer.variables.insert(variable, stopped);
    }
}

/// The log density with sites summed out: a call of what is made of the joint one, a function of the values around it.
fn summed<'p>(
    lowerer: &mut Lowerer<'p>,
    body: &'p Block,
    known: FxHashMap<Variable, Within>,
    out: &[Variable],
) -> Lowered<Value> {
    let program = lowerer.program;
    let types = out.iter().map(|site| lowerer.ir_type(&program.variables[site.0 as usize].ty)).collect();
    let sites = lowerer.builder.begin(types);
    lowerer.variables.extend(out.iter().copied().zip(sites.iter().copied()));
    let mut density = Density::at(lowerer.lent(), known);
    let scored = density.statements(body);
    let terms = std::mem::take(&mut density.terms).into_iter().map(|term| term.value).collect();
    *lowerer = density.lowerer;
    let block = lowerer.builder.end(terms);
    scored?;
    let name = lowerer.new_name("density");
    let mut builder = Builder::new(format!("{name}.joint"), lowerer.builder.sizes().to_vec());
    let mut rebuild = Rebuild::over(lowerer.builder.types());
    for value in block.captures.iter().chain(&sites) {
        let copy = builder.parameter(lowerer.builder.type_of(*value).clone(), Binding::Live);
        rebuild.bind(*value, copy);
    }
    rebuild.operations(&mut builder, &block);
    let results = rebuild.all(&block.results);
    let states = out.iter().zip(&sites).map(|(site, value)| states(lowerer, *site, rebuild.value(*value)));
    let joint = Joint::new(builder.finish(results), states.collect());
    let made = joint.density(&name, true).map_err(|refusal| refused(program, out, &refusal))?;
    made.functions.into_iter().for_each(|function| lowerer.module.insert(function));
    let kind = Kind::Call { function: name, sizes: lowerer.own_sizes() };
    Ok(lowerer.builder.push_typed(kind, block.captures, Vec::new(), vec![Type::f64()])[0])
}

/// Binds a model's sizes and arguments, and its sites that are given; gives where those are known to lie.
pub(super) fn bind<'p>(
    lowerer: &mut Lowerer<'p>,
    peeled: &Peeled<'p>,
) -> Lowered<FxHashMap<Variable, Within>> {
    let Peeled { model, sizes, arguments, .. } = peeled;
    lowerer.bind_sizes(&model.sizes, sizes);
    lowerer.bind_arguments(&model.parameters, arguments, &[])?;
    let mut known = FxHashMap::default();
    for (site, value) in peeled.whole(lowerer.program) {
        let given = lowerer.compound(value)?;
        lowerer.bind(site, given);
        known.insert(site, lowerer.known_within(&value.ty.element));
    }
    Ok(known)
}

/// The number or array of a record by its path; none if it has no such part.
pub(super) fn find(values: &Compound, ty: &types::Type, path: &str) -> Option<Value> {
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
fn field<'v>(values: &'v Compound, ty: &'v types::Type, path: &str) -> (&'v Compound, &'v types::Type) {
    let (own, rest) = path.split_once('.').map_or((path, None), |(own, rest)| (own, Some(rest)));
    let Element::Record(fields) = &ty.element else { panic!("a draw of a model is a record") };
    let (_, ty) = fields.iter().find(|(name, _)| **name == *own).expect("the checker asks for every site");
    let found = values.field(own);
    rest.map_or((found, ty), |rest| field(found, ty, rest))
}
