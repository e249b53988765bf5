//! Posteriors with known answers: programs of `tests/posteriors` on data of the shared folder, which are read in place.

use crate::corpus::text;
use crate::drawn::{checked, named};
use ansatz::diagnostics::Sample;
use ansatz::draws::Draws;
use ansatz::mcmc::{Fit, Progress, Settings, sample};
use ansatz::program::Posterior;
use ansatz_compiler::pipeline::Unobserved;
use nalgebra::DMatrix;
use serde_json::Value;
use std::path::Path;

/// A posterior with its answers.
pub struct Reference {
    /// The name of its program.
    pub name: &'static str,
    /// The shared folder of its data and answers.
    pub folder: &'static str,
    /// Relative error allowed of its log density.
    pub tolerance: f64,
    /// Divergences allowed in 4,000 draws.
    pub divergences: usize,
}

const fn known(name: &'static str, folder: &'static str) -> Reference {
    Reference { name, folder, tolerance: 1e-9, divergences: 5 }
}

const fn regression(name: &'static str, folder: &'static str) -> Reference {
    Reference { divergences: 0, ..known(name, folder) }
}

/// All of them.
pub const REFERENCES: [Reference; 13] = [
    known("arK", "arK-arK"),
    regression("blr", "sblrc-blr"),
    regression("diamonds", "diamonds-diamonds"),
    known("eight_schools_noncentered", "eight_schools-eight_schools_noncentered"),
    known("gp_regr", "gp_pois_regr-gp_regr"),
    known("hmm_example", "hmm_example-hmm_example"),
    regression("kidscore_momiq", "kidiq-kidscore_momiq"),
    regression("kilpisjarvi", "kilpisjarvi_mod-kilpisjarvi"),
    regression("logearn_interaction", "earnings-logearn_interaction"),
    regression("logmesquite", "mesquite-logmesquite"),
    Reference { tolerance: 1e-6, ..known("lotka_volterra", "hudson_lynx_hare-lotka_volterra") },
    known("low_dim_gauss_mix", "low_dim_gauss_mix-low_dim_gauss_mix"),
    regression("nes", "nes1976-nes"),
];

/// Standard errors, of both sides together, within which a mean must lie.
const ERRORS: f64 = 4.0;

impl Reference {
    /// The text of its program.
    pub fn program(&self) -> String {
        text(&format!("posteriors/{}.anz", self.name))
    }

    /// The posterior that a program names, on the shared data.
    ///
    /// # Panics
    /// If the program does not fit the data.
    pub fn posterior(&self, text: &str, shared: &Path) -> Posterior {
        let (program, bound) = checked(self.name, text, &self.read(shared, "data.json"));
        Posterior::new(&program, named(&program, "posterior"), &bound, &mut Unobserved)
            .unwrap_or_else(|error| panic!("{}: {error:?}", self.name))
    }

    /// Log densities that differ from those known, in words.
    pub fn density_faults(&self, posterior: &Posterior, shared: &Path) -> Vec<String> {
        let points = self.read(shared, "log_density.json");
        let points = points.as_array().expect("a list of points");
        assert_eq!(points.len(), 5, "five reference points");
        let found = |at: &Value| {
            let sites: Vec<Vec<f64>> = posterior.latent().map(|site| self.values(site, at)).collect();
            posterior.log_density_at(&sites)
        };
        let fault = |point: &Value| {
            let expected = numbers(&point["log_density"])[0];
            match found(&point["at"]) {
                Ok(found) if (found - expected).abs() <= self.tolerance * expected.abs() => None,
                other => Some(format!("{}: {other:?} instead of {expected}", self.name)),
            }
        };
        points.iter().filter_map(fault).collect()
    }

    /// The values of a latent site at a reference point: those of its name, but for eight schools, whose points are
    /// centred, and for the rows of a transition matrix, which have names of their own.
    fn values(&self, site: &str, at: &Value) -> Vec<f64> {
        match (self.name, site) {
            ("eight_schools_noncentered", "eta" | "theta_trans") => {
                let (mu, tau) = (numbers(&at["mu"])[0], numbers(&at["tau"])[0]);
                numbers(&at["theta"]).iter().map(|theta| (theta - mu) / tau).collect()
            }
            ("hmm_example", "theta") => [numbers(&at["theta1"]), numbers(&at["theta2"])].concat(),
            _ => numbers(&at[site]),
        }
    }

    /// Samples as the language does where nothing is said, and tells in words which means and mean squares differ from
    /// those known, and whether too many transitions diverged.
    ///
    /// # Panics
    /// If it cannot be sampled.
    pub fn moment_faults(&self, posterior: &Posterior, shared: &Path) -> Vec<String> {
        let settings = Settings::default();
        let fit = sample(posterior, &settings, &Progress::new(settings.chains))
            .unwrap_or_else(|failure| panic!("{}: {failure}", self.name));
        let answers = self.read(shared, "reference.json");
        let count = numbers(&answers["draws"])[0];
        let mut faults: Vec<String> = answers["parameters"]
            .as_object()
            .expect("answers by parameter")
            .iter()
            .flat_map(|(parameter, answer)| self.parameter_faults(&fit.draws, parameter, answer, count))
            .collect();
        let divergent = divergences(&fit);
        if divergent > self.divergences {
            faults.push(format!("{}: {divergent} transitions diverged", self.name));
        }
        faults
    }

    fn parameter_faults(&self, draws: &Draws, parameter: &str, answer: &Value, count: f64) -> Vec<String> {
        let label = self.label(parameter);
        let component = draws.layout().labels().position(|found| found == label);
        let values =
            draws.component(component.unwrap_or_else(|| panic!("{}: no `{label}` is drawn", self.name)));
        let known = |key: &str| numbers(&answer[key])[0];
        let rows = [
            ("mean", values.clone(), known("mean"), known("sd")),
            ("mean square", values.map(|value| value * value), known("mean_sq"), known("sd_sq")),
        ];
        let fault = |(what, values, mean, sd): (&str, DMatrix<f64>, f64, f64)| {
            let sample = Sample::new(values).expect("draws are numbers");
            let own = sample.mcse_mean().expect("draws differ");
            let errors = (sample.mean() - mean) / own.hypot(sd / count.sqrt());
            let (name, found) = (self.name, sample.mean());
            (errors.abs() > ERRORS)
                .then(|| format!("{name}: {what} of {label} {found}, known {mean}: {errors:.1} se away"))
        };
        rows.into_iter().filter_map(fault).collect()
    }

    /// Our label of a parameter whose name counts from 1.
    pub fn label(&self, parameter: &str) -> String {
        let Some((name, index)) = parameter.trim_end_matches(']').split_once('[') else {
            return parameter.to_owned();
        };
        let index = index.parse::<usize>().expect("an index is a number") - 1;
        match (self.name, name) {
            ("hmm_example", "theta1") => format!("theta[0,{index}]"),
            ("hmm_example", "theta2") => format!("theta[1,{index}]"),
            _ => format!("{name}[{index}]"),
        }
    }

    /// A file of its folder.
    ///
    /// # Panics
    /// If it is not there, or not JSON.
    pub fn read(&self, shared: &Path, file: &str) -> Value {
        let path = shared.join(self.folder).join(file);
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// Transitions after warm-up that diverged.
fn divergences(fit: &Fit) -> usize {
    fit.chains
        .iter()
        .flat_map(|chain| &chain.transitions)
        .filter(|transition| transition.outcome.diverged())
        .count()
}

/// All numbers of a value, in their order.
///
/// # Panics
/// If something else stands in it.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap_or_else(|| panic!("{number} is no number"))],
    }
}
