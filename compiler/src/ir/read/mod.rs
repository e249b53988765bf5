//! Reads the text form that [`super::print`] writes: `read(print(m)) == m`.
//!
//! It builds what is written, right or wrong, as long as types can be found; the invariants are the verifier's. So
//! `%3: f64 = ..` sets a type where inference would say another, and captures and `proved` are taken as they stand.

mod cursor;
mod lexer;
mod operation;

use super::data::{Binding, Block, Distribution, Function, Module, Operation, Origin, Parameter, Value};
use super::datum::Datum;
use super::infer::{Site, result_types};
use super::types::Type;
use cursor::Cursor;
use lexer::Token;
use std::fmt;

/// What is wrong with a text, and where (both from 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
    /// What was expected or found.
    pub message: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ReadError {}

/// Reads a module.
pub fn read(text: &str) -> Result<Module, ReadError> {
    let mut reader =
        Reader { cursor: Cursor::new(lexer::tokens(text)?), types: Vec::new(), known: Vec::new(), depth: 0 };
    let mut module = Module::default();
    while *reader.cursor.peek() != Token::End {
        if reader.cursor.word("fn") {
            let place = reader.cursor.place();
            let function = reader.function()?;
            if module.functions.contains_key(&function.name) {
                return at(place, format!("@{} is defined twice", function.name));
            }
            module.insert(function);
        } else if reader.cursor.word("distribution") {
            let (name, bundle) = reader.distribution()?;
            module.distributions.insert(name, bundle);
        } else {
            return reader.cursor.error("`fn` or `distribution` is expected");
        }
    }
    Ok(module)
}

/// Reads data as they print, with commas between them: `1.5, 3, f64[2] {1.0, 2.0}`.
pub fn read_data(text: &str) -> Result<Vec<Datum>, ReadError> {
    let mut cursor = Cursor::new(lexer::tokens(text)?);
    let mut data = Vec::new();
    while *cursor.peek() != Token::End {
        if !data.is_empty() {
            cursor.expect(',')?;
        }
        data.push(cursor.datum()?);
    }
    Ok(data)
}

fn at<T>((line, column): (usize, usize), message: String) -> Result<T, ReadError> {
    Err(ReadError { line, column, message })
}

/// Regions nested deeper than this are refused: reading recurses.
const GREATEST_DEPTH: usize = 100;

/// Reads one function at a time.
struct Reader {
    cursor: Cursor,
    /// Types by number, `f64` where none is known yet.
    types: Vec<Type>,
    /// Whose type is known.
    known: Vec<bool>,
    depth: usize,
}

impl Reader {
    fn distribution(&mut self) -> Result<(String, Distribution), ReadError> {
        let name = self.cursor.at()?;
        self.cursor.expect('{')?;
        let mut bundle = Distribution::default();
        while !self.cursor.sign('}') {
            match self.cursor.any_word()?.as_str() {
                "log_density" => bundle.log_density = self.cursor.at()?,
                "sample" => bundle.sample = self.cursor.at()?,
                "support_size" => bundle.support_size = Some(self.cursor.at()?),
                "measure_valued" => bundle.measure_valued = Some(self.cursor.at()?),
                "reparameterized" => bundle.reparameterized = true,
                word => return self.cursor.error(format!("a distribution has no `{word}`")),
            }
        }
        Ok((name, bundle))
    }

    fn function(&mut self) -> Result<Function, ReadError> {
        let name = self.cursor.at()?;
        self.types.clear();
        self.known.clear();
        self.cursor.sizes.clear();
        if self.cursor.sign('[') {
            self.cursor.sizes = self.cursor.until(']', Cursor::any_word)?;
        }
        self.cursor.expect('(')?;
        let mut parameters = Vec::new();
        while !self.cursor.sign(')') {
            parameters.push(self.parameter()?);
            if !self.cursor.sign(',') && *self.cursor.peek() != Token::Sign(')') {
                return self.cursor.error("`,` or `)` is expected");
            }
        }
        if self.cursor.advance() != Token::Arrow {
            return self.cursor.error("`->` and the types of the results are expected");
        }
        self.cursor.expect('(')?;
        let declared = self.cursor.until(')', Cursor::of_type)?;
        let place = self.cursor.place();
        let body = self.block(parameters.iter().map(|parameter| parameter.value).collect())?;
        let yielded: Result<Vec<Type>, _> = body.results.iter().map(|value| self.type_of(*value)).collect();
        if yielded? != declared {
            return at(place, format!("@{name} does not yield the types it declares"));
        }
        let (sizes, types) = (self.cursor.sizes.clone(), std::mem::take(&mut self.types));
        Ok(Function { name, sizes, parameters, body, types })
    }

