//! Files of draws, by ending.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::draws::Draws;

/// A way to write draws.
struct Format {
    ending: &'static str,
    write: fn(&Draws, &mut dyn Write) -> io::Result<()>,
}

const FORMATS: [Format; 2] =
    [Format { ending: "csv", write: write_csv }, Format { ending: "json", write: write_json }];

/// Why draws were not saved.
#[derive(Debug)]
pub enum SaveFailure {
    /// No format has this ending.
    UnknownEnding {
        /// The file asked for.
        path: PathBuf,
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
                write!(
                    out,
                    "draws cannot be saved as {}; the endings known are {}",
                    path.file_name().unwrap_or(path.as_os_str()).display(),
                    endings()
                )
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

/// Writes `draws` in the format of the path's ending. A file of that name is replaced only once all is written.
pub fn save(draws: &Draws, path: &Path) -> Result<(), SaveFailure> {
    let format = FORMATS.iter().find(|format| path.extension().is_some_and(|ending| ending == format.ending));
    let format = format.ok_or_else(|| SaveFailure::UnknownEnding { path: path.to_owned() })?;
    let partial = path.with_extension(format!("{}.partial", format.ending));
    write_all(draws, format, &partial)
        .and_then(|()| std::fs::rename(&partial, path))
        .map_err(|error| SaveFailure::Io { path: path.to_owned(), error })
}

fn write_all(draws: &Draws, format: &Format, path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    (format.write)(draws, &mut file)?;
    file.flush()
}

/// A line per draw: chain and draw from 0, then the values, each in the shortest form that reads back alike.
fn write_csv(draws: &Draws, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "chain,draw")?;
    for label in draws.layout().labels() {
        if label.contains(',') { write!(out, ",\"{label}\"")? } else { write!(out, ",{label}")? }
    }
    writeln!(out)?;
    for chain in 0..draws.chains() {
        for draw in 0..draws.length() {
            write!(out, "{chain},{draw}")?;
            for value in draws.draw(chain, draw) {
                write!(out, ",{value:?}")?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

/// An object with a nested list per quantity: chains, draws, then its own axes. Values that are not finite are null.
fn write_json(draws: &Draws, out: &mut dyn Write) -> io::Result<()> {
    let quantities = draws.layout().quantities().iter().map(|quantity| {
        let chain = |chain| {
            (0..draws.length())
                .map(|draw| nested(&draws.draw(chain, draw)[quantity.range()], &quantity.shape))
                .collect::<Vec<Value>>()
        };
        (quantity.name.clone(), (0..draws.chains()).map(chain).collect())
    });
    serde_json::to_writer(&mut *out, &Value::Object(quantities.collect()))?;
    writeln!(out)
}

fn nested(values: &[f64], shape: &[usize]) -> Value {
    match shape {
        [] => json!(values[0]),
        [extent, inner @ ..] => {
            let size: usize = inner.iter().product();
            (0..*extent).map(|i| nested(&values[i * size..(i + 1) * size], inner)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::Layout;

    fn draws() -> Draws {
        let layout = Layout::new([("mu".to_owned(), vec![]), ("s".to_owned(), vec![2, 1])]);
        Draws::new(layout, vec![vec![1.0, 0.1, 2.5], vec![1e-300, -2.0, f64::INFINITY]])
    }

    fn written(write: fn(&Draws, &mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&draws(), &mut out).expect("memory can be written");
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
            "draws cannot be saved as draws.parquet; the endings known are .csv and .json"
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_reported() {
        let path = std::env::temp_dir().join("ansatz-no-such-folder/draws.csv");
        assert!(matches!(save(&draws(), &path), Err(SaveFailure::Io { .. })));
    }
}
