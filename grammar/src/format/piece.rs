//! Tokens with all that lies before each: the end of a statement, line breaks, comments.

use crate::layout::lay_out;
use crate::lexer::lex;
use crate::span::SourceId;
use crate::token::{Class, Token};

/// A comment.
pub struct Note<'s> {
    /// With its slashes, without spaces behind it.
    pub text: &'s str,
    /// Whether nothing stands before it on its line.
    pub own_line: bool,
    /// Whether an empty line stands before it.
    pub blank_before: bool,
    /// Where it stood on its line.
    pub column: usize,
}

/// What lies before a token.
#[derive(Default)]
pub struct Gap<'s> {
    /// Whether a statement ends here.
    pub separated: bool,
    /// Whether the line ends here.
    pub broken: bool,
    /// Whether an empty line stands directly before the token.
    pub blank: bool,
    /// The comments; only the first may be behind a token on its line.
    pub notes: Vec<Note<'s>>,
}

/// What a bracket holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Statements, or the lines of a struct or a definition.
    Statements,
    /// Anything else, separated by commas.
    Elements,
}

/// A token with what lies before it.
pub struct Piece<'s> {
    /// As the grammar reads it; `Skipped` is the end of the file.
    pub token: Token,
    /// As it is written.
    pub text: &'s str,
    /// Where it stood on its line.
    pub column: usize,
    /// What lies before it.
    pub gap: Gap<'s>,
    /// Of a bracket, its partner; of others, their own place.
    pub partner: usize,
    /// Of a bracket, what it holds.
    pub holds: Holds,
    /// Whether a soft word is a word of the language here, not a name; whether a colon ends the head of a loop.
    pub keyword: bool,
    /// Whether it stands between `<` and `>` of a unit.
    pub in_unit: bool,
}

/// A text as pieces; the last one is the end of the file.
pub struct Pieces<'s> {
    /// In order.
    pub all: Vec<Piece<'s>>,
}

/// The pieces of a text without errors.
pub fn read(source: SourceId, text: &str) -> Pieces<'_> {
    let lexed = lex(source, text);
    let layout = lay_out(source, &lexed.lexemes);
    let mut reading = Reading { text, end: 0, gap: Gap::default(), counted: (0, 0) };
    let mut comments = lexed.comments.iter().peekable();
    // Separators are gaps here: what each place becomes.
    let mut places = vec![0; layout.lexemes.len()];
    let mut all: Vec<Piece> = Vec::new();
    for (at, lexeme) in layout.lexemes.iter().enumerate() {
        if lexeme.token == Token::Separator {
            reading.gap.separated = true;
            continue;
        }
        while let Some(comment) = comments.next_if(|comment| comment.span.start < lexeme.start) {
            reading.comment(comment.span.range());
        }
        let place = all.len();
        places[at] = place;
        let partner = layout.partner[at] as usize;
        let partner = if partner < at { places[partner] } else { place };
        let mut piece = reading.piece(lexeme.token, lexeme.start as usize..lexeme.end as usize);
        piece.partner = partner;
        all.push(piece);
        if partner < place {
            all[partner].partner = place;
        }
    }
    for comment in comments {
        reading.comment(comment.span.range());
    }
    reading.gap.separated = false;
    all.push(reading.piece(Token::Skipped, text.len()..text.len()));
    let end = all.len() - 1;
    all[end].partner = end;
    let mut pieces = Pieces { all };
    pieces.find_words();
    pieces.find_contents();
    pieces.find_heads();
    pieces
}

struct Reading<'s> {
    text: &'s str,
    /// Where the last token or comment ended.
    end: usize,
    gap: Gap<'s>,
    /// A byte, and how many characters stand before it on its line.
    counted: (usize, usize),
}

impl<'s> Reading<'s> {
    /// How many lines end between what was last read and `start`.
    fn breaks(&self, start: usize) -> usize {
        self.text[self.end.min(start)..start].bytes().filter(|byte| *byte == b'\n').count()
    }

