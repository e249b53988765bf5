//! IR to loop nests: regions become loops, arrays become places in buffers, views disappear.
//!
//! A region's array result is computed where the outer operation wants it: the outer operation leaves a target for the
//! value, and the operation that defines it takes the target as its destination. Nothing is decided here about lanes.

mod admit;
mod array;
mod contraction;
mod control;
mod reduction;
mod region;
mod slots;
mod whole;

pub use admit::Refusal;

use super::data::{
    Address, Affine, Buffer, BufferName, Expression, Extent, Home, Kernel, Layout, Met, Register,
    Requirement, Statement,
};
use super::place::{Place, volume};
use crate::ir::{
    Block, Constant, Demand, Dimension, Element, Function, Kind, Operation, Origin, Polynomial, TOLD, Type,
    Value,
};
use crate::primitive::{Instruction, Lower, Primitive};
use rustc_hash::FxHashMap;

/// Lowers a resolved function of the plain dialect whose sizes are all numbers.
pub fn lower(function: &Function) -> Result<Kernel, Refusal> {
    admit::admit(function)?;
    let mut lowering = Lowering::new(function);
    lowering.parameters();
    lowering.results();
    let body = lowering.close();
    Ok(Kernel { body, ..lowering.kernel })
}

/// What an IR value has become.
#[derive(Clone, Debug)]
enum Lowered {
    Scalar(Register),
    Array(Place),
}

struct Lowering<'a> {
    function: &'a Function,
    kernel: Kernel,
    values: Vec<Option<Lowered>>,
    /// Where values that are still to be computed are wanted.
    targets: FxHashMap<Value, Place>,
    /// Statement lists that are being written, outermost first.
    open: Vec<Vec<Statement>>,
}

impl<'a> Lowering<'a> {
    fn new(function: &'a Function) -> Self {
        let layouts = |types: &mut dyn Iterator<Item = &Type>| types.map(layout).collect();
        let kernel = Kernel {
            name: function.name.clone(),
            arguments: layouts(&mut function.parameter_types()),
            results: layouts(&mut function.result_types()),
            registers: Vec::new(),
            buffers: Vec::new(),
            states: Vec::new(),
            arena: 0,
            body: Vec::new(),
        };
        let values = vec![None; function.types.len()];
        Self { function, kernel, values, targets: FxHashMap::default(), open: vec![Vec::new()] }
    }

    fn parameters(&mut self) {
        let function = self.function;
        for (position, parameter) in function.parameters.iter().enumerate() {
            let position = position as u32;
            let of = function.type_of(parameter.value);
            let run = of.shape.first() == Some(&Dimension::Run);
            let first =
                if run { Some(self.assign(Element::I64, Expression::Length(position))) } else { None };
            let home = match first {
                Some(_) => Home::Block(self.assign(Element::I64, Expression::Pointer(position))),
                None => Home::Argument(position),
            };
            let shape = shape(of, first);
            let buffer = self.buffer_at(of.element, &shape, home);
            let place = Place::whole(buffer, of.element, &shape);
            let lowered = match of.is_scalar() {
                true => Lowered::Scalar(self.load(place.entry(), of.element)),
                false => Lowered::Array(place),
            };
            self.set(parameter.value, lowered);
        }
    }

    /// Lowers the body, its results into the caller's buffers.
    fn results(&mut self) {
        let function = self.function;
        let mut places = Vec::new();
        for (position, result) in function.body.results.iter().enumerate() {
            let of = function.type_of(*result);
            let run = of.shape.first() == Some(&Dimension::Run);
            let place = (!run).then(|| {
                let shape = shape(of, None);
                let buffer = self.buffer_at(of.element, &shape, Home::Result(position as u32));
                Place::whole(buffer, of.element, &shape)
            });
            places.push(place);
        }
        let wanted = places.clone();
        self.block(&function.body, wanted);
        for (position, (result, place)) in function.body.results.iter().zip(&places).enumerate() {
            if place.is_none() {
                let found = self.array(*result).clone();
                let extent = found.axes[0].extent;
                self.push(Statement::Yield(position as u32, found.buffer, extent));
            }
        }
    }

