//! What an optimiser found: parameters by declaration, the values on the way, and how far it is to be trusted.

use std::fmt;
use std::time::Duration;

use super::value::Value;
use crate::output::number::grouped;

/// What `minimize` or `maximize` gives.
#[derive(Clone, Debug)]
pub struct Optimum {
    /// The parameters, those of a guide under its name, and the `trace`.
    pub record: Value,
    /// Number of steps that were done.
    pub steps: usize,
    /// Draws of each.
    pub batch: usize,
    /// How long they took.
    pub time: Duration,
    /// Whether the user ended it.
    pub interrupted: bool,
    /// Where the objective bounds an evidence: what its draws tell of the bound.
    pub bound: Option<Bound>,
}

/// A bound of an evidence, estimated by draws of its log weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The mean log weight.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// The tail index of the weights (Pareto-smoothed importance sampling); none where it cannot be told.
    pub pareto_k: Option<f64>,
}

/// Above this tail index averages over the draws of a guide say little of the posterior (Yao et al. 2018).
const TRUSTED: f64 = 0.7;

impl Bound {
    /// What it says of the fit, in a sentence.
    fn verdict(&self) -> String {
        match self.pareto_k {
            Some(k) if k <= TRUSTED => {
                format!("Pareto k {k:.2}: usable, the guide is close to the posterior")
            }
            Some(k) => format!(
                "Pareto k {k:.2}, above {TRUSTED}: not to be trusted. The guide misses a part of the posterior; sample it by \
                 `nuts`, or take a richer guide"
            ),
            None => "the Pareto k of its weights cannot be told: not to be trusted".to_owned(),
        }
    }
}

impl fmt::Display for Optimum {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Value::Record(fields) = &self.record else { panic!("an optimum is a record") };
        for (name, value) in fields.iter().filter(|(name, _)| **name != *"trace") {
            match value {
                Value::Record(own) => {
                    own.iter().try_for_each(|(field, value)| writeln!(out, "{name}.{field}: {value}"))?;
                }
                value => writeln!(out, "{name}: {value}")?,
            }
        }
        let ended = if self.interrupted { ", ended early" } else { "" };
        let draws = if self.batch == 1 { "1 draw".to_owned() } else { format!("{} draws", self.batch) };
        write!(out, "{} steps of {draws}{ended}", grouped(self.steps as u64))?;
        if let Some(bound) = &self.bound {
            write!(
                out,
                "\nbound {:.4}, standard error {:.4}\n{}",
                bound.value,
                bound.error,
                bound.verdict()
            )?;
        }
        Ok(())
    }
}
