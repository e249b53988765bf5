//! A fit as files: its draws as a table; draws, diagnostics and settings as an object or as arrays.

use serde_json::{Value, json};

use super::file::{Array, Saved, Table};
use super::report::Report;
use crate::draws::Quantity;
use crate::mcmc::{Fit, Transition};

/// The form of the object, counted up where a reader must be changed.
const SCHEMA: &str = "ansatz-fit-1";

struct Diagnostic {
    name: &'static str,
    value: fn(&Transition) -> Value,
}

const DIAGNOSTICS: [Diagnostic; 6] = [
    Diagnostic { name: "log_density", value: |it| json!(it.log_density) },
    Diagnostic { name: "divergent", value: |it| json!(it.outcome.diverged()) },
    Diagnostic { name: "depth", value: |it| json!(it.depth) },
    Diagnostic { name: "leapfrogs", value: |it| json!(it.leapfrogs) },
    Diagnostic { name: "acceptance", value: |it| json!(it.acceptance) },
    Diagnostic { name: "energy", value: |it| json!(it.energy) },
];

impl Saved for Fit {
    fn table(&self) -> Result<Table<'_>, String> {
        Ok(self.draws.table())
    }

    /// Draws and diagnostics by name: chains, draws, then axes of their own.
    fn json(&self) -> Value {
        let diagnostic = |row: &Diagnostic| {
            let chains = self.chains.iter().map(|chain| chain.transitions.iter().map(row.value).collect());
            (row.name.to_owned(), Value::Array(chains.collect()))
        };
        let by_chain =
            |value: fn(&crate::mcmc::Chain) -> Value| -> Value { self.chains.iter().map(value).collect() };
        json!({
            "schema": SCHEMA,
            "settings": {
                "seed": self.settings.seed,
                "warmup": self.settings.warmup,
                "draws": self.settings.draws,
                "delta": self.settings.delta,
                "interrupted": self.interrupted,
            },
            "chains": by_chain(|chain| json!(chain.number)),
            "step_size": by_chain(|chain| json!(chain.step_size)),
            "inverse_metric": by_chain(|chain| json!(chain.inverse_metric)),
            "draws": self.draws.json(),
            "diagnostics": Value::Object(DIAGNOSTICS.iter().map(diagnostic).collect()),
        })
    }

    /// Draws by name, then `diagnostics.energy` and the like.
    fn arrays(&self) -> Result<Vec<Array>, String> {
        let (chains, length) = (self.draws.chains(), self.draws.length());
        let quantity = |quantity: &Quantity| {
            let draws = (0..chains).flat_map(|chain| (0..length).map(move |draw| (chain, draw)));
            let entries = draws.flat_map(|(chain, draw)| &self.draws.draw(chain, draw)[quantity.range()]);
            let shape = [&[chains, length], quantity.shape.as_slice()].concat();
            Array {
                name: quantity.name.clone(),
                shape,
                code: "f8",
                entries: entries.map(|x| x.to_le_bytes()).collect(),
            }
        };
        let diagnostic = |row: &Diagnostic| {
            let transitions = self.chains.iter().flat_map(|chain| &chain.transitions);
            let number = |value: Value| match value {
                Value::Bool(truth) => f64::from(u8::from(truth)),
                value => value.as_f64().unwrap_or(f64::NAN),
            };
            let entries = transitions.map(|it| number((row.value)(it)).to_le_bytes()).collect();
            Array {
                name: format!("diagnostics.{}", row.name),
                shape: vec![chains, length],
                code: "f8",
                entries,
            }
        };
        let draws = self.draws.layout().quantities().iter().map(quantity);
        Ok(draws.chain(DIAGNOSTICS.iter().map(diagnostic)).collect())
    }

    fn chains(&self) -> Option<&Fit> {
        Some(self)
    }

    fn page(&self) -> Option<String> {
        Some(Report::new(self).html())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::verdict::testing::fit;

    #[test]
    fn the_object_says_its_schema_and_holds_draws_and_diagnostics() {
        let fit = fit(|_| {});
        let object = fit.json();
        assert_eq!(object["schema"], "ansatz-fit-1");
        assert_eq!(object["draws"]["eta"][3][249][1], json!(fit.draws.draw(3, 249)[2]));
        assert_eq!(object["diagnostics"]["energy"][0][7], json!(fit.chains[0].transitions[7].energy));
    }

    #[test]
    fn arrays_have_chains_and_draws_first() {
        let fit = fit(|_| {});
        let arrays = fit.arrays().expect("a fit is arrays");
        let eta = arrays.iter().find(|array| array.name == "eta").expect("eta");
        assert_eq!(eta.shape, [4, 250, 2]);
        assert_eq!(eta.entries[251 * 2 + 1], fit.draws.draw(1, 1)[2].to_le_bytes());
        assert!(arrays.iter().any(|array| array.name == "diagnostics.divergent" && array.shape == [4, 250]));
    }
}
