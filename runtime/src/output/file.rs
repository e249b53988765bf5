//! Files of what a script saves, by ending.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{parquet, stan};
use crate::archive;
use crate::data::npy;
use crate::mcmc::Fit;
use crate::plot::{Picture, standalone};

/// What can be written to a file.
pub trait Saved {
    /// As columns; a reason where it has none.
    fn table(&self) -> Result<Table<'_>, String>;

    /// As nested lists and objects. Numbers that are not finite are null.
    fn json(&self) -> Value;

    /// As named arrays; a reason where it has none.
    fn arrays(&self) -> Result<Vec<Array>, String>;

    /// The chains of a fit.
    fn chains(&self) -> Option<&Fit> {
        None
    }

    /// A page of HTML about a fit.
    fn page(&self) -> Option<String> {
        None
    }

    /// A picture.
    fn picture(&self) -> Option<&Picture> {
        None
    }
}

/// A named array as NumPy has it.
pub struct Array {
    /// Its name.
    pub name: String,
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// NumPy's name of the entries' type, of eight bytes: `f8` or `i8`.
    pub code: &'static str,
    /// The entries, last axis fastest, in little-endian order.
    pub entries: Vec<[u8; 8]>,
}

/// Columns of equal length.
pub struct Table<'a> {
    /// Their names.
    pub header: Vec<String>,
    /// Their cells, row by row; the cells of a column are of one kind.
    pub rows: Box<dyn Iterator<Item = Vec<Cell>> + 'a>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// An integer.
    Int(i64),
    /// A real number.
    Real(f64),
    /// A text.
    Text(String),
    /// No value.
    Empty,
}

/// The shortest form that reads back alike.
impl fmt::Display for Cell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Int(value) => write!(out, "{value}"),
            Cell::Real(value) => write!(out, "{value:?}"),
            Cell::Text(text) => out.write_str(text),
            Cell::Empty => Ok(()),
        }
    }
}

/// A way to write a file, or a file for each chain of a fit.
struct Format {
    ending: &'static str,
    write: Written,
}

enum Written {
    Whole(fn(&dyn Saved, &mut dyn Write) -> Result<(), SaveError>),
    ByChain(fn(&Fit, usize, &mut dyn Write) -> io::Result<()>),
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

/// A longer ending before one that it ends in.
const FORMATS: [Format; 7] = [
    Format { ending: "stan.csv", write: Written::ByChain(stan::write_chain) },
    Format { ending: "csv", write: Written::Whole(write_csv) },
    Format { ending: "json", write: Written::Whole(write_json) },
    Format { ending: "parquet", write: Written::Whole(write_parquet) },
    Format { ending: "npz", write: Written::Whole(write_npz) },
    Format { ending: "svg", write: Written::Whole(write_svg) },
    Format { ending: "html", write: Written::Whole(write_html) },
];

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
    let names: Vec<String> = FORMATS.iter().map(|format| format!(".{}", format.ending)).collect();
    let (last, others) = names.split_last().expect("there are formats");
    format!("{} and {last}", others.join(", "))
}

/// Writes a value in the format of the path's ending. A file of that name is replaced only once all is written. Of a format with
/// a file for each chain, `draws.stan.csv` stands for `draws_1.stan.csv` and so on.
pub fn save(value: &dyn Saved, path: &Path) -> Result<(), SaveFailure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = |format: &Format| Some(name.strip_suffix(format.ending)?.strip_suffix('.')?.to_owned());
    let format = FORMATS.iter().find_map(|format| Some((format, stem(format)?)));
    let (format, stem) = format.ok_or_else(|| SaveFailure::UnknownEnding { path: path.to_owned() })?;
    match format.write {
        Written::Whole(write) => replace(path, &mut |out| write(value, out)),
        Written::ByChain(write) => {
            let Some(fit) = value.chains() else {
                let reason = "it is no fit".to_owned();
                return Err(SaveFailure::Unfit { path: path.to_owned(), reason });
            };
            (0..fit.chains.len()).try_for_each(|position| {
                let name = format!("{stem}_{}.{}", position + 1, format.ending);
                replace(&path.with_file_name(name), &mut |out| Ok(write(fit, position, out)?))
            })
        }
    }
}

