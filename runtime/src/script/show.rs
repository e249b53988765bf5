//! Values as a script prints them: numbers in the shortest form that reads back alike, entries of arrays to six digits, long
//! axes abbreviated, and records by field.

use std::fmt;

use ansatz_compiler::ir::{Constant, Datum, Element};

use super::value::Value;
use crate::plot::{Screen, draw};

/// Entries of an axis that are all shown; of a longer one, the first and last three.
const SHOWN: usize = 10;
const ENDS: usize = 3;
/// Significant digits of an entry.
const DIGITS: usize = 6;

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Numbers(numbers) => out.write_str(&datum(&numbers.datum)),
            Value::Record(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                let multiline = fields.iter().any(|field| field.contains('\n'));
                let between = if multiline { ",\n " } else { ", " };
                write!(out, "{{{}}}", fields.join(between))
            }
            Value::Text(text) => out.write_str(text),
            Value::Model(_) => out.write_str("a model"),
            Value::Fit(fit, _) => {
                write!(out, "a fit of {} chains of {} draws", fit.draws.chains(), fit.draws.length())
            }
            Value::Optimum(optimum) => optimum.fmt(out),
            Value::Summary(summary) => summary.fmt(out),
            Value::Calibration(calibration) => calibration.fmt(out),
            Value::Picture(picture) => out.write_str(&draw(picture, Screen::default())),
            Value::Nothing => Ok(()),
        }
    }
}

/// A number, or an array with its shape where that is not plain to see.
pub(super) fn datum(datum: &Datum) -> String {
    match datum {
        Datum::Scalar(scalar) => number(*scalar),
        Datum::Array(array) => {
            let text = rows(datum, 0);
            let plain = array.shape.len() == 1 && array.shape[0] <= SHOWN;
            if plain { text } else { format!("{text}  {}", shape(datum)) }
        }
    }
}

/// `real[4000, 2]`
fn shape(datum: &Datum) -> String {
    let element = match datum.element() {
        Element::F64 | Element::F32 => "real",
        Element::I64 => "int",
        Element::Bool => "bool",
    };
    let extents: Vec<String> = datum.shape().iter().map(usize::to_string).collect();
    format!("{element}[{}]", extents.join(", "))
}

/// `[1.0, 2.0]`, rows of rows below each other.
fn rows(of: &Datum, depth: usize) -> String {
    if of.shape().is_empty() {
        return entry(of.scalars()[0]);
    }
    let extent = of.shape()[0];
    let row = |position: usize| rows(&of.row(position), depth + 1);
    let shown: Vec<String> = if extent <= SHOWN {
        (0..extent).map(row).collect()
    } else {
        let dots = std::iter::once("..".to_owned());
        (0..ENDS).map(row).chain(dots).chain((extent - ENDS..extent).map(row)).collect()
    };
    let between = match of.shape().len() {
        1 => ", ".to_owned(),
        _ => format!(",\n{}", " ".repeat(depth + 1)),
    };
    format!("[{}]", shown.join(&between))
}

fn number(scalar: Constant) -> String {
    match scalar {
        Constant::F64(x) => format!("{x:?}"),
        Constant::F32(x) => format!("{x:?}"),
        Constant::I64(n) => n.to_string(),
        Constant::Bool(b) => b.to_string(),
    }
}

/// An entry, to a few digits.
fn entry(scalar: Constant) -> String {
    match scalar {
        Constant::F64(x) if x.is_finite() => {
            let short = format!("{x:.*e}", DIGITS - 1);
            number(Constant::F64(short.parse().unwrap_or(x)))
        }
        other => number(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_short_and_long_axes_abbreviated() {
        assert_eq!(datum(&Datum::from(1.0 / 3.0)), "0.3333333333333333");
        assert_eq!(datum(&Datum::from(vec![1.0 / 3.0, 2.0, f64::NAN])), "[0.333333, 2.0, NaN]");
        let long: Vec<i64> = (0..4_000).collect();
        assert_eq!(datum(&Datum::from(long)), "[0, 1, 2, .., 3997, 3998, 3999]  int[4000]");
        let matrix = Datum::floats(&[2, 2], &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(datum(&matrix), "[[1.0, 2.0],\n [3.0, 4.0]]  real[2, 2]");
    }

    #[test]
    fn records_are_shown_by_field() {
        let fields = [("mu".into(), Datum::from(1.5).into()), ("n".into(), Datum::from(2).into())];
        assert_eq!(Value::Record(fields.into()).to_string(), "{mu: 1.5, n: 2}");
    }
}
