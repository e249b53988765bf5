//! The shared programs of `models`, on data that seeded programs of `tests/programs` draw: each checks, binds and has a
//! finite log density and gradient. Skipped, with the reason, where a user has no shared folder.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

use ansatz::data::Input;
use ansatz::program::{Bound, Draws, Posterior, Program, Simulation};
use ansatz::target::Target;
use ansatz_compiler::codegen::ResultBuffer;
use ansatz_compiler::pipeline::Unobserved;
use ansatz_compiler::typed::tree::{Expr, ExprKind, StepKind};
use ansatz_tests::corpus;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// A shared program with the data that are not drawn, the name of those that are, and what they call the first index.
type Case = (&'static str, fn() -> Value, &'static str, i64);

const CASES: &[Case] = &[
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

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("ANSATZ_SHARED").map_or(beside, PathBuf::from);
    folder.join("programs/models").is_dir().then_some(folder)
}

/// A program without mistakes, with its data.
fn checked(name: &str, text: &str, data: &Value) -> (Program, Bound) {
    let mut program = Program::compile(name, text);
    assert!(!program.is_faulty(), "{}", program.render(&program.diagnostics, false));
    let input = Input { file: Some(("data.json".into(), data.to_string())), settings: Vec::new() };
    let bound = program.bind(&input);
    let bound = bound.unwrap_or_else(|faults| panic!("{}", program.render(&faults, false)));
    (program, bound)
}

/// The value that the script names.
fn named<'p>(program: &'p Program, name: &str) -> &'p Expr {
    let value = program.typed.script.iter().find_map(|step| match &step.kind {
        StepKind::Let { variable, value, .. } => {
            (*program.typed.variables[variable.0 as usize].name == *name).then_some(value)
        }
        _ => None,
    });
    value.unwrap_or_else(|| panic!("`{name}` is not named"))
}

/// The data of a case: what is not drawn, and what its program in `tests/programs` draws.
fn data((name, fixed, drawn, first): &Case) -> Value {
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
fn simulated(value: &Expr) -> &Expr {
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

#[test]
fn shared_models_evaluate_on_data_that_programs_draw() {
    let Some(shared) = shared() else {
        println!("skipped: there is no folder of shared programs beside the checkout");
        return;
    };
    for case in CASES {
        let name = case.0;
        let path = shared.join("programs/models").join(name).with_extension("anz");
        let text = std::fs::read_to_string(&path).expect("programs are text");
        // What stands behind `nuts` needs a script that computes with fits.
        let text = text.split("let fit").next().expect("there is a first part");
        let (program, bound) = checked(name, text, &data(case));
        let posterior = Posterior::new(&program, named(&program, "posterior"), &bound, &mut Unobserved)
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let q: Vec<f64> = (0..posterior.dimension()).map(|i| 0.1 * (i % 7) as f64 - 0.3).collect();
        let mut gradient = vec![0.0; q.len()];
        let value = posterior.evaluator().log_density_gradient(&q, &mut gradient).expect("it evaluates");
        assert!(value.is_finite() && gradient.iter().all(|entry| entry.is_finite()), "{name}: {value}");
        assert!(gradient.iter().any(|entry| *entry != 0.0), "{name}: every parameter matters");
    }
}