/// Writes a file beside the one of this path, then in its place.
fn replace(
    path: &Path,
    write: &mut dyn FnMut(&mut dyn Write) -> Result<(), SaveError>,
) -> Result<(), SaveFailure> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let written = std::fs::File::create(&partial).map_err(SaveError::Io).and_then(|file| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.flush()?;
        Ok(std::fs::rename(&partial, path)?)
    });
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

/// An archive of NumPy's arrays.
fn write_npz(value: &dyn Saved, out: &mut dyn Write) -> Result<(), SaveError> {
    let arrays = value.arrays().map_err(SaveError::Unfit)?.into_iter().map(|array| {
        let bytes = npy::array(array.code, &array.shape, array.entries.into_iter());
        (format!("{}.npy", array.name), bytes)
    });
    Ok(out.write_all(&archive::written(&arrays.collect::<Vec<_>>()))?)
}

/// A line per row. Cells with a comma or a quote are quoted.
fn write_csv(value: &dyn Saved, out: &mut dyn Write) -> Result<(), SaveError> {
    let table = value.table().map_err(SaveError::Unfit)?;
    let rows = table.rows.map(|row| row.iter().map(Cell::to_string).collect());
    for row in std::iter::once(table.header).chain(rows) {
        let cells: Vec<String> = row.into_iter().map(quoted).collect();
        writeln!(out, "{}", cells.join(","))?;
    }
    Ok(())
}

fn write_parquet(value: &dyn Saved, out: &mut dyn Write) -> Result<(), SaveError> {
    let written = parquet::written(value.table().map_err(SaveError::Unfit)?);
    Ok(out.write_all(&written.map_err(|error| SaveError::Io(io::Error::other(error)))?)?)
}

fn quoted(cell: String) -> String {
    let plain = !cell.contains(['"', ',', '\n']);
    if plain { cell } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}

fn write_svg(value: &dyn Saved, out: &mut dyn Write) -> Result<(), SaveError> {
    let unfit = || SaveError::Unfit("it is no picture: `save(line(x, y), ..)`".to_owned());
    Ok(out.write_all(standalone(value.picture().ok_or_else(unfit)?).as_bytes())?)
}

/// A page that tells of a fit.
fn write_html(value: &dyn Saved, out: &mut dyn Write) -> Result<(), SaveError> {
    let page = value.page().ok_or_else(|| SaveError::Unfit("it is no fit".to_owned()))?;
    Ok(out.write_all(page.as_bytes())?)
}

fn write_json(value: &dyn Saved, out: &mut dyn Write) -> Result<(), SaveError> {
    if value.picture().is_some() {
        return Err(SaveError::Unfit("it is a picture, which .svg takes".to_owned()));
    }
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

    impl Saved for Draws {
        fn table(&self) -> Result<Table<'_>, String> {
            Ok(self.table())
        }

        fn json(&self) -> Value {
            self.json()
        }

        fn arrays(&self) -> Result<Vec<Array>, String> {
            let entries = self.draw(0, 0).iter().map(|value| value.to_le_bytes()).collect();
            Ok(vec![Array { name: "first".to_owned(), shape: vec![3], code: "f8", entries }])
        }
    }

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
        let failure = save(&draws(), Path::new("draws.xlsx")).expect_err("unknown");
        assert_eq!(
            failure.to_string(),
            "nothing can be saved as draws.xlsx; the endings known are .stan.csv, .csv, .json, .parquet, .npz, .svg and .html"
        );
    }

    #[test]
    fn an_archive_holds_arrays() {
        let mut out = Vec::new();
        assert!(write_npz(&draws(), &mut out).is_ok());
        let files = archive::read(&out).expect("an archive");
        assert_eq!(files[0].0, "first.npy");
        assert!(files[0].1.ends_with(&2.5f64.to_le_bytes()) && files[0].1.len() == 128 + 24);
    }

    #[test]
    fn a_file_by_chain_is_of_a_fit() {
        let failure = save(&draws(), Path::new("draws.stan.csv")).expect_err("no fit");
        assert_eq!(failure.to_string(), "this cannot be saved as draws.stan.csv: it is no fit");
    }

    #[test]
    fn a_folder_that_is_not_there_is_reported() {
        let path = std::env::temp_dir().join("ansatz-no-such-folder/draws.csv");
        assert!(matches!(save(&draws(), &path), Err(SaveFailure::Io { .. })));
    }
}
