//! Functions and distributions that operations name: they exist, take the operands and give the results.

use super::types::same;
use super::{Context, Violation, of_function};
use crate::ir::data::{Function, Module, Operation, Value};
use crate::ir::kind::{Custom, Derivation, Kind, LinearPair, Sample, Strategy};
use crate::ir::size::Polynomial;
use crate::ir::types::{Dimension, Type};
use rustc_hash::FxHashSet;

/// Types of parameters and of results.
type Signature = (Vec<Type>, Vec<Type>);

/// Operations that name functions agree with their signatures.
pub(super) fn named(context: &Context, operation: &Operation) -> Result<(), String> {
    let module = context.module;
    let expected = match &operation.kind {
        Kind::Call { function, sizes } => signature(module, function, sizes)?,
        Kind::Jvp(derivation) => jvp(module, derivation)?,
        Kind::Vjp(derivation) => vjp(module, derivation)?,
        Kind::Custom(rule) => custom(module, rule)?,
        Kind::Linear(pair) => linear(module, pair)?,
        Kind::Sample(sample) => sampled(context, operation, sample)?,
        _ => return Ok(()),
    };
    if !operation.regions.is_empty() {
        return Err("it takes no regions".into());
    }
    same(context.function, &expected.0, &operation.operands, "operand")?;
    same(context.function, &expected.1, &operation.results, "result")
}

/// A function's signature at these sizes.
fn signature(module: &Module, name: &str, sizes: &[Polynomial]) -> Result<Signature, String> {
    let function = module.functions.get(name).ok_or_else(|| format!("there is no @{name}"))?;
    if function.sizes.len() != sizes.len() {
        return Err(format!("@{name} has {} sizes, not {}", function.sizes.len(), sizes.len()));
    }
    let known = |value: &Value| (value.0 as usize) < function.types.len();
    if !function.body.parameters.iter().chain(&function.body.results).all(known) {
        return Err(format!("@{name} is broken itself"));
    }
    let parameters = function.parameter_types().map(|of| of.substitute(sizes)).collect();
    Ok((parameters, function.result_types().map(|of| of.substitute(sizes)).collect()))
}

fn floats(types: &[Type]) -> Vec<Type> {
    types.iter().filter(|of| of.is_float()).cloned().collect()
}

/// The arguments with a tangent or cotangent.
fn active(derivation: &Derivation, parameters: &[Type]) -> Result<Vec<Type>, String> {
    if derivation.active.len() != parameters.len() {
        return Err("each parameter is active or not".into());
    }
    let chosen = parameters.iter().zip(&derivation.active).filter(|(_, active)| **active);
    let chosen: Vec<Type> = chosen.map(|(of, _)| of.clone()).collect();
    if chosen.iter().all(Type::is_float) { Ok(chosen) } else { Err("only floats can be active".into()) }
}

fn jvp(module: &Module, derivation: &Derivation) -> Result<Signature, String> {
    let (parameters, results) = signature(module, &derivation.function, &derivation.sizes)?;
    let tangents = active(derivation, &parameters)?;
    let out = floats(&results);
    Ok(([parameters, tangents].concat(), [results, out].concat()))
}

fn vjp(module: &Module, derivation: &Derivation) -> Result<Signature, String> {
    let (parameters, results) = signature(module, &derivation.function, &derivation.sizes)?;
    let cotangents = active(derivation, &parameters)?;
    let into = floats(&results);
    Ok(([parameters, into].concat(), [results, cotangents].concat()))
}

fn custom(module: &Module, rule: &Custom) -> Result<Signature, String> {
    let (parameters, results) = signature(module, &rule.function, &rule.sizes)?;
    let forward = ([parameters.clone(), floats(&parameters)].concat(), floats(&results));
    if signature(module, &rule.jvp, &rule.sizes)? != forward {
        return Err(format!("@{} is no forward rule of @{}", rule.jvp, rule.function));
    }
    if let Some(adjoint) = &rule.adjoint {
        let reverse = ([parameters.clone(), floats(&results)].concat(), floats(&parameters));
        if signature(module, adjoint, &rule.sizes)? != reverse {
            return Err(format!("@{adjoint} is no reverse rule of @{}", rule.function));
        }
    }
    Ok((parameters, results))
}

fn linear(module: &Module, pair: &LinearPair) -> Result<Signature, String> {
    let (parameters, results) = signature(module, &pair.apply, &pair.sizes)?;
    let Some(others) = parameters.len().checked_sub(pair.linear) else {
        return Err("it is linear in more operands than it has".into());
    };
    let (others, inputs) = parameters.split_at(others);
    let transposed = ([others, &results[..]].concat(), inputs.to_vec());
    if signature(module, &pair.transpose, &pair.sizes)? != transposed {
        return Err(format!("@{} is no transpose of @{}", pair.transpose, pair.apply));
    }
    if inputs.iter().chain(&results).any(|of| !of.is_float()) {
        return Err("a linear operator maps floats to floats".into());
    }
    Ok((parameters, results))
}

