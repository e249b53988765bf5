//! Log densities against values of 25 digits, made by tests/reference/distributions.py: 200 points for each distribution
//! of numbers and each list of arguments of the table, the tails among them; of vectors and matrices 210 in all.

use super::program::{Faults, along};
use super::table::{Case, cases};
use ansatz_compiler::codegen::ResultBuffer;
use ansatz_tests::corpus;
use std::collections::{BTreeMap, BTreeSet};

/// Relative to the greater of one and the value.
const TOLERANCE: f64 = 2e-12;

/// Values, the entries of one after the other, and their log densities.
#[derive(Default)]
struct Table {
    entries: Vec<f64>,
    densities: Vec<f64>,
}

fn tables(text: &str) -> BTreeMap<&str, Table> {
    let mut tables: BTreeMap<&str, Table> = BTreeMap::new();
    let mut name = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.contains('(') {
            name = line;
            continue;
        }
        let mut numbers: Vec<f64> = line.split(' ').map(|number| number.parse().expect("a number")).collect();
        let table = tables.entry(name).or_default();
        table.densities.extend(numbers.pop());
        table.entries.extend(numbers);
    }
    tables
}

fn is_complete(case: &Case, table: &Table) -> bool {
    !case.is_continuous() || table.densities.len() >= if case.value.axes == 0 { 200 } else { 70 }
}

#[test]
fn log_densities_have_the_reference_values() {
    let mut faults = Faults::default();
    let text = corpus::text("reference/distributions.txt");
    let tables = tables(&text);
    let mut compared = BTreeSet::new();
    for case in cases() {
        let Some(table) = tables.get(case.call.as_str()).filter(|table| is_complete(&case, table)) else {
            faults.unless(false, || format!("{} has no reference", case.call));
            continue;
        };
        let data = match case.value_type().as_str() {
            "bool" => ResultBuffer::Bool(table.entries.iter().map(|x| *x != 0.0).collect()),
            "int" | "int[3]" => ResultBuffer::I64(table.entries.iter().map(|x| *x as i64).collect()),
            _ => ResultBuffer::F64(table.entries.clone()),
        };
        let density = format!("log_density({}, x[i])", case.call);
        let count = table.densities.len();
        let found = along(&[&density], &case.value_type(), data, count).remove(0);
        for ((x, expected), found) in
            table.entries.chunks(table.entries.len() / count).zip(&table.densities).zip(found)
        {
            let close = found == *expected || (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
            faults.unless(close, || format!("{} at {x:?}: {found} {expected}", case.call));
        }
        compared.insert(case.call);
    }
    assert_eq!(compared.len(), tables.len(), "every table of the reference is a case");
}