    /// Lowers a block's operations so that its results stand in the wanted places, where one is given.
    fn block(&mut self, block: &Block, wanted: Vec<Option<Place>>) {
        for (result, place) in block.results.iter().zip(&wanted) {
            let of = self.function.type_of(*result);
            if let (Some(place), None, false) = (place, &self.values[result.0 as usize], of.is_scalar()) {
                self.targets.entry(*result).or_insert_with(|| place.clone());
            }
        }
        block.operations.iter().for_each(|operation| self.operation(operation));
        for (result, place) in block.results.iter().zip(wanted) {
            let Some(place) = place else { continue };
            match self.lowered(*result).clone() {
                Lowered::Scalar(register) => self.push(Statement::Store(place.entry(), register)),
                Lowered::Array(found) if found != place => self.copy(&found, &place),
                Lowered::Array(_) => {}
            }
        }
    }

    fn operation(&mut self, operation: &Operation) {
        match &operation.kind {
            Kind::Constant(constant) => {
                let register = self.constant(*constant);
                self.set(operation.results[0], Lowered::Scalar(register));
            }
            Kind::Size(size) => {
                let register = self.integer(number(size));
                self.set(operation.results[0], Lowered::Scalar(register));
            }
            Kind::Primitive(primitive) => self.primitive(*primitive, operation),
            Kind::Index(check) => self.index(operation, *check),
            Kind::View(view) => self.view(operation, view),
            Kind::Length(axis) => self.length(operation, *axis),
            Kind::Map(bounds) => self.map(operation, bounds),
            Kind::Reduce(reduction, bounds) => self.reduce(operation, *reduction, bounds),
            Kind::Scan { bound, carried, reverse } => self.scan(operation, bound, *carried, *reverse),
            Kind::While { slots } => self.repeat(operation, *slots),
            Kind::If => self.branch(operation),
            Kind::Accumulate(sums) => self.accumulate(operation, sums),
            Kind::AddTo => self.add_to(operation),
            Kind::Contract(labels) => self.contract(operation, labels),
            Kind::Cholesky => self.cholesky(operation),
            Kind::TriangularSolve(how) => self.triangular_solve(operation, *how),
            Kind::Bits { site } => self.bits(operation, *site),
            Kind::Demand(demand) => self.demand(operation, *demand),
            Kind::Stop => {
                let lowered = self.lowered(operation.operands[0]).clone();
                self.set(operation.results[0], lowered);
            }
            other => unreachable!("{other:?} was refused before"),
        }
    }

    fn primitive(&mut self, primitive: Primitive, operation: &Operation) {
        let operands: Vec<Register> = operation.operands.iter().map(|value| self.scalar(*value)).collect();
        let divides = [Instruction::FloorDiv, Instruction::FloorMod].map(Lower::Instruction);
        if divides.contains(&primitive.row().lower) {
            self.push(Statement::Require(Requirement::NonZero(operands[1]), operation.origin));
        }
        let register =
            self.assign(self.element(operation.results[0]), Expression::Primitive(primitive, operands));
        self.set(operation.results[0], Lowered::Scalar(register));
    }

    /// A demand tells numbers: whole scalars, and entries of arrays as far as there is room.
    fn demand(&mut self, operation: &Operation, demand: Demand) {
        let [holds, value, given @ ..] = operation.operands.as_slice() else {
            unreachable!("a demand has operands")
        };
        let (mut told, mut cut) = (Vec::new(), false);
        for number in given {
            let room = TOLD - told.len();
            match self.lowered(*number).clone() {
                Lowered::Scalar(register) => told.extend((room > 0).then_some(register)),
                Lowered::Array(place) => {
                    let entries = place.first_entries(room);
                    cut |= place.entries().as_constant() != Some(entries.len() as i64);
                    told.extend(entries.into_iter().map(|entry| self.load(entry, place.element)));
                }
            }
            cut |= room == 0;
        }
        let met = Met { holds: self.scalar(*holds), demand, told, cut };
        self.require(Requirement::Met(Box::new(met)), operation.origin);
        let lowered = self.lowered(*value).clone();
        self.set(operation.results[0], lowered);
    }

    // What the files of this folder write with.

    fn push(&mut self, statement: Statement) {
        self.open.last_mut().expect("a list is open").push(statement);
    }

