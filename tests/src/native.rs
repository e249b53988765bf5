//! Resolved functions as native code, with the interpreter's arguments and results.

use ansatz_compiler::codegen::{Argument, Compiled, ResultBuffer};
use ansatz_compiler::ir::{Constant, Datum, Dimension, Entries, Function, Type};
use ansatz_compiler::kernel::Kernel;

/// Compiles a function for its sizes and runs it.
///
/// # Panics
/// If it cannot be compiled or fails, with the reason and the function.
pub fn run(function: &Function, sizes: &[i64], arguments: &[Datum]) -> Vec<Datum> {
    let bound = function.with_sizes(sizes);
    attempt(&bound, arguments).unwrap_or_else(|reason| panic!("{reason}\n{bound}"))
}

/// Compiles a function without sizes and runs it; every way of failing as text.
pub fn attempt(function: &Function, arguments: &[Datum]) -> Result<Vec<Datum>, String> {
    let kernel = Kernel::new(function).map_err(|refusal| refusal.to_string())?;
    let compiled = Compiled::new(&kernel).unwrap_or_else(|refusal| panic!("{refusal}\n{kernel}"));
    let arguments: Vec<Entries> = arguments.iter().cloned().map(Entries::from).collect();
    let arguments: Vec<Argument> = arguments.iter().map(argument).collect();
    let mut results = compiled.result_buffers();
    let run = compiled.run(&mut compiled.workspace(), &arguments, &mut results);
    run.map_err(|failure| failure.to_string())?;
    Ok(results.into_iter().zip(function.result_types()).map(|(buffer, of)| datum(buffer, of)).collect())
}

fn argument(entries: &Entries) -> Argument<'_> {
    match entries {
        Entries::F64(entries) => Argument::F64(entries),
        Entries::F32(entries) => Argument::F32(entries),
        Entries::I64(entries) => Argument::I64(entries),
        Entries::Bool(entries) => Argument::Bool(entries),
    }
}

fn datum(buffer: ResultBuffer, of: &Type) -> Datum {
    let entries = Entries::from(buffer);
    if of.is_scalar() {
        return Datum::Scalar(entries.get(0));
    }
    let known = of.shape.iter().filter_map(|dimension| match dimension {
        Dimension::Size(size) => Some(size.as_constant().expect("sizes are bound") as usize),
        Dimension::Run => None,
    });
    let known: Vec<usize> = known.collect();
    let rest: usize = known.iter().product();
    let run = (known.len() < of.rank()).then(|| entries.len().checked_div(rest).unwrap_or(0));
    let shape: Vec<usize> = run.into_iter().chain(known).collect();
    Datum::array(&shape, entries)
}

/// Whether two scalars are the same: bit for bit, but that one NaN is as good as another.
pub fn same(a: Constant, b: Constant) -> bool {
    match (a, b) {
        (Constant::F64(x), Constant::F64(y)) if x.is_nan() => y.is_nan(),
        (Constant::F32(x), Constant::F32(y)) if x.is_nan() => y.is_nan(),
        _ => a == b,
    }
}

/// Whether two lists of data are the same in shape and, by [`same`], in entries.
pub fn alike(a: &[Datum], b: &[Datum]) -> bool {
    let pair = |(a, b): (&Datum, &Datum)| {
        let entries = a.scalars().into_iter().zip(b.scalars()).all(|(a, b)| same(a, b));
        a.shape() == b.shape() && a.element() == b.element() && entries
    };
    a.len() == b.len() && a.iter().zip(b).all(pair)
}
