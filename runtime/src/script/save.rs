//! Values of a script as files. In a table, records of arrays are columns with a row for each entry of their first axis.

use ansatz_compiler::ir::{Constant, Datum, Element};
use serde_json::{Value as Json, json};

use super::value::Value;
use crate::draws::Layout;
use crate::mcmc::Fit;
use crate::output::{Array, Cell, Saved, Table, nested};
use crate::plot::Picture;

impl Saved for Value {
    fn table(&self) -> Result<Table<'_>, String> {
        match self {
            Value::Fit(fit, _) => fit.table(),
            Value::Summary(summary) => summary.table(),
            Value::Picture(_) => Err(OF_PICTURE.to_owned()),
            _ => {
                let mut columns = Vec::new();
                collect(self, "value", &mut columns)?;
                table(columns)
            }
        }
    }

    fn json(&self) -> Json {
        match self {
            Value::Numbers(numbers) => {
                let scalars: Vec<Json> = numbers.datum.scalars().into_iter().map(scalar).collect();
                nested(&scalars, numbers.datum.shape())
            }
            Value::Record(fields) => {
                Json::Object(fields.iter().map(|(name, value)| (name.to_string(), value.json())).collect())
            }
            Value::Text(text) => json!(**text),
            Value::Fit(fit, _) => fit.json(),
            Value::Summary(summary) => summary.json(),
            Value::Calibration(calibration) => json!(calibration.verdict()),
            Value::Optimum(optimum) => optimum.record.json(),
            Value::Model(_) | Value::Picture(_) | Value::Nothing => Json::Null,
        }
    }

    fn arrays(&self) -> Result<Vec<Array>, String> {
        match self {
            Value::Fit(fit, _) => fit.arrays(),
            Value::Summary(summary) => summary.arrays(),
            Value::Picture(_) => Err(OF_PICTURE.to_owned()),
            _ => {
                let mut columns = Vec::new();
                collect(self, "value", &mut columns)?;
                Ok(columns.into_iter().map(array).collect())
            }
        }
    }

    fn chains(&self) -> Option<&Fit> {
        match self {
            Value::Fit(fit, _) => Some(fit),
            _ => None,
        }
    }

    fn picture(&self) -> Option<&Picture> {
        match self {
            Value::Picture(picture) => Some(picture),
            _ => None,
        }
    }
}

const OF_PICTURE: &str = "it is a picture, which .svg takes";

fn array((name, datum): (String, &Datum)) -> Array {
    let integer = |scalar: Constant| match scalar {
        Constant::I64(n) => Some(n),
        Constant::Bool(b) => Some(i64::from(b)),
        Constant::F64(_) | Constant::F32(_) => None,
    };
    let integers: Option<Vec<[u8; 8]>> =
        datum.scalars().into_iter().map(|scalar| Some(integer(scalar)?.to_le_bytes())).collect();
    let (code, entries) = match integers {
        Some(entries) if datum.element() != Element::F64 => ("i8", entries),
        _ => ("f8", datum.to_f64().into_iter().map(f64::to_le_bytes).collect()),
    };
    Array { name, shape: datum.shape().to_vec(), code, entries }
}

/// The arrays of a value, by name.
fn collect<'v>(value: &'v Value, name: &str, columns: &mut Vec<(String, &'v Datum)>) -> Result<(), String> {
    match value {
        Value::Numbers(numbers) => columns.push((name.to_owned(), &numbers.datum)),
        Value::Optimum(optimum) => collect(&optimum.record, name, columns)?,
        Value::Record(fields) => {
            for (field, value) in fields.iter() {
                let name = if name == "value" { field.to_string() } else { format!("{name}.{field}") };
                collect(value, &name, columns)?;
            }
        }
        _ => return Err("only numbers stand in it".to_owned()),
    }
    Ok(())
}

fn table(columns: Vec<(String, &Datum)>) -> Result<Table<'_>, String> {
    let length = |datum: &Datum| datum.shape().first().copied().unwrap_or(1);
    let rows = columns.first().map_or(0, |(_, datum)| length(datum));
    if let Some((name, datum)) = columns.iter().find(|(_, datum)| length(datum) != rows) {
        let first = &columns[0].0;
        let (own, found) = (rows, length(datum));
        return Err(format!(
            "`{first}` has {own} rows and `{name}` has {found}; .json takes values of any shape"
        ));
    }
    let shapes = columns.iter().map(|(name, datum)| {
        let row = datum.shape().get(1..).unwrap_or(&[]);
        (name.clone(), row.to_vec())
    });
    let header = Layout::new(shapes).labels().collect();
    let rows = (0..rows).map(move |row| {
        let cells = columns.iter().flat_map(|(_, datum)| match datum {
            Datum::Scalar(scalar) => vec![*scalar],
            array => array.row(row).scalars(),
        });
        cells.map(cell).collect()
    });
    Ok(Table { header, rows: Box::new(rows) })
}

/// Truth values are 0 and 1.
fn cell(scalar: Constant) -> Cell {
    match scalar {
        Constant::F64(x) => Cell::Real(x),
        Constant::F32(x) => Cell::Real(x.into()),
        Constant::I64(x) => Cell::Int(x),
        Constant::Bool(x) => Cell::Int(x.into()),
    }
}

fn scalar(scalar: Constant) -> Json {
    match scalar {
        Constant::F64(x) => json!(x),
        Constant::F32(x) => json!(x),
        Constant::I64(n) => json!(n),
        Constant::Bool(b) => json!(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Value {
        let matrix = Datum::floats(&[2, 2], &[1.0, 2.0, 3.0, 4.0]);
        let fields = [("n".into(), Datum::from(vec![7, 8]).into()), ("x".into(), matrix.into())];
        Value::Record(fields.into())
    }

    #[test]
    fn a_record_of_arrays_is_a_table() {
        let value = record();
        let table = value.table().expect("the columns are equally long");
        assert_eq!(table.header, ["n", "x[0]", "x[1]"]);
        let rows: Vec<Vec<String>> =
            table.rows.map(|row| row.iter().map(Cell::to_string).collect()).collect();
        assert_eq!(rows, [["7", "1.0", "2.0"], ["8", "3.0", "4.0"]]);
        assert_eq!(value.json().to_string(), r#"{"n":[7,8],"x":[[1.0,2.0],[3.0,4.0]]}"#);
    }

    #[test]
    fn columns_of_other_lengths_are_refused() {
        let fields = [("a".into(), Datum::from(vec![1, 2]).into()), ("b".into(), Datum::from(1.0).into())];
        let Err(reason) = Value::Record(fields.into()).table() else { panic!("the columns differ") };
        assert!(reason.starts_with("`a` has 2 rows and `b` has 1"), "{reason}");
    }
}
