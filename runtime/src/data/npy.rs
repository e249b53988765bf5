//! NumPy's arrays: .npy, one array of the file's name, and .npz, an archive of them (numpy.lib.format).
//!
//! A binary file has no text to point into: messages show a line with name, type and shape of each array in its place.

use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::{SourceId, Sources, Span};

use super::format::File;
use super::json::{Entry, Fault, Kind, Node, distinct};
use crate::archive;

/// The array of a .npy file, under the file's name.
pub fn read_array((name, bytes): &File, sources: &mut Sources) -> Result<Vec<Entry>, Fault> {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    entries(name, &[(stem.to_owned(), bytes.as_slice())], sources)
}

/// The arrays of a .npz file.
pub fn read_archive((name, bytes): &File, sources: &mut Sources) -> Result<Vec<Entry>, Fault> {
    let files = archive::read(bytes).map_err(|why| unreadable(name, &why, sources))?;
    let files: Vec<(String, &[u8])> =
        files.iter().map(|(inner, contents)| (inner.clone(), contents.as_slice())).collect();
    entries(name, &files, sources)
}

fn unreadable(name: &str, why: &str, sources: &mut Sources) -> Fault {
    let place = Span::new(sources.add(name, ""), 0, 0);
    Diagnostic::error(codes::BAD_JSON, place, format!("{name} cannot be read: {why}"))
        .help("write it anew with numpy.savez, or numpy.save for a single array")
        .into()
}

fn entries(name: &str, files: &[(String, &[u8])], sources: &mut Sources) -> Result<Vec<Entry>, Fault> {
    let mut arrays = Vec::with_capacity(files.len());
    for (file, bytes) in files {
        let array = Array::read(bytes).map_err(|why| unreadable(name, &format!("{file}: {why}"), sources))?;
        arrays.push((file.strip_suffix(".npy").unwrap_or(file).to_owned(), array));
    }
    let lines = arrays.iter().map(|(key, array)| format!("{key}: {}{:?}", array.kind.name, array.shape));
    let lines: Vec<String> = lines.collect();
    let source = sources.add(name, lines.join("\n"));
    let mut start = 0;
    let mut entries = Vec::with_capacity(arrays.len());
    for ((key, array), line) in arrays.into_iter().zip(&lines) {
        let place = span(source, start, start + line.len());
        start += line.len() + 1;
        entries.push(Entry { key, place, value: array.node(place) });
    }
    distinct(&entries)?;
    Ok(entries)
}

fn span(source: SourceId, start: usize, end: usize) -> Span {
    Span::new(source, start as u32, end as u32)
}

/// An array's entries, as they lie in the file.
struct Array<'b> {
    kind: &'static Type,
    big_endian: bool,
    /// Whether the first axis is the fastest.
    fortran: bool,
    shape: Vec<usize>,
    bytes: &'b [u8],
}

/// A type of entries.
struct Type {
    /// As the file writes it, without the order of bytes.
    code: &'static str,
    name: &'static str,
    size: usize,
    /// Of bytes in little-endian order.
    value: fn(&[u8]) -> Kind,
}

/// The number of little-endian bytes of a machine type.
macro_rules! number {
    ($of:ty) => {
        |bytes| Kind::Number(<$of>::from_le_bytes(bytes.try_into().expect("the size is the type's")) as f64)
    };
}

const TYPES: [Type; 11] = [
    Type { code: "f8", name: "float64", size: 8, value: number!(f64) },
    Type { code: "f4", name: "float32", size: 4, value: number!(f32) },
    Type { code: "i8", name: "int64", size: 8, value: number!(i64) },
    Type { code: "i4", name: "int32", size: 4, value: number!(i32) },
    Type { code: "i2", name: "int16", size: 2, value: number!(i16) },
    Type { code: "i1", name: "int8", size: 1, value: number!(i8) },
    Type { code: "u8", name: "uint64", size: 8, value: number!(u64) },
    Type { code: "u4", name: "uint32", size: 4, value: number!(u32) },
    Type { code: "u2", name: "uint16", size: 2, value: number!(u16) },
    Type { code: "u1", name: "uint8", size: 1, value: number!(u8) },
    Type { code: "b1", name: "bool", size: 1, value: |bytes| Kind::Bool(bytes[0] != 0) },
];

