//! The invariants of the kernel form, checked after lowering and after scheduling and layout.
//!
//! Registers are assigned once, before they are read, with their types; buffers are written before they are read; entries
//! that are known to lie in a range lie in their buffer; calls get what they take; buffers that are in use at the same
//! time share no memory.

mod memory;
mod range;

use super::data::{
    Affine, Carried, Expression, Extent, If, Kernel, Loop, Register, StateName, Statement, While,
};
use super::registers::{Access, direct};
use crate::ir::Element;
use range::Ranges;
use std::fmt;

/// Everything that is wrong with a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations(pub Vec<String>);

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|violation| writeln!(f, "{violation}"))
    }
}

impl std::error::Error for Violations {}

/// Checks a kernel; once it is `laid_out`, where its buffers lie too.
pub fn verify(kernel: &Kernel, laid_out: bool) -> Result<(), Violations> {
    let mut verifier = Verifier::new(kernel);
    verifier.statements(&kernel.body);
    if laid_out && verifier.violations.is_empty() {
        verifier.arena();
    }
    if verifier.violations.is_empty() { Ok(()) } else { Err(Violations(verifier.violations)) }
}

struct Verifier<'a> {
    kernel: &'a Kernel,
    /// Whether each register has a value here, and whether some statement has assigned it.
    readable: Vec<bool>,
    assigned: Vec<bool>,
    /// Registers that have got a value, in order: a list's own are taken back at its end.
    trail: Vec<Register>,
    ranges: Ranges,
    /// Whether something has been put into each buffer.
    written: Vec<bool>,
    /// Choices around: what stands in one need not be carried out.
    choices: usize,
    violations: Vec<String>,
}

impl<'a> Verifier<'a> {
    fn new(kernel: &'a Kernel) -> Self {
        let registers = kernel.registers.len();
        Self {
            kernel,
            readable: vec![false; registers],
            assigned: vec![false; registers],
            trail: Vec::new(),
            ranges: Ranges::default(),
            written: vec![false; kernel.buffers.len()],
            choices: 0,
            violations: Vec::new(),
        }
    }

    fn wrong(&mut self, violation: String) {
        self.violations.push(violation);
    }

