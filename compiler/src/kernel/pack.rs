//! Packing: which of the loops that are written out run neighbouring iterations side by side in vector registers.
//!
//! Such a loop has no order to keep: nothing is carried, and no entry that one iteration stores is read by another.
//! Each value of an iteration is then the same in all of them, an index that grows by a fixed step, or a lane. How many
//! lanes there are is for `codegen/clif/lanes` to say; they change no value.

use super::data::{
    Address, Affine, Buffer, BufferName, Expression, Home, Kernel, Lanes, Loop, Register, Statement,
};
use crate::ir::{Element, Reduction};
use crate::primitive::{Instruction, Lower, Primitive};
use rustc_hash::FxHashMap;

/// Packs every loop that allows it. For each register, `known` tells whether its value is a number in each copy of the
/// code.
pub(super) fn pack(kernel: &mut Kernel, known: &[bool]) {
    let mut body = std::mem::take(&mut kernel.body);
    statements(kernel, known, &mut body);
    kernel.body = body;
}

fn statements(kernel: &Kernel, known: &[bool], body: &mut [Statement]) {
    for statement in body {
        match statement {
            Statement::Loop(nested) if Packing::allows(kernel, known, nested) => nested.lanes = Lanes::Packed,
            Statement::Loop(nested) => statements(kernel, known, &mut nested.body),
            Statement::While(nested) => {
                statements(kernel, known, &mut nested.condition);
                statements(kernel, known, &mut nested.body);
            }
            Statement::If(choice) => {
                statements(kernel, known, &mut choice.yes);
                statements(kernel, known, &mut choice.no);
            }
            Statement::Part(part) => statements(kernel, known, part),
            _ => {}
        }
    }
}

/// What is known of a register from one iteration to the next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Across {
    /// The same.
    Same,
    /// An integer that grows by so much.
    Step(i64),
    /// A number of its own.
    Lane,
}

/// A loop that is looked at.
struct Packing<'a> {
    kernel: &'a Kernel,
    known: &'a [bool],
    across: FxHashMap<Register, Across>,
    /// Where each buffer is stored to, always at one place.
    stored: FxHashMap<BufferName, &'a Affine>,
    loaded: Vec<&'a Address>,
}

impl<'a> Packing<'a> {
    fn allows(kernel: &'a Kernel, known: &'a [bool], nested: &'a Loop) -> bool {
        // Of three, one is left over, and bringing two into lanes costs what they save.
        let long = nested.bound.as_size().is_some_and(|n| n >= 2 && n != 3);
        let plain = nested.lanes == Lanes::Straight && !nested.reverse && nested.carried.is_empty();
        if !(long && plain && nested.step == 1) {
            return false;
        }
        let across = FxHashMap::from_iter([(nested.index, Across::Step(1))]);
        let mut packing = Self { kernel, known, across, stored: FxHashMap::default(), loaded: Vec::new() };
        nested.body.iter().all(|statement| packing.statement(statement)) && packing.is_unordered()
    }

    /// Whether what is loaded from a buffer that is stored to is the very entry that this iteration stores.
    fn is_unordered(&self) -> bool {
        let kept =
            |loaded: &&Address| self.stored.get(&loaded.buffer).is_none_or(|stored| *stored == &loaded.entry);
        self.loaded.iter().all(kept)
    }

    fn statement(&mut self, statement: &'a Statement) -> bool {
        match statement {
            Statement::Let(register, expression) => match self.expression(expression) {
                Some(across) => {
                    self.across.insert(*register, across);
                    true
                }
                None => false,
            },
            Statement::Store(address, value) => {
                // Blocks may be one another.
                let own = !matches!(self.buffer(address.buffer).home, Home::Block(_));
                own && self.consecutive(address)
                    && self.is_lane(*value)
                    && *self.stored.entry(address.buffer).or_insert(&address.entry) == &address.entry
            }
            Statement::Absorb(state, position, value) => {
                let state = &self.kernel.states[state.0 as usize];
                let kept = self.buffer(state.buffer).home == Home::Registers;
                kept && adds_up(state.reduction) && self.step(position) == Some(1) && self.is_lane(*value)
            }
            Statement::Require(requirement, _) => {
                requirement.registers().into_iter().all(|register| self.of(register) != Across::Lane)
            }
            _ => false,
        }
    }

