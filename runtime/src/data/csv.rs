//! Tables as text, RFC 4180: a line of names, then a line for each row. A column is an array; columns `X[0]`, `X[1]`, .. or
//! `X.1`, `X.2`, .. are those of one matrix. Empty cells and `NA` are missing.

use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::{SourceId, Span};

use super::json::{Entry, Fault, Kind, Node, distinct};

/// Reads a table whose cells are separated by `separator`. The first fault ends it.
pub fn read(source: SourceId, text: &str, separator: u8) -> Result<Vec<Entry>, Fault> {
    if u32::try_from(text.len()).is_err() {
        let place = Span::new(source, 0, 0);
        return Err(Diagnostic::error(codes::BAD_JSON, place, "this file is larger than 4 GB").into());
    }
    // A mark of the byte order, which some writers put first.
    let begin = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { source, text, at: begin, separator };
    let Some(header) = reader.row()? else {
        let place = Span::new(source, 0, 0);
        let fault = Diagnostic::error(codes::BAD_JSON, place, "this table is empty");
        return Err(fault.expected("a line with the names of the columns").into());
    };
    let mut columns: Vec<Vec<Node>> = header.iter().map(|_| Vec::new()).collect();
    while let Some(row) = reader.row()? {
        if row.len() != header.len() {
            return Err(uneven(&header, &row));
        }
        columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell.node()));
    }
    let entry = |(name, items): (Cell, Vec<Node>)| {
        let value = Node { span: name.span, kind: Kind::Array(items) };
        Entry { key: name.text.trim().to_owned(), place: name.span, value }
    };
    let entries = matrices(header.into_iter().zip(columns).map(entry).collect());
    distinct(&entries)?;
    Ok(entries)
}

fn uneven(header: &[Cell], row: &[Cell]) -> Fault {
    let place = row[0].span.to(row[row.len() - 1].span);
    let message = format!("this row has {} cells where the table has {} columns", row.len(), header.len());
    let fault = Diagnostic::error(codes::BAD_JSON, place, message)
        .label(header[0].span.to(header[header.len() - 1].span), "the columns are named here");
    fault.help("leave a cell empty where a value is missing; quote cells that hold a separator").into()
}

struct Cell {
    span: Span,
    text: String,
    quoted: bool,
}

impl Cell {
    fn node(self) -> Node {
        let word = self.text.trim();
        let kind = match word {
            _ if self.quoted => word.parse().map_or(None, |number| Some(Kind::Number(number))),
            "" | "NA" => Some(Kind::Null),
            "true" | "TRUE" | "True" => Some(Kind::Bool(true)),
            "false" | "FALSE" | "False" => Some(Kind::Bool(false)),
            word => word.parse().ok().map(Kind::Number),
        };
        Node { span: self.span, kind: kind.unwrap_or(Kind::Text(self.text)) }
    }
}

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    at: usize,
    separator: u8,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next row that is not an empty line; none at the end.
    fn row(&mut self) -> Result<Option<Vec<Cell>>, Fault> {
        while let Some(b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
        if self.peek().is_none() {
            return Ok(None);
        }
        let mut cells = Vec::new();
        loop {
            cells.push(if self.peek() == Some(b'"') { self.quoted()? } else { self.plain() });
            match self.peek() {
                Some(byte) if byte == self.separator => self.at += 1,
                _ => return Ok(Some(cells)),
            }
        }
    }

    fn plain(&mut self) -> Cell {
        let start = self.at;
        let ends = |byte: u8| byte == self.separator || matches!(byte, b'\r' | b'\n');
        let length = self.text.as_bytes()[start..].iter().position(|byte| ends(*byte));
        self.at = length.map_or(self.text.len(), |length| start + length);
        Cell { span: self.span(start), text: self.text[start..self.at].to_owned(), quoted: false }
    }

    fn quoted(&mut self) -> Result<Cell, Fault> {
        let start = self.at;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at + 1..];
            let Some(length) = rest.find('"') else {
                self.at = start + 1;
                let fault = Diagnostic::error(codes::BAD_JSON, self.span(start), "a text is never closed");
                return Err(fault.expected("`\"`").into());
            };
            text += &rest[..length];
            self.at += length + 2;
            if self.peek() != Some(b'"') {
                break;
            }
            text.push('"');
        }
        let after = self.peek();
        if after.is_some_and(|byte| byte != self.separator && !matches!(byte, b'\r' | b'\n')) {
            let fault =
                Diagnostic::error(codes::BAD_JSON, self.span(start), "a cell goes on after its quotes");
            return Err(fault.help("a quote within quotes is written twice").into());
        }
        Ok(Cell { span: self.span(start), text, quoted: true })
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.source, start as u32, self.at as u32)
    }
}

