//! Tiles: a long loop with functions, draws or reductions in it runs over tiles of 256 entries. Within a tile each function is
//! one call of its tile kernel, each reduction absorbs a whole tile, and what lies between is a loop of cheap
//! arithmetic; values that pass from one to another stand in tile buffers.
//!
//! What disappears: the loop. What appears: a loop over tiles around calls and short loops, in phases: cheap arithmetic
//! in even ones, calls in odd ones. No value changes, and entries are absorbed in their order. A nest of two short loops
//! with a function in it is one tile, and so is a loop that is written out ([`source`]).

mod cheap;
mod source;

use self::source::Source;
use super::data::{
    Address, Affine, Buffer, BufferName, Expression, Home, Kernel, Lanes, Loop, Register, Statement, TileCall,
};
use super::exchange::exchanged;
use super::noise::Noise;
use crate::ir::{Constant, Element};
use crate::primitive::{Lower, Primitive};
use rustc_hash::FxHashMap;

/// Entries of a tile.
pub(super) const TILE: i64 = 256;

/// Loops shorter than this are left alone.
const LEAST: i64 = 32;

/// The same of loops that are written out.
const LEAST_WRITTEN_OUT: i64 = 4;

/// Tiles every innermost loop that gains by it.
pub(super) fn tile(kernel: &mut Kernel) {
    let mut body = std::mem::take(&mut kernel.body);
    statements(kernel, &mut body);
    kernel.body = body;
}

fn statements(kernel: &mut Kernel, body: &mut Vec<Statement>) {
    for statement in std::mem::take(body) {
        match statement {
            Statement::Loop(mut nested) => {
                if let Some(tiled) = Tiling::of(kernel, &Source::line(&nested)) {
                    body.extend(tiled);
                    continue;
                }
                if let Some(source) = Source::nest(&nested)
                    && let Some(tiled) = Tiling::of(kernel, &source)
                {
                    body.extend(tiled);
                    continue;
                }
                if let Some((short, long)) = exchanged(&nested)
                    && let Some(tiled) = Tiling::of(kernel, &Source::line(&long))
                {
                    body.push(Statement::Loop(Loop { body: tiled, ..short }));
                    continue;
                }
                if nested.lanes == Lanes::Scalar {
                    statements(kernel, &mut nested.body);
                }
                body.push(Statement::Loop(nested));
            }
            Statement::While(mut nested) => {
                statements(kernel, &mut nested.condition);
                statements(kernel, &mut nested.body);
                body.push(Statement::While(nested));
            }
            Statement::If(mut choice) => {
                statements(kernel, &mut choice.yes);
                statements(kernel, &mut choice.no);
                body.push(Statement::If(choice));
            }
            other => body.push(other),
        }
    }
}

/// A loop on its way to tiles.
struct Tiling<'a> {
    kernel: &'a mut Kernel,
    source: &'a Source<'a>,
    /// The phase in which each register of the body is assigned.
    phases: FxHashMap<Register, usize>,
    /// What assigns each register of the body.
    definitions: FxHashMap<Register, &'a Expression>,
    /// Where values stand that pass from one phase to another: in tile buffers, or where the loop stores them.
    homes: FxHashMap<Register, Address>,
    /// Its random bits.
    noise: Noise<'a>,
    /// The first index of the tile, and how many there are in it.
    first: Register,
    count: Register,
}

impl<'a> Tiling<'a> {
    /// The statements that take the loop's place, if it is one that gains by tiles.
    fn of(kernel: &'a mut Kernel, source: &'a Source<'a>) -> Option<Vec<Statement>> {
        let noise = source.noise()?;
        if !source.is_eligible(kernel, &noise) {
            return None;
        }
        let first = fresh(kernel, Element::I64);
        let count = fresh(kernel, Element::I64);
        let (phases, definitions, homes) = Default::default();
        let mut tiling = Tiling { kernel, source, phases, definitions, homes, noise, first, count };
        tiling.assign_phases();
        tiling.assign_buffers();
        for statement in source.body.iter() {
            if let (Statement::Absorb(state, ..), true) = (statement, source.absorbs_tiles()) {
                tiling.kernel.states[state.0 as usize].tiled = true;
            }
        }
        Some(tiling.rebuild())
    }

    fn phase(&self, register: Register) -> usize {
        self.phases.get(&register).copied().unwrap_or(0)
    }

