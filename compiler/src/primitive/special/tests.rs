//! Laws of the special rows: derivatives by differences, and families closed up to their highest order.

use super::*;
use crate::ir::eval::evaluate;
use crate::ir::{Binding, Datum, Module, Type};
use crate::kernels::tile;

fn special() -> impl Iterator<Item = &'static Row> {
    [GAMMA, NORMAL, INCOMPLETE_GAMMA, INCOMPLETE_BETA, BESSEL].into_iter().flatten()
}

#[test]
fn every_row_has_its_kernel_and_evaluates_by_it() {
    for row in special() {
        let Lower::Kernel(name) = row.lower else { panic!("{} is no kernel", row.name) };
        let kernel = tile::find(name).unwrap_or_else(|| panic!("no kernel is named {name}"));
        for point in row.samples.points.iter().chain(row.samples.edges) {
            let operands: Vec<Scalar> = point.iter().map(|&x| Scalar::F64(x)).collect();
            let Scalar::F64(value) = (row.evaluate)(&operands) else { panic!("{} gives a float", row.name) };
            let expected = kernel.evaluate(point);
            assert!(value.to_bits() == expected.to_bits() || (value.is_nan() && expected.is_nan()), "{name}");
        }
    }
}

/// The function (operands) -> (partial derivatives), as IR.
fn slopes(row: &Row, rules: &[PartialRule]) -> Module {
    let mut builder = Builder::new("slopes", Vec::new());
    let operands: Vec<Value> = rules.iter().map(|_| builder.parameter(Type::f64(), Binding::Live)).collect();
    let result = builder.primitive(row.name, &operands);
    let partials = rules.iter().map(|rule| match rule(&mut builder, &operands, result) {
        Partial::Times(value) => value,
        _ => panic!("{}: a partial derivative that is constant", row.name),
    });
    let partials = partials.collect();
    let mut module = Module::default();
    module.insert(builder.finish(partials));
    module
}

fn at(row: &Row, point: &[f64], operand: usize, shift: f64) -> f64 {
    let moved = |(k, &x): (usize, &f64)| Scalar::F64(if k == operand { x + shift } else { x });
    let operands: Vec<Scalar> = point.iter().enumerate().map(moved).collect();
    let Scalar::F64(value) = (row.evaluate)(&operands) else { panic!("{} gives a float", row.name) };
    value
}

/// The five-point central difference in one operand.
fn difference(row: &Row, point: &[f64], operand: usize) -> f64 {
    let h = 1e-3 * point[operand].abs().min(1.0).min((1.0 - point[operand]).abs().max(0.05));
    let pair = |shift: f64| at(row, point, operand, shift) - at(row, point, operand, -shift);
    (8.0 * pair(h) - pair(2.0 * h)) / (12.0 * h)
}

#[test]
fn derivatives_agree_with_differences_and_only_the_highest_orders_decline() {
    let mut declined = 0;
    for row in special() {
        let Derivative::Partials(rules) = row.derivative else {
            assert!(row.name.ends_with(|last: char| last.is_ascii_digit()), "{} declines", row.name);
            declined += 1;
            continue;
        };
        assert_eq!(rules.len(), row.signature.arity(), "{}", row.name);
        let module = slopes(row, rules);
        for point in row.samples.points {
            let arguments: Vec<Datum> = point.iter().map(|&x| Datum::Scalar(Scalar::F64(x))).collect();
            let values = evaluate(&module, "slopes", &[], &arguments).expect("a total function");
            for (operand, value) in values.into_iter().enumerate() {
                let Datum::Scalar(Scalar::F64(value)) = value else {
                    panic!("a partial derivative is a float")
                };
                let expected = difference(row, point, operand);
                let error =
                    (value - expected).abs() / expected.abs().max(1e-3 * at(row, point, 0, 0.0).abs());
                assert!(
                    error < 1e-7,
                    "{} at {point:?} in operand {operand}: {value:e}, {expected:e}",
                    row.name
                );
            }
        }
    }
    // polygamma and its differences, log Phi, gamma P and density and two logarithms, ten of beta, Bessel, two of
    // von Mises.
    assert_eq!(declined, 2 + 1 + 4 + 10 + 3);
}
