//! Decides how loops are laid out and which buffers need no memory.
//!
//! Small loops of known length are written out; a buffer whose every entry is then known by number lives in machine
//! registers, and what has no order to keep is packed into lanes ([`super::pack`]). The choice changes no value.

use super::data::{
    Address, Affine, Expression, Extent, Home, If, Kernel, Lanes, Loop, Register, StateName, Statement, While,
};
use super::pack::pack;
use super::split::split;
use super::tile::tile;
use crate::primitive::{Instruction, Lower};

/// Statements that one written-out nest may come to.
const NEST: u64 = 512;

/// Statements that all written-out nests of a kernel may come to.
const ALL: u64 = 4096;

/// Entries of a buffer that is kept in registers, at most.
const ENTRIES: u64 = 256;

/// Schedules the whole kernel.
pub(super) fn schedule(kernel: &mut Kernel) {
    let mut budget = ALL;
    lay_out(&mut kernel.body, &mut budget);
    tile(kernel);
    split(kernel);
    let body = std::mem::take(&mut kernel.body);
    let mut uses = Uses::new(kernel);
    uses.statements(&body);
    let Uses { buffers: found, known, .. } = uses;
    for (buffer, found) in kernel.buffers.iter_mut().zip(found) {
        let small = buffer.entries <= ENTRIES && matches!(buffer.home, Home::Arena(_));
        if small && found.is_local() {
            buffer.home = Home::Registers;
        }
    }
    kernel.body = body;
    pack(kernel, &known);
}

/// Writes out loops from the outside in, as long as the budget lasts.
fn lay_out(statements: &mut [Statement], budget: &mut u64) {
    for statement in statements {
        match statement {
            Statement::Loop(nested) => match written_out(nested) {
                Some(cost) if cost <= NEST.min(*budget) => {
                    *budget -= cost;
                    write_out(nested);
                }
                _ => lay_out(&mut nested.body, budget),
            },
            Statement::While(nested) => {
                lay_out(&mut nested.condition, budget);
                lay_out(&mut nested.body, budget);
            }
            Statement::If(choice) => {
                lay_out(&mut choice.yes, budget);
                lay_out(&mut choice.no, budget);
            }
            _ => {}
        }
    }
}

/// Statements that the loop comes to with everything inside written out; none where that cannot be.
fn written_out(nested: &Loop) -> Option<u64> {
    let Extent::Size(n) = nested.bound else { return None };
    cost(&nested.body)?.checked_mul(n.max(0) as u64)
}

fn cost(statements: &[Statement]) -> Option<u64> {
    statements.iter().try_fold(0u64, |sum, statement| {
        let cost = match statement {
            Statement::Loop(nested) => written_out(nested)?,
            Statement::While(_) => return None,
            Statement::If(choice) => cost(&choice.yes)?.checked_add(cost(&choice.no)?)?,
            Statement::Call(_) => 8,
            Statement::Tile(_) | Statement::AbsorbTile(..) | Statement::Part(_) => return None,
            _ => 1,
        };
        sum.checked_add(cost)
    })
}

fn write_out(nested: &mut Loop) {
    nested.lanes = Lanes::Straight;
    write_out_all(&mut nested.body);
}

fn write_out_all(statements: &mut [Statement]) {
    for statement in statements {
        match statement {
            Statement::Loop(nested) => write_out(nested),
            Statement::If(choice) => {
                write_out_all(&mut choice.yes);
                write_out_all(&mut choice.no);
            }
            _ => {}
        }
    }
}

/// How a buffer is used. A scope is a body that is not written out: of a rolled loop, a choice, the kernel.
#[derive(Clone, Default)]
struct Use {
    /// The scope of its stores.
    stored: Option<Vec<u32>>,
    /// The scopes of its loads.
    loaded: Vec<Vec<u32>>,
    /// An address is needed: an entry is not known, or stores stand in several scopes.
    addressed: bool,
}

impl Use {
    fn is_local(&self) -> bool {
        let Some(stored) = &self.stored else { return false };
        !self.addressed && self.loaded.iter().all(|scope| scope.starts_with(stored))
    }

    fn store(&mut self, scope: &[u32]) {
        match &self.stored {
            Some(stored) if stored != scope => self.addressed = true,
            _ => self.stored = Some(scope.to_vec()),
        }
    }
}

/// Finds how buffers are used.
struct Uses<'a> {
    kernel: &'a Kernel,
    buffers: Vec<Use>,
    /// Registers whose value is known in each copy of the code.
    known: Vec<bool>,
    scope: Vec<u32>,
    scopes: u32,
}

