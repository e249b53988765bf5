//! The columns of pieces and comments: what stood in one column on adjacent lines stays in one.

use super::piece::Pieces;
use super::{Line, WIDTH};
use crate::token::Token;

/// How far a comment stands behind its line.
const GAP: usize = 2;

/// Where the parts of a line stand.
pub struct Columns {
    /// The column of each piece.
    pub pieces: Vec<usize>,
    /// The column of the comment behind them.
    pub comment: usize,
}

/// The columns of every line.
pub fn columns(pieces: &Pieces, lines: &[Line]) -> Vec<Columns> {
    let mut columns: Vec<Columns> = lines.iter().map(|line| natural(pieces, line)).collect();
    let anchors: Vec<Option<usize>> = lines.iter().map(|line| anchor(pieces, line)).collect();
    let stood = |at: usize| {
        let anchor = &pieces.all[anchors[at]?];
        Some((anchor.column, anchor.token, lines[at].indent))
    };
    for run in runs(pieces, lines, stood) {
        let of = |at: usize| anchors[at].expect("a run has anchors") - lines[at].start;
        let goal = run.clone().map(|at| columns[at].pieces[of(at)]).max().expect("a run is not empty");
        let moved = |columns: &Columns, at: usize| goal - columns.pieces[of(at)];
        if run.clone().any(|at| columns[at].comment - GAP + moved(&columns[at], at) > WIDTH) {
            continue;
        }
        for at in run {
            let moved = moved(&columns[at], at);
            columns[at].pieces[of(at)..].iter_mut().for_each(|column| *column += moved);
            columns[at].comment += moved;
        }
    }
    let stood = |at: usize| pieces.trailing(lines[at].end).map(|note| (note.column, Token::Comment, 0));
    for run in runs(pieces, lines, stood) {
        let goal = run.clone().map(|at| columns[at].comment).max().expect("a run is not empty");
        run.for_each(|at| columns[at].comment = goal);
    }
    columns
}

/// Runs of adjacent lines for which `stood` gives the same.
fn runs<K: PartialEq>(
    pieces: &Pieces,
    lines: &[Line],
    stood: impl Fn(usize) -> Option<K>,
) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    let mut last = None;
    for (at, line) in lines.iter().enumerate() {
        let key = stood(at);
        let gap = &pieces.all[line.start].gap;
        let adjacent = !gap.blank && gap.notes.iter().all(|note| !note.own_line);
        match runs.last_mut() {
            Some(run) if run.end == at && adjacent && key.is_some() && key == last => run.end = at + 1,
            _ if key.is_some() => runs.push(at..at + 1),
            _ => {}
        }
        last = key;
    }
    runs
}

/// The columns without alignment.
fn natural(pieces: &Pieces, line: &Line) -> Columns {
    let mut column = line.indent;
    let mut places = Vec::with_capacity(line.end - line.start);
    for at in line.start..line.end {
        if at > line.start {
            column += usize::from(pieces.spaced(at)) + usize::from(pieces.all[at].gap.separated);
        }
        places.push(column);
        column += pieces.all[at].text.chars().count();
    }
    Columns { pieces: places, comment: column + GAP }
}

/// The first `~`, `=` or `+=` of a line outside its brackets.
fn anchor(pieces: &Pieces, line: &Line) -> Option<usize> {
    let mut depth = 0;
    for at in line.start..line.end {
        let token = pieces.all[at].token;
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            depth -= 1;
        } else if depth == 0
            && at > line.start
            && matches!(token, Token::Tilde | Token::Assign | Token::AddAssign)
        {
            return Some(at);
        }
    }
    None
}
