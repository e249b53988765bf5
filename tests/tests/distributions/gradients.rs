//! Gradients of log densities in all parameters and the value, against differences.

use super::program::{Faults, compiled, lowered, numbers};
use super::table::{Case, cases};
use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::model::LOG_DENSITY_CONSTRAINED;
use ansatz_compiler::pipeline::Form;

/// A model whose parameters are sites, so that the density is a function of them; the value is one where it is real.
fn model(case: &Case) -> String {
    let sites: String =
        case.floats.iter().map(|float| format!("  p_{}: {} ~ flat()\n", float.name, float.ty)).collect();
    let call = case.written(|float| format!("p_{}", float.name));
    let (data, given) = match case.is_continuous() {
        true => (String::new(), ""),
        false => (format!("data x: {}\n", case.value_type()), "x"),
    };
    format!("{data}model m {{\n{sites}  x ~ {call}\n}}\nlet p = m given {{{given}}}")
}

#[test]
fn gradients_are_those_of_differences() {
    let mut faults = Faults::default();
    for case in cases() {
        let text = model(&case);
        let module = lowered(&text);
        let draw = case.typical();
        let mut arguments: Vec<Vec<f64>> = case.floats.iter().map(|float| float.values.clone()).collect();
        let data = match case.is_continuous() {
            true => {
                arguments.push(numbers(&draw));
                Vec::new()
            }
            false => vec![draw],
        };
        if arguments.is_empty() {
            continue;
        }
        let mut gradient = compiled(&module, LOG_DENSITY_CONSTRAINED, Form::Gradient, &[], &data);
        let mut value = compiled(&module, LOG_DENSITY_CONSTRAINED, Form::Value, &[], &data);
        let views: Vec<Argument> = arguments.iter().map(|argument| Argument::F64(argument)).collect();
        let found: Vec<Vec<f64>> = gradient.run(&views).unwrap_or_else(|failure| panic!("{text}\n{failure}"))
            [1..]
            .iter()
            .map(numbers)
            .collect();
        let mut density = |arguments: &[Vec<f64>]| {
            let views: Vec<Argument> = arguments.iter().map(|argument| Argument::F64(argument)).collect();
            let ResultBuffer::F64(values) = &value.run(&views).expect("it runs")[0] else {
                panic!("a number")
            };
            values[0]
        };
        for (argument, slopes) in found.iter().enumerate() {
            for (entries, slope) in pairs(slopes) {
                let step = 1e-6 * arguments[argument][entries[0]].abs().max(0.1);
                let mut moved = |by: f64| {
                    let mut arguments = arguments.clone();
                    entries.iter().for_each(|entry| arguments[argument][*entry] += by);
                    density(&arguments)
                };
                let numerical = (moved(step) - moved(-step)) / (2.0 * step);
                let close = (slope - numerical).abs() < 2e-5 * numerical.abs().max(1.0);
                faults.unless(close, || {
                    format!("{} in argument {argument}, {entries:?}: {slope} {numerical}", case.call)
                });
            }
        }
    }
}

/// Entries that are moved together, with the derivative along: those of a matrix on both sides of its diagonal, since
/// functions of symmetric matrices read one triangle.
fn pairs(slopes: &[f64]) -> Vec<(Vec<usize>, f64)> {
    let n = match slopes.len() {
        4 => 2,
        9 => 3,
        _ => return slopes.iter().enumerate().map(|(entry, slope)| (vec![entry], *slope)).collect(),
    };
    let below = (0..n).flat_map(|i| (0..=i).map(move |j| (i, j)));
    below
        .map(|(i, j)| match i == j {
            true => (vec![i * n + i], slopes[i * n + i]),
            false => (vec![i * n + j, j * n + i], slopes[i * n + j] + slopes[j * n + i]),
        })
        .collect()
}
