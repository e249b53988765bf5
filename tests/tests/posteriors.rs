//! Posteriors with known answers: programs and data of the shared folder, read in place. Skipped, with the reason, where
//! a user has no such folder.

#![allow(clippy::print_stdout, reason = "a skipped check says why")]

use ansatz::data::Input;
use ansatz::program::{Bound, Posterior, PosteriorError, Program};
use ansatz_compiler::pipeline::Unobserved;
use ansatz_compiler::typed::tree::StepKind;
use ansatz_grammar::diagnostic::render;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Programs whose posteriors evaluate, each with its folder of data. One that is missing here is not yet supported.
const SUPPORTED: &[(&str, &str)] = &[
    ("eight_schools_noncentered", "eight_schools-eight_schools_noncentered"),
    ("arK", "arK-arK"),
    ("kidscore_momiq", "kidiq-kidscore_momiq"),
    ("logearn_interaction", "earnings-logearn_interaction"),
    ("logmesquite", "mesquite-logmesquite"),
    ("nes", "nes1976-nes"),
    ("blr", "sblrc-blr"),
    ("kilpisjarvi", "kilpisjarvi_mod-kilpisjarvi"),
    ("diamonds", "diamonds-diamonds"),
    ("gp_regr", "gp_pois_regr-gp_regr"),
    ("hmm_example", "hmm_example-hmm_example"),
    ("low_dim_gauss_mix", "low_dim_gauss_mix-low_dim_gauss_mix"),
];

/// Relative error allowed of a log density.
const TOLERANCE: f64 = 1e-9;

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("ANSATZ_SHARED").map_or(beside, PathBuf::from);
    folder.join("posteriors").is_dir().then_some(folder)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The program's posterior on its data, or what is wrong in words.
fn posterior(shared: &Path, name: &str, folder: &str) -> Result<Posterior, String> {
    let text = read(&shared.join("programs/posteriors").join(name).with_extension("anz"));
    let mut program = Program::compile(name, &text);
    if program.is_faulty() {
        return Err(render(&program.diagnostics, &program.sources, false));
    }
    let data = read(&shared.join("posteriors").join(folder).join("data.json"));
    let input = Input { files: vec![("data.json".into(), data.into())], settings: Vec::new() };
    let bound = program.bind(&input).map_err(|faults| render(&faults, &program.sources, false))?;
    compile(&program, &bound)
}

fn compile(program: &Program, bound: &Bound) -> Result<Posterior, String> {
    let named = program.typed.script.iter().find_map(|step| match &step.kind {
        StepKind::Let { variable, value, .. } => {
            let name = &program.typed.variables[variable.0 as usize].name;
            (&**name == "posterior").then_some(value)
        }
        _ => None,
    });
    let expression = named.ok_or("no `posterior` is named")?;
    Posterior::new(program, expression, bound, &mut Unobserved).map_err(|error| match error {
        PosteriorError::Program(diagnostic) => render(&[*diagnostic], &program.sources, false),
        PosteriorError::Build(error) => error.to_string(),
    })
}

/// The latent sites' values at a reference point: by name, but for eight schools, whose reference point is centred, and
/// for the rows of a transition matrix, which have names of their own.
fn values(name: &str, latent: &str, at: &Value) -> Vec<f64> {
    if (name, latent) == ("eight_schools_noncentered", "theta_trans") {
        let (mu, tau) = (numbers(&at["mu"])[0], numbers(&at["tau"])[0]);
        return numbers(&at["theta"]).iter().map(|theta| (theta - mu) / tau).collect();
    }
    if (name, latent) == ("hmm_example", "theta") {
        return [numbers(&at["theta1"]), numbers(&at["theta2"])].concat();
    }
    numbers(&at[latent])
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap_or_else(|| panic!("{number} is no number"))],
    }
}

#[test]
fn log_densities_agree_with_the_references() {
    let Some(shared) = shared() else {
        println!("skipped: there is no folder of shared posteriors beside the checkout");
        return;
    };
    let mut faults = Vec::new();
    for (name, folder) in SUPPORTED {
        match posterior(&shared, name, folder) {
            Ok(posterior) => faults.extend(compared(&shared, name, folder, &posterior)),
            Err(fault) => faults.push(format!("{name}: {fault}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn compared(shared: &Path, name: &str, folder: &str, posterior: &Posterior) -> Vec<String> {
    let points = read(&shared.join("posteriors").join(folder).join("log_density.json"));
    let points: Value = serde_json::from_str(&points).expect("the references are JSON");
    let points = points.as_array().expect("a list of points");
    assert_eq!(points.len(), 5, "five reference points");
    let mut faults = Vec::new();
    for point in points {
        let sites: Vec<Vec<f64>> =
            posterior.latent().map(|latent| values(name, latent, &point["at"])).collect();
        let expected = numbers(&point["log_density"])[0];
        match posterior.log_density_at(&sites) {
            Ok(found) if (found - expected).abs() <= TOLERANCE * expected.abs() => {}
            Ok(found) => faults.push(format!("{name}: {found} instead of {expected}")),
            Err(error) => faults.push(format!("{name}: {error:?}")),
        }
    }
    faults
}
