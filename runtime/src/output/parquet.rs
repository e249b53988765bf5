//! Tables as Apache Parquet, by the `parquet` crate: a column for each of the table's, compressed by Snappy.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::file::{Cell, Table};

/// The bytes of a file with this table.
pub fn written(table: Table) -> Result<Vec<u8>> {
    let mut columns: Vec<Vec<Cell>> = table.header.iter().map(|_| Vec::new()).collect();
    for row in table.rows {
        columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
    }
    let fields = table.header.iter().zip(&columns).map(|(name, column)| Ok(Arc::new(field(name, column)?)));
    let schema = Type::group_type_builder("table").with_fields(fields.collect::<Result<_>>()?).build()?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    for column in &columns {
        let mut writer = group.next_column()?.expect("the schema has a column for each");
        write(writer.untyped(), column)?;
        writer.close()?;
    }
    group.close()?;
    file.into_inner()
}

/// The type of a column: that of its first cell with a value.
fn field(name: &str, column: &[Cell]) -> Result<Type> {
    let (physical, logical) = match column.iter().find(|cell| **cell != Cell::Empty) {
        Some(Cell::Int(_)) => (PhysicalType::INT64, None),
        Some(Cell::Text(_)) => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
        _ => (PhysicalType::DOUBLE, None),
    };
    let gaps = column.contains(&Cell::Empty);
    let repetition = if gaps { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    Type::primitive_type_builder(name, physical)
        .with_logical_type(logical)
        .with_repetition(repetition)
        .build()
}

/// Writes a column; cells without a value are told by their level.
fn write(writer: &mut ColumnWriter, column: &[Cell]) -> Result<()> {
    let levels: Vec<i16> = column.iter().map(|cell| i16::from(*cell != Cell::Empty)).collect();
    let levels = Some(levels.as_slice()).filter(|levels| levels.contains(&0));
    match writer {
        ColumnWriter::Int64ColumnWriter(writer) => {
            let cells = column
                .iter()
                .filter_map(|cell| if let Cell::Int(value) = cell { Some(*value) } else { None });
            writer.write_batch(&cells.collect::<Vec<i64>>(), levels, None)?;
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let cells = column
                .iter()
                .filter_map(|cell| if let Cell::Real(value) = cell { Some(*value) } else { None });
            writer.write_batch(&cells.collect::<Vec<f64>>(), levels, None)?;
        }
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let cells = column.iter().filter_map(|cell| {
                if let Cell::Text(text) = cell { Some(text.as_str().into()) } else { None }
            });
            writer.write_batch(&cells.collect::<Vec<ByteArray>>(), levels, None)?;
        }
        _ => unreachable!("columns are of the types that `field` gives"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    #[test]
    fn integers_reals_texts_and_gaps_are_read_back() {
        let rows = vec![
            vec![Cell::Text("a".into()), Cell::Int(1), Cell::Real(0.1), Cell::Empty],
            vec![Cell::Text("b".into()), Cell::Int(-2), Cell::Real(f64::INFINITY), Cell::Real(2.5)],
        ];
        let header = ["name", "n", "x[0]", "gap"].map(str::to_owned).to_vec();
        let table = Table { header, rows: Box::new(rows.into_iter()) };
        let bytes = written(table).expect("it is written");
        let reader = SerializedFileReader::new(Bytes::from(bytes)).expect("it is read");
        let rows: Vec<String> = reader
            .get_row_iter(None)
            .expect("it has rows")
            .map(|row| row.expect("a row").to_string())
            .collect();
        assert_eq!(
            rows,
            ["{name: \"a\", n: 1, x[0]: 0.1, gap: null}", "{name: \"b\", n: -2, x[0]: inf, gap: 2.5}"]
        );
    }
}
