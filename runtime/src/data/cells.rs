//! Cells: read as numbers, and checked entry by entry. What is wrong is said once for each kind of fault in each variable,
//! at the first cell, with the count.

use ansatz_grammar::diagnostic::{Code, Diagnostic, codes};

use super::declaration::{Declaration, Element};
use super::json::{Kind, Node};
use super::shape::index;

/// An array as numbers.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// One for each cell; truth values are 0 or 1, indices count from 0. NaN where missing.
    pub values: Vec<f64>,
    /// Cells that the file leaves out, ascending.
    pub missing: Vec<usize>,
}

/// What can be wrong with one cell, the order of the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Type,
    NotFinite,
    Outside,
}

struct Words {
    fault: Fault,
    code: Code,
    one: &'static str,
    many: &'static str,
}

const WORDS: [Words; 3] = [
    Words {
        fault: Fault::Type,
        code: codes::WRONG_CELL,
        one: "a cell of the wrong type",
        many: "cells of the wrong type",
    },
    Words {
        fault: Fault::NotFinite,
        code: codes::NOT_FINITE,
        one: "an entry that is not finite",
        many: "entries that are not finite",
    },
    Words {
        fault: Fault::Outside,
        code: codes::OUTSIDE_SUPPORT,
        one: "an entry outside its declared support",
        many: "entries outside their declared support",
    },
];

/// What cells are checked against.
pub struct Check<'d> {
    variable: &'d Declaration,
    /// Least and greatest integer, as the file counts.
    integers: [Option<i64>; 2],
}

impl<'d> Check<'d> {
    /// The check of a variable, given the sizes.
    pub fn new(variable: &'d Declaration, known: &[Option<i64>]) -> Check<'d> {
        let integers = match &variable.element {
            Element::Int { least, greatest } => [least, greatest].map(|end| {
                let values: Vec<i64> = known.iter().map(|value| value.unwrap_or(0)).collect();
                let end = end.as_ref().and_then(|end| end.evaluate(&values));
                end.map(|end| end.saturating_add(variable.first))
            }),
            Element::Real(_) | Element::Bool => [None, None],
        };
        Check { variable, integers }
    }

    /// Reads the cells of an array of this shape.
    pub fn read(&self, shape: &[usize], cells: &[&Node]) -> Result<Numbers, Vec<Diagnostic>> {
        let mut numbers = Numbers::default();
        let mut faults: [Vec<usize>; WORDS.len()] = Default::default();
        for (position, cell) in cells.iter().enumerate() {
            if self.variable.optional && cell.kind == Kind::Null {
                numbers.missing.push(position);
                numbers.values.push(f64::NAN);
                continue;
            }
            match self.cell(cell) {
                Ok(value) => numbers.values.push(value),
                Err(fault) => faults[fault as usize].push(position),
            }
        }
        let messages: Vec<Diagnostic> = WORDS
            .iter()
            .filter(|words| !faults[words.fault as usize].is_empty())
            .map(|words| self.message(words, shape, cells, &faults[words.fault as usize]))
            .collect();
        if messages.is_empty() { Ok(numbers) } else { Err(messages) }
    }

    fn cell(&self, cell: &Node) -> Result<f64, Fault> {
        let value = match (&self.variable.element, &cell.kind) {
            (Element::Bool, Kind::Bool(value)) => return Ok(f64::from(u8::from(*value))),
            (_, Kind::Number(value)) => *value,
            _ => return Err(Fault::Type),
        };
        if !value.is_finite() {
            return Err(Fault::NotFinite);
        }
        match &self.variable.element {
            Element::Bool if value == 0.0 || value == 1.0 => Ok(value),
            Element::Bool => Err(Fault::Type),
            Element::Real(range) if range.contains(value) => Ok(value),
            Element::Real(_) => Err(Fault::Outside),
            Element::Int { .. } => self.integer(value),
        }
    }

    fn integer(&self, value: f64) -> Result<f64, Fault> {
        /// Doubles above it skip integers.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() != 0.0 || value.abs() > EXACT {
            return Err(Fault::Type);
        }
        let [least, greatest] = self.integers;
        let within = least.is_none_or(|least| value as i64 >= least)
            && greatest.is_none_or(|greatest| value as i64 <= greatest);
        if within { Ok((value as i64 - self.variable.first) as f64) } else { Err(Fault::Outside) }
    }

