//! JSON with places: every value knows its bytes, so that a message can point at one cell of a data file.
//!
//! `NaN`, `Infinity` and `-Infinity`, which some writers emit, are read as numbers: the message about them comes from the
//! check of the data and says what they mean there.

use std::collections::HashMap;

use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::{SourceId, Span};

/// One message; boxed, for results are passed on often.
pub type Fault = Box<Diagnostic>;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// From its first byte to its last.
    pub span: Span,
    /// The value.
    pub kind: Kind,
}

/// The forms of values.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number; one too large for a double is infinite.
    Number(f64),
    /// A string, unescaped.
    Text(String),
    /// `[..]`
    Array(Vec<Node>),
    /// `{..}`, in the order of the text.
    Object(Vec<Entry>),
}

/// A key of an object with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key, unescaped.
    pub key: String,
    /// The place of the key with its quotes.
    pub place: Span,
    /// The value.
    pub value: Node,
}

impl Kind {
    /// What it is, for messages: `a number`, `a list`.
    pub fn describe(&self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool(_) => "a truth value",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a text",
            Kind::Array(_) => "a list",
            Kind::Object(_) => "an object",
        }
    }
}

/// Reads one value from the whole of `text`. The first fault ends it.
pub fn read(source: SourceId, text: &str) -> Result<Node, Fault> {
    let mut reader = Reader { source, text, at: 0, depth: 0 };
    if u32::try_from(text.len()).is_err() {
        return Err(
            Diagnostic::error(codes::BAD_JSON, reader.span(0, 0), "this file is larger than 4 GB").into()
        );
    }
    let node = reader.value()?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.fault("something stands after the end of the data").into());
    }
    Ok(node)
}

/// Nesting deeper than any data; reading recurses.
const DEEPEST: usize = 64;

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    at: usize,
    depth: usize,
}

/// The words that stand for values.
const WORDS: [(&str, Kind); 6] = [
    ("null", Kind::Null),
    ("true", Kind::Bool(true)),
    ("false", Kind::Bool(false)),
    ("NaN", Kind::Number(f64::NAN)),
    ("Infinity", Kind::Number(f64::INFINITY)),
    ("-Infinity", Kind::Number(f64::NEG_INFINITY)),
];

impl Reader<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start as u32, end as u32)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// A fault at the next character, or at the end of the text.
    fn fault(&self, message: impl Into<String>) -> Diagnostic {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        Diagnostic::error(codes::BAD_JSON, self.span(self.at, self.at + length), message)
    }

    /// Takes `sign` after any space.
    fn take(&mut self, sign: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Result<Node, Fault> {
        self.skip_space();
        let start = self.at;
        let kind = match self.peek() {
            None => return Err(self.fault("the data end where a value is expected").into()),
            Some(b'[') => self.nested(Self::array)?,
            Some(b'{') => self.nested(Self::object)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(_) => self.scalar()?,
        };
        Ok(Node { span: self.span(start, self.at), kind })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Kind, Fault>) -> Result<Kind, Fault> {
        if self.depth == DEEPEST {
            return Err(self.fault(format!("the data are nested more than {DEEPEST} deep")).into());
        }
        self.at += 1;
        self.depth += 1;
        let kind = read(self);
        self.depth -= 1;
        kind
    }

    fn array(&mut self) -> Result<Kind, Fault> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Kind::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.take(b']') {
                return Ok(Kind::Array(items));
            }
            if !self.take(b',') {
                return Err(self.fault("a list goes on without a comma").expected("`,` or `]`").into());
            }
        }
    }

    fn object(&mut self) -> Result<Kind, Fault> {
        let mut entries: Vec<Entry> = Vec::new();
        if self.take(b'}') {
            return Ok(Kind::Object(entries));
        }
        loop {
            entries.push(self.entry()?);
            if self.take(b'}') {
                distinct(&entries)?;
                return Ok(Kind::Object(entries));
            }
            if !self.take(b',') {
                return Err(self.fault("an object goes on without a comma").expected("`,` or `}`").into());
            }
        }
    }

    fn entry(&mut self) -> Result<Entry, Fault> {
        self.skip_space();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.fault("a key is missing here").expected("a name in double quotes").into());
        }
        let key = self.string()?;
        let place = self.span(start, self.at);
        if !self.take(b':') {
            return Err(self.fault(format!("the key \"{key}\" has no value")).expected("`:`").into());
        }
        Ok(Entry { key, place, value: self.value()? })
    }

    fn string(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let mut escaped = false;
        let close = self.rest().bytes().skip(1).position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        let Some(length) = close else {
            return Err(self.fault("a text is never closed").expected("`\"`").into());
        };
        self.at = start + length + 2;
        serde_json::from_str(&self.text[start..self.at]).map_err(|_| {
            Diagnostic::error(codes::BAD_JSON, self.span(start, self.at), "this text cannot be read").into()
        })
    }

    /// A word or a number.
    fn scalar(&mut self) -> Result<Kind, Fault> {
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '+' | '.' | '_');
        let length = self.rest().find(|letter| !is_part(letter)).unwrap_or(self.rest().len());
        let word = &self.rest()[..length];
        let number =
            || word.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then(|| word.parse().ok())?;
        let known = WORDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| kind.clone());
        match known.or_else(|| number().map(Kind::Number)) {
            Some(kind) => {
                self.at += length;
                Ok(kind)
            }
            None if word.is_empty() => {
                let fault = self.fault("this cannot stand in data").expected("a value");
                Err(fault.help("no comma stands behind the last entry; every value is written out").into())
            }
            None => {
                let place = self.span(self.at, self.at + length);
                let fault = Diagnostic::error(codes::BAD_JSON, place, format!("`{word}` is not a value"));
                let help = "texts stand in double quotes";
                Err(fault
                    .expected("a number, a text in double quotes, true, false or null")
                    .help(help)
                    .into())
            }
        }
    }
}