/// A sample takes what its distribution's functions take, and gives what `sample` gives.
fn sampled(context: &Context, operation: &Operation, sample: &Sample) -> Result<Signature, String> {
    let name = &sample.distribution;
    let distribution = context.module.distributions.get(name);
    let distribution = distribution.ok_or_else(|| format!("there is no distribution @{name}"))?;
    let draw = context.module.functions.get(&distribution.sample);
    let draw = draw.ok_or_else(|| format!("there is no @{}", distribution.sample))?;
    let count = draw.parameters.len().saturating_sub(2);
    let given = operation.operands.iter().take(count).map(|value| context.function.type_of(*value).clone());
    let given: Vec<Type> = given.collect();
    let sizes = sizes_from(draw, &given);
    let sizes = sizes.ok_or_else(|| format!("the arguments do not decide the sizes of @{name}"))?;
    let (parameters, results) = signature(context.module, &distribution.sample, &sizes)?;
    let mut operands = parameters[..count].to_vec();
    operands.extend(std::iter::repeat_n(Type::i64(), sample.indices));
    match sample.strategy {
        Some(strategy) if !distribution.has(strategy) => {
            return Err(format!("@{name} has no {} strategy", strategy.name()));
        }
        Some(Strategy::Reinforce { baseline: true }) => operands.push(Type::f64()),
        _ => {}
    }
    Ok((operands, results))
}

/// The sizes of a function whose parameters have every size as the extent of some axis.
fn sizes_from(function: &Function, arguments: &[Type]) -> Option<Vec<Polynomial>> {
    let mut sizes = vec![None; function.sizes.len()];
    for (of, argument) in function.parameter_types().zip(arguments) {
        for pair in of.shape.iter().zip(&argument.shape) {
            let (Dimension::Size(size), Dimension::Size(extent)) = pair else { continue };
            if let Some(slot) = size.as_variable().and_then(|variable| sizes.get_mut(variable.0 as usize)) {
                *slot = Some(extent.clone());
            }
        }
    }
    sizes.into_iter().collect()
}

/// The functions of each distribution exist and agree with each other.
pub(super) fn distributions(module: &Module) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, distribution) in &module.distributions {
        let mut wrong = |message: String| violations.push(of_function(name, message));
        let optional = [&distribution.support_size, &distribution.measure_valued];
        let named = [&distribution.log_density, &distribution.sample]
            .into_iter()
            .chain(optional.into_iter().flatten());
        for missing in named.filter(|function| !module.functions.contains_key(*function)) {
            wrong(format!("there is no @{missing}"));
        }
        let shape = |function: &str| {
            let function = module.functions.get(function)?;
            let known = |value: &Value| (value.0 as usize) < function.types.len();
            let all = function.body.parameters.iter().chain(&function.body.results);
            all.clone().all(known).then(|| {
                let of =
                    |values: &[Value]| values.iter().map(|value| function.type_of(*value).clone()).collect();
                (of(&function.body.parameters), of(&function.body.results))
            })
        };
        let density: Option<Signature> = shape(&distribution.log_density);
        let draw: Option<Signature> = shape(&distribution.sample);
        let (Some(density), Some(draw)) = (density, draw) else { continue };
        let [bits @ .., first, second] = draw.0.as_slice() else {
            wrong("its draw takes two random words last".into());
            continue;
        };
        if [first, second] != [&Type::i64(), &Type::i64()] || draw.1.len() != 1 {
            wrong("its draw takes two random words last and gives one value".into());
        }
        if density.0 != [bits, &draw.1[..]].concat() || density.1 != [Type::f64()] {
            wrong("its log density takes the arguments and a draw and gives one f64".into());
        }
    }
    violations
}

/// Functions call each other without going round.
pub(super) fn cycles(module: &Module) -> Vec<Violation> {
    let mut done = FxHashSet::default();
    let mut violations = Vec::new();
    for name in module.functions.keys() {
        if let Some(found) = reaches(module, name, &mut Vec::new(), &mut done) {
            violations.push(of_function(&found, "it calls itself, directly or through others".into()));
        }
    }
    violations
}

/// Follows calls depth first; a name that is met again on the way down is on a cycle.
fn reaches<'a>(
    module: &'a Module,
    name: &'a str,
    path: &mut Vec<&'a str>,
    done: &mut FxHashSet<&'a str>,
) -> Option<String> {
    if path.contains(&name) {
        return Some(name.to_string());
    }
    let function = module.functions.get(name)?;
    if !done.insert(name) {
        return None;
    }
    path.push(name);
    let found = function.body.callees().into_iter().find_map(|callee| reaches(module, callee, path, done));
    path.pop();
    found
}
