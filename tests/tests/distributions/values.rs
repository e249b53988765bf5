//! Log densities against values of 25 digits, made by tests/reference/distributions.py: 200 points for each distribution
//! of numbers and each list of arguments of the table, the tails among them.

use super::program::{Faults, along};
use super::table::cases;
use ansatz_compiler::codegen::ResultBuffer;
use ansatz_tests::corpus;
use std::collections::BTreeMap;

/// Relative to the greater of one and the value.
const TOLERANCE: f64 = 2e-12;

#[test]
fn log_densities_have_the_reference_values() {
    let mut faults = Faults::default();
    let text = corpus::text("reference/distributions.txt");
    let mut tables: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    let mut name = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(' ') {
            Some((x, value)) if !line.contains('(') => {
                let number = |text: &str| text.parse::<f64>().expect("a number");
                tables.entry(name).or_default().push((number(x), number(value)));
            }
            _ => name = line,
        }
    }
    let mut compared = 0;
    for case in cases() {
        let Some(table) = tables.get(case.call.as_str()) else { continue };
        faults.unless(table.len() == 200 || !case.is_continuous(), || {
            format!("{}: {} points", case.call, table.len())
        });
        let data = match case.value_type().as_str() {
            "bool" => ResultBuffer::Bool(table.iter().map(|(x, _)| *x != 0.0).collect()),
            "int" => ResultBuffer::I64(table.iter().map(|(x, _)| *x as i64).collect()),
            _ => ResultBuffer::F64(table.iter().map(|(x, _)| *x).collect()),
        };
        let density = format!("log_density({}, x[i])", case.call);
        let found = along(&[&density], &case.value_type(), data, table.len()).remove(0);
        for ((x, expected), found) in table.iter().zip(found) {
            let close = found == *expected || (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
            faults.unless(close, || format!("{} at {x}: {found} {expected}", case.call));
        }
        compared += 1;
    }
    assert_eq!(compared, tables.len(), "every table of the reference is a case");
    assert!(compared > 100);
}