    fn affine_phase(&self, affine: &Affine) -> usize {
        affine.terms.iter().map(|(register, _)| self.phase(*register)).max().unwrap_or(0)
    }

    /// The phase of a statement: even for cheap arithmetic, odd for calls, not before what it reads.
    fn statement_phase(&self, statement: &Statement) -> usize {
        let (reads, call) = match statement {
            Statement::Let(_, Expression::Primitive(primitive, operands)) => {
                let reads = operands.iter().map(|operand| self.phase(*operand)).max().unwrap_or(0);
                (reads, is_call(self.kernel, &self.noise, *primitive, operands))
            }
            Statement::Let(_, Expression::Affine(affine)) => (self.affine_phase(affine), false),
            Statement::Let(_, Expression::Load(address)) => (self.affine_phase(&address.entry), false),
            Statement::Let(..) | Statement::Call(_) => (0, false),
            Statement::Store(address, value) => {
                (self.phase(*value).max(self.affine_phase(&address.entry)), false)
            }
            Statement::Absorb(_, _, value) => (self.phase(*value), self.source.absorbs_tiles()),
            Statement::Require(requirement, _) => {
                (requirement.registers().into_iter().map(|read| self.phase(read)).max().unwrap_or(0), false)
            }
            other => unreachable!("{other:?} is in no loop that is tiled"),
        };
        if reads % 2 == usize::from(call) { reads } else { reads + 1 }
    }

    fn assign_phases(&mut self) {
        let source = self.source;
        for statement in source.body.iter() {
            let phase = self.statement_phase(statement);
            if let Statement::Let(register, expression) = statement {
                self.phases.insert(*register, phase);
                self.definitions.insert(*register, expression);
            }
        }
    }

    /// Whether the register's value is made anew wherever it is read.
    fn is_repeated(&self, register: Register) -> bool {
        let outside =
            |affine: &Affine| affine.terms.iter().all(|(read, _)| !self.definitions.contains_key(read));
        match self.definitions.get(&register) {
            Some(Expression::Constant(_)) => true,
            Some(Expression::Affine(affine)) => outside(affine),
            Some(Expression::Load(address)) => outside(&address.entry),
            _ => false,
        }
    }

    /// The source of a call's operand that is read in order from memory.
    fn direct(&self, register: Register) -> Option<Address> {
        match self.definitions.get(&register) {
            Some(Expression::Load(address))
                if self.is_repeated(register) && self.source.in_order(&address.entry) =>
            {
                Some(self.first_of_tile(address))
            }
            _ => None,
        }
    }

    /// A tile buffer for each value that a call gives or takes, or that a later phase reads.
    fn assign_buffers(&mut self) {
        let source = self.source;
        for statement in source.body.iter() {
            let phase = self.statement_phase(statement);
            let call = phase % 2 == 1;
            if let (Statement::Let(result, _), true) = (statement, call) {
                self.buffer(*result);
            }
            for read in reads(statement) {
                if self.noise.has(read) {
                    continue;
                }
                let passes = match call {
                    true => self.direct(read).is_none(),
                    false => self.definitions.contains_key(&read) && self.phase(read) != phase,
                };
                if passes && (call || !self.is_repeated(read)) {
                    self.buffer(read);
                }
            }
        }
    }

    fn buffer(&mut self, register: Register) {
        if self.homes.contains_key(&register) {
            return;
        }
        let home = self.stored(register).unwrap_or_else(|| {
            let element = self.kernel.registers[register.0 as usize];
            let entries = self.source.stretched().map_or(self.source.size(), |_| Some(TILE));
            let entries = entries.expect("a tile that is no stretch has a known size") as u64;
            self.kernel.buffers.push(Buffer { element, entries, home: Home::Arena(0) });
            Address::new(BufferName(self.kernel.buffers.len() as u32 - 1), Affine::default())
        });
        self.homes.insert(register, home);
    }

    /// Where the loop stores what a call gives, in order: the call writes there itself.
    fn stored(&self, register: Register) -> Option<Address> {
        let fixed = |address: &Address| {
            address.entry.terms.iter().all(|(read, _)| !self.definitions.contains_key(read))
        };
        let called = self.phase(register) % 2 == 1;
        let mut stores = self.source.body.iter().filter_map(|statement| match statement {
            Statement::Store(address, value) if *value == register && called => Some(address),
            _ => None,
        });
        let address = stores.find(|address| self.source.in_order(&address.entry) && fixed(address))?;
        // A block may be another one.
        let home = self.kernel.buffers[address.buffer.0 as usize].home;
        matches!(home, Home::Arena(_) | Home::Result(_)).then(|| self.first_of_tile(address))
    }

