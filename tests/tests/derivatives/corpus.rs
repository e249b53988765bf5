//! Programs of the corpus under ir/derivatives, and arithmetic on their arguments and results.

use ansatz_compiler::ir::{Block, Datum, Operation};
use ansatz_tests::program::{Program, numbers};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ir").join("derivatives")
}

/// Names of all programs of the corpus.
pub fn corpus() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("the corpus is a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let mut names: Vec<String> =
        names.filter_map(|name| name.strip_suffix(".ir").map(str::to_string)).collect();
    names.sort();
    names
}

/// The text of a program of the corpus.
pub fn text(name: &str) -> String {
    let path = folder().join(format!("{name}.ir"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A program of the corpus.
pub fn load(name: &str) -> Program {
    Program::parse(&text(name))
}

fn like(datum: &Datum, scalar: bool, next: &mut impl FnMut() -> f64) -> Datum {
    let numbers: Vec<f64> = datum.to_f64().iter().map(|_| next()).collect();
    if scalar { Datum::from(numbers[0]) } else { Datum::floats(datum.shape(), &numbers) }
}

/// Data of the same shapes, other numbers.
pub fn direction(data: &[Datum], stream: u64) -> Vec<Datum> {
    let mut next = numbers(stream);
    data.iter().map(|datum| like(datum, matches!(datum, Datum::Scalar(_)), &mut || next() - 0.75)).collect()
}

/// `a + scale * b`, datum by datum.
pub fn plus(a: &[Datum], scale: f64, b: &[Datum]) -> Vec<Datum> {
    let sum = |(a, b): (&Datum, &Datum)| {
        let numbers: Vec<f64> = a.to_f64().iter().zip(b.to_f64()).map(|(x, y)| x + scale * y).collect();
        match a {
            Datum::Scalar(_) => Datum::from(numbers[0]),
            Datum::Array(_) => Datum::floats(a.shape(), &numbers),
        }
    };
    a.iter().zip(b).map(sum).collect()
}

pub fn dot(a: &[Datum], b: &[Datum]) -> f64 {
    let flat = |data: &[Datum]| data.iter().flat_map(Datum::to_f64).collect::<Vec<f64>>();
    let (a, b) = (flat(a), flat(b));
    assert_eq!(a.len(), b.len(), "shapes agree");
    a.iter().zip(&b).map(|(x, y)| x * y).sum()
}

/// Number of static operations.
pub fn count(block: &Block) -> usize {
    let inner = |operation: &Operation| operation.regions.iter().map(count).sum::<usize>();
    block.operations.iter().map(|operation| 1 + inner(operation)).sum()
}
