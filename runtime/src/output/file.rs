//! Files of what a script saves, by ending.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// What can be written to a file.
pub trait Saved {
    /// As columns; a reason where it has none.
    fn table(&self) -> Result<Table<'_>, String>;

    /// As nested lists and objects. Numbers that are not finite are null.
    fn json(&self) -> Value;
}

/// Columns of equal length.
pub struct Table<'a> {
    /// Their names.
    pub header: Vec<String>,
    /// Their cells, row by row.
    pub rows: Box<dyn Iterator<Item = Vec<String>> + 'a>,
}

/// A way to write a file.
struct Format {
    ending: &'static str,
    write: fn(&dyn Saved, &mut dyn Write) -> Result<(), SaveError>,
}

/// Why a format could not be written.
enum SaveError {
    Io(io::Error),
    Unfit(String),
}

impl From<io::Error> for SaveError {
    fn from(error: io::Error) -> SaveError {
        SaveError::Io(error)
    }
}

const FORMATS: [Format; 2] =
    [Format { ending: "csv", write: write_csv }, Format { ending: "json", write: write_json }];

/// Why a value was not saved.
#[derive(Debug)]
pub enum SaveFailure {
    /// No format has this ending.
    UnknownEnding {
        /// The file asked for.
        path: PathBuf,
    },
    /// The value is of another form than the file's.
    Unfit {
        /// The file asked for.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The file could not be written.
    Io {
        /// The file asked for.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl fmt::Display for SaveFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SaveFailure::UnknownEnding { path } => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                write!(out, "nothing can be saved as {}; the endings known are {}", name.display(), endings())
            }
            SaveFailure::Unfit { path, reason } => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                write!(out, "this cannot be saved as {}: {reason}", name.display())
            }
            SaveFailure::Io { path, error } => {
                write!(out, "{} could not be written: {error}", path.display())
            }
        }
    }
}

/// The endings that [`save`] knows, in words.
pub fn endings() -> String {
    FORMATS.map(|format| format!(".{}", format.ending)).join(" and ")
}

/// Writes a value in the format of the path's ending. A file of that name is replaced only once all is written.
pub fn save(value: &dyn Saved, path: &Path) -> Result<(), SaveFailure> {
    let format = FORMATS.iter().find(|format| path.extension().is_some_and(|ending| ending == format.ending));
    let format = format.ok_or_else(|| SaveFailure::UnknownEnding { path: path.to_owned() })?;
    let partial = path.with_extension(format!("{}.partial", format.ending));
    let written = write_all(value, format, &partial)
        .and_then(|()| std::fs::rename(&partial, path).map_err(SaveError::Io));
    written.map_err(|error| {
        // What was begun is of no use; if it is not there, nothing is lost.
        let _ = std::fs::remove_file(&partial);
        let path = path.to_owned();
        match error {
            SaveError::Io(error) => SaveFailure::Io { path, error },
            SaveError::Unfit(reason) => SaveFailure::Unfit { path, reason },
        }
    })
}

fn write_all(value: &dyn Saved, format: &Format, path: &Path) -> Result<(), SaveError> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    (format.write)(value, &mut file)?;
    Ok(file.flush()?)
}

/// A line per row. Cells with a comma or a quote are quoted.
fn write_csv(value: &dyn Saved, out: &mut dyn Write) -> Result<(), SaveError> {
    let table = value.table().map_err(SaveError::Unfit)?;
    for row in std::iter::once(table.header).chain(table.rows) {
        let cells: Vec<String> = row.into_iter().map(quoted).collect();
        writeln!(out, "{}", cells.join(","))?;
    }
    Ok(())
}

fn quoted(cell: String) -> String {
    let plain = !cell.contains(['"', ',', '\n']);
    if plain { cell } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}

fn write_json(value: &dyn Saved, out: &mut dyn Write) -> Result<(), SaveError> {
    serde_json::to_writer(&mut *out, &value.json()).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

/// The numbers of an array as lists of lists.
pub fn nested(values: &[Value], shape: &[usize]) -> Value {
    match shape {
        [] => values[0].clone(),
        [extent, inner @ ..] => {
            let size: usize = inner.iter().product();
            (0..*extent).map(|i| nested(&values[i * size..(i + 1) * size], inner)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::{Draws, Layout};

    fn draws() -> Draws {
        let layout = Layout::new([("mu".to_owned(), vec![]), ("s".to_owned(), vec![2, 1])]);
        Draws::new(layout, vec![vec![1.0, 0.1, 2.5], vec![1e-300, -2.0, f64::INFINITY]])
    }

    fn written(write: fn(&dyn Saved, &mut dyn Write) -> Result<(), SaveError>) -> String {
        let mut out = Vec::new();
        assert!(write(&draws(), &mut out).is_ok());
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn csv_has_a_line_per_draw() {
        assert_eq!(
            written(write_csv),
            "chain,draw,mu,\"s[0,0]\",\"s[1,0]\"\n0,0,1.0,0.1,2.5\n1,0,1e-300,-2.0,inf\n"
        );
    }

    #[test]
    fn json_nests_chains_draws_and_axes() {
        assert_eq!(
            written(write_json),
            "{\"mu\":[[1.0],[1e-300]],\"s\":[[[[0.1],[2.5]]],[[[-2.0],[null]]]]}\n"
        );
    }

    #[test]
    fn an_unknown_ending_names_the_known_ones() {
        let failure = save(&draws(), Path::new("draws.parquet")).expect_err("unknown");
        assert_eq!(
            failure.to_string(),
            "nothing can be saved as draws.parquet; the endings known are .csv and .json"
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_reported() {
        let path = std::env::temp_dir().join("ansatz-no-such-folder/draws.csv");
        assert!(matches!(save(&draws(), &path), Err(SaveFailure::Io { .. })));
    }
}
