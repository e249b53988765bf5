//! Which two pieces of a line have a space between them.

use super::piece::{Holds, Pieces};
use crate::token::Token;

impl Pieces<'_> {
    /// Whether a space stands before a piece that does not begin its line.
    pub fn spaced(&self, at: usize) -> bool {
        let (before, piece) = (&self.all[at - 1], &self.all[at]);
        if piece.gap.separated {
            return true;
        }
        if before.token.opens() || piece.token.closes() {
            let bracket = if before.token.opens() { before } else { piece };
            return bracket.holds == Holds::Statements && before.partner != at;
        }
        match (before.token, piece.token) {
            (Token::Comma, _) => true,
            (Token::Dot | Token::DotDot | Token::UnitOpen, _) => false,
            (
                _,
                Token::Comma
                | Token::Colon
                | Token::Dot
                | Token::DotDot
                | Token::Ellipsis
                | Token::Question
                | Token::UnitOpen
                | Token::UnitClose,
            ) => false,
            (Token::Fn, Token::ParenOpen) => false,
            (_, Token::ParenOpen | Token::BracketOpen) if self.ends_value(at - 1) => false,
            _ => !self.is_prefix(at - 1) && !piece.in_unit,
        }
    }

    /// Whether a sign stands before its only operand.
    pub fn is_prefix(&self, at: usize) -> bool {
        match self.all[at].token {
            Token::Bang => true,
            Token::Minus => self.begins_statement(at) || !self.ends_value(at - 1),
            _ => false,
        }
    }
}