    fn extend(&mut self, statements: Vec<Statement>) {
        self.open.last_mut().expect("a list is open").extend(statements);
    }

    fn begin(&mut self) {
        self.open.push(Vec::new());
    }

    fn close(&mut self) -> Vec<Statement> {
        self.open.pop().expect("a list is open")
    }

    fn register(&mut self, element: Element) -> Register {
        self.kernel.registers.push(element);
        Register(self.kernel.registers.len() as u32 - 1)
    }

    fn assign(&mut self, element: Element, expression: Expression) -> Register {
        let register = self.register(element);
        self.push(Statement::Let(register, expression));
        register
    }

    fn load(&mut self, from: Address, element: Element) -> Register {
        self.assign(element, Expression::Load(from))
    }

    fn constant(&mut self, constant: Constant) -> Register {
        self.assign(constant.element(), Expression::Constant(constant))
    }

    fn integer(&mut self, n: i64) -> Register {
        self.constant(Constant::I64(n))
    }

    fn affine(&mut self, affine: Affine) -> Register {
        self.assign(Element::I64, Expression::Affine(affine))
    }

    fn apply(&mut self, name: &str, element: Element, operands: Vec<Register>) -> Register {
        self.assign(element, Expression::Primitive(Primitive::named(name), operands))
    }

    fn buffer_at(&mut self, element: Element, shape: &[Extent], home: Home) -> BufferName {
        let entries = volume(shape).as_constant().unwrap_or(0) as u64;
        self.kernel.buffers.push(Buffer { element, entries, home });
        BufferName(self.kernel.buffers.len() as u32 - 1)
    }

    /// A fresh place of the arena; a run-time first axis makes it a block.
    fn fresh(&mut self, element: Element, shape: &[Extent]) -> Place {
        let home = match volume(shape).as_constant() {
            Some(_) => Home::Arena(0),
            None => {
                let address = self.register(Element::I64);
                self.push(Statement::Reserve(address, element, volume(shape)));
                Home::Block(address)
            }
        };
        let buffer = self.buffer_at(element, shape, home);
        Place::whole(buffer, element, shape)
    }

    /// Where an array value is to be computed; `first` is its run-time first axis.
    fn destination(&mut self, value: Value, first: Option<Register>) -> Place {
        if let Some(place) = self.targets.remove(&value) {
            return place;
        }
        let of = self.function.type_of(value);
        self.fresh(of.element, &shape(of, first))
    }

    fn set(&mut self, value: Value, lowered: Lowered) {
        self.values[value.0 as usize] = Some(lowered);
    }

    fn lowered(&self, value: Value) -> &Lowered {
        self.values[value.0 as usize]
            .as_ref()
            .unwrap_or_else(|| panic!("{value} is used before it is defined"))
    }

    fn scalar(&self, value: Value) -> Register {
        match self.lowered(value) {
            Lowered::Scalar(register) => *register,
            Lowered::Array(_) => panic!("{value} is an array where a scalar is read"),
        }
    }

    fn array(&self, value: Value) -> &Place {
        match self.lowered(value) {
            Lowered::Array(place) => place,
            Lowered::Scalar(_) => panic!("{value} is a scalar where an array is read"),
        }
    }

    fn element(&self, value: Value) -> Element {
        self.function.type_of(value).element
    }

    fn require(&mut self, requirement: Requirement, origin: Origin) {
        self.push(Statement::Require(requirement, origin));
    }
}

/// A size that is bound.
fn number(size: &Polynomial) -> i64 {
    size.as_constant().expect("sizes are bound")
}

/// Extents of a type; `first` is its run-time first axis, where it has one.
fn shape(of: &Type, first: Option<Register>) -> Vec<Extent> {
    let extent = |dimension: &Dimension| match dimension {
        Dimension::Size(size) => Extent::Size(number(size)),
        Dimension::Run => Extent::Run(first.expect("a run-time axis comes with its length")),
    };
    of.shape.iter().map(extent).collect()
}

fn layout(of: &Type) -> Layout {
    let known = of.shape.iter().filter_map(|dimension| match dimension {
        Dimension::Size(size) => Some(number(size) as u64),
        Dimension::Run => None,
    });
    Layout { element: of.element, entries: known.product(), run: of.shape.first() == Some(&Dimension::Run) }
}
