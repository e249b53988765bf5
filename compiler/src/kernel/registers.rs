//! Which registers a statement reads and assigns: nested statements, and the addresses of blocks, included.

use super::data::{
    Affine, BufferName, Carried, Expression, Extent, Home, If, Kernel, Loop, Register, Requirement,
    Statement, While,
};
use super::lives::touches;

/// Whether a register is read or assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read.
    Read,
    /// Assigned.
    Assigned,
}

/// Visits every register of the statements.
pub fn registers(kernel: &Kernel, statements: &[Statement], visit: &mut dyn FnMut(Register, Access)) {
    for statement in statements {
        match statement {
            Statement::Loop(nested) => counted(kernel, nested, visit),
            Statement::While(nested) => repeat(kernel, nested, visit),
            Statement::If(choice) => choose(kernel, choice, visit),
            Statement::Part(statements) => registers(kernel, statements, visit),
            _ => direct(kernel, statement, visit),
        }
    }
}

/// Visits every register of a statement without others inside.
pub(super) fn direct(kernel: &Kernel, statement: &Statement, visit: &mut dyn FnMut(Register, Access)) {
    touches(kernel, statement, &mut |BufferName(name), _| {
        if let Some(Home::Block(address)) = kernel.buffers.get(name as usize).map(|buffer| buffer.home) {
            visit(address, Access::Read);
        }
    });
    match statement {
        Statement::Let(register, expression) => {
            read_expression(expression, visit);
            visit(*register, Access::Assigned);
        }
        Statement::Store(address, value) => {
            read_affine(&address.entry, visit);
            visit(*value, Access::Read);
        }
        Statement::Require(requirement, _) => read_requirement(requirement, visit),
        Statement::Loop(_) | Statement::While(_) | Statement::If(_) | Statement::Part(_) => {}
        Statement::Begin(_) => {}
        Statement::Absorb(_, position, value) => {
            read_affine(position, visit);
            visit(*value, Access::Read);
        }
        Statement::Finish(_, register, entries) => {
            read_affine(entries, visit);
            visit(*register, Access::Assigned);
        }
        Statement::Reserve(register, _, entries) => {
            read_affine(entries, visit);
            visit(*register, Access::Assigned);
        }
        Statement::Yield(_, _, extent) => read_affine(&extent.affine(), visit),
        Statement::AbsorbTile(_, address, count) => {
            read_affine(&address.entry, visit);
            visit(*count, Access::Read);
        }
        Statement::Tile(call) => {
            call.inputs.iter().chain([&call.output]).for_each(|address| read_affine(&address.entry, visit));
            visit(call.count, Access::Read);
        }
        Statement::Call(call) => {
            call.inputs.iter().chain(&call.output).for_each(|address| read_affine(&address.entry, visit));
            call.routine.registers().chain(call.scalars.iter().copied()).for_each(|r| visit(r, Access::Read));
            call.results.iter().for_each(|result| visit(*result, Access::Assigned));
        }
        Statement::Mark(register) => visit(*register, Access::Assigned),
        Statement::Release(mark, kept) => {
            visit(*mark, Access::Read);
            for kept in kept {
                visit(kept.block, Access::Read);
                read_affine(&kept.entries, visit);
                visit(kept.moved, Access::Assigned);
            }
        }
    }
}

fn read_affine(affine: &Affine, visit: &mut dyn FnMut(Register, Access)) {
    affine.terms.iter().for_each(|(register, _)| visit(*register, Access::Read));
}

fn read_expression(expression: &Expression, visit: &mut dyn FnMut(Register, Access)) {
    match expression {
        Expression::Primitive(_, operands) => operands.iter().for_each(|r| visit(*r, Access::Read)),
        Expression::Affine(affine) => read_affine(affine, visit),
        Expression::Load(address) => read_affine(&address.entry, visit),
        Expression::Constant(_) | Expression::Length(_) | Expression::Pointer(_) => {}
    }
}

fn read_requirement(requirement: &Requirement, visit: &mut dyn FnMut(Register, Access)) {
    requirement.registers().into_iter().for_each(|register| visit(register, Access::Read));
}

fn read_extent(extent: Extent, visit: &mut dyn FnMut(Register, Access)) {
    read_affine(&extent.affine(), visit);
}

fn carried(carried: &[Carried], visit: &mut dyn FnMut(Register, Access)) {
    for Carried { inside, initial, next, result } in carried {
        visit(*initial, Access::Read);
        visit(*next, Access::Read);
        visit(*inside, Access::Assigned);
        visit(*result, Access::Assigned);
    }
}

fn counted(kernel: &Kernel, nested: &Loop, visit: &mut dyn FnMut(Register, Access)) {
    read_extent(nested.bound, visit);
    visit(nested.index, Access::Assigned);
    carried(&nested.carried, visit);
    registers(kernel, &nested.body, visit);
}

fn repeat(kernel: &Kernel, nested: &While, visit: &mut dyn FnMut(Register, Access)) {
    visit(nested.limit, Access::Read);
    visit(nested.trip, Access::Assigned);
    visit(nested.trips, Access::Assigned);
    carried(&nested.carried, visit);
    registers(kernel, &nested.condition, visit);
    visit(nested.proceed, Access::Read);
    registers(kernel, &nested.body, visit);
}

fn choose(kernel: &Kernel, choice: &If, visit: &mut dyn FnMut(Register, Access)) {
    visit(choice.condition, Access::Read);
    registers(kernel, &choice.yes, visit);
    registers(kernel, &choice.no, visit);
    for (result, yes, no) in &choice.results {
        visit(*yes, Access::Read);
        visit(*no, Access::Read);
        visit(*result, Access::Assigned);
    }
}
