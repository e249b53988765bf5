//! Random programs as texts, and what must hold of each: it checks, lowers, means the same compiled and interpreted, has a
//! gradient that agrees with differences, and is the same program after printing and after formatting.

mod write;

use crate::density::{interpreted, named_last, native};
use ansatz::data::Input;
use ansatz::program::{Posterior, Program};
use ansatz::target::{Evaluator, Target};
use ansatz_compiler::pipeline::Unobserved;
pub use write::source;

/// Relative error allowed of a value, and of a gradient against differences.
const OF_VALUE: f64 = 1e-9;
const OF_GRADIENT: f64 = 1e-5;

/// Where a program is tried.
const POINTS: [[f64; 4]; 2] = [[0.3, -0.7, 1.1, 0.2], [-0.4, 0.6, -0.2, 0.9]];

/// What a program's text says at a point: native value, interpreted value, gradient.
struct Said {
    native: f64,
    interpreted: f64,
    gradient: Vec<f64>,
    differences: Vec<f64>,
}

/// What is wrong with a text, if anything.
pub fn fault(text: &str) -> Option<String> {
    let said = match said(text) {
        Ok(said) => said,
        Err(fault) => return Some(fault),
    };
    for (point, said) in said.iter().enumerate() {
        let near = |what: &str, found: f64, expected: f64, tolerance: f64| {
            let close = (found - expected).abs() <= tolerance * (1.0 + expected.abs());
            (!close).then(|| format!("at point {point}: {what} {found} instead of {expected}"))
        };
        if !said.native.is_finite() {
            return Some(format!("at point {point}: {} is not finite", said.native));
        }
        let wrong = near("native", said.native, said.interpreted, OF_VALUE);
        let derivatives = said.gradient.iter().zip(&said.differences);
        let wrong = derivatives.fold(wrong, |wrong, (found, expected)| {
            wrong.or_else(|| near("a derivative is", *found, *expected, OF_GRADIENT))
        });
        if wrong.is_some() {
            return wrong;
        }
    }
    rewritten(text, &said[0])
}

/// What printing or formatting makes of a text, if it is not the same program.
fn rewritten(text: &str, before: &Said) -> Option<String> {
    let mut sources = ansatz_grammar::span::Sources::default();
    let parsed = ansatz_grammar::parse(sources.add("source.anz", text), text);
    let printed = ansatz_grammar::print(&parsed.tree);
    let formatted = match ansatz_grammar::format(text) {
        Ok(formatted) => formatted,
        Err(faults) => return Some(format!("it is not formatted: {faults:?}")),
    };
    for (what, new) in [("printed", printed), ("formatted", formatted.clone())] {
        match said(&new) {
            Err(fault) => return Some(format!("{what}: {fault}\n{new}")),
            Ok(after) if after[0].native != before.native => {
                return Some(format!("{what}: {} instead of {}\n{new}", after[0].native, before.native));
            }
            Ok(_) => {}
        }
    }
    let again = ansatz_grammar::format(&formatted).ok();
    (again.as_ref() != Some(&formatted)).then(|| format!("formatted twice, it changes\n{formatted}"))
}

/// The difference that it makes to take the interpreted value of another text.
pub fn differs(text: &str, other: &str) -> Result<bool, String> {
    let (ours, others) = (said(text)?, said(other)?);
    let far = |(a, b): (&Said, &Said)| (a.native - b.interpreted).abs() > OF_VALUE * (1.0 + a.native.abs());
    Ok(ours.iter().zip(&others).any(far))
}

fn said(text: &str) -> Result<Vec<Said>, String> {
    let mut program = Program::compile("source.anz", text);
    if !program.diagnostics.is_empty() {
        return Err(program.render(&program.diagnostics, false));
    }
    let bound = program.read(&Input::default());
    let bound = bound.map_err(|faults| program.render(&faults, false))?;
    let expression = named_last(&program).ok_or("the last line names no posterior")?;
    let posterior = Posterior::new(&program, expression, &bound, &mut Unobserved)
        .map_err(|error| format!("it is not compiled: {error:?}"))?;
    let mut evaluator = posterior.evaluator();
    let mut found = Vec::with_capacity(POINTS.len());
    for point in POINTS {
        let at = &point[..posterior.dimension()];
        let mut gradient = vec![0.0; at.len()];
        found.push(Said {
            native: native(evaluator.as_mut(), at, &mut gradient)?,
            interpreted: interpreted(&program, expression, at)?,
            differences: differences(evaluator.as_mut(), at)?,
            gradient,
        });
    }
    Ok(found)
}

/// Derivatives by differences of fourth order in the step.
fn differences(evaluator: &mut dyn Evaluator, at: &[f64]) -> Result<Vec<f64>, String> {
    let step = 1e-3;
    let mut found = Vec::with_capacity(at.len());
    for along in 0..at.len() {
        let mut moved = |by: f64| {
            let mut at = at.to_vec();
            at[along] += by;
            native(evaluator, &at, &mut vec![0.0; at.len()])
        };
        let (near, far) = (moved(step)? - moved(-step)?, moved(2.0 * step)? - moved(-2.0 * step)?);
        found.push((8.0 * near - far) / (12.0 * step));
    }
    Ok(found)
}
