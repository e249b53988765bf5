//! The formats of data files, by ending: each makes entries with places of a file's bytes.

use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::{SourceId, Sources, Span};

use super::json::{self, Entry, Fault, Kind, Node};
use super::{csv, npy, parquet};

/// A data file: its name, whose ending says the format, and its bytes.
pub type File = (String, Vec<u8>);

struct Format {
    ending: &'static str,
    read: fn(&File, &mut Sources) -> Result<Vec<Entry>, Fault>,
}

const FORMATS: [Format; 6] = [
    Format { ending: "json", read: |file, sources| text(file, sources, object) },
    Format { ending: "csv", read: |file, sources| text(file, sources, |id, text| csv::read(id, text, b',')) },
    Format {
        ending: "tsv",
        read: |file, sources| text(file, sources, |id, text| csv::read(id, text, b'\t')),
    },
    Format { ending: "npy", read: npy::read_array },
    Format { ending: "npz", read: npy::read_archive },
    Format { ending: "parquet", read: parquet::read },
];

/// The endings that are known.
pub fn endings() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.ending)
}

/// The entries of a file; one of another ending is read as JSON.
pub fn read(file: &File, sources: &mut Sources) -> Result<Vec<Entry>, Fault> {
    let ending = file.0.rsplit('.').next().unwrap_or_default();
    let format = FORMATS.iter().find(|format| format.ending.eq_ignore_ascii_case(ending));
    (format.unwrap_or(&FORMATS[0]).read)(file, sources)
}

/// Reads a file as text.
fn text(
    (name, bytes): &File,
    sources: &mut Sources,
    read: fn(SourceId, &str) -> Result<Vec<Entry>, Fault>,
) -> Result<Vec<Entry>, Fault> {
    match std::str::from_utf8(bytes) {
        Ok(text) => read(sources.add(name, text), text),
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let end = u32::try_from(valid.len()).unwrap_or(0);
            let id = sources.add(name, valid);
            let place = Span::new(id, end, end);
            let fault = Diagnostic::error(codes::BAD_JSON, place, "this file is not text in UTF-8");
            Err(fault
                .help("what the file's ending promises is read: .npy, .npz and .parquet are binary")
                .into())
        }
    }
}

fn object(source: SourceId, text: &str) -> Result<Vec<Entry>, Fault> {
    let Node { span, kind } = json::read(source, text)?;
    let Kind::Object(entries) = kind else {
        let fault = Diagnostic::error(codes::BAD_JSON, span, "the data are not an object");
        return Err(fault
            .expected("{\"name\": value, ..}")
            .found(kind.describe())
            .help("give each value its declared name")
            .into());
    };
    Ok(entries)
}
