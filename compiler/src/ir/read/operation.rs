//! One rule for each word that begins an operation; a word without a rule names a primitive.

use super::lexer::Token;
use super::{ReadError, Reader};
use crate::ir::data::{Block, Value};
use crate::ir::kind::{
    Bound, Check, Contraction, Custom, Derivation, Kind, LinearPair, Reduction, Sample, Slots, Strategy,
    Triangular, View,
};
use crate::ir::{Demand, Polynomial, Type};
use crate::primitive::Primitive;

/// An operation without its results.
pub(super) struct Parsed {
    pub kind: Kind,
    pub operands: Vec<Value>,
    pub regions: Vec<Block>,
}

type Rule = fn(&mut Reader) -> Result<Parsed, ReadError>;

/// The words that begin an operation with results or regions.
const RULES: &[(&str, Rule)] = &[
    ("constant", |reader| Ok(leaf(Kind::Constant(reader.cursor.literal()?), Vec::new()))),
    ("size", |reader| Ok(leaf(Kind::Size(reader.cursor.size()?), Vec::new()))),
    ("view", view),
    ("len", length),
    ("contract", contract),
    ("cholesky", |reader| Ok(leaf(Kind::Cholesky, reader.cursor.values()?))),
    ("solve", solve),
    ("bits", bits),
    ("stop", |reader| Ok(leaf(Kind::Stop, reader.cursor.values()?))),
    ("demand", demand),
    ("score", |reader| Ok(leaf(Kind::Score, reader.cursor.values()?))),
    ("track", track),
    ("sample", sample),
    ("call", call),
    ("jvp", |reader| derivation(reader, Kind::Jvp)),
    ("vjp", |reader| derivation(reader, Kind::Vjp)),
    ("custom", custom),
    ("linear", linear),
    ("map", |reader| reader.indexed(Kind::Map)),
    ("reduce", reduce),
    ("scan", scan),
    ("while", while_loop),
    ("if", branch),
    ("accumulate", accumulate),
    ("expect", expect),
];

fn leaf(kind: Kind, operands: Vec<Value>) -> Parsed {
    Parsed { kind, operands, regions: Vec::new() }
}

impl Reader {
    /// The operation behind `=`, or the whole of one without results.
    pub(super) fn parsed(&mut self, has_results: bool) -> Result<Parsed, ReadError> {
        if matches!(self.cursor.peek(), Token::Value(_)) {
            return index(self);
        }
        let Token::Word(word) = self.cursor.peek().clone() else {
            return self.cursor.error("an operation is expected");
        };
        if word == "add" && !has_results {
            self.cursor.advance();
            return add_to(self);
        }
        let rule = RULES.iter().find(|(name, _)| *name == word).map(|(_, rule)| rule);
        match (rule, Primitive::find(&word)) {
            (Some(rule), _) => {
                self.cursor.advance();
                rule(self)
            }
            (None, Some(primitive)) => {
                self.cursor.advance();
                Ok(leaf(Kind::Primitive(primitive), self.cursor.values()?))
            }
            (None, None) => self.cursor.error(format!("no operation is named `{word}`")),
        }
    }

    /// `%p < bound`, defined as an index; a run-time bound's operand is kept.
    fn bound(&mut self, run: &mut Vec<Value>) -> Result<(Value, Bound), ReadError> {
        let index = self.cursor.value()?;
        self.define(index, Type::i64())?;
        self.cursor.expect('<')?;
        if let Token::Value(_) = self.cursor.peek() {
            run.push(self.cursor.value()?);
            return Ok((index, Bound::Run));
        }
        Ok((index, Bound::Size(self.cursor.size()?)))
    }

    /// `(%i < N, %j < %n)` and the body of a map or reduce; the bounds' operands are the operation's.
    fn indexed(&mut self, kind: impl FnOnce(Vec<Bound>) -> Kind) -> Result<Parsed, ReadError> {
        self.cursor.expect('(')?;
        let (mut parameters, mut bounds, mut operands) = (Vec::new(), Vec::new(), Vec::new());
        while !self.cursor.sign(')') {
            let (parameter, bound) = self.bound(&mut operands)?;
            parameters.push(parameter);
            bounds.push(bound);
            self.cursor.sign(',');
        }
        Ok(Parsed { kind: kind(bounds), operands, regions: vec![self.block(parameters)?] })
    }

    /// `%s = %s0`, a state of the initial value's type.
    fn state(&mut self) -> Result<(Value, Value), ReadError> {
        let state = self.cursor.value()?;
        self.cursor.expect('=')?;
        let initial = self.cursor.value()?;
        let of = self.type_of(initial)?;
        self.define(state, of)?;
        Ok((state, initial))
    }
}

fn index(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let array = reader.cursor.value()?;
    reader.cursor.expect('[')?;
    let indices = reader.cursor.until(']', super::Cursor::value)?;
    let check = if reader.cursor.word("proved") { Check::Proved } else { Check::Checked };
    Ok(leaf(Kind::Index(check), [vec![array], indices].concat()))
}