    /// The entry for the first iteration of the tile.
    fn first_of_tile(&self, address: &Address) -> Address {
        let first = self.source.stretched().map(|_| self.first);
        Address::new(address.buffer, self.source.at_first(&address.entry, first))
    }

    fn rebuild(mut self) -> Vec<Statement> {
        let source = self.source;
        let last = source.body.iter().map(|statement| self.statement_phase(statement)).max().unwrap_or(0);
        let mut body = self.count_of_tile();
        for phase in 0..=last {
            if phase % 2 == 0 {
                body.extend(self.cheap(phase));
                continue;
            }
            let calls = source.body.iter().filter(|statement| self.statement_phase(statement) == phase);
            body.extend(calls.map(|statement| self.call(statement)));
        }
        match source.stretched() {
            Some(of) => {
                let Loop { bound, reverse, lanes, .. } = *of;
                let carried = Vec::new();
                vec![Statement::Loop(Loop {
                    index: self.first,
                    step: TILE,
                    bound,
                    reverse,
                    lanes,
                    carried,
                    body,
                })]
            }
            None => body,
        }
    }

    /// `count = min(bound - first, 256)`; all of what is no stretch.
    fn count_of_tile(&mut self) -> Vec<Statement> {
        let Some(of) = self.source.stretched() else {
            let size = self.source.size().expect("a tile that is no stretch has a known size");
            let known = |register, n| Statement::Let(register, Expression::Constant(Constant::I64(n)));
            return vec![known(self.count, size), known(self.first, 0)];
        };
        let [rest, most] = [0, 1].map(|_| fresh(self.kernel, Element::I64));
        let left = of.bound.affine().plus_times(self.first, -1);
        let least = Expression::Primitive(Primitive::named("min"), vec![rest, most]);
        vec![
            Statement::Let(rest, Expression::Affine(left)),
            Statement::Let(most, Expression::Constant(Constant::I64(TILE))),
            Statement::Let(self.count, least),
        ]
    }

    fn call(&self, statement: &Statement) -> Statement {
        let address =
            |register: &Register| self.direct(*register).unwrap_or_else(|| self.homes[register].clone());
        match statement {
            Statement::Let(result, Expression::Primitive(primitive, operands)) => {
                let output = self.homes[result].clone();
                if let Some(drawn) = self.noise.drawn(*primitive, operands) {
                    let index = self.source.indices().next().expect("draws stand in a loop");
                    return drawn.tile(index, self.first, self.count, output);
                }
                let Lower::Kernel(kernel) = primitive.row().lower else {
                    unreachable!("only functions are called")
                };
                Statement::Tile(TileCall {
                    kernel,
                    inputs: operands.iter().map(address).collect(),
                    output,
                    count: self.count,
                })
            }
            Statement::Absorb(state, _, value) => Statement::AbsorbTile(*state, address(value), self.count),
            other => unreachable!("{other:?} is no call"),
        }
    }
}

fn fresh(kernel: &mut Kernel, element: Element) -> Register {
    kernel.registers.push(element);
    Register(kernel.registers.len() as u32 - 1)
}

/// Whether a primitive is called tile by tile.
fn is_call(kernel: &Kernel, noise: &Noise, primitive: Primitive, operands: &[Register]) -> bool {
    let wide = operands.iter().all(|operand| kernel.registers[operand.0 as usize] == Element::F64);
    let function = matches!(primitive.row().lower, Lower::Kernel(_)) && wide;
    function || noise.drawn(primitive, operands).is_some()
}

fn reads(statement: &Statement) -> Vec<Register> {
    let affine = |affine: &Affine| affine.terms.iter().map(|(register, _)| *register).collect::<Vec<_>>();
    match statement {
        Statement::Let(_, Expression::Primitive(_, operands)) => operands.clone(),
        Statement::Let(_, Expression::Affine(sum)) => affine(sum),
        Statement::Let(_, Expression::Load(address)) => affine(&address.entry),
        Statement::Store(address, value) => [affine(&address.entry), vec![*value]].concat(),
        Statement::Absorb(_, _, value) => vec![*value],
        Statement::Require(requirement, _) => requirement.registers(),
        _ => Vec::new(),
    }
}