    /// How many characters stand before a byte on its line; asked for in ascending order.
    fn column(&mut self, start: usize) -> usize {
        let (from, before) = self.counted;
        let between = &self.text[from..start];
        let column = match between.rfind('\n') {
            Some(newline) => between[newline + 1..].chars().count(),
            None => before + between.chars().count(),
        };
        self.counted = (start, column);
        column
    }

    fn comment(&mut self, range: std::ops::Range<usize>) {
        let breaks = self.breaks(range.start);
        let note = Note {
            text: self.text[range.clone()].trim_end(),
            own_line: breaks > 0 || self.end == 0,
            blank_before: breaks > 1,
            column: self.column(range.start),
        };
        self.gap.notes.push(note);
        self.end = range.end;
    }

    fn piece(&mut self, token: Token, range: std::ops::Range<usize>) -> Piece<'s> {
        let breaks = self.breaks(range.start);
        let mut gap = std::mem::take(&mut self.gap);
        gap.broken = breaks > 0 || !gap.notes.is_empty();
        gap.blank = breaks > 1;
        let column = self.column(range.start);
        self.end = range.end;
        let text = &self.text[range];
        Piece { token, text, column, gap, partner: 0, holds: Holds::Elements, keyword: false, in_unit: false }
    }
}

impl<'s> Pieces<'s> {
    /// The comment behind the last token before a piece, on the same line.
    pub fn trailing(&self, at: usize) -> Option<&Note<'s>> {
        self.all.get(at)?.gap.notes.first().filter(|note| !note.own_line)
    }

    /// Whether a statement begins with a piece.
    pub fn begins_statement(&self, at: usize) -> bool {
        at == 0 || self.all[at].gap.separated || self.all[at - 1].token == Token::BraceOpen
    }

    /// Whether a value may end with a piece.
    pub fn ends_value(&self, at: usize) -> bool {
        self.all[at].token.may_end() && !self.all[at].keyword
    }

    /// Two words side by side are never two names: one of them is a word of the language.
    fn find_words(&mut self) {
        for at in 0..self.all.len() {
            let next = self.all.get(at + 1).map_or(Token::Skipped, |piece| piece.token);
            let keyword = match self.all[at].token.class() {
                Class::Hard => true,
                Class::Leading => self.begins_statement(at) && (next.is_name() || next == Token::Text),
                Class::Joining => !self.begins_statement(at) && self.ends_value(at - 1),
                _ => false,
            };
            self.all[at].keyword = keyword;
        }
    }

    fn find_contents(&mut self) {
        for at in 0..self.all.len() {
            let before = |back: usize| at.checked_sub(back).map_or(Token::Skipped, |at| self.all[at].token);
            let holds = match self.all[at].token {
                Token::BraceOpen if !matches!(before(1), Token::Given | Token::Let) => Holds::Statements,
                Token::RecordOpen if self.is_of_struct(at) => Holds::Statements,
                _ => Holds::Elements,
            };
            if self.all[at].token.opens() {
                let partner = self.all[at].partner;
                self.all[at].holds = holds;
                self.all[partner].holds = holds;
            }
        }
    }

    /// Colons that end the head of a loop, and what is in a unit.
    fn find_heads(&mut self) {
        let mut heads = vec![false];
        let mut in_unit = false;
        for piece in &mut self.all {
            let head = heads.last_mut().expect("the text is around all");
            piece.in_unit = in_unit;
            match piece.token {
                Token::For | Token::While => *head = true,
                Token::Colon => piece.keyword = std::mem::take(head),
                Token::UnitOpen | Token::UnitClose => in_unit = piece.token == Token::UnitOpen,
                token if token.opens() => heads.push(false),
                token if token.closes() => drop(heads.pop()),
                _ => {}
            }
        }
    }

    /// `struct Name {` and `struct Name[N: size] {`
    fn is_of_struct(&self, brace: usize) -> bool {
        let Some(before) = brace.checked_sub(1) else { return false };
        let name = match self.all[before].token {
            Token::BracketClose => self.all[before].partner.checked_sub(1),
            _ => Some(before),
        };
        let word = name.and_then(|name| name.checked_sub(1));
        word.is_some_and(|word| self.all[word].token == Token::Struct && self.all[word].keyword)
    }
}
