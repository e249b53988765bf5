//! Text into tokens with their places. `//` begins a comment.

use super::ReadError;

/// A token; names and strings keep their text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// `%3`
    Value(u32),
    /// `@name`
    At(String),
    /// A keyword, a primitive, a size, labels.
    Word(String),
    /// `"any text"`, as a word.
    Quoted(String),
    /// Digits with what belongs to them, unsigned.
    Number(String),
    /// `->`
    Arrow,
    /// One character of punctuation.
    Sign(char),
    /// The end of the text.
    End,
}

/// A token and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub token: Token,
    pub line: usize,
    pub column: usize,
}

/// Value numbers above this are refused: they index a table.
const GREATEST_VALUE: u32 = 1 << 22;

/// The whole text as tokens, an end token last.
pub(super) fn tokens(text: &str) -> Result<Vec<Place>, ReadError> {
    let mut lexer = Lexer { rest: text, line: 1, column: 1 };
    let mut places = Vec::new();
    loop {
        lexer.skip_blank();
        let (line, column) = (lexer.line, lexer.column);
        let token = lexer.token()?;
        let ended = token == Token::End;
        places.push(Place { token, line, column });
        if ended {
            return Ok(places);
        }
    }
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    column: usize,
}

impl<'a> Lexer<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Takes `length` bytes and keeps count of lines.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        for c in taken.chars() {
            match c {
                '\n' => (self.line, self.column) = (self.line + 1, 1),
                _ => self.column += 1,
            }
        }
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len());
        self.take(length)
    }

    fn skip_blank(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if !self.rest.starts_with("//") {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, ReadError> {
        Err(ReadError { line: self.line, column: self.column, message: message.into() })
    }

    fn token(&mut self) -> Result<Token, ReadError> {
        let Some(c) = self.peek() else { return Ok(Token::End) };
        match c {
            '%' => self.value(),
            '@' => {
                self.take(1);
                match self.peek() {
                    Some('"') => self.quoted().map(Token::At),
                    _ => self.name().map(Token::At),
                }
            }
            '"' => self.quoted().map(Token::Quoted),
            '0'..='9' => Ok(Token::Number(self.number())),
            c if c.is_ascii_alphabetic() || c == '_' => self.name().map(Token::Word),
            '-' if self.rest.starts_with("->") => {
                self.take(2);
                Ok(Token::Arrow)
            }
            c => {
                self.take(c.len_utf8());
                Ok(Token::Sign(c))
            }
        }
    }

    fn value(&mut self) -> Result<Token, ReadError> {
        let (line, column) = (self.line, self.column);
        self.take(1);
        let digits = self.take_while(|c| c.is_ascii_digit());
        match digits.parse() {
            Ok(number) if number <= GREATEST_VALUE => Ok(Token::Value(number)),
            _ => {
                let message = format!("a value is `%` and a number up to {GREATEST_VALUE}");
                Err(ReadError { line, column, message })
            }
        }
    }

    fn name(&mut self) -> Result<String, ReadError> {
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || "_.'".contains(c));
        if name.is_empty() { self.error("a name is missing") } else { Ok(name.to_string()) }
    }

    fn quoted(&mut self) -> Result<String, ReadError> {
        self.take(1);
        let mut name = String::new();
        loop {
            let Some(c) = self.peek() else { return self.error("the text ends inside quotes") };
            self.take(c.len_utf8());
            match c {
                '"' => return Ok(name),
                '\\' => match self.peek() {
                    Some(escaped @ ('\\' | '"')) => name.push(escaped),
                    Some('n') => name.push('\n'),
                    _ => return self.error("`\\` stands before `\\`, `\"` or `n` only"),
                },
                c => {
                    name.push(c);
                    continue;
                }
            }
            self.take(1);
        }
    }

    /// Digits, hexadecimal after `0x`, else with fraction and exponent.
    fn number(&mut self) -> String {
        let mut text = self.take_while(|c| c.is_ascii_digit()).to_string();
        if text == "0" && self.rest.starts_with('x') {
            return text + self.take_while(|c| c.is_ascii_alphanumeric());
        }
        if self.rest.starts_with('.') {
            text += self.take_while(|c| c.is_ascii_digit() || c == '.');
        }
        if self.rest.starts_with('e') {
            text += self.take(1);
            if self.rest.starts_with(['-', '+']) {
                text += self.take(1);
            }
            text += self.take_while(|c| c.is_ascii_digit());
        }
        text
    }
}
