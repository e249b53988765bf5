//! Walks the tokens: the phrases that every operation is made of (names, lists, sizes, types, literals).

use super::ReadError;
use super::lexer::{Place, Token};
use crate::ir::data::Value;
use crate::ir::{Constant, Datum, Dimension, Element, Entries, Polynomial, SizeVariable, Type};

/// A place in the tokens, and the size names in force.
pub(super) struct Cursor {
    places: Vec<Place>,
    next: usize,
    pub sizes: Vec<String>,
}

impl Cursor {
    pub fn new(places: Vec<Place>) -> Self {
        Self { places, next: 0, sizes: Vec::new() }
    }

    pub fn peek(&self) -> &Token {
        &self.places[self.next].token
    }

    pub fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.next = (self.next + 1).min(self.places.len() - 1);
        token
    }

    /// An error at the next token.
    pub fn error<T>(&self, message: impl Into<String>) -> Result<T, ReadError> {
        let place = &self.places[self.next];
        Err(ReadError { line: place.line, column: place.column, message: message.into() })
    }

    pub fn place(&self) -> (usize, usize) {
        let place = &self.places[self.next];
        (place.line, place.column)
    }

    /// Takes the sign if it is next.
    pub fn sign(&mut self, sign: char) -> bool {
        let found = *self.peek() == Token::Sign(sign);
        if found {
            self.advance();
        }
        found
    }

    pub fn expect(&mut self, sign: char) -> Result<(), ReadError> {
        if self.sign(sign) { Ok(()) } else { self.error(format!("`{sign}` is expected")) }
    }

    /// Takes the word if it is next.
    pub fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(found) if found == word);
        if found {
            self.advance();
        }
        found
    }

    pub fn expect_word(&mut self, word: &str) -> Result<(), ReadError> {
        if self.word(word) { Ok(()) } else { self.error(format!("`{word}` is expected")) }
    }

    pub fn any_word(&mut self) -> Result<String, ReadError> {
        match self.peek().clone() {
            Token::Word(word) => {
                self.advance();
                Ok(word)
            }
            _ => self.error("a word is expected"),
        }
    }

    /// A word or a quoted text.
    pub fn name(&mut self) -> Result<String, ReadError> {
        if let Token::Quoted(name) = self.peek().clone() {
            self.advance();
            return Ok(name);
        }
        self.any_word()
    }

    /// `@name`.
    pub fn at(&mut self) -> Result<String, ReadError> {
        match self.peek().clone() {
            Token::At(name) => {
                self.advance();
                Ok(name)
            }
            _ => self.error("`@` and a name are expected"),
        }
    }

    pub fn value(&mut self) -> Result<Value, ReadError> {
        match *self.peek() {
            Token::Value(number) => {
                self.advance();
                Ok(Value(number))
            }
            _ => self.error("a value such as `%0` is expected"),
        }
    }

    /// An unsigned integer.
    pub fn number<T: std::str::FromStr>(&mut self) -> Result<T, ReadError> {
        let Token::Number(text) = self.peek().clone() else { return self.error("a number is expected") };
        match text.parse() {
            Ok(number) => {
                self.advance();
                Ok(number)
            }
            Err(_) => self.error(format!("`{text}` is not a whole number of that size")),
        }
    }

    /// Items with commas between them up to a closing sign, which is taken.
    pub fn until<T>(
        &mut self,
        close: char,
        mut item: impl FnMut(&mut Self) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        let mut items = Vec::new();
        if self.sign(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if !self.sign(',') {
                self.expect(close)?;
                return Ok(items);
            }
        }
    }

    /// Values with commas between them, none if no value is next.
    pub fn values(&mut self) -> Result<Vec<Value>, ReadError> {
        let mut values = Vec::new();
        if matches!(self.peek(), Token::Value(_)) {
            values.push(self.value()?);
            while self.sign(',') {
                values.push(self.value()?);
            }
        }
        Ok(values)
    }

    /// `(%1, %2)`.
    pub fn arguments(&mut self) -> Result<Vec<Value>, ReadError> {
        self.expect('(')?;
        self.until(')', Self::value)
    }

    /// `[N, 2*K]`, or nothing.
    pub fn size_list(&mut self) -> Result<Vec<Polynomial>, ReadError> {
        if self.sign('[') { self.until(']', Self::size) } else { Ok(Vec::new()) }
    }

    /// `2*N*K - 1`, `(N*N - N)/2 + 1`.
    pub fn size(&mut self) -> Result<Polynomial, ReadError> {
        let mut sum = Polynomial::default();
        let mut negative = self.sign('-');
        loop {
            let term = self.term(negative)?;
            sum = sum.plus(&term);
            negative = match *self.peek() {
                Token::Sign('+') => false,
                Token::Sign('-') => true,
                _ => return Ok(sum),
            };
            self.advance();
        }
    }

    fn term(&mut self, negative: bool) -> Result<Polynomial, ReadError> {
        let mut product = Polynomial::constant(if negative { -1 } else { 1 });
        loop {
            let factor = match self.peek().clone() {
                Token::Number(text) if text == "9223372036854775808" && negative => {
                    self.advance();
                    i64::MIN.into()
                }
                Token::Number(_) => self.number::<i64>()?.into(),
                Token::Word(name) => match self.sizes.iter().position(|size| *size == name) {
                    Some(position) => {
                        self.advance();
                        Polynomial::variable(SizeVariable(position as u32))
                    }
                    None => return self.error(format!("`{name}` is no size of this function")),
                },
                Token::Sign('(') => self.quotient()?,
                _ => return self.error("a size is expected"),
            };
            product = product.times(&factor);
            if !self.sign('*') {
                return Ok(product);
            }
        }
    }

    /// `(N*N - N)/2`.
    fn quotient(&mut self) -> Result<Polynomial, ReadError> {
        self.expect('(')?;
        let numerator = self.size()?;
        self.expect(')')?;
        self.expect('/')?;
        let divisor = self.number::<i64>()?;
        match numerator.divided(divisor) {
            Some(quotient) if divisor > 0 => Ok(quotient),
            _ => self.error("a size is a whole number"),
        }
    }

    /// `f64`, `i64[N, 3]`, `acc f64[N]`.
    pub fn of_type(&mut self) -> Result<Type, ReadError> {
        let accumulator = self.word("acc");
        let Some(element) = self.element() else { return self.error("a type is expected") };
        let axis = |cursor: &mut Self| match cursor.sign('*') {
            true => Ok(Dimension::Run),
            false => cursor.size().map(Dimension::Size),
        };
        let shape = if self.sign('[') { self.until(']', axis)? } else { Vec::new() };
        Ok(Type { element, shape, accumulator })
    }

    fn element(&mut self) -> Option<Element> {
        [Element::F64, Element::F32, Element::I64, Element::Bool]
            .into_iter()
            .find(|element| self.word(element.name()))
    }

    /// A literal: `1.5`, `f32 1.5`, `3`, `true`, `-inf`, `f64 0x7ff8000000000001`.
    pub fn literal(&mut self) -> Result<Constant, ReadError> {
        if self.word("true") {
            return Ok(Constant::Bool(true));
        }
        if self.word("false") {
            return Ok(Constant::Bool(false));
        }
        let wanted = self.element();
        self.number_literal(wanted)
    }

    /// `1.5`, or `f64[2] {1.0, 2.0}`.
    pub fn datum(&mut self) -> Result<Datum, ReadError> {
        let Some(element) = self.element() else { return self.literal().map(Datum::Scalar) };
        if !self.sign('[') {
            return self.number_literal(Some(element)).map(Datum::Scalar);
        }
        let shape = self.until(']', Self::number::<usize>)?;
        self.expect('{')?;
        let mut entries = Entries::with_capacity(element, 0);
        let scalars = self.until('}', |cursor| match element {
            Element::F32 => cursor.number_literal(Some(element)),
            _ => cursor.literal(),
        })?;
        for scalar in scalars {
            if scalar.element() != element {
                return self.error(format!("an entry is no {}", element.name()));
            }
            entries.push(scalar);
        }
        if shape.iter().try_fold(1usize, |volume, extent| volume.checked_mul(*extent)) != Some(entries.len())
        {
            return self.error("the number of entries is not the product of the extents");
        }
        Ok(Datum::array(&shape, entries))
    }

    fn number_literal(&mut self, wanted: Option<Element>) -> Result<Constant, ReadError> {
        let minus = if self.sign('-') { "-" } else { "" };
        let text = match self.peek() {
            Token::Number(text) | Token::Word(text) => format!("{minus}{text}"),
            _ => return self.error("a literal is expected"),
        };
        match parse_literal(wanted, &text) {
            Some(constant) => {
                self.advance();
                Ok(constant)
            }
            None => self.error(format!("`{text}` is not a literal")),
        }
    }
}

fn parse_literal(wanted: Option<Element>, text: &str) -> Option<Constant> {
    let bits = text.strip_prefix("0x");
    let special = ["inf", "NaN"].contains(&text.trim_start_matches('-'));
    let digits = text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
    match (wanted, bits) {
        (Some(Element::F64), Some(bits)) => {
            Some(Constant::F64(f64::from_bits(u64::from_str_radix(bits, 16).ok()?)))
        }
        (Some(Element::F32), Some(bits)) => {
            Some(Constant::F32(f32::from_bits(u32::from_str_radix(bits, 16).ok()?)))
        }
        _ if !special && !digits => None,
        (Some(Element::F32), None) => Some(Constant::F32(text.parse().ok()?)),
        (None, None) if !special && !text.contains(['.', 'e']) => Some(Constant::I64(text.parse().ok()?)),
        (None | Some(Element::F64), None) => Some(Constant::F64(text.parse().ok()?)),
        _ => None,
    }
}
