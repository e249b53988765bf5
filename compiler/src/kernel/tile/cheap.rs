//! The loops of cheap arithmetic between calls: what a phase computes, with the values of other phases read from where they
//! stand.

use super::{Tiling, fresh};
use crate::ir::Element;
use crate::kernel::data::{Address, Affine, BufferName, Expression, Register, Statement};
use rustc_hash::FxHashMap;

/// The body of one phase while it is written.
struct Renaming {
    /// The place inside the tile.
    place: Affine,
    names: FxHashMap<Register, Register>,
    body: Vec<Statement>,
}

impl Tiling<'_> {
    /// The loop of one phase of cheap arithmetic; nothing where it has nothing to do.
    pub(super) fn cheap(&mut self, phase: usize) -> Option<Statement> {
        let source = self.source;
        let indices: Vec<Register> = source.indices().map(|_| fresh(self.kernel, Element::I64)).collect();
        let place = source.place(&indices);
        let mut renamed = Renaming { place, names: FxHashMap::default(), body: Vec::new() };
        if let Some(of) = source.stretched() {
            let entry = fresh(self.kernel, Element::I64);
            let global = Affine::register(self.first).plus(&renamed.place);
            renamed.body.push(Statement::Let(entry, Expression::Affine(global)));
            renamed.names.insert(of.index, entry);
        } else {
            renamed.names.extend(source.indices().zip(indices.iter().copied()));
        }
        let empty = renamed.body.len();
        let of_phase: Vec<&Statement> =
            source.body.iter().filter(|statement| self.statement_phase(statement) == phase).collect();
        for statement in of_phase {
            match statement {
                Statement::Let(register, _) if self.is_repeated(*register) => {}
                // Bits are made with the numbers that are drawn from them.
                Statement::Call(_) => {}
                Statement::Let(register, expression) => self.assign(&mut renamed, *register, expression),
                Statement::Store(address, value)
                    if self.homes.get(value).is_some_and(|home| home.buffer == address.buffer) => {}
                Statement::Store(address, value) => {
                    let value = self.read(&mut renamed, *value);
                    let address = self.rename_address(&mut renamed, address);
                    renamed.body.push(Statement::Store(address, value));
                }
                Statement::Require(requirement, origin) => {
                    let requirement = requirement.rename(|register| self.read(&mut renamed, register));
                    renamed.body.push(Statement::Require(requirement, *origin));
                }
                Statement::Absorb(state, position, value) => {
                    let value = self.read(&mut renamed, *value);
                    let position = self.rename(&mut renamed, position);
                    renamed.body.push(Statement::Absorb(*state, position, value));
                }
                other => unreachable!("{other:?} is not cheap"),
            }
        }
        self.keep(&mut renamed, phase);
        let body = renamed.body;
        (body.len() > empty).then(|| source.around(&indices, self.count, body))
    }

    /// Stores what other phases read of this one.
    fn keep(&mut self, renamed: &mut Renaming, phase: usize) {
        let homes = self.homes.iter().filter(|(register, _)| self.phase(**register) == phase);
        let mut kept: Vec<(Register, BufferName)> = homes.map(|(r, home)| (*r, home.buffer)).collect();
        kept.sort();
        for (register, buffer) in kept {
            let value = self.read(renamed, register);
            let address = Address::new(buffer, renamed.place.clone());
            renamed.body.push(Statement::Store(address, value));
        }
    }

    fn assign(&mut self, renamed: &mut Renaming, register: Register, expression: &Expression) {
        let expression = match expression {
            Expression::Primitive(primitive, operands) => {
                let operands = operands.iter().map(|operand| self.read(renamed, *operand)).collect();
                Expression::Primitive(*primitive, operands)
            }
            Expression::Affine(affine) => Expression::Affine(self.rename(renamed, affine)),
            Expression::Load(address) => Expression::Load(self.rename_address(renamed, address)),
            other => other.clone(),
        };
        let name = fresh(self.kernel, self.kernel.registers[register.0 as usize]);
        renamed.names.insert(register, name);
        renamed.body.push(Statement::Let(name, expression));
    }

    /// The register under which the phase that is being written sees a value.
    fn read(&mut self, renamed: &mut Renaming, register: Register) -> Register {
        if let Some(name) = renamed.names.get(&register) {
            return *name;
        }
        let Some(expression) = self.definitions.get(&register).copied() else { return register };
        if self.is_repeated(register) {
            self.assign(renamed, register, expression);
        } else {
            let Address { buffer, entry } = &self.homes[&register];
            let address = Address::new(*buffer, entry.plus(&renamed.place));
            let name = fresh(self.kernel, self.kernel.registers[register.0 as usize]);
            renamed.names.insert(register, name);
            renamed.body.push(Statement::Let(name, Expression::Load(address)));
        }
        renamed.names[&register]
    }

    fn rename(&mut self, renamed: &mut Renaming, affine: &Affine) -> Affine {
        affine.terms.iter().fold(Affine::constant(affine.constant), |sum, (register, coefficient)| {
            sum.plus_times(self.read(renamed, *register), *coefficient)
        })
    }

    fn rename_address(&mut self, renamed: &mut Renaming, address: &Address) -> Address {
        Address::new(address.buffer, self.rename(renamed, &address.entry))
    }
}
