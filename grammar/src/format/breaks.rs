//! Where lines end and how far they are indented: the writer's line breaks, mended, and more where a line is too long.

use super::piece::{Holds, Pieces};
use super::{LEVEL, Line, WIDTH};
use crate::token::{Class, Token};

/// The lines of a text. The last holds nothing but the end of the file.
pub fn lines(pieces: &Pieces) -> Vec<Line> {
    let mut breaks = Breaks { pieces, before: pieces.all.iter().map(|piece| piece.gap.broken).collect() };
    breaks.before[0] = true;
    breaks.before[pieces.all.len() - 1] = true;
    breaks.mend_brackets();
    loop {
        breaks.open_blocks();
        breaks.raise_else();
        let (lines, changed) = breaks.lay();
        if !changed {
            return lines;
        }
    }
}

struct Breaks<'p, 's> {
    pieces: &'p Pieces<'s>,
    /// Whether a line begins with the piece.
    before: Vec<bool>,
}

/// A bracket that is open, or the whole text.
#[derive(Clone, Copy)]
struct Frame {
    holds: Holds,
    /// The indentation of what begins a line in it.
    inside: usize,
    /// The indentation of the line that it was opened on.
    outside: usize,
    /// The indentation of the line on which the current statement or element began.
    element: usize,
}

/// A place where a line may be broken.
struct Candidate {
    at: usize,
    depth: usize,
    rank: u8,
}

/// The rank of the braces of a block.
const BLOCK: u8 = 0;
/// The rank of the first `=` or `~`, of use only if all behind it then fits on a line.
const GIVEN: u8 = 1;
/// The rank of the inside of a bracket.
const OPENER: u8 = 20;

/// How loosely what a line may be broken behind binds: the loosest is broken first.
fn rank(token: Token) -> Option<u8> {
    Some(match token {
        Token::Comma => 2,
        Token::Colon => 3,
        Token::Or => 5,
        Token::And => 6,
        token if token.class() == Class::Comparison => 7,
        Token::Under => 8,
        Token::Plus | Token::Minus => 9,
        Token::Star | Token::Slash | Token::Backslash | Token::At => 10,
        _ => return None,
    })
}

impl Breaks<'_, '_> {
    /// Elements in a bracket: a line break behind it and one before its end go together. Nothing is on no line.
    fn mend_brackets(&mut self) {
        for open in 0..self.before.len() {
            let piece = &self.pieces.all[open];
            if !piece.token.opens() {
                continue;
            }
            let close = piece.partner;
            let has_notes = !self.pieces.all[close].gap.notes.is_empty();
            if open + 1 == close {
                self.before[close] = has_notes;
            } else if piece.holds == Holds::Elements {
                self.before[close] = self.before[open + 1] || has_notes;
            }
        }
    }

    /// A block with a line break anywhere in it has its braces at line ends.
    fn open_blocks(&mut self) {
        let mut broken = 0;
        let mut count = vec![0; self.before.len() + 1];
        for at in 0..self.before.len() {
            broken += usize::from(self.before[at]);
            count[at + 1] = broken;
        }
        for open in 0..self.before.len() {
            let piece = &self.pieces.all[open];
            let close = piece.partner;
            let block = piece.token.opens() && piece.holds == Holds::Statements && open + 1 < close;
            if block && count[close + 1] > count[open + 1] {
                self.before[open + 1] = true;
                self.before[close] = true;
            }
        }
    }

    /// `else` stands behind a brace that begins its line.
    fn raise_else(&mut self) {
        for at in 1..self.before.len() {
            let (previous, piece) = (&self.pieces.all[at - 1], &self.pieces.all[at]);
            let raised =
                piece.token == Token::Else && previous.token == Token::BraceClose && self.before[at - 1];
            if raised && piece.gap.notes.is_empty() {
                self.before[at] = false;
            }
        }
    }

    /// The lines with their indentation; those that are too long are broken on the way, and whether any was.
    fn lay(&mut self) -> (Vec<Line>, bool) {
        let mut lines: Vec<Line> = Vec::new();
        let mut frames = vec![Frame { holds: Holds::Statements, inside: 0, outside: 0, element: 0 }];
        let mut indent = 0;
        let mut changed = false;
        for at in 0..self.before.len() {
            let piece = &self.pieces.all[at];
            let frame = frames.last_mut().expect("the text is around all");
            let begins = self.begins_element(at, frame.holds);
            if self.before[at] {
                indent = match () {
                    () if piece.token.closes() => frame.outside,
                    () if begins => frame.inside,
                    () => frame.element + LEVEL,
                };
                if let Some(last) = lines.last_mut() {
                    last.end = at;
                }
                lines.push(Line { start: at, end: at + 1, indent });
                changed |= self.shorten(at, indent);
            }
            if begins {
                frame.element = indent;
            }
            if piece.token.opens() {
                let inside = indent + LEVEL;
                frames.push(Frame { holds: piece.holds, inside, outside: indent, element: indent });
            } else if piece.token.closes() {
                frames.pop();
            }
        }
        (lines, changed)
    }

