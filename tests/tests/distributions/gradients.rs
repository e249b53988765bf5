//! Gradients of log densities in all parameters and the value, against differences: of distributions, and of what is made
//! of them.

use super::program::{Faults, compiled, lowered, numbers};
use super::table::{Case, cases};
use ansatz_compiler::codegen::{Argument, ResultBuffer};
use ansatz_compiler::model::LOG_DENSITY_CONSTRAINED;
use ansatz_compiler::pipeline::{Evaluator, Form};

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

/// Notes where the gradient of a program's log density is not that of differences. The arguments are the values of its
/// sites; of square ones both sides of the diagonal are moved.
fn compare(faults: &mut Faults, text: &str, mut arguments: Vec<Vec<f64>>, data: &[ResultBuffer]) {
    let module = lowered(text);
    let [mut gradient, mut value] =
        [Form::Gradient, Form::Value].map(|form| compiled(&module, LOG_DENSITY_CONSTRAINED, form, &[], data));
    let run = |arguments: &[Vec<f64>], evaluator: &mut Evaluator| -> Vec<Vec<f64>> {
        let views: Vec<Argument> = arguments.iter().map(|argument| Argument::F64(argument)).collect();
        let results = evaluator.run(&views).unwrap_or_else(|failure| panic!("{text}\n{failure}"));
        results.iter().map(numbers).collect()
    };
    let found = run(&arguments, &mut gradient);
    for (argument, slopes) in found[1..].iter().enumerate() {
        for (entries, slope) in pairs(slopes) {
            let step = 1e-6 * arguments[argument][entries[0]].abs().max(0.1);
            let mut moved = |by: f64| {
                entries.iter().for_each(|entry| arguments[argument][*entry] += by);
                let density = run(&arguments, &mut value)[0][0];
                entries.iter().for_each(|entry| arguments[argument][*entry] -= by);
                density
            };
            let numerical = (moved(step) - moved(-step)) / (2.0 * step);
            let close = (slope - numerical).abs() < 2e-5 * numerical.abs().max(1.0);
            faults.unless(close, || {
                format!("{text}\nin argument {argument}, {entries:?}: {slope} {numerical}")
            });
        }
    }
}

#[test]
fn gradients_are_those_of_differences() {
    let mut faults = Faults::default();
    for case in cases() {
        let draw = case.typical();
        let mut arguments: Vec<Vec<f64>> = case.floats.iter().map(|float| float.values.clone()).collect();
        let data = match case.is_continuous() {
            true => {
                arguments.push(numbers(&draw));
                Vec::new()
            }
            false => vec![draw],
        };
        if !arguments.is_empty() {
            compare(&mut faults, &model(&case), arguments, &data);
        }
    }
}

/// Measures of two numbers and two that are positive, with a value inside.
const MADE: &[(&str, &[f64])] = &[
    ("truncate(normal(a, s), b, inf)", &[2.5]),
    ("truncate(normal(a, s), -inf, b)", &[-0.5]),
    ("truncate(normal(a, s), a - 30 * s, a - 20 * s)", &[-24.0]),
    ("truncate(student_t(r, a, s), b, b + r)", &[1.5]),
    ("truncate(gamma(r, rate = s), -1, r)", &[0.75]),
    ("truncate(beta(r, s), 0.25, 0.75)", &[0.5]),
    ("truncate(normal([a, b], s), [b, b], 3)", &[1.5, 2.0]),
    ("mixture([0.25, 0.75], [normal(a, s), student_t(r, b, s)])", &[0.25]),
    ("mixture([0.25, 0.75], [normal([a, b], s), normal(b, r)[2]])", &[0.25, 0.75]),
    ("sorted(normal(a, s)[3])", &[-0.5, 0.25, 1.5]),
    ("sorted(gamma(r, rate = s)[2])", &[0.25, 1.5]),
    ("transformed(normal(a, s), to(positive))", &[0.75]),
    ("transformed(normal(a, s), between(a - r, b + r))", &[0.75]),
    ("transformed(normal([a, b], s), to(simplex[3]))", &[0.5, 0.125, 0.375]),
    ("transformed(normal([a, b, a], r), to(cov[2]))", &[1.5, 0.25, 0.25, 0.75]),
    ("transformed(multi_normal([a, b], cov = [[r, 0.5], [0.5, s]]), to(positive))", &[0.75, 1.5]),
    ("if a < b { normal(a, s) } else { cauchy(b, r) }", &[0.75]),
];

#[test]
fn gradients_of_what_is_made_of_distributions_are_those_of_differences() {
    let mut faults = Faults::default();
    for (measure, value) in MADE {
        let text = format!(
            "model m {{\n  a, b: real ~ flat()\n  r, s: positive ~ flat()\n  x ~ {measure}\n}}\nlet p = m given {{}}"
        );
        let arguments = vec![vec![0.5], vec![0.875], vec![1.75], vec![1.25], value.to_vec()];
        compare(&mut faults, &text, arguments, &[]);
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
