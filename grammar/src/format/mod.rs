//! A program in the one style of the language. Only spaces, line breaks and `;` at the end of a line change.
//!
//! Line breaks are the writer's: lines are never joined (but for `} else` and the inside of an empty bracket), and one
//! longer than [`WIDTH`] is broken where the text is nested least and binds loosest. A line that goes on is indented by two
//! from where the thing that it continues begins. A block that does not fit its line has its braces at line ends. At most
//! one blank line stands between two lines, none inside the edge of a bracket.
//!
//! Columns that the writer aligned stay aligned: the first `~`, `=` or `+=` of adjacent lines, and their comments, if they
//! stood in one column and no line becomes too long by it. All other gaps are one space, two before a comment.
//!
//! Laws: `parse(format(t)) = t`, `format(format(t)) = format(t)`, and no comment is lost.

mod align;
mod breaks;
mod piece;
mod space;

use crate::diagnostic::Diagnostic;
use crate::parse;
use crate::span::SourceId;
use crate::token::Token;
use piece::{Pieces, read};

/// How many characters a line may have, its comment not counted.
pub const WIDTH: usize = 120;

/// How much a level is indented.
const LEVEL: usize = 2;

/// A text in the one style; its messages, if it has errors of syntax.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let source = SourceId(0);
    let diagnostics = parse(source, text).diagnostics;
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    let pieces = read(source, text);
    let formatted = write(&pieces);
    let kept = content(&read(source, &formatted)) == content(&pieces);
    assert!(kept, "formatting changes no word:\n{formatted}");
    Ok(formatted)
}

/// A line of the output: its first piece, one past its last, and its indentation.
#[derive(Clone, Copy, Debug)]
struct Line {
    start: usize,
    end: usize,
    indent: usize,
}

fn write(pieces: &Pieces) -> String {
    let lines = breaks::lines(pieces);
    let columns = align::columns(pieces, &lines);
    let mut out = Writer { text: String::new(), column: 0 };
    for (line, columns) in lines.iter().zip(&columns) {
        own_lines(pieces, line, &mut out);
        for at in line.start..line.end {
            let column = columns.pieces[at - line.start];
            out.put(column, pieces.all[at].text);
            if at + 1 < line.end && pieces.all[at + 1].gap.separated {
                out.put(out.column, ";");
            }
        }
        if let Some(note) = pieces.trailing(line.end) {
            out.put(columns.comment, note.text);
        }
        if pieces.all[line.start].token != Token::Skipped {
            out.end_line();
        }
    }
    out.text
}

/// The comments that stand on lines of their own before a line, and the blank lines between.
fn own_lines(pieces: &Pieces, line: &Line, out: &mut Writer) {
    let first = &pieces.all[line.start];
    let closes = first.token.closes();
    let indent = if closes { line.indent + LEVEL } else { line.indent };
    let opened = line.start == 0 || pieces.all[line.start - 1].token.opens();
    let mut blank_allowed = !opened;
    for note in first.gap.notes.iter().filter(|note| note.own_line) {
        if note.blank_before && blank_allowed {
            out.end_line();
        }
        out.put(indent, note.text);
        out.end_line();
        blank_allowed = true;
    }
    let last = first.token == Token::Skipped;
    if first.gap.blank && blank_allowed && !closes && !last {
        out.end_line();
    }
}

struct Writer {
    text: String,
    column: usize,
}

impl Writer {
    /// Text at a column; never left of where the line is.
    fn put(&mut self, column: usize, text: &str) {
        for _ in self.column..column {
            self.text.push(' ');
        }
        self.text.push_str(text);
        self.column = self.column.max(column) + text.chars().count();
    }

    fn end_line(&mut self) {
        self.text.push('\n');
        self.column = 0;
    }
}

/// All that formatting must keep: tokens, where statements end, comments.
fn content<'p>(pieces: &'p Pieces<'_>) -> Vec<(&'p str, bool, Vec<&'p str>)> {
    let notes = |piece: &'p piece::Piece| piece.gap.notes.iter().map(|note| note.text).collect();
    pieces.all.iter().map(|piece| (piece.text, piece.gap.separated, notes(piece))).collect()
}
