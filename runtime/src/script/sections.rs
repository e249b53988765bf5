//! Standard errors of what a script computes from draws, by sections: the same expression is computed from each of several
//! runs of consecutive draws, and the spread of the results tells how far one from all of them may be off.
//!
//! Sections are longer than the correlation of the draws lasts, or else there are too few draws for any use. A section
//! is repeated until it fills the axis, so that the expression sees as many draws as it is written for.

use ansatz_compiler::ir::Datum;
use ansatz_compiler::lower::script::EXPRESSION;
use ansatz_compiler::pipeline::once;
use ansatz_compiler::typed::tree::Expr;

use super::kernel::{Lowered, failed};
use super::value::Numbers;
use super::{Script, ScriptFailure};

/// Sections of all chains together, if there are draws enough.
const SECTIONS: usize = 32;
/// Fewer tell nothing.
const FEWEST: usize = 4;

impl Script<'_> {
    /// The standard error of each entry of a numeric expression that is prepared; none if it uses no draws, or too few.
    pub(super) fn standard_errors(&mut self, expression: &Expr) -> Result<Option<Vec<f64>>, ScriptFailure> {
        let Lowered { computed, inputs } = self.lowered(expression)?;
        let counts = inputs.iter().filter_map(count);
        let Some(count) = counts.min().filter(|count| *count >= FEWEST) else { return Ok(None) };
        let mut results: Vec<Vec<f64>> = Vec::with_capacity(count);
        for section in 0..count {
            let arguments: Vec<Datum> = inputs.iter().map(|input| part(input, section, count)).collect();
            let values = once(&computed.module, EXPRESSION, &arguments, false)
                .map_err(|error| failed(expression, &computed, &error))?;
            results.push(values[0].to_f64());
        }
        let errors =
            (0..results[0].len()).map(|entry| error_of_mean(results.iter().map(|result| result[entry])));
        Ok(Some(errors.collect()))
    }
}

/// How many sections the draws of an input make; none if it has no draws.
fn count(input: &Numbers) -> Option<usize> {
    let chains = input.chains?;
    let draws = input.datum.shape()[0];
    Some((SECTIONS / chains).max(1).min(draws / chains.max(1)) * chains)
}

/// The input with the draws of one section in the place of all. Chains are as long as each other, so that sections, cut
/// from all draws in a row, do not cross from one to the next.
fn part(input: &Numbers, section: usize, count: usize) -> Datum {
    if input.chains.is_none() {
        return input.datum.clone();
    }
    let draws = input.datum.shape()[0];
    let (first, end) = (section * draws / count, (section + 1) * draws / count);
    input.datum.gathered((0..draws).map(|draw| first + draw % (end - first)))
}

/// The standard error of the mean of independent numbers.
fn error_of_mean(values: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let count = values.len() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
    (squares / (count - 1.0) / count).sqrt()
}