    fn parameter(&mut self) -> Result<Parameter, ReadError> {
        let value = self.cursor.value()?;
        self.cursor.expect(':')?;
        let of = self.cursor.of_type()?;
        self.define(value, of)?;
        let binding = if self.cursor.word("bound") { Some(Binding::Bound) } else { None };
        if binding.is_none() {
            self.cursor.expect_word("live")?;
        }
        Ok(Parameter { value, binding: binding.unwrap_or(Binding::Live) })
    }

    /// `with (%captures) { operations yield results }`.
    fn block(&mut self, parameters: Vec<Value>) -> Result<Block, ReadError> {
        self.depth += 1;
        if self.depth > GREATEST_DEPTH {
            return self.cursor.error("regions are nested too deep");
        }
        let captures = if self.cursor.word("with") { self.cursor.arguments()? } else { Vec::new() };
        self.cursor.expect('{')?;
        let mut operations = Vec::new();
        while !self.cursor.word("yield") {
            operations.push(self.operation()?);
        }
        let results = self.cursor.values()?;
        self.cursor.expect('}')?;
        self.depth -= 1;
        Ok(Block { parameters, captures, operations, results })
    }

    /// `%1, %2: f64 = kind .. !origin`.
    fn operation(&mut self) -> Result<Operation, ReadError> {
        let place = self.cursor.place();
        let mut results: Vec<(Value, Option<Type>)> = Vec::new();
        if matches!(self.cursor.peek(), Token::Value(_)) {
            loop {
                let value = self.cursor.value()?;
                let of = if self.cursor.sign(':') { Some(self.cursor.of_type()?) } else { None };
                results.push((value, of));
                if !self.cursor.sign(',') {
                    break;
                }
            }
            self.cursor.expect('=')?;
        }
        let parsed = self.parsed(!results.is_empty())?;
        let origin = if self.cursor.sign('!') { Origin(self.cursor.number()?) } else { Origin(0) };
        let values: Vec<Value> = results.iter().map(|(value, _)| *value).collect();
        let types = self.result_types(&parsed, results, place)?;
        for (value, of) in values.iter().zip(types) {
            self.define(*value, of)?;
        }
        let operation::Parsed { kind, operands, regions } = parsed;
        Ok(Operation { kind, operands, regions, results: values, origin })
    }

    /// The annotated types, else the inferred ones.
    fn result_types(
        &self,
        parsed: &operation::Parsed,
        results: Vec<(Value, Option<Type>)>,
        place: (usize, usize),
    ) -> Result<Vec<Type>, ReadError> {
        if results.iter().all(|(_, of)| of.is_some()) && !results.is_empty() {
            return Ok(results.into_iter().filter_map(|(_, of)| of).collect());
        }
        let used = parsed.regions.iter().flat_map(|region| &region.results).chain(&parsed.operands);
        for value in used {
            self.type_of(*value)?;
        }
        let site = Site { types: &self.types, operands: &parsed.operands, regions: &parsed.regions };
        match result_types(&parsed.kind, &site) {
            Ok(Some(types)) if types.len() == results.len() => Ok(types),
            Ok(Some(types)) => {
                at(place, format!("{} results are named and {} yielded", results.len(), types.len()))
            }
            // Nothing is to be inferred: what is wrong the verifier says.
            Ok(None) | Err(_) if results.is_empty() => Ok(Vec::new()),
            Ok(None) => at(place, "the types of these results must be written".into()),
            Err(message) => at(place, message),
        }
    }

    fn define(&mut self, value: Value, of: Type) -> Result<(), ReadError> {
        let position = value.0 as usize;
        if self.types.len() <= position {
            self.types.resize(position + 1, Type::f64());
            self.known.resize(position + 1, false);
        }
        if self.known[position] && self.types[position] != of {
            return self.cursor.error(format!("{value} has two types"));
        }
        self.types[position] = of;
        self.known[position] = true;
        Ok(())
    }

    fn type_of(&self, value: Value) -> Result<Type, ReadError> {
        match self.known.get(value.0 as usize) {
            Some(true) => Ok(self.types[value.0 as usize].clone()),
            _ => self.cursor.error(format!("{value} is used before it is defined")),
        }
    }
}
