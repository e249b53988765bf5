//! Apache Parquet, read by the `parquet` crate: a column is an array, lists in its cells are further axes; columns `X[0]`,
//! `X[1]`, .. are those of one matrix, as in tables of text.
//!
//! A binary file has no text to point into: messages show a line with the name and type of each column in its place.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::{Sources, Span};
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;

use super::csv::matrices;
use super::format::File;
use super::json::{Entry, Fault, Kind, Node, distinct};

/// The columns of a .parquet file.
pub fn read((name, bytes): &File, sources: &mut Sources) -> Result<Vec<Entry>, Fault> {
    // The crate promises errors for damaged files, and has panicked on some.
    let columns = catch_unwind(AssertUnwindSafe(|| columns(bytes)));
    let columns = columns.unwrap_or_else(|_| Err(ParquetError::General("it is damaged".to_owned())));
    let columns = match columns {
        Ok(columns) => columns,
        Err(error) => {
            let place = Span::new(sources.add(name, ""), 0, 0);
            let fault = Diagnostic::error(codes::BAD_JSON, place, format!("{name} cannot be read: {error}"));
            return Err(fault.help("write it anew, for example with pandas.DataFrame.to_parquet").into());
        }
    };
    let lines: Vec<&str> = columns.iter().map(|column| column.described.as_str()).collect();
    let source = sources.add(name, lines.join("\n"));
    let mut start = 0;
    let entries = columns.iter().map(|Column { name, described, cells }| {
        let place = Span::new(source, start, start + described.len() as u32);
        start = place.end + 1;
        let items = cells.iter().map(|cell| node(cell, place)).collect();
        Entry { key: name.clone(), place, value: Node { span: place, kind: Kind::Array(items) } }
    });
    let entries = matrices(entries.collect());
    distinct(&entries)?;
    Ok(entries)
}

struct Column {
    name: String,
    /// Its name, type and length.
    described: String,
    cells: Vec<Field>,
}

fn columns(bytes: &[u8]) -> Result<Vec<Column>, ParquetError> {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(bytes))?;
    let fields = reader.metadata().file_metadata().schema().get_fields();
    let mut columns: Vec<Column> = fields
        .iter()
        .map(|field| Column { name: field.name().to_owned(), described: described(field), cells: Vec::new() })
        .collect();
    for row in reader.get_row_iter(None)? {
        columns.iter_mut().zip(row?.into_columns()).for_each(|(column, (_, cell))| column.cells.push(cell));
    }
    for column in &mut columns {
        column.described += &format!("[{}]", column.cells.len());
    }
    Ok(columns)
}

fn described(field: &Type) -> String {
    let kind = if field.is_primitive() { field.get_physical_type().to_string() } else { "GROUP".to_owned() };
    format!("{}: {}", field.name(), kind.to_lowercase())
}

/// A cell as a number, a truth value, a text or an array of these.
fn node(cell: &Field, span: Span) -> Node {
    let kind = match cell {
        Field::Null => Kind::Null,
        Field::Bool(truth) => Kind::Bool(*truth),
        Field::Byte(value) => Kind::Number(f64::from(*value)),
        Field::Short(value) => Kind::Number(f64::from(*value)),
        Field::Int(value) => Kind::Number(f64::from(*value)),
        Field::Long(value) => Kind::Number(*value as f64),
        Field::UByte(value) => Kind::Number(f64::from(*value)),
        Field::UShort(value) => Kind::Number(f64::from(*value)),
        Field::UInt(value) => Kind::Number(f64::from(*value)),
        Field::ULong(value) => Kind::Number(*value as f64),
        Field::Float16(value) => Kind::Number(value.to_f64()),
        Field::Float(value) => Kind::Number(f64::from(*value)),
        Field::Double(value) => Kind::Number(*value),
        Field::Str(text) => Kind::Text(text.clone()),
        Field::ListInternal(list) => {
            Kind::Array(list.elements().iter().map(|item| node(item, span)).collect())
        }
        other => Kind::Text(other.to_string()),
    };
    Node { span, kind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Cell, Table, written_parquet};

    fn file() -> Vec<u8> {
        let rows = (0..3).map(|row| {
            let x = f64::from(row) / 2.0;
            let gap = if row == 1 { Cell::Empty } else { Cell::Real(x) };
            vec![Cell::Int(row.into()), Cell::Real(x), Cell::Real(-x), gap]
        });
        let header = ["n", "X[0]", "X[1]", "y"].map(str::to_owned).to_vec();
        written_parquet(Table { header, rows: Box::new(rows) }).expect("it is written")
    }

    #[test]
    fn columns_are_arrays_and_matrices_by_name() {
        let entries = read(&("d.parquet".to_owned(), file()), &mut Sources::default());
        let entries = entries.unwrap_or_else(|fault| panic!("{fault:?}"));
        let names: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(names, ["n", "X", "y"]);
        let Kind::Array(rows) = &entries[1].value.kind else { panic!("a matrix") };
        assert!(
            matches!(&rows[2].kind, Kind::Array(row) if matches!(row[1].kind, Kind::Number(x) if x == -1.0))
        );
        let Kind::Array(cells) = &entries[2].value.kind else { panic!("a column") };
        assert!(matches!(cells[1].kind, Kind::Null));
    }

    /// Whatever byte is lost or changed: a message, or other numbers; never a panic that goes through.
    #[test]
    fn a_damaged_file_is_told() {
        let whole = file();
        let mut refused = 0;
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x55;
            for bytes in [whole[..at].to_vec(), changed] {
                refused +=
                    usize::from(read(&("d.parquet".to_owned(), bytes), &mut Sources::default()).is_err());
            }
        }
        assert!(refused >= whole.len(), "a file that was cut is no file");
    }
}