    fn statements(&mut self, statements: &[Statement]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    /// Nested statements, and what is read at their end: what they assign is not seen outside.
    fn scope(&mut self, statements: &[Statement], at_end: impl IntoIterator<Item = Register>) {
        let before = self.trail.len();
        self.statements(statements);
        at_end.into_iter().for_each(|register| self.read(register));
        self.leave(before);
    }

    fn leave(&mut self, before: usize) {
        for register in self.trail.split_off(before) {
            self.readable[register.0 as usize] = false;
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Loop(nested) => return self.counted(nested),
            Statement::While(nested) => return self.repeat(nested),
            Statement::If(choice) => return self.choose(choice),
            Statement::Part(statements) => return self.part(statements),
            _ => {}
        }
        let mut assigned = Vec::new();
        direct(self.kernel, statement, &mut |register, access| match access {
            Access::Read => self.read(register),
            Access::Assigned => assigned.push(register),
        });
        self.memory(statement);
        assigned.into_iter().for_each(|register| self.assign(register));
        match statement {
            Statement::Let(register, expression) => {
                self.typed(*register, expression);
                self.ranges.assign(*register, expression);
            }
            Statement::Absorb(state, _, value) => self.value_of_state(*state, *value),
            Statement::Finish(state, result, _) => self.value_of_state(*state, *result),
            Statement::Require(requirement, _) => self.ranges.require(requirement),
            _ => {}
        }
    }

    /// A part is a function of its own: its registers are all its own.
    fn part(&mut self, statements: &[Statement]) {
        let outside = std::mem::replace(&mut self.readable, vec![false; self.kernel.registers.len()]);
        let assigned = std::mem::replace(&mut self.assigned, vec![false; self.kernel.registers.len()]);
        let trail = std::mem::take(&mut self.trail);
        self.statements(statements);
        (self.readable, self.assigned, self.trail) = (outside, assigned, trail);
    }

    fn counted(&mut self, nested: &Loop) {
        self.read_extent(nested.bound);
        if nested.step < 1 {
            self.wrong(format!("the loop over {} steps by {}", nested.index, nested.step));
        }
        if let Extent::Run(bound) = nested.bound {
            self.expect(bound, Element::I64);
        }
        let empty = matches!(nested.bound, Extent::Size(n) if n <= 0);
        self.carried_in(&nested.carried, |verifier| {
            verifier.assign(nested.index);
            verifier.expect(nested.index, Element::I64);
            verifier.ranges.enter(nested);
            // The body of an empty loop has its scopes, but no entries.
            verifier.choices += usize::from(empty);
            verifier.scope(&nested.body, nested.carried.iter().map(|carried| carried.next));
            verifier.choices -= usize::from(empty);
        });
    }

    fn repeat(&mut self, nested: &While) {
        self.read(nested.limit);
        self.expect(nested.limit, Element::I64);
        self.expect(nested.proceed, Element::Bool);
        self.carried_in(&nested.carried, |verifier| {
            verifier.assign(nested.trip);
            verifier.scope(&nested.condition, [nested.proceed]);
            verifier.choices += 1;
            verifier.scope(&nested.body, nested.carried.iter().map(|carried| carried.next));
            verifier.choices -= 1;
        });
        self.assign(nested.trips);
    }

    /// What a loop carries: initial values before, values inside during `body`, results after.
    fn carried_in(&mut self, carried: &[Carried], body: impl FnOnce(&mut Self)) {
        for Carried { inside, initial, next, result } in carried {
            self.read(*initial);
            let element = self.element(*inside);
            [*initial, *next, *result].into_iter().for_each(|register| self.expect_like(register, element));
        }
        let before = self.trail.len();
        carried.iter().for_each(|carried| self.assign(carried.inside));
        body(self);
        self.leave(before);
        carried.iter().for_each(|carried| self.assign(carried.result));
    }

    fn choose(&mut self, choice: &If) {
        self.read(choice.condition);
        self.expect(choice.condition, Element::Bool);
        self.choices += 1;
        self.scope(&choice.yes, choice.results.iter().map(|(_, yes, _)| *yes));
        self.scope(&choice.no, choice.results.iter().map(|(_, _, no)| *no));
        self.choices -= 1;
        for (result, yes, no) in &choice.results {
            let element = self.element(*result);
            [*yes, *no].into_iter().for_each(|register| self.expect_like(register, element));
            self.assign(*result);
        }
    }

    // Registers.

    fn element(&self, register: Register) -> Option<Element> {
        self.kernel.registers.get(register.0 as usize).copied()
    }

    fn read(&mut self, register: Register) {
        if !self.readable.get(register.0 as usize).copied().unwrap_or(false) {
            self.wrong(format!("{register} is read where it has no value"));
        }
    }

    fn read_extent(&mut self, extent: Extent) {
        extent.affine().terms.iter().for_each(|(register, _)| self.read(*register));
    }

    fn assign(&mut self, register: Register) {
        let Some(assigned) = self.assigned.get_mut(register.0 as usize) else {
            return self.wrong(format!("{register} does not exist"));
        };
        if std::mem::replace(assigned, true) {
            self.wrong(format!("{register} is assigned twice"));
        }
        self.readable[register.0 as usize] = true;
        self.trail.push(register);
    }

    fn expect(&mut self, register: Register, element: Element) {
        self.expect_like(register, Some(element));
    }

    fn expect_like(&mut self, register: Register, element: Option<Element>) {
        let found = self.element(register);
        if let (Some(found), Some(expected)) = (found, element)
            && found != expected
        {
            self.wrong(format!("{register} is {}, not {}", found.name(), expected.name()));
        }
    }

    /// The register has the type of what is assigned to it.
    fn typed(&mut self, register: Register, expression: &Expression) {
        let element = match expression {
            Expression::Constant(constant) => Some(constant.element()),
            Expression::Affine(affine) => {
                self.integers(affine);
                Some(Element::I64)
            }
            Expression::Length(_) | Expression::Pointer(_) => Some(Element::I64),
            Expression::Load(address) => {
                self.kernel.buffers.get(address.buffer.0 as usize).map(|buffer| buffer.element)
            }
            Expression::Primitive(primitive, operands) => {
                let operands: Option<Vec<Element>> = operands.iter().map(|r| self.element(*r)).collect();
                let result = operands.and_then(|operands| primitive.row().signature.result(&operands));
                if result.is_none() {
                    self.wrong(format!("{register} = {expression}: `{primitive}` takes other operands"));
                }
                result
            }
        };
        self.expect_like(register, element);
    }

    fn integers(&mut self, affine: &Affine) {
        affine.terms.iter().for_each(|(register, _)| self.expect(*register, Element::I64));
    }

    fn value_of_state(&mut self, state: StateName, value: Register) {
        let element = self.kernel.states.get(state.0 as usize).map(|state| state.element);
        self.expect_like(value, element);
    }
}

#[cfg(test)]
mod tests;