    fn begins_element(&self, at: usize, holds: Holds) -> bool {
        let Some(before) = at.checked_sub(1) else { return true };
        let comma = holds == Holds::Elements && self.pieces.all[before].token == Token::Comma;
        self.pieces.all[at].gap.separated
            || self.pieces.all[before].token.opens()
            || comma
            || self.pieces.all[at].token == Token::Skipped
    }

    // ---- lines that are too long ----

    fn width(&self, at: usize) -> usize {
        let next = self.pieces.all.get(at + 1);
        let semicolon = next.is_some_and(|next| next.gap.separated && !self.before[at + 1]);
        self.pieces.all[at].text.chars().count() + usize::from(semicolon)
    }

    /// Whether the rest of a line, from a piece on, fits behind an indentation.
    fn fits(&self, start: usize, indent: usize) -> bool {
        let mut column = indent;
        for at in start..self.before.len() {
            if at > start && self.before[at] {
                break;
            }
            column += self.width(at) + usize::from(at > start && self.pieces.spaced(at));
            if column > WIDTH {
                return false;
            }
        }
        true
    }

    /// Breaks the line that begins with a piece, once, if it is too long and may be broken.
    fn shorten(&mut self, start: usize, indent: usize) -> bool {
        if self.fits(start, indent) {
            return false;
        }
        let candidates = self.candidates(start, indent);
        let best = candidates.iter().min_by_key(|found| (found.depth, found.rank, usize::MAX - found.at));
        let Some(best) = best else { return false };
        let at = best.at;
        self.before[at] = true;
        if best.rank == BLOCK || best.rank == OPENER {
            self.before[self.pieces.all[at - 1].partner] = true;
        }
        if best.rank == BLOCK {
            self.part_statements(at - 1);
        }
        true
    }

    /// Each statement of a block goes on its line.
    fn part_statements(&mut self, open: usize) {
        let close = self.pieces.all[open].partner;
        let mut at = open + 1;
        while at < close {
            let piece = &self.pieces.all[at];
            self.before[at] |= piece.gap.separated;
            at = if piece.token.opens() { piece.partner } else { at + 1 };
        }
    }

    /// Where a line may be broken, so that what is before fits; if nowhere, the first place behind that.
    fn candidates(&self, start: usize, indent: usize) -> Vec<Candidate> {
        let mut found = Vec::new();
        let (mut column, mut depth, mut given) = (indent, 0, false);
        for at in start..self.before.len() - 1 {
            if at > start && self.before[at] {
                break;
            }
            let token = self.pieces.all[at].token;
            column += self.width(at) + usize::from(at > start && self.pieces.spaced(at));
            if column > WIDTH && !found.is_empty() {
                break;
            }
            if token.closes() {
                depth = usize::saturating_sub(depth, 1);
            }
            let first_given = !given && depth == 0 && matches!(token, Token::Assign | Token::Tilde);
            given |= first_given;
            let rank = if first_given {
                self.fits(at + 1, indent + LEVEL).then_some(GIVEN)
            } else {
                self.rank_behind(at)
            };
            depth += usize::from(token.opens());
            if let Some(rank) = rank
                && !self.before[at + 1]
            {
                found.push(Candidate {
                    at: at + 1,
                    depth: if rank == BLOCK { depth - 1 } else { depth },
                    rank,
                });
            }
        }
        found
    }

    fn rank_behind(&self, at: usize) -> Option<u8> {
        let piece = &self.pieces.all[at];
        match piece.token {
            _ if piece.in_unit || self.pieces.all[at + 1].token.closes() || self.pieces.is_prefix(at) => None,
            Token::UnitOpen => None,
            token if token.opens() && piece.holds == Holds::Statements => Some(BLOCK),
            token if token.opens() => Some(OPENER),
            Token::Colon if !piece.keyword => None,
            token => rank(token),
        }
    }
}
