//! Eight schools from its text to its posterior, against published reference draws.

use ansatz::data::Input;
use ansatz::diagnostics::Sample;
use ansatz::mcmc::{Progress, Settings, sample};
use ansatz::program::{Posterior, Program};
use ansatz_compiler::pipeline::Unobserved;
use ansatz_compiler::typed::tree::{Expr, StepKind};
use serde_json::Value;

const PROGRAM: &str = include_str!("../../examples/eight_schools/eight_schools.anz");
const DATA: &str = include_str!("../../examples/eight_schools/eight_schools.json");

/// The shared file of that name, if there is a shared folder.
#[allow(clippy::print_stderr)]
fn shared(name: &str) -> Option<Value> {
    let folder = std::env::var("ANSATZ_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").to_owned());
    let path = format!("{folder}/posteriors/eight_schools-eight_schools_noncentered/{name}");
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).expect("the shared file is JSON")),
        Err(error) => {
            eprintln!("skipped: {path}: {error}");
            None
        }
    }
}

fn posterior() -> Posterior {
    let mut program = Program::compile("eight_schools.anz", PROGRAM);
    assert!(!program.is_faulty(), "{}", program.render(&program.diagnostics, false));
    let input = Input { files: vec![("eight_schools.json".into(), DATA.into())], settings: vec![] };
    let bound = program.read(&input).expect("the data fit");
    Posterior::new(&program, sampled(&program), &bound, &mut Unobserved).expect("it compiles")
}

/// The model that the script's first `let` names.
fn sampled(program: &Program) -> &Expr {
    let named = program.typed.script.iter().find_map(|step| match &step.kind {
        StepKind::Let { value, .. } => Some(value),
        _ => None,
    });
    named.expect("a posterior is named")
}

/// Of each parameter, how many combined Monte Carlo standard errors its mean and its mean square are off.
fn errors(reference: &Value, posterior: &Posterior) -> Vec<(String, [f64; 2])> {
    let settings = Settings { seed: 20, draws: 5_000, ..Settings::default() };
    let fit = sample(posterior, &settings, &Progress::new(settings.chains)).expect("a fit");
    let parameters = reference["parameters"].as_object().expect("parameters");
    let error = |(name, row): (&String, &Value)| {
        let number = |field: &str| row[field].as_f64().expect("a number");
        let (base, index) = name.split_once('[').unwrap_or((name, "1]"));
        let index: usize = index.trim_end_matches(']').parse().expect("an index");
        let range = fit.draws.layout().quantity(base).expect("it is reported").range();
        let values = fit.draws.component(range.start + index - 1);
        let squares = values.map(|x| x * x);
        let off = |values, mean: f64, sd: f64| {
            let sample = Sample::new(values).expect("draws");
            let reference_error = sd / number_of(reference, "draws").sqrt();
            let own_error = sample.mcse_mean().expect("it varies");
            (sample.mean() - mean).abs() / own_error.hypot(reference_error)
        };
        let errors =
            [off(values, number("mean"), number("sd")), off(squares, number("mean_sq"), number("sd_sq"))];
        (name.clone(), errors)
    };
    parameters.iter().map(error).collect()
}

fn number_of(value: &Value, field: &str) -> f64 {
    value[field].as_f64().expect("a number")
}

/// Ten parameters, two figures each, within four combined standard errors: a sound sampler fails for one seed in 800.
#[test]
fn the_posterior_agrees_with_reference_draws() {
    let Some(mut reference) = shared("reference.json") else { return };
    let posterior = posterior();
    let found = errors(&reference, &posterior);
    assert_eq!(found.len(), 10);
    for (name, errors) in &found {
        assert!(errors.iter().all(|error| *error < 4.0), "{name} is off by {errors:?} standard errors");
    }
    // The check sees a mean of mu that is wrong by a tenth of its standard deviation.
    let mu = &mut reference["parameters"]["mu"];
    mu["mean"] = (number_of(mu, "mean") + 0.1 * number_of(mu, "sd")).into();
    let control = errors(&reference, &posterior);
    assert!(control.iter().any(|(_, errors)| errors[0] > 4.0), "{control:?}");
}
