//! `gradient(e, at = r)`: an estimate of the gradient, as what is drawn.

use super::batch::{Batch, mean};
use crate::ir::kind::Derivation;
use crate::ir::{Kind, Type, Value};
use crate::lower::{Compound, Lowered, Lowerer, rebuilt};
use crate::typed::tree::{Param, Used};
use crate::typed::types;

/// A draw of the gradient in the parameters themselves: a record of this type.
pub fn gradient<'p>(lowerer: &mut Lowerer<'p>, used: &'p Used, ty: &types::Type) -> Lowered<Compound> {
    let params: Vec<&Param> = used.params.iter().map(|position| &lowerer.program.params[*position]).collect();
    let values = points(lowerer, used, &params)?;
    let count = match used.option("batch") {
        Some(batch) => lowerer.value(batch)?,
        None => lowerer.builder.i64(1),
    };
    let types: Vec<Type> = values.iter().map(|value| lowerer.builder.type_of(*value).clone()).collect();
    let seed = lowerer.words()[0];
    let given = [types.as_slice(), &[Type::i64(), Type::i64()]].concat();
    let of = lowerer.outlined("gradient", given, |lowerer, given| {
        let (values, rest) = given.split_at(params.len());
        lowerer.apart(|lowerer| {
            let variables = params.iter().map(|param| param.variable);
            lowerer.variables.extend(variables.zip(values.iter().copied()));
            let batch = Batch { objective: &used.objective, seed: rest[0], count: rest[1], average: None };
            Ok(vec![mean(lowerer, batch)?.value])
        })
    })?;
    let active = (0..params.len() + 2 + of.captures.len()).map(|position| position < params.len()).collect();
    let derivation = Derivation { function: of.function, sizes: lowerer.own_sizes(), active };
    let one = lowerer.builder.f64(1.0);
    let operands = [values, vec![seed, count], of.captures, vec![one]].concat();
    let types = [vec![Type::f64()], types].concat();
    let found = lowerer.builder.derive(Kind::Vjp, derivation, &operands, types);
    Ok(rebuilt(ty, &mut found[1..].iter().copied()))
}

/// Where the gradient is taken: at the values of a record, else at those that the parameters have here.
fn points<'p>(lowerer: &mut Lowerer<'p>, used: &'p Used, params: &[&'p Param]) -> Lowered<Vec<Value>> {
    let given = match used.option("at") {
        Some(at) => Some((lowerer.compound(at)?, &at.ty)),
        None => None,
    };
    let point = |param: &&Param| {
        let name = &*lowerer.program.variables[param.variable.0 as usize].name;
        let path: Vec<&str> = param.owner.as_deref().into_iter().chain([name]).collect();
        let found =
            given.as_ref().and_then(|(record, ty)| crate::model::values::find(record, ty, &path.join(".")));
        match found.or_else(|| lowerer.variables.get(&param.variable).copied()) {
            Some(value) => value,
            None => lowerer.input(param.variable).value(),
        }
    };
    Ok(params.iter().map(point).collect())
}