impl<'b> Array<'b> {
    fn read(bytes: &'b [u8]) -> Result<Array<'b>, String> {
        let no_array = || "it does not begin as an array".to_owned();
        let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(no_array)?;
        let major = *rest.first().ok_or_else(no_array)?;
        let width = if major == 1 { 2 } else { 4 };
        let length = rest.get(2..2 + width).ok_or_else(no_array)?;
        let length = length.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        let header = rest.get(2 + width..(2 + width).saturating_add(length)).ok_or_else(no_array)?;
        let header = std::str::from_utf8(header).map_err(|_| no_array())?;
        let code = field(header, "descr").and_then(|text| text.strip_prefix('\'')?.split('\'').next());
        let code = code.ok_or("its entries are records, not numbers")?;
        let (order, code) = code.split_at_checked(1).ok_or_else(no_array)?;
        let kind = TYPES.iter().find(|row| row.code == code);
        let kind = kind.ok_or_else(|| format!("its entries are of the type `{code}`, not numbers"))?;
        let fortran = field(header, "fortran_order").ok_or_else(no_array)?.starts_with("True");
        let shape = field(header, "shape").and_then(shape).ok_or_else(no_array)?;
        let bytes = &rest[2 + width + length..];
        let size = shape.iter().try_fold(kind.size, |size, extent| size.checked_mul(*extent));
        if size != Some(bytes.len()) {
            return Err(format!("its shape is {shape:?}, and it has {} bytes", bytes.len()));
        }
        Ok(Array { kind, big_endian: order == ">", fortran, shape, bytes })
    }

    /// The array as nested lists, all at one place.
    fn node(&self, place: Span) -> Node {
        let mut strides = vec![1; self.shape.len()];
        let axes: Vec<usize> = (0..self.shape.len()).collect();
        let fastest_first: Vec<usize> = if self.fortran { axes } else { axes.into_iter().rev().collect() };
        for pair in fastest_first.windows(2) {
            strides[pair[1]] = strides[pair[0]] * self.shape[pair[0]];
        }
        self.part(place, &strides, 0, 0)
    }

    fn part(&self, span: Span, strides: &[usize], axis: usize, at: usize) -> Node {
        let Some(extent) = self.shape.get(axis) else { return Node { span, kind: self.entry(at) } };
        let items = (0..*extent).map(|i| self.part(span, strides, axis + 1, at + i * strides[axis]));
        Node { span, kind: Kind::Array(items.collect()) }
    }

    fn entry(&self, at: usize) -> Kind {
        let size = self.kind.size;
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(&self.bytes[at * size..(at + 1) * size]);
        if self.big_endian {
            bytes[..size].reverse();
        }
        (self.kind.value)(&bytes[..size])
    }
}

/// What follows a key of the header, a literal of Python.
fn field<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let quoted = format!("'{key}':");
    Some(header[header.find(&quoted)? + quoted.len()..].trim_start())
}

/// `(3, 2)`, `(3,)`, `()`
fn shape(text: &str) -> Option<Vec<usize>> {
    let inner = text.strip_prefix('(')?.split(')').next()?;
    inner.split(',').map(str::trim).filter(|size| !size.is_empty()).map(|size| size.parse().ok()).collect()
}

/// The bytes of a .npy file (version 1.0): entries in little-endian order, last axis fastest.
pub fn array(code: &str, shape: &[usize], entries: impl Iterator<Item = [u8; 8]>) -> Vec<u8> {
    const BLOCK: usize = 64;
    const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
    let extents: String = shape.iter().map(|extent| format!("{extent},")).collect();
    let mut header = format!("{{'descr': '<{code}', 'fortran_order': False, 'shape': ({extents}), }}");
    let length = MAGIC.len() + 2 + header.len() + 1;
    header += &" ".repeat(length.next_multiple_of(BLOCK) - length);
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    entries.for_each(|entry| bytes.extend(entry));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, entries: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(entries);
        bytes
    }

    fn read(name: &str, bytes: Vec<u8>) -> Result<Vec<Entry>, String> {
        let read = if name.ends_with('y') { read_array } else { read_archive };
        read(&(name.to_owned(), bytes), &mut Sources::default()).map_err(|fault| fault.message)
    }

    fn numbers(node: &Node) -> Vec<f64> {
        match &node.kind {
            Kind::Array(items) => items.iter().flat_map(numbers).collect(),
            Kind::Number(number) => vec![*number],
            Kind::Bool(truth) => vec![f64::from(u8::from(*truth))],
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn arrays_are_read_in_every_order() {
        let header = |order: &str| format!("{{'descr': '<i2', 'fortran_order': {order}, 'shape': (2, 3), }}");
        let bytes: Vec<u8> = (1..=6u16).flat_map(u16::to_le_bytes).collect();
        let rows = read("a/y.npy", npy(&header("False"), &bytes)).expect("an array");
        assert_eq!(
            (rows[0].key.as_str(), numbers(&rows[0].value)),
            ("y", vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        );
        let columns = read("y.npy", npy(&header("True"), &bytes)).expect("an array");
        assert_eq!(numbers(&columns[0].value), [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
        let big = npy("{'descr': '>f8', 'fortran_order': False, 'shape': (), }", &2.5f64.to_be_bytes());
        assert_eq!(numbers(&read("y.npy", big).expect("a scalar")[0].value), [2.5]);
        let truths = npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", &[1, 0]);
        assert_eq!(numbers(&read("y.npy", truths).expect("truths")[0].value), [1.0, 0.0]);
    }

    #[test]
    fn an_archive_has_arrays_by_name() {
        let made = |values: &[f64]| array("f8", &[values.len()], values.iter().map(|x| x.to_le_bytes()));
        let files = [("y.npy".to_owned(), made(&[1.5])), ("s.npy".to_owned(), made(&[2.0, -1.0]))];
        let entries = read("d.npz", archive::written(&files)).expect("an archive");
        let found: Vec<_> = entries.iter().map(|entry| (entry.key.as_str(), numbers(&entry.value))).collect();
        assert_eq!(found, [("y", vec![1.5]), ("s", vec![2.0, -1.0])]);
    }

    #[test]
    fn what_is_no_array_of_numbers_is_refused() {
        let header = |code: &str| format!("{{'descr': '{code}', 'fortran_order': False, 'shape': (2,), }}");
        let cases = [
            (b"hello".to_vec(), "it does not begin as an array"),
            (npy(&header("<f8"), &[0; 9]), "its shape is [2], and it has 9 bytes"),
            (npy(&header("<U3"), &[0; 24]), "its entries are of the type `U3`, not numbers"),
        ];
        for (bytes, why) in cases {
            assert_eq!(read("y.npy", bytes).expect_err(why), format!("y.npy cannot be read: y.npy: {why}"));
        }
        let huge = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999, 9999999999), }", &[]);
        assert!(read("y.npy", huge).is_err());
        assert!(read("y.npz", vec![1, 2, 3]).expect_err("short").starts_with("y.npz cannot be read: "));
    }
}