    /// What a cell should be, in words.
    fn expected(&self) -> String {
        let base = match &self.variable.element {
            Element::Bool => "true or false, or 1 or 0".to_owned(),
            Element::Real(range) => range.describe(),
            Element::Int { .. } => match self.integers {
                [Some(least), Some(greatest)] => format!("a whole number from {least} to {greatest}"),
                [Some(least), None] => format!("a whole number, {least} or above"),
                [None, Some(greatest)] => format!("a whole number, {greatest} or below"),
                [None, None] => "a whole number".to_owned(),
            },
        };
        if self.variable.optional { format!("{base}, or null where it is missing") } else { base }
    }

    fn message(&self, words: &Words, shape: &[usize], cells: &[&Node], faults: &[usize]) -> Diagnostic {
        let (name, cell) = (&self.variable.name, cells[faults[0]]);
        let what = match faults.len() {
            1 => words.one.to_owned(),
            count => format!("{count} {}", words.many),
        };
        let here = format!("{name}{}", index(shape, faults[0]));
        let label = if faults.len() == 1 { here } else { format!("{here}, the first of them") };
        let message = Diagnostic::error(words.code, cell.span, format!("`{name}` has {what}"))
            .here(label)
            .label(self.variable.span, "declared here")
            .expected(self.expected())
            .found(found(cell));
        match self.advice(words.fault, cells, faults) {
            Some(advice) => message.help(advice),
            None => message,
        }
    }

    fn advice(&self, fault: Fault, cells: &[&Node], faults: &[usize]) -> Option<String> {
        let name = &self.variable.name;
        let all = |value: fn(&Kind) -> bool| faults.iter().all(|&position| value(&cells[position].kind));
        match fault {
            Fault::Type if all(|kind| *kind == Kind::Null) => Some(format!(
                "if entries of `{name}` may be missing, declare its entries with `?`, as in `real?[N]`"
            )),
            Fault::NotFinite => {
                Some("leave out such rows, or give null and declare the entries with `?`".to_owned())
            }
            Fault::Outside => self
                .counting_advice(cells)
                .or_else(|| Some(format!("mend the data, or declare `{name}` with a wider type"))),
            Fault::Type if all(|kind| matches!(kind, Kind::Text(_))) => {
                Some("a number stands without quotes".to_owned())
            }
            Fault::Type if all(|kind| matches!(kind, Kind::Number(_))) => {
                Some(format!("declare `{name}` as `real`, if it is measured and not counted"))
            }
            Fault::Type if all(|kind| matches!(kind, Kind::Bool(_))) => {
                Some(format!("declare `{name}` as `bool`, or write 1 for true and 0 for false"))
            }
            Fault::Type => None,
        }
    }

    /// Indices that would fit if they were counted from 1.
    fn counting_advice(&self, cells: &[&Node]) -> Option<String> {
        let [Some(least), Some(greatest)] = self.integers else { return None };
        let from_one =
            |cell: &&Node| matches!(cell.kind, Kind::Number(x) if x >= 1.0 && x <= (greatest + 1) as f64);
        (self.variable.first == 0 && least == 0 && cells.iter().all(from_one)).then(|| {
            "these seem to count from 1: say so with `from 1` at the end of the declaration".to_owned()
        })
    }
}

fn found(cell: &Node) -> String {
    match &cell.kind {
        Kind::Number(value) => value.to_string(),
        Kind::Text(text) => format!("the text \"{text}\""),
        Kind::Bool(value) => value.to_string(),
        other => other.describe().to_owned(),
    }
}
