//! Standard errors of what a script computes from draws, by sections: the same expression is computed from each of several
//! runs of consecutive draws, and the spread of the results tells how far one from all of them may be off.
//!
//! Sections are longer than the correlation of the draws lasts, or else there are too few draws for any use. A section
//! is repeated until it fills the axis, so that the expression sees as many draws as it is written for.

use ansatz_compiler::ir::Datum;
use ansatz_compiler::typed::tree::{Body, Expr, ExprKind};

use super::call::computes;
use super::value::{Numbers, Value};
use super::{Script, ScriptFailure};

/// Sections of all chains together, if there are draws enough.
const SECTIONS: usize = 32;
/// Fewer tell nothing.
const FEWEST: usize = 4;

/// What is read where a value is an array of draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sections {
    /// All draws.
    #[default]
    All,
    /// All draws, and the least number of sections that any of the arrays makes is noted.
    Counted(Option<usize>),
    /// The draws of one section.
    One {
        /// Which.
        number: usize,
        /// Of how many.
        of: usize,
    },
}

impl Script<'_> {
    /// The standard error of each entry of an expression whose value is numbers, and known; none if it uses no draws, or
    /// too few.
    pub(super) fn standard_errors(&mut self, expression: &Expr) -> Result<Option<Vec<f64>>, ScriptFailure> {
        self.sections = Sections::Counted(None);
        let counted = self.value(expression);
        let Sections::Counted(count) = std::mem::take(&mut self.sections) else {
            panic!("sections are counted, one expression at a time")
        };
        counted?;
        let Some(count) = count.filter(|count| *count >= FEWEST) else { return Ok(None) };
        let mut results: Vec<Vec<f64>> = Vec::with_capacity(count);
        for number in 0..count {
            self.sections = Sections::One { number, of: count };
            let result = self.value(expression);
            self.sections = Sections::All;
            results.push(result?.data().to_f64());
        }
        let errors =
            (0..results[0].len()).map(|entry| error_of_mean(results.iter().map(|result| result[entry])));
        Ok(Some(errors.collect()))
    }

    /// What is read of numbers: all of them, or a section of their draws, which then are no draws of a chain.
    pub(super) fn read(&mut self, numbers: Numbers) -> Numbers {
        let Some(own) = count(&numbers) else { return numbers };
        let datum = match &mut self.sections {
            Sections::All => return numbers,
            Sections::Counted(least) => {
                *least = Some(least.map_or(own, |least| least.min(own)));
                numbers.datum
            }
            Sections::One { number, of } => part(&numbers.datum, *number, *of),
        };
        Numbers { datum, chains: None }
    }

    /// The same of any value.
    pub(super) fn read_value(&mut self, value: Value) -> Value {
        match value {
            Value::Numbers(numbers) => Value::Numbers(self.read(numbers)),
            other => other,
        }
    }

    /// Whether what only the script can compute stays as it is while sections are read: inference is not run again.
    pub(super) fn stays(&self, value: &Expr) -> bool {
        self.sections != Sections::All && self.infers(value)
    }

    fn infers(&self, value: &Expr) -> bool {
        let own = match &value.kind {
            ExprKind::Call { function, .. } => {
                let function = &self.program.typed.functions[*function];
                match &function.body {
                    Body::Runtime(name) => !computes(name),
                    _ => function.runtime.is_some(),
                }
            }
            ExprKind::Used(_) => true,
            _ => false,
        };
        let mut found = own;
        value.parts(&mut |part| found = found || self.infers(part));
        found
    }
}

/// How many sections the draws of an array make; none if it has no draws.
fn count(numbers: &Numbers) -> Option<usize> {
    let chains = numbers.chains?.max(1);
    let draws = numbers.datum.shape()[0];
    Some((SECTIONS / chains).max(1).min(draws / chains) * chains)
}

/// The array with the draws of one section in the place of all. Chains are as long as each other, so that sections, cut
/// from all draws in a row, do not cross from one to the next.
fn part(datum: &Datum, number: usize, of: usize) -> Datum {
    let draws = datum.shape()[0];
    let (first, end) = (number * draws / of, (number + 1) * draws / of);
    datum.gathered((0..draws).map(|draw| first + draw % (end - first)))
}

/// The standard error of the mean of independent numbers.
fn error_of_mean(values: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let count = values.len() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
    (squares / (count - 1.0) / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_runs_of_draws_repeated() {
        let draws = Datum::from((0..8).map(f64::from).collect::<Vec<f64>>());
        assert_eq!(part(&draws, 1, 4), Datum::from(vec![2.0, 3.0, 2.0, 3.0, 2.0, 3.0, 2.0, 3.0]));
        let numbers = |chains| Numbers { datum: draws.clone(), chains };
        assert_eq!(
            [None, Some(1), Some(2), Some(4)].map(|chains| count(&numbers(chains))),
            [None, Some(8), Some(8), Some(8)]
        );
    }

    #[test]
    fn the_error_of_a_mean_is_that_of_the_textbook() {
        let error = error_of_mean([1.0, 2.0, 3.0, 4.0].into_iter());
        assert!((error - (5.0f64 / 12.0).sqrt()).abs() < 1e-15);
    }
}