impl<'a> Uses<'a> {
    fn new(kernel: &'a Kernel) -> Self {
        Self {
            kernel,
            buffers: vec![Use::default(); kernel.buffers.len()],
            known: vec![false; kernel.registers.len()],
            scope: Vec::new(),
            scopes: 0,
        }
    }

    fn scoped(&mut self, statements: &[Statement]) {
        self.scope.push(self.scopes);
        self.scopes += 1;
        self.statements(statements);
        self.scope.pop();
    }

    fn statements(&mut self, statements: &[Statement]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let(register, expression) => self.assign(*register, expression),
            Statement::Store(address, _) => self.store(address),
            Statement::Loop(nested) => self.counted(nested),
            Statement::While(nested) => self.repeat(nested),
            Statement::If(If { yes, no, .. }) => {
                self.scoped(yes);
                self.scoped(no);
            }
            Statement::Part(statements) => self.scoped(statements),
            Statement::Begin(state) => self.state(*state),
            Statement::Absorb(state, position, _) => {
                self.state(*state);
                if !self.is_known(position) {
                    self.state_use(*state).addressed = true;
                }
            }
            Statement::Finish(state, ..) => {
                let scope = self.scope.clone();
                self.state_use(*state).loaded.push(scope);
            }
            Statement::Call(call) => {
                for address in call.inputs.iter().chain(&call.output) {
                    self.buffers[address.buffer.0 as usize].addressed = true;
                }
            }
            Statement::Tile(call) => {
                for address in call.inputs.iter().chain([&call.output]) {
                    self.buffers[address.buffer.0 as usize].addressed = true;
                }
            }
            Statement::AbsorbTile(state, address, _) => {
                self.buffers[address.buffer.0 as usize].addressed = true;
                self.state_use(*state).addressed = true;
            }
            Statement::Yield(_, buffer, _) => self.buffers[buffer.0 as usize].addressed = true,
            Statement::Require(..) | Statement::Reserve(..) | Statement::Mark(_) | Statement::Release(..) => {
            }
        }
    }

    fn assign(&mut self, register: Register, expression: &Expression) {
        let known = match expression {
            Expression::Constant(_) => true,
            Expression::Affine(affine) => self.is_known(affine),
            Expression::Primitive(primitive, operands) => {
                let folds = match primitive.row().lower {
                    Lower::Instruction(instruction) => !divides(instruction),
                    Lower::Kernel(_) | Lower::Draw(_) => false,
                };
                folds && operands.iter().all(|operand| self.known[operand.0 as usize])
            }
            Expression::Load(address) => {
                self.load(address);
                false
            }
            Expression::Length(_) | Expression::Pointer(_) => false,
        };
        self.known[register.0 as usize] = known;
    }

    fn counted(&mut self, nested: &Loop) {
        self.known[nested.index.0 as usize] = nested.lanes != Lanes::Scalar;
        match nested.lanes {
            Lanes::Straight | Lanes::Packed => self.statements(&nested.body),
            Lanes::Scalar => self.scoped(&nested.body),
        }
    }

    fn repeat(&mut self, nested: &While) {
        self.scoped(&nested.condition);
        self.scoped(&nested.body);
    }

    fn load(&mut self, address: &Address) {
        let known = self.is_known(&address.entry);
        let found = &mut self.buffers[address.buffer.0 as usize];
        found.addressed |= !known;
        if found.loaded.last() != Some(&self.scope) {
            found.loaded.push(self.scope.clone());
        }
    }

    fn store(&mut self, address: &Address) {
        let known = self.is_known(&address.entry);
        let found = &mut self.buffers[address.buffer.0 as usize];
        found.addressed |= !known;
        found.store(&self.scope);
    }

    fn state(&mut self, state: StateName) {
        let scope = self.scope.clone();
        self.state_use(state).store(&scope);
    }

    fn state_use(&mut self, state: StateName) -> &mut Use {
        let buffer = self.kernel.states[state.0 as usize].buffer;
        &mut self.buffers[buffer.0 as usize]
    }

    fn is_known(&self, affine: &Affine) -> bool {
        affine.terms.iter().all(|(register, _)| self.known[register.0 as usize])
    }
}

/// Whether the instruction may fail, so that it is not carried out while code is made.
pub(crate) fn divides(instruction: Instruction) -> bool {
    matches!(instruction, Instruction::FloorDiv | Instruction::FloorMod)
}
