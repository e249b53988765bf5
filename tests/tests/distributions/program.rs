//! Small programs around one distribution, compiled and run.

use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::ir::Module;
use ansatz_compiler::lower::Known;
use ansatz_compiler::model::{CONSTRAIN, SIMULATE, Wanted, posterior, simulation};
use ansatz_compiler::pipeline::{self, Evaluator, Form, Native, Unobserved};
use ansatz_compiler::typed::tree::{Expr, ExprKind, Program, StepKind};
use ansatz_grammar::span::Sources;

/// A program whose last line names a posterior or a simulation.
pub fn checked(text: &str) -> Program {
    let mut sources = Sources::default();
    let source = sources.add("law.anz", text);
    let parsed = ansatz_grammar::parse(source, text);
    assert!(parsed.diagnostics.is_empty(), "{text}\n{:?}", parsed.diagnostics);
    let (program, diagnostics) = ansatz_compiler::typed::check(parsed.tree, &mut sources);
    let shown = || ansatz_grammar::diagnostic::render(&diagnostics, &sources, false);
    assert!(diagnostics.iter().all(|diagnostic| !diagnostic.is_error()), "{text}\n{}", shown());
    program
}

fn last(program: &Program) -> &Expr {
    let StepKind::Let { value, .. } = &program.script.last().expect("a script").kind else {
        panic!("the last line names something")
    };
    value
}

/// The functions of the posterior in a program's last line.
pub fn lowered(text: &str) -> Module {
    let program = checked(text);
    posterior(&program, last(&program), &Known::default())
        .unwrap_or_else(|fault| panic!("{text}\n{fault:?}"))
        .module
}

/// A compiled function with its data.
pub fn compiled(module: &Module, root: &str, form: Form, sizes: &[i64], data: &[ResultBuffer]) -> Evaluator {
    let program = pipeline::Program { module, root, sizes, data };
    let native =
        Native::new(program, form, &mut Unobserved).unwrap_or_else(|error| panic!("{root}: {error}"));
    native.evaluator()
}

/// What expressions in `x[i]` are for each of these values: `data x: T[M]`.
pub fn along(expressions: &[&str], ty: &str, data: ResultBuffer, count: usize) -> Vec<Vec<f64>> {
    let of = match ty.split_once('[') {
        Some((base, axes)) => format!("{base}[M, {axes}"),
        None => format!("{ty}[M]"),
    };
    let tracked: String = expressions
        .iter()
        .enumerate()
        .map(|(n, expression)| format!("  track e{n} = [for i in M: {expression}]\n"))
        .collect();
    let text = format!(
        "data M: size\ndata x: {of}\nmodel m {{\n  a ~ normal(0, 1)\n{tracked}}}\nlet p = m given {{}}"
    );
    let module = lowered(&text);
    let mut evaluator = compiled(&module, CONSTRAIN, Form::Value, &[count as i64], &[data]);
    let results =
        evaluator.run(&[Argument::F64(&[0.0])]).unwrap_or_else(|failure| panic!("{text}\n{failure}"));
    results[1..].iter().map(numbers).collect()
}

pub fn numbers(buffer: &ResultBuffer) -> Vec<f64> {
    match buffer {
        ResultBuffer::F64(values) => values.clone(),
        ResultBuffer::I64(values) => values.iter().map(|value| *value as f64).collect(),
        ResultBuffer::Bool(values) => values.iter().map(|value| f64::from(u8::from(*value))).collect(),
        ResultBuffer::F32(values) => values.iter().map(|value| f64::from(*value)).collect(),
    }
}

/// Draws of a measure, one after the other.
pub fn drawn(measure: &str, count: usize, seed: i64) -> ResultBuffer {
    let text = format!("model m {{ x ~ {measure} }}\nlet s = simulate(m, seed = {seed})");
    let program = checked(&text);
    let module = simulation(&program, simulated(last(&program)), Wanted::default(), &Known::default())
        .unwrap_or_else(|fault| panic!("{text}\n{fault:?}"))
        .module;
    let mut evaluator = compiled(&module, SIMULATE, Form::Value, &[], &[]);
    let mut draw = |number: usize| {
        let arguments = [Argument::I64(&[seed]), Argument::I64(&[number as i64])];
        evaluator.run(&arguments).unwrap_or_else(|failure| panic!("{text}\n{failure}"))[0].clone()
    };
    let mut all = draw(0);
    for number in 1..count {
        match (&mut all, draw(number)) {
            (ResultBuffer::F64(all), ResultBuffer::F64(one)) => all.extend(one),
            (ResultBuffer::I64(all), ResultBuffer::I64(one)) => all.extend(one),
            (ResultBuffer::Bool(all), ResultBuffer::Bool(one)) => all.extend(one),
            (_, other) => panic!("draws of one measure have one type, not also that of {other:?}"),
        }
    }
    all
}

/// The model that an expression simulates.
fn simulated(value: &Expr) -> &Expr {
    match &value.kind {
        ExprKind::Script { value, .. } => simulated(value),
        ExprKind::Simulate { model, .. } => model,
        _ => panic!("{value:?} simulates nothing"),
    }
}

/// What does not hold, of many cases.
#[derive(Default)]
pub struct Faults(Vec<String>);

impl Faults {
    /// Notes a case that does not hold.
    pub fn unless(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.0.push(fault());
        }
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        assert!(
            self.0.is_empty() || std::thread::panicking(),
            "{} faults:\n{}",
            self.0.len(),
            self.0.join("\n")
        );
    }
}