fn add_to(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let sum = reader.cursor.value()?;
    reader.cursor.expect('[')?;
    let indices = reader.cursor.until(']', super::Cursor::value)?;
    reader.cursor.expect(',')?;
    let value = reader.cursor.value()?;
    Ok(leaf(Kind::AddTo, [vec![sum], indices, vec![value]].concat()))
}

fn view(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let source = reader.cursor.value()?;
    reader.cursor.expect('[')?;
    let shape = reader.cursor.until(']', super::Cursor::size)?;
    let offset = if reader.cursor.word("offset") { reader.cursor.size()? } else { Polynomial::default() };
    reader.cursor.expect_word("strides")?;
    reader.cursor.expect('(')?;
    let strides = reader.cursor.until(')', super::Cursor::size)?;
    Ok(leaf(Kind::View(View { shape, offset, strides }), vec![source]))
}

fn length(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let array = reader.cursor.value()?;
    reader.cursor.expect(',')?;
    Ok(leaf(Kind::Length(reader.cursor.number()?), vec![array]))
}

fn demand(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let found = match reader.cursor.peek() {
        Token::Word(word) => Demand::find(word),
        _ => None,
    };
    let Some(demand) = found else { return reader.cursor.error("the name of a demand is expected") };
    reader.cursor.advance();
    Ok(leaf(Kind::Demand(demand), reader.cursor.values()?))
}

fn labels(reader: &mut Reader) -> Result<Vec<u8>, ReadError> {
    let mut labels = Vec::new();
    loop {
        if let Token::Word(word) = reader.cursor.peek() {
            if !word.bytes().all(|letter| letter.is_ascii_alphabetic()) {
                return reader.cursor.error("labels are letters");
            }
            labels.extend(word.bytes());
            reader.cursor.advance();
        } else if reader.cursor.sign('<') {
            labels.push(reader.cursor.number()?);
            reader.cursor.expect('>')?;
        } else {
            return Ok(labels);
        }
    }
}

fn contract(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let left = labels(reader)?;
    reader.cursor.expect(',')?;
    let right = labels(reader)?;
    if reader.cursor.advance() != Token::Arrow {
        return reader.cursor.error("`->` is expected before the labels of the result");
    }
    let result = labels(reader)?;
    Ok(leaf(Kind::Contract(Contraction { left, right, result }), reader.cursor.values()?))
}

fn solve(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let lower = reader.cursor.word("lower");
    if !lower {
        reader.cursor.expect_word("upper")?;
    }
    let transposed = reader.cursor.word("transposed");
    Ok(leaf(Kind::TriangularSolve(Triangular { lower, transposed }), reader.cursor.values()?))
}

fn bits(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let seed = reader.cursor.value()?;
    reader.cursor.expect(',')?;
    reader.cursor.expect_word("site")?;
    let site = reader.cursor.number()?;
    reader.cursor.expect(',')?;
    let indices = reader.cursor.arguments()?;
    Ok(leaf(Kind::Bits { site }, [vec![seed], indices].concat()))
}

fn track(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let operands = reader.cursor.values()?;
    reader.cursor.expect_word("as")?;
    Ok(leaf(Kind::Track(reader.cursor.name()?), operands))
}

fn sample(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let distribution = reader.cursor.at()?;
    let mut operands = reader.cursor.arguments()?;
    reader.cursor.expect_word("site")?;
    let site = reader.cursor.name()?;
    let indices =
        if reader.cursor.sign('[') { reader.cursor.until(']', super::Cursor::value)? } else { Vec::new() };
    let count = indices.len();
    operands.extend(indices);
    let strategy = if reader.cursor.word("by") { Some(strategy(reader, &mut operands)?) } else { None };
    Ok(leaf(Kind::Sample(Sample { distribution, site, indices: count, strategy }), operands))
}

fn strategy(reader: &mut Reader, operands: &mut Vec<Value>) -> Result<Strategy, ReadError> {
    let word = reader.cursor.any_word()?;
    let baseline = reader.cursor.word("baseline");
    if baseline {
        operands.push(reader.cursor.value()?);
    }
    let known =
        [Strategy::Reparam, Strategy::Enumerate, Strategy::Reinforce { baseline }, Strategy::MeasureValued];
    let found = known.into_iter().find(|strategy| strategy.name() == word);
    match found {
        Some(strategy) if !baseline || matches!(strategy, Strategy::Reinforce { .. }) => Ok(strategy),
        Some(_) => reader.cursor.error("only reinforce takes a baseline"),
        None => reader.cursor.error(format!("no strategy is named `{word}`")),
    }
}

fn call(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let (function, sizes) = (reader.cursor.at()?, reader.cursor.size_list()?);
    Ok(leaf(Kind::Call { function, sizes }, reader.cursor.arguments()?))
}

