//! `predict(fit, m, sites = [..], seed = k)` in a script: compiled for what is known, drawn for each draw of the fit, and put
//! together as a record.

use std::sync::Arc;

use ansatz_compiler::typed::tree::{Expr, Prediction as Asked};

use super::call::not_built;
use super::simulate::{Axis, draws_as_record};
use super::value::{ModelValue, Value};
use super::{Script, ScriptFailure};
use crate::program::{Bound, Predicted, Prediction};

impl Script<'_> {
    /// The draws of sites of a model, one for each draw of a fit.
    pub(super) fn predict(&mut self, expression: &Expr, asked: &Asked) -> Result<Value, ScriptFailure> {
        let Value::Fit(fit, fitted) = self.value(&asked.fit)? else {
            panic!("the checker lets predictions be made from fits only")
        };
        let Value::Model(model) = self.value(&asked.model)? else {
            panic!("the checker lets models only be predicted")
        };
        let seed = self.integer(&asked.seed)?;
        let seed = self.host.seed().unwrap_or(seed as u64);
        let [bound, of_fit] = [&model, &fitted].map(|model| self.bound_for(model));
        let [wanted, held, out] = [&asked.wanted, &asked.held, &asked.out]
            .map(|names| names.iter().map(|name| &**name).collect::<Vec<_>>());
        let predicted = Predicted {
            model: (&model.expression, &bound),
            wanted: &wanted,
            held: &held,
            out: &out,
            fitted: (&fitted.expression, &of_fit),
        };
        let prediction =
            Prediction::new(self.program, predicted).map_err(|error| not_built(expression, error))?;
        let axis = Axis { draws: fit.draws.chains() * fit.draws.length(), chains: fit.draws.chains() };
        self.refuse_draws_beyond_memory(expression, prediction.quantities(), axis.draws)?;
        let values = prediction
            .draw(&fit.draws, seed, self.host.threads())
            .map_err(|error| not_built(expression, error))?;
        Ok(draws_as_record(expression, prediction.quantities().iter().zip(values), Some(axis)))
    }

    /// The data with what a model had of the script.
    fn bound_for(&self, model: &Arc<ModelValue>) -> Bound {
        self.bound.with(model.sizes.clone(), model.captured.iter())
    }
}
