//! Guides that are made of the posteriors with known answers: what a fit says of itself, and how far it is from the answers.

use crate::reference::{REFERENCES, Reference, numbers};
use crate::session::session;
use ansatz::data::Input;
use serde_json::Value;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

/// The families that are made from any model.
const FAMILIES: [&str; 2] = ["meanfield", "fullrank"];

/// Fits these posteriors by both families, and tells of each; gives what the fits say of themselves and should not.
pub fn faults(wanted: &dyn Fn(&Reference) -> bool, shared: &Path, tell: &mut dyn FnMut(&str)) -> Vec<String> {
    let mut faults = Vec::new();
    for known in REFERENCES.iter().filter(|known| wanted(known)) {
        for family in FAMILIES {
            match Fitted::new(known, family, shared) {
                Ok(fitted) => {
                    tell(&fitted.to_string());
                    faults.extend(fitted.fault());
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
    faults
}

/// Above this tail index a fit must not be called usable.
const TRUSTED: f64 = 0.7;

/// A fit of one posterior by one family.
#[derive(Debug)]
pub struct Fitted {
    posterior: &'static str,
    family: &'static str,
    /// The bound, its standard error, and the Pareto k of its weights.
    pub numbers: [f64; 3],
    /// What it says of itself.
    pub verdict: String,
    /// The greatest difference of a mean from the known one, in known standard deviations.
    pub mean_error: f64,
    /// The greatest difference of the logarithm of a standard deviation from the known one.
    pub sd_error: f64,
    time: Duration,
}

impl fmt::Display for Fitted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [bound, error, k] = self.numbers;
        let (name, family, time) = (self.posterior, self.family, self.time.as_secs_f64());
        write!(out, "{name:26} {family:9} bound {bound:10.3} +- {error:.3}, k {k:5.2}, {time:5.1} s")?;
        if k > TRUSTED {
            write!(out, "; means off by up to {:.2} sd, sds by a factor ", self.mean_error)?;
            write!(out, "of up to {:.2}", self.sd_error.exp())?;
        }
        Ok(())
    }
}

impl Fitted {
    /// Fits a guide to a posterior, as a user would.
    ///
    /// # Errors
    /// What is said where it cannot be fitted, or where the fit says nothing of itself.
    ///
    /// # Panics
    /// If the answers cannot be read.
    pub fn new(known: &Reference, family: &'static str, shared: &Path) -> Result<Fitted, String> {
        let program = known.program();
        let (model, _) = program.split_once("let fit = ").expect("the program samples its posterior");
        let text = format!(
            "{model}let trial = auto.{family}(posterior)
let fit = maximize(elbo(posterior, trial), with = adam(exponential(0.1, 0.001)), steps = 4000, batch = 4, seed = 1)
print fit
let draws = simulate(trial, 4000, seed = 2) under fit
save(draws, \"draws.json\")
"
        );
        let begun = Instant::now();
        let data = known.read(shared, "data.json").to_string();
        let ended = session(known.name, &text, &Input::new().file("data.json", data), true);
        let who = format!("{} by {family}", known.name);
        if let Some(fault) = ended.diagnostics.iter().find(|fault| fault.is_error()) {
            return Err(format!("{who}: {} {}", fault.code, fault.message));
        }
        let after = |what: &str| {
            let (_, rest) = ended.printed.split_once(what)?;
            let number = rest.split([',', ':', '\n']).next()?;
            number.trim().parse::<f64>().ok().filter(|number| number.is_finite())
        };
        let k = match ended.printed.contains("cannot be told") {
            true => Some(f64::INFINITY),
            false => after("Pareto k "),
        };
        let numbers = [after("bound "), after("standard error "), k];
        let [Some(bound), Some(error), Some(k)] = numbers else {
            return Err(format!("{who} says nothing of itself: {}", ended.printed));
        };
        let verdict = ended.printed.lines().last().unwrap_or_default().to_owned();
        let (_, draws) = ended.saved.first().ok_or_else(|| format!("{who} saved no draws"))?;
        let draws: Value = serde_json::from_slice(draws).map_err(|error| format!("{who}: {error}"))?;
        let [mean_error, sd_error] = errors(known, &draws, shared);
        let time = begun.elapsed();
        let (posterior, numbers) = (known.name, [bound, error, k]);
        Ok(Fitted { posterior, family, numbers, verdict, mean_error, sd_error, time })
    }

    /// What the fit says of itself and should not, in words.
    pub fn fault(&self) -> Option<String> {
        let [_, error, k] = self.numbers;
        let called_usable = self.verdict.contains("usable");
        let refused = self.verdict.contains("not to be trusted");
        if called_usable != (k <= TRUSTED) || refused == called_usable {
            return Some(format!("{self}: `{}`", self.verdict));
        }
        (!error.is_finite() || error <= 0.0).then(|| format!("{self}: an error of {error}"))
    }
}

/// The greatest errors of means and of standard deviations, over the parameters that a guide draws.
fn errors(known: &Reference, draws: &Value, shared: &Path) -> [f64; 2] {
    let answers = known.read(shared, "reference.json");
    let mut worst = [0.0f64; 2];
    let mut compared = 0;
    for (parameter, answer) in answers["parameters"].as_object().expect("answers by parameter") {
        let label = known.label(parameter);
        let (site, index) = label.trim_end_matches(']').split_once('[').unwrap_or((&label, ""));
        let Some(values) = draws.get(site).and_then(Value::as_array) else { continue };
        let entry = |draw: &Value| {
            let indices = index.split(',').filter(|index| !index.is_empty());
            let indices = indices.map(|index| index.parse::<usize>().expect("an index is a number"));
            numbers(indices.fold(draw, |value, index| &value[index]))[0]
        };
        let values: Vec<f64> = values.iter().map(entry).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let sd = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        let [own_mean, own_sd] = ["mean", "sd"].map(|key| numbers(&answer[key])[0]);
        worst[0] = worst[0].max((mean - own_mean).abs() / own_sd);
        worst[1] = worst[1].max((sd / own_sd).ln().abs());
        compared += 1;
    }
    assert!(compared > 0, "{}: no parameter is compared", known.name);
    worst
}
