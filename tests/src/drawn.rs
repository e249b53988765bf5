//! Data of the shared programs of `models`, drawn by the seeded programs of their names in `tests/programs`.

use crate::corpus;
use ansatz::data::Input;
use ansatz::program::{Bound, Draws, Program, Simulation};
use ansatz_compiler::codegen::ResultBuffer;
use ansatz_compiler::typed::tree::{Expr, ExprKind, StepKind};
use serde_json::{Map, Value, json};

/// A shared program with the data that are not drawn, the name of those that are, and what they call the first index.
type Case = (&'static str, fn() -> Value, &'static str, i64);

const CASES: [Case; 6] = [
    ("irt_2pl", || json!({"I": 5, "J": 20}), "y", 0),
    ("M0_model", || json!({"M": 30, "T": 4}), "y", 0),
    ("bym2_offset_only", areas, "y", 0),
    ("ldaK2", || json!({"V": 3, "M": 2, "N": 6, "doc": [1, 1, 1, 2, 2, 2]}), "w", 1),
    ("rats_model", rats, "y", 0),
    ("dogs", || json!({"n_dogs": 6, "n_trials": 10}), "y", 0),
];

/// A ring of areas.
fn areas() -> Value {
    let node1: Vec<usize> = (1..=8).collect();
    let node2: Vec<usize> = (1..=8).map(|area| area % 8 + 1).collect();
    let exposures: Vec<f64> = (1..=8).map(|area| 5.0 * f64::from(area)).collect();
    json!({"N": 8, "N_edges": 8, "node1": node1, "node2": node2, "E": exposures, "scaling_factor": 0.5})
}

fn rats() -> Value {
    let days = [8.0, 15.0, 22.0, 29.0, 36.0];
    let rat: Vec<usize> = (1..=10).flat_map(|rat| [rat; 5]).collect();
    let x: Vec<f64> = (0..10).flat_map(|_| days).collect();
    json!({"N": 10, "Npts": 50, "xbar": 22.0, "rat": rat, "x": x})
}

/// A program without mistakes, with its data.
///
/// # Panics
/// If it has some.
pub fn checked(name: &str, text: &str, data: &Value) -> (Program, Bound) {
    let mut program = Program::compile(name, text);
    assert!(!program.is_faulty(), "{}", program.render(&program.diagnostics, false));
    let input = Input { files: vec![("data.json".into(), data.to_string().into())], settings: Vec::new() };
    let bound = program.read(&input);
    let bound = bound.unwrap_or_else(|faults| panic!("{}", program.render(&faults, false)));
    (program, bound)
}

/// The value that the script names.
///
/// # Panics
/// If there is none.
pub fn named<'p>(program: &'p Program, name: &str) -> &'p Expr {
    let value = program.typed.script.iter().find_map(|step| match &step.kind {
        StepKind::Let { variable, value, .. } => {
            (*program.typed.variables[variable.0 as usize].name == *name).then_some(value)
        }
        _ => None,
    });
    value.unwrap_or_else(|| panic!("`{name}` is not named"))
}

/// The names of the programs.
pub fn names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.0)
}

/// The data of a program of `models`, if they are drawn.
///
/// # Panics
/// If what draws them has a mistake.
pub fn data(name: &str) -> Option<Value> {
    CASES.iter().find(|case| case.0 == name).map(drawn)
}

/// The data of a case: what is not drawn, and what its program in `tests/programs` draws.
fn drawn((name, fixed, drawn, first): &Case) -> Value {
    let text = corpus::text(&format!("programs/{name}.anz"));
    let mut data = fixed();
    let (program, bound) = checked(name, &text, &data);
    let model = simulated(named(&program, "drawn"));
    let simulation = Simulation::new(&program, model, &bound).expect("it compiles");
    let values = simulation.draw(Draws { count: 1, seed: 1, threads: 1 }).expect("it runs");
    let fields: &mut Map<String, Value> = data.as_object_mut().expect("data are an object");
    let at =
        simulation.quantities().iter().position(|quantity| quantity.name == *drawn).expect("it is drawn");
    let entries = entries(&values[at], *first);
    fields.insert((*drawn).to_owned(), nested(&simulation.quantities()[at].shape, &entries));
    data
}

/// The model that an expression simulates.
pub fn simulated(value: &Expr) -> &Expr {
    match &value.kind {
        ExprKind::Script { value, .. } => simulated(value),
        ExprKind::Simulate { model, .. } => model,
        _ => panic!("{value:?} simulates nothing"),
    }
}

fn entries(values: &ResultBuffer, first: i64) -> Vec<Value> {
    match values {
        ResultBuffer::F64(values) => values.iter().map(|value| json!(value)).collect(),
        ResultBuffer::I64(values) => values.iter().map(|value| json!(value + first)).collect(),
        ResultBuffer::Bool(values) => values.iter().map(|value| json!(value)).collect(),
        ResultBuffer::F32(values) => values.iter().map(|value| json!(value)).collect(),
    }
}

/// Entries in row-major order as arrays of arrays.
fn nested(shape: &[usize], entries: &[Value]) -> Value {
    match shape {
        [] => entries[0].clone(),
        [_] => Value::Array(entries.to_vec()),
        [first, rest @ ..] => {
            Value::Array(entries.chunks(entries.len() / first).map(|row| nested(rest, row)).collect())
        }
    }
}