fn derivation(reader: &mut Reader, kind: fn(Derivation) -> Kind) -> Result<Parsed, ReadError> {
    let (function, sizes) = (reader.cursor.at()?, reader.cursor.size_list()?);
    reader.cursor.expect_word("active")?;
    reader.cursor.expect('(')?;
    let active = reader.cursor.until(')', |cursor| match cursor.number::<u8>()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => cursor.error("active is 0 or 1"),
    })?;
    Ok(leaf(kind(Derivation { function, sizes, active }), reader.cursor.arguments()?))
}

fn custom(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let (function, sizes) = (reader.cursor.at()?, reader.cursor.size_list()?);
    reader.cursor.expect_word("with")?;
    reader.cursor.expect_word("jvp")?;
    let jvp = reader.cursor.at()?;
    let adjoint = if reader.cursor.word("adjoint") { Some(reader.cursor.at()?) } else { None };
    Ok(leaf(Kind::Custom(Custom { function, sizes, jvp, adjoint }), reader.cursor.arguments()?))
}

fn linear(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let (apply, sizes) = (reader.cursor.at()?, reader.cursor.size_list()?);
    reader.cursor.expect_word("transpose")?;
    let transpose = reader.cursor.at()?;
    reader.cursor.expect_word("last")?;
    let linear = reader.cursor.number()?;
    Ok(leaf(Kind::Linear(LinearPair { apply, transpose, sizes, linear }), reader.cursor.arguments()?))
}

fn reduce(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let word = reader.cursor.any_word()?;
    let Some((reduction, _)) = Reduction::ALL.into_iter().find(|(_, name)| *name == word) else {
        return reader.cursor.error(format!("no reduction is named `{word}`"));
    };
    reader.indexed(|bounds| Kind::Reduce(reduction, bounds))
}

fn scan(reader: &mut Reader) -> Result<Parsed, ReadError> {
    reader.cursor.expect('(')?;
    let mut operands = Vec::new();
    let (index, bound) = reader.bound(&mut operands)?;
    let mut parameters = vec![index];
    while reader.cursor.sign(',') {
        let (state, initial) = reader.state()?;
        parameters.push(state);
        operands.push(initial);
    }
    reader.cursor.expect(')')?;
    let reverse = reader.cursor.word("reverse");
    let kind = Kind::Scan { bound, carried: parameters.len() - 1, reverse };
    Ok(Parsed { kind, operands, regions: vec![reader.block(parameters)?] })
}

fn while_loop(reader: &mut Reader) -> Result<Parsed, ReadError> {
    reader.cursor.expect('(')?;
    let (mut parameters, mut initial) = (Vec::new(), Vec::new());
    while !reader.cursor.word("at") {
        let (state, start) = reader.state()?;
        parameters.push(state);
        initial.push(start);
        reader.cursor.expect(',')?;
    }
    reader.cursor.expect_word("most")?;
    let operands = [vec![reader.cursor.value()?], initial].concat();
    reader.cursor.expect(')')?;
    let slots = match reader.cursor.word("slots") {
        true => Some(Slots { count: reader.cursor.number()?, filled: !reader.cursor.word("bare") }),
        false => None,
    };
    let condition = reader.block(parameters)?;
    reader.cursor.expect_word("do")?;
    let states = reader.cursor.arguments()?;
    for (state, start) in states.iter().zip(&operands[1..]) {
        let of = reader.type_of(*start)?;
        reader.define(*state, of)?;
    }
    let body = reader.block(states)?;
    Ok(Parsed { kind: Kind::While { slots }, operands, regions: vec![condition, body] })
}

fn branch(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let operands = reader.cursor.values()?;
    let yes = reader.block(Vec::new())?;
    reader.cursor.expect_word("else")?;
    let no = reader.block(Vec::new())?;
    Ok(Parsed { kind: Kind::If, operands, regions: vec![yes, no] })
}

fn accumulate(reader: &mut Reader) -> Result<Parsed, ReadError> {
    reader.cursor.expect('(')?;
    let (mut parameters, mut sums, mut operands) = (Vec::new(), Vec::new(), Vec::new());
    while !reader.cursor.sign(')') {
        let sum = reader.cursor.value()?;
        reader.cursor.expect(':')?;
        let of = reader.cursor.of_type()?;
        if reader.cursor.word("len") {
            operands.push(reader.cursor.value()?);
        }
        sums.push(of.to_array());
        reader.define(sum, of)?;
        parameters.push(sum);
        reader.cursor.sign(',');
    }
    let region = reader.block(parameters)?;
    Ok(Parsed { kind: Kind::Accumulate(sums), operands, regions: vec![region] })
}

fn expect(reader: &mut Reader) -> Result<Parsed, ReadError> {
    let operands = reader.cursor.values()?;
    Ok(Parsed { kind: Kind::Expect, operands, regions: vec![reader.block(Vec::new())?] })
}