/// A fault if two keys are the same.
pub fn distinct(entries: &[Entry]) -> Result<(), Fault> {
    let mut seen = HashMap::new();
    for entry in entries {
        if let Some(first) = seen.insert(entry.key.as_str(), entry.place) {
            let message = format!("\"{}\" is given twice", entry.key);
            return Err(Diagnostic::error(codes::BAD_JSON, entry.place, message)
                .label(first, "first here")
                .help("keep one of them")
                .into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Node, Fault> {
        read(SourceId(0), text)
    }

    #[test]
    fn values_agree_with_serde_json() {
        let text =
            r#" {"a": [1, -2.5e3, 0.1, []], "b\n\u00e9": {"x": null, "y": true}, "c": "t\"\\", "d": {}} "#;
        fn plain(node: &Node) -> serde_json::Value {
            match &node.kind {
                Kind::Null => serde_json::Value::Null,
                Kind::Bool(value) => (*value).into(),
                Kind::Number(value) => (*value).into(),
                Kind::Text(text) => text.as_str().into(),
                Kind::Array(items) => items.iter().map(plain).collect(),
                Kind::Object(entries) => serde_json::Value::Object(
                    entries.iter().map(|it| (it.key.clone(), plain(&it.value))).collect(),
                ),
            }
        }
        let mut expected: serde_json::Value = serde_json::from_str(text).expect("valid");
        expected["a"][0] = 1.0.into();
        assert_eq!(plain(&read_text(text).expect("valid")), expected);
    }

    #[test]
    fn values_know_their_bytes() {
        let text = r#"{"y": [12, null]}"#;
        let Kind::Object(entries) = read_text(text).expect("valid").kind else { panic!("an object") };
        assert_eq!(&text[entries[0].place.range()], "\"y\"");
        let Kind::Array(items) = &entries[0].value.kind else { panic!("a list") };
        assert_eq!(&text[items[0].span.range()], "12");
        assert_eq!(&text[items[1].span.range()], "null");
        assert_eq!(&text[entries[0].value.span.range()], "[12, null]");
    }

    #[test]
    fn numbers_that_are_not_finite_are_read() {
        let Kind::Array(items) = read_text("[NaN, -Infinity, 1e999]").expect("read").kind else {
            panic!("a list")
        };
        let numbers: Vec<f64> =
            items.iter().map(|item| if let Kind::Number(x) = item.kind { x } else { 0.0 }).collect();
        assert!(numbers[0].is_nan() && numbers[1] == f64::NEG_INFINITY && numbers[2] == f64::INFINITY);
    }

    #[test]
    fn faults_have_their_place() {
        let cases = [
            ("[1, 2", "a list goes on without a comma", 5..5),
            ("[1 2]", "a list goes on without a comma", 3..4),
            ("{\"a\" 1}", "the key \"a\" has no value", 5..6),
            ("{a: 1}", "a key is missing here", 1..2),
            ("[1] x", "something stands after the end of the data", 4..5),
            ("[nan]", "`nan` is not a value", 1..4),
            ("[1, ]", "this cannot stand in data", 4..5),
            ("[\"a]", "a text is never closed", 1..2),
            ("[\"\\q\"]", "this text cannot be read", 1..5),
            ("{\"a\": 1, \"a\": 2}", "\"a\" is given twice", 9..12),
            ("", "the data end where a value is expected", 0..0),
            ("[é]", "`é` is not a value", 1..3),
        ];
        for (text, message, place) in cases {
            let fault = read_text(text).expect_err(text);
            assert_eq!((fault.message.as_str(), fault.span().range()), (message, place), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = "[".repeat(100_000);
        assert_eq!(read_text(&deep).expect_err("deep").message, "the data are nested more than 64 deep");
        assert!(read_text(&format!("{}{}", "[".repeat(64), "]".repeat(64))).is_ok());
    }
}
