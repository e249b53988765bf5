//! Splits a long kernel into parts, each a function of its own: machine code for one long function takes time that grows
//! faster than its length. Registers that pass from one part to another go through the arena; literals are repeated.

use super::data::{
    Address, Affine, Buffer, BufferName, Expression, Extent, Home, Kernel, Lanes, Register, Statement,
};
use super::registers::{Access, registers};
use crate::ir::Element;
use rustc_hash::{FxHashMap, FxHashSet};

/// Statements that stay together in one function.
const WHOLE: u64 = 1000;

/// Statements of one part.
const PART: u64 = 400;

/// Statements for which good code is not waited for, however often they run.
const PATIENCE: u64 = 8000;

/// Whether good machine code would not pay for the time that it takes to make: the kernel is long, and most of it runs
/// once.
pub(crate) fn is_hasty(kernel: &Kernel) -> bool {
    let whole = weight(&kernel.body);
    whole > WHOLE && (whole > PATIENCE || 2 * repeated(&kernel.body) < whole)
}

/// Statements in loops that are not written out.
fn repeated(statements: &[Statement]) -> u64 {
    let one = |statement: &Statement| match statement {
        Statement::Loop(nested) if nested.lanes != Lanes::Scalar => 0,
        Statement::Loop(_) | Statement::While(_) => weight(std::slice::from_ref(statement)),
        Statement::If(choice) => repeated(&choice.yes) + repeated(&choice.no),
        Statement::Part(statements) => repeated(statements),
        _ => 0,
    };
    statements.iter().map(one).sum()
}

/// Splits the kernel if it is long.
pub(super) fn split(kernel: &mut Kernel) {
    if weight(&kernel.body) <= WHOLE {
        return;
    }
    let mut parts: Vec<Vec<Statement>> = vec![Vec::new()];
    let mut sum = 0;
    for statement in std::mem::take(&mut kernel.body) {
        let added = weight(std::slice::from_ref(&statement));
        if sum > 0 && sum + added > PART {
            parts.push(Vec::new());
            sum = 0;
        }
        sum += added;
        parts.last_mut().expect("there is a part").push(statement);
    }
    pass_registers(kernel, &mut parts);
    kernel.body = parts.into_iter().map(Statement::Part).collect();
}

/// Statements as written out.
fn weight(statements: &[Statement]) -> u64 {
    let one = |statement: &Statement| match statement {
        Statement::Loop(nested) => match (nested.lanes, nested.bound) {
            (Lanes::Straight | Lanes::Packed, Extent::Size(n)) => {
                weight(&nested.body).saturating_mul(n.max(0) as u64)
            }
            _ => weight(&nested.body) + 4,
        },
        Statement::While(nested) => weight(&nested.condition) + weight(&nested.body) + 4,
        Statement::If(choice) => weight(&choice.yes) + weight(&choice.no) + 4,
        Statement::Part(statements) => weight(statements),
        _ => 1,
    };
    statements.iter().map(one).sum()
}

/// Stores what later parts read at the end of the part that assigns it, and loads it where it is read.
fn pass_registers(kernel: &mut Kernel, parts: &mut [Vec<Statement>]) {
    let mut home: FxHashMap<Register, usize> = FxHashMap::default();
    let mut literals: FxHashMap<Register, Statement> = FxHashMap::default();
    let mut passed: FxHashMap<Register, Address> = FxHashMap::default();
    let mut words = Words::default();
    let mut stores: Vec<Vec<Statement>> = vec![Vec::new(); parts.len()];
    for (position, part) in parts.iter_mut().enumerate() {
        let (mut assigned, mut read) = (FxHashSet::default(), Vec::new());
        registers(kernel, part, &mut |register, access| match access {
            Access::Assigned => {
                assigned.insert(register);
            }
            Access::Read => read.push(register),
        });
        for statement in part.iter() {
            if let Statement::Let(register, Expression::Constant(_)) = statement {
                literals.insert(*register, statement.clone());
            }
        }
        let mut seen = FxHashSet::default();
        read.retain(|register| !assigned.contains(register) && seen.insert(*register));
        let loads = read.into_iter().map(|register| {
            if let Some(literal) = literals.get(&register) {
                return literal.clone();
            }
            let address = passed.entry(register).or_insert_with(|| {
                let address = words.next(kernel.registers[register.0 as usize]);
                stores[home[&register]].push(Statement::Store(address.clone(), register));
                address
            });
            Statement::Let(register, Expression::Load(address.clone()))
        });
        let loads: Vec<Statement> = loads.collect();
        part.splice(0..0, loads);
        home.extend(assigned.into_iter().map(|register| (register, position)));
    }
    parts.iter_mut().zip(stores).for_each(|(part, stores)| part.extend(stores));
    words.place(kernel, parts);
}

/// Words of the arena through which registers pass: one buffer for each element type, named when all are counted.
#[derive(Default)]
struct Words {
    counts: Vec<(Element, u64)>,
}

impl Words {
    /// The next word; its buffer is the position of the element type for now.
    fn next(&mut self, element: Element) -> Address {
        let position = match self.counts.iter().position(|(found, _)| *found == element) {
            Some(position) => position,
            None => {
                self.counts.push((element, 0));
                self.counts.len() - 1
            }
        };
        let word = self.counts[position].1 as i64;
        self.counts[position].1 += 1;
        Address::new(BufferName(u32::MAX - position as u32), Affine::constant(word))
    }

    /// Adds the buffers to the kernel and names them in the loads and stores.
    fn place(self, kernel: &mut Kernel, parts: &mut [Vec<Statement>]) {
        let first = kernel.buffers.len() as u32;
        let buffers = self.counts.iter().map(|(element, entries)| Buffer {
            element: *element,
            entries: *entries,
            home: Home::Arena(0),
        });
        kernel.buffers.extend(buffers);
        let name = |buffer: &mut BufferName| {
            let position = u32::MAX - buffer.0;
            if (position as usize) < self.counts.len() {
                *buffer = BufferName(first + position);
            }
        };
        for statement in parts.iter_mut().flatten() {
            match statement {
                Statement::Let(_, Expression::Load(address)) | Statement::Store(address, _) => {
                    name(&mut address.buffer);
                }
                _ => {}
            }
        }
    }
}
