//! Run files: small programs with a posterior on their last line, and what its log density is. A file holds programs under
//! lines `// == name`; lines `//= q: value` give coordinates and the value there; data stand in a line `// data {..}`. The value must be that of native
//! code, and without data of the interpreter too, and the gradient must agree with differences of native values.

use ansatz::data::Input;
use ansatz::program::{Posterior, Program};
use ansatz::target::{Evaluator, Target};
use ansatz_compiler::pipeline::Unobserved;
use ansatz_tests::density::{interpreted, named_last, native};
use std::fs;
use std::path::Path;

/// Relative error allowed of a value, and of a gradient against differences.
const OF_VALUE: f64 = 1e-12;
const OF_GRADIENT: f64 = 1e-7;

#[test]
fn every_program_has_the_values_that_it_states() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/run"));
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut faults = Vec::new();
    let mut programs = 0;
    for entry in fs::read_dir(folder).expect("tests/run is a folder") {
        let path = entry.expect("a folder lists its files").path();
        let text = fs::read_to_string(&path).expect("run files are text");
        for (name, program) in text.split("// == ").skip(1).filter_map(|part| part.split_once('\n')) {
            if !name.contains(&only) {
                continue;
            }
            programs += 1;
            if let Err(fault) = checked(program) {
                let file = path.file_name().expect("a file has a name").to_string_lossy();
                faults.push(format!("{file}: {name}: {fault}"));
            }
        }
    }
    assert!(programs > 0, "there are no run files");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Coordinates and the log density there.
fn stated(program: &str) -> Vec<(Vec<f64>, f64)> {
    let number = |text: &str| text.trim().parse::<f64>().expect("a number");
    let lines = program.lines().filter_map(|line| line.strip_prefix("//= "));
    let points = lines.map(|line| {
        let (at, value) = line.split_once(':').expect("`//= q: value`");
        (at.split(',').filter(|part| !part.trim().is_empty()).map(number).collect(), number(value))
    });
    points.collect()
}

fn checked(text: &str) -> Result<(), String> {
    let points = stated(text);
    if points.is_empty() {
        return Err("it states no value".to_string());
    }
    let mut program = Program::compile("test.anz", text);
    if program.is_faulty() {
        return Err(program.render(&program.diagnostics, false));
    }
    let data = text.lines().find_map(|line| line.strip_prefix("// data "));
    let file = data.map(|json| ("data.json".to_string(), json.into()));
    let input = Input { files: file.into_iter().collect(), settings: Vec::new() };
    let bound = program.read(&input).map_err(|faults| program.render(&faults, false))?;
    let expression = named_last(&program).ok_or("the last line names no posterior")?;
    let compiled = Posterior::new(&program, expression, &bound, &mut Unobserved)
        .map_err(|error| format!("it is not compiled: {error:?}"))?;
    let mut evaluator = compiled.evaluator();
    for (at, value) in points {
        let mut gradient = vec![0.0; at.len()];
        let value_found = native(evaluator.as_mut(), &at, &mut gradient)?;
        near("native", value_found, value, OF_VALUE)?;
        if data.is_none() {
            near("interpreted", interpreted(&program, expression, &at)?, value, OF_VALUE)?;
        }
        for (along, found) in gradient.iter().enumerate() {
            let expected = difference(evaluator.as_mut(), &at, along)?;
            near(&format!("derivative {along}"), *found, expected, OF_GRADIENT)?;
        }
    }
    Ok(())
}

/// The derivative along a coordinate by differences, of fourth order in the step.
fn difference(evaluator: &mut dyn Evaluator, at: &[f64], along: usize) -> Result<f64, String> {
    let mut moved = |by: f64| {
        let mut at = at.to_vec();
        at[along] += by;
        native(evaluator, &at, &mut vec![0.0; at.len()])
    };
    let step = 1e-3;
    let (near, far) = (moved(step)? - moved(-step)?, moved(2.0 * step)? - moved(-2.0 * step)?);
    Ok((8.0 * near - far) / (12.0 * step))
}

fn near(what: &str, found: f64, expected: f64, tolerance: f64) -> Result<(), String> {
    let close = (found - expected).abs() <= tolerance * (1.0 + expected.abs());
    if close { Ok(()) } else { Err(format!("{what}: {found} instead of {expected}")) }
}
