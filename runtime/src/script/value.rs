//! What the names of a script stand for.

use std::collections::BTreeMap;
use std::sync::Arc;

use ansatz_compiler::ir::Datum;
use ansatz_compiler::typed::tree::{Expr, Variable};

use super::optimum::Optimum;
use crate::calibration::Calibration;
use crate::mcmc::Fit;
use crate::output::Summary;
use crate::plot::Picture;

/// A value of the script. Cheap to copy.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number or a truth value, or an array of them.
    Numbers(Numbers),
    /// Named values. An array of records is a record of arrays, whose leading axes are those of the array.
    Record(Arc<[(Arc<str>, Value)]>),
    /// Text.
    Text(Arc<str>),
    /// A model, with what is given: compiled where it is sampled.
    Model(Arc<ModelValue>),
    /// A sampled posterior, and the model that it is of.
    Fit(Arc<Fit>, Arc<ModelValue>),
    /// What an optimiser found.
    Optimum(Arc<Optimum>),
    /// The summary of a fit.
    Summary(Arc<Summary>),
    /// The ranks of a calibration.
    Calibration(Arc<Calibration>),
    /// A picture.
    Picture(Arc<Picture>),
    /// Of a call for its effect, and of what the compiler alone handles, such as a measure.
    Nothing,
}

/// A number or a truth value, or an array of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// The entries.
    pub datum: Datum,
    /// Where the first axis is that of draws: from how many chains, one after the other, they are.
    pub chains: Option<usize>,
}

/// A model as the script has it: an expression and what it had of the script when it was written.
#[derive(Clone, Debug)]
pub struct ModelValue {
    /// A model, or `m given {..}`, that no variable stands for.
    pub expression: Expr,
    /// The numbers of the script's variables in it, field by field.
    pub captured: BTreeMap<Variable, Vec<Datum>>,
    /// The numbers of the size symbols, where known.
    pub sizes: Vec<Option<i64>>,
}

impl Value {
    /// The number or array.
    ///
    /// # Panics
    /// If it is neither: the checker lets only numbers stand where one is asked for.
    pub fn data(&self) -> &Datum {
        match self {
            Value::Numbers(numbers) => &numbers.datum,
            other => panic!("a number is expected, not {other:?}"),
        }
    }

    /// Its numbers, field by field.
    pub fn numbers(&self) -> Vec<&Numbers> {
        match self {
            Value::Numbers(numbers) => vec![numbers],
            Value::Record(fields) => fields.iter().flat_map(|(_, field)| field.numbers()).collect(),
            Value::Optimum(optimum) => optimum.record.numbers(),
            _ => Vec::new(),
        }
    }

    /// How many rows it has.
    ///
    /// # Panics
    /// If it is no array, and no array of records: the checker lets nothing else be run over.
    pub fn length(&self) -> usize {
        self.numbers().first().map_or(0, |numbers| numbers.datum.shape()[0])
    }

    /// A row of an array: of an array of records, a record.
    pub fn row(&self, position: usize) -> Value {
        match self {
            Value::Numbers(numbers) => numbers.datum.row(position).into(),
            Value::Record(fields) => Value::Record(
                fields.iter().map(|(name, field)| (name.clone(), field.row(position))).collect(),
            ),
            other => panic!("an array is expected, not {other:?}"),
        }
    }

    /// A field of a record.
    ///
    /// # Panics
    /// If there is none: the checker knows the fields.
    pub fn field(&self, name: &str) -> &Value {
        let fields = match self {
            Value::Record(fields) => fields,
            Value::Optimum(optimum) => return optimum.record.field(name),
            other => panic!("a record is expected, not {other:?}"),
        };
        let found = fields.iter().find(|(field, _)| **field == *name);
        &found.unwrap_or_else(|| panic!("the record has no `{name}`")).1
    }
}

impl From<Datum> for Value {
    fn from(datum: Datum) -> Value {
        Value::Numbers(Numbers { datum, chains: None })
    }
}