/// Puts columns of one matrix together.
pub fn matrices(entries: Vec<Entry>) -> Vec<Entry> {
    let mut out: Vec<Entry> = Vec::with_capacity(entries.len());
    let mut columns: Vec<Entry> = Vec::new();
    for entry in entries {
        let begun = columns.first().and_then(|first| indexed(&first.key, 0)).map(str::to_owned);
        if begun.is_some() && indexed(&entry.key, columns.len()).map(str::to_owned) == begun {
            columns.push(entry);
            continue;
        }
        out.extend(matrix(std::mem::take(&mut columns)));
        if indexed(&entry.key, 0).is_some() { columns.push(entry) } else { out.push(entry) }
    }
    out.extend(matrix(columns));
    out
}

/// The name of an array of which a column is the one of this number, from 0.
fn indexed(name: &str, number: usize) -> Option<&str> {
    let base =
        name.strip_suffix(&format!("[{number}]")).or_else(|| name.strip_suffix(&format!(".{}", number + 1)));
    base.filter(|base| !base.is_empty())
}

fn matrix(columns: Vec<Entry>) -> Option<Entry> {
    let first = columns.first()?;
    let key = indexed(&first.key, 0).unwrap_or(&first.key).to_owned();
    let place = first.place;
    let mut rows: Vec<Vec<Node>> = Vec::new();
    for column in columns {
        let Kind::Array(items) = column.value.kind else { panic!("a column is an array") };
        rows.resize_with(items.len(), Vec::new);
        rows.iter_mut().zip(items).for_each(|(row, item)| row.push(item));
    }
    let row = |items: Vec<Node>| Node { span: items[0].span, kind: Kind::Array(items) };
    let value = Node { span: place, kind: Kind::Array(rows.into_iter().map(row).collect()) };
    Some(Entry { key, place, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(node: &Node) -> String {
        match &node.kind {
            Kind::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
            Kind::Number(number) => number.to_string(),
            Kind::Text(text) => format!("'{text}'"),
            Kind::Bool(truth) => truth.to_string(),
            other => other.describe().to_owned(),
        }
    }

    fn read_text(text: &str) -> Result<Vec<(String, String)>, Fault> {
        let entries = read(SourceId(0), text, b',')?;
        Ok(entries.iter().map(|entry| (entry.key.clone(), shown(&entry.value))).collect())
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    #[test]
    fn columns_are_arrays_by_name() {
        let found = read_text("\u{feff}y,\"s d\",n\r\n1,2.5e1,NA\r\n\r\n-3,,true\n").expect("a table");
        assert_eq!(found, pairs(&[("y", "[1 -3]"), ("s d", "[25 null]"), ("n", "[null true]")]));
    }

    #[test]
    fn quotes_hold_separators_lines_and_quotes() {
        let found = read_text("a,b\n\"x, \"\"y\"\"\n\",\"7\"").expect("a table");
        assert_eq!(found, pairs(&[("a", "['x, \"y\"\n']"), ("b", "[7]")]));
    }

    #[test]
    fn columns_with_indices_are_a_matrix() {
        let found = read_text("X[0],X[1],y,Z.1,Z.2,w[1]\n1,2,3,4,5,6\n7,8,9,10,11,12\n").expect("a table");
        let expected = [("X", "[[1 2] [7 8]]"), ("y", "[3 9]"), ("Z", "[[4 5] [10 11]]"), ("w[1]", "[6 12]")];
        assert_eq!(found, pairs(&expected));
        assert_eq!(read_text("x\n").expect("no rows"), pairs(&[("x", "[]")]));
    }

    #[test]
    fn faults_have_their_place() {
        let cases = [
            ("", "this table is empty", 0..0),
            ("a,b\n1,2\n3\n", "this row has 1 cells where the table has 2 columns", 8..9),
            ("a\n\"1\n", "a text is never closed", 2..3),
            ("a\n\"1\"2\n", "a cell goes on after its quotes", 2..5),
            ("a,b,a\n", "\"a\" is given twice", 4..5),
        ];
        for (text, message, place) in cases {
            let fault = read_text(text).expect_err(text);
            assert_eq!((fault.message.as_str(), fault.span().range()), (message, place), "{text}");
        }
    }
}