    fn expression(&mut self, expression: &'a Expression) -> Option<Across> {
        match expression {
            Expression::Constant(_) | Expression::Length(_) | Expression::Pointer(_) => Some(Across::Same),
            Expression::Affine(affine) => {
                let terms = affine.terms.iter().map(|(register, _)| register);
                self.stepping(self.step(affine)?, terms)
            }
            Expression::Primitive(primitive, operands) => self.primitive(*primitive, operands),
            Expression::Load(address) => {
                self.loaded.push(address);
                match self.step(&address.entry)? {
                    0 => Some(Across::Same),
                    _ => self.consecutive(address).then_some(Across::Lane),
                }
            }
        }
    }

    fn primitive(&self, primitive: Primitive, operands: &[Register]) -> Option<Across> {
        let found: Vec<Across> = operands.iter().map(|operand| self.of(*operand)).collect();
        if found.iter().all(|across| *across == Across::Same) {
            return Some(Across::Same);
        }
        let Lower::Instruction(instruction) = primitive.row().lower else { return None };
        if found.contains(&Across::Lane) {
            // One condition for all lanes chooses between whole vectors.
            let chooses = instruction == Instruction::Select && found[0] == Across::Same;
            let numbers = if chooses { &operands[1..] } else { operands };
            let wide = numbers.iter().all(|operand| self.element(*operand) == Element::F64);
            return (wide && (chooses || has_lanes(instruction))).then_some(Across::Lane);
        }
        let step = |across: &Across| match across {
            Across::Step(step) => *step,
            _ => 0,
        };
        match (instruction, found.as_slice()) {
            (Instruction::Add, [a, b]) => self.stepping(step(a).wrapping_add(step(b)), operands),
            (Instruction::Sub, [a, b]) => self.stepping(step(a).wrapping_sub(step(b)), operands),
            _ => None,
        }
    }

    /// An integer made of these, where all of them are numbers while code is made.
    fn stepping<'r>(&self, step: i64, terms: impl IntoIterator<Item = &'r Register>) -> Option<Across> {
        let known = || terms.into_iter().all(|register| self.known[register.0 as usize]);
        match step {
            0 => Some(Across::Same),
            _ => known().then_some(Across::Step(step)),
        }
    }

    fn of(&self, register: Register) -> Across {
        self.across.get(&register).copied().unwrap_or(Across::Same)
    }

    fn element(&self, register: Register) -> Element {
        self.kernel.registers[register.0 as usize]
    }

    fn buffer(&self, name: BufferName) -> &Buffer {
        &self.kernel.buffers[name.0 as usize]
    }

    /// Whether a register can stand in a lane.
    fn is_lane(&self, register: Register) -> bool {
        self.element(register) == Element::F64 && !matches!(self.of(register), Across::Step(_))
    }

    /// How much the expression grows from one iteration to the next.
    fn step(&self, affine: &Affine) -> Option<i64> {
        affine.terms.iter().try_fold(0i64, |sum, (register, coefficient)| match self.of(*register) {
            Across::Same => Some(sum),
            Across::Step(step) => Some(sum.wrapping_add(step.wrapping_mul(*coefficient))),
            Across::Lane => None,
        })
    }

    /// Whether neighbouring iterations take neighbouring entries, of the type that lanes have.
    fn consecutive(&self, address: &Address) -> bool {
        self.buffer(address.buffer).element == Element::F64 && self.step(&address.entry) == Some(1)
    }
}

fn adds_up(reduction: Reduction) -> bool {
    matches!(reduction, Reduction::Add | Reduction::Mul | Reduction::Min | Reduction::Max)
}

/// Instructions with a form for vectors of `f64`.
fn has_lanes(instruction: Instruction) -> bool {
    use Instruction::{Abs, Add, Div, Fma, Max, Min, Mul, Neg, Sqrt, Sub};
    matches!(instruction, Add | Sub | Mul | Div | Neg | Abs | Min | Max | Sqrt | Fma)
}
