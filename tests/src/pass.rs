//! Every pass of the compiler as a row, and the laws of a pass: what it leaves verifies,
//! reads back as printed, and has the same results.

use crate::gap::{direction, flat, greatest};
use crate::native::{self, alike};
use crate::program::{Program, run};
use ansatz_compiler::ir::{Binding, Datum, Function, Module, Stage, read, verify};
use ansatz_compiler::transform::distribute::distribute;
use ansatz_compiler::transform::hoist::{extract, invariants, split};
use ansatz_compiler::transform::{
    multiply_add::multiply_add, prune::prune, regroup::regroup, share::share, simplify::simplify,
};

/// One pass.
pub struct Pass {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub apply: fn(&mut Function),
    /// Whether it may round otherwise; then results agree to 1e-9, else to the bit.
    pub reassociates: bool,
}

/// All passes, in the order of the pipeline.
pub const PASSES: &[Pass] = &[
    Pass { name: "simplify", apply: simplify, reassociates: false },
    Pass { name: "share", apply: share, reassociates: false },
    Pass { name: "invariants", apply: invariants, reassociates: false },
    Pass { name: "extract", apply: extract, reassociates: false },
    Pass { name: "prune", apply: prune, reassociates: false },
    Pass { name: "distribute", apply: distribute, reassociates: true },
    Pass { name: "regroup", apply: regroup, reassociates: true },
    Pass { name: "multiply_add", apply: multiply_add, reassociates: true },
];

/// What a pass did wrong to a function at these arguments, if anything.
pub fn fault(pass: &Pass, function: &Function, sizes: &[i64], arguments: &[Datum]) -> Option<String> {
    let expected = run(function, sizes, arguments);
    let mut changed = function.clone();
    (pass.apply)(&mut changed);
    if let Some(fault) = unsound(&changed) {
        return Some(format!("{}: {fault}", pass.name));
    }
    let found = run(&changed, sizes, arguments);
    let equal = match pass.reassociates {
        true => {
            let finite = |data: &[Datum]| flat(data).iter().all(|x| x.is_finite());
            !finite(&expected) || greatest(&flat(&expected), &flat(&found)) < 1e-9
        }
        false => alike(&expected, &found),
    };
    (!equal).then(|| format!("{}: {expected:?} became {found:?}\n{function}\n{changed}", pass.name))
}

/// What is wrong with the text of a function, if anything: it must read back as itself.
pub fn unreadable(function: &Function) -> Option<String> {
    let mut module = Module::default();
    module.insert(function.clone());
    let text = module.to_string();
    match read(&text) {
        Err(error) => Some(format!("does not read back: {error}\n{text}")),
        Ok(back) => (back.to_string() != text).then(|| format!("reads back as another\n{text}\n{back}")),
    }
}

/// What is wrong with a resolved function by the verifier or as text, if anything.
pub fn unsound(function: &Function) -> Option<String> {
    let mut module = Module::default();
    module.insert(function.clone());
    match verify(&module, Stage::Resolved) {
        Err(violations) => Some(format!("{violations}\n{function}")),
        Ok(()) => unreadable(function),
    }
}

/// What the split by binding time does wrong: the live part, given what the bound part makes, is the whole.
pub fn split_fault(function: &Function, sizes: &[i64], arguments: &[Datum]) -> Option<String> {
    let expected = run(function, sizes, arguments);
    let parts = split(function);
    let pairs = arguments.iter().zip(&function.parameters);
    let given = pairs.filter(|(_, parameter)| parameter.binding == Binding::Bound);
    let given: Vec<Datum> = given.map(|(datum, _)| datum.clone()).collect();
    let made = run(&parts.bound, sizes, &given);
    let found = run(&parts.live, sizes, &[arguments, made.as_slice()].concat());
    let equal = alike(&expected, &found);
    (!equal).then(|| format!("split: {expected:?} became {found:?}\n{}\n{}", parts.bound, parts.live))
}

/// Everything that a program, its passes or its native code may do wrong.
pub fn faults(program: &Program) -> Option<String> {
    let function = program.resolved();
    let (sizes, arguments) = (&program.sizes, &program.arguments);
    if let Some(fault) = unsound(&function) {
        return Some(fault);
    }
    let single = PASSES.iter().find_map(|pass| fault(pass, &function, sizes, arguments));
    single
        .or_else(|| split_fault(&function, sizes, arguments))
        .or_else(|| native_fault(&function, sizes, arguments))
        .or_else(|| in_turn(&function, sizes, arguments))
}

/// The passes one after the other, each on what the one before left, and native code of the last.
fn in_turn(function: &Function, sizes: &[i64], arguments: &[Datum]) -> Option<String> {
    let mut current = function.clone();
    for pass in PASSES {
        if let Some(fault) = fault(pass, &current, sizes, arguments) {
            return Some(format!("after the passes before it, {fault}"));
        }
        (pass.apply)(&mut current);
    }
    native_fault(&current, sizes, arguments)
}

/// Where native code differs from the interpreter.
fn native_fault(function: &Function, sizes: &[i64], arguments: &[Datum]) -> Option<String> {
    let expected = run(function, sizes, arguments);
    let found = native::run(function, sizes, arguments);
    (!alike(&expected, &found)).then(|| format!("native code: {found:?} for {expected:?}\n{function}"))
}

/// Where the forward and the reverse derivative are not adjoint, or what is wrong with either; else whether the law could
/// be seen, all numbers being finite and moderate.
pub fn adjoint_fault(program: &Program) -> Result<bool, String> {
    let values = program.run();
    let floats: Vec<Datum> = values.iter().filter(|datum| datum.element().is_float()).cloned().collect();
    let (tangents, cotangents) = (direction(&program.point(), 2), direction(&floats, 3));
    let forward = program.jvp(tangents.clone());
    let reverse = program.vjp(cotangents.clone());
    for derivative in [&forward, &reverse] {
        let resolved = derivative.resolved();
        let fault =
            unsound(&resolved).or_else(|| native_fault(&resolved, &derivative.sizes, &derivative.arguments));
        if let Some(fault) = fault {
            return Err(fault);
        }
    }
    let (forward, reverse) = (forward.run(), reverse.run());
    if !alike(&forward[..values.len()], &values) || !alike(&reverse[..values.len()], &values) {
        return Err(format!("a derivative changes the values {values:?}\n{}", program.module));
    }
    let products =
        |a: &[Datum], b: &[Datum]| -> Vec<f64> { flat(a).iter().zip(flat(b)).map(|(x, y)| x * y).collect() };
    let ahead = products(&forward[values.len()..], &cotangents);
    let back = products(&tangents, &reverse[values.len()..]);
    let size: f64 = ahead.iter().chain(&back).map(|x| x.abs()).sum();
    if !size.is_finite() || size > 1e6 {
        return Ok(false);
    }
    let gap = (ahead.iter().sum::<f64>() - back.iter().sum::<f64>()).abs() / (1.0 + size);
    if gap < 1e-9 { Ok(true) } else { Err(format!("adjoint off by {gap:e}\n{}", program.module)) }
}
