//! Counted regions: map and scan.

use super::{Lowered, Lowering, number, shape};
use crate::ir::{Block, Bound, Constant, Element, Operation, Value};
use crate::kernel::data::{
    Affine, Carried, Expression, Extent, Home, Kept, Lanes, Loop, Register, Statement,
};
use crate::kernel::place::{Place, volume};

/// A loop that is being written.
pub(super) struct Open {
    pub(super) index: Register,
    bound: Extent,
    reverse: bool,
}

/// Arrays of so many entries are carried by loops and chosen by branches as scalars, one for each entry.
pub(super) const CARRIED: usize = 16;

/// A state of a sequential loop.
pub(super) enum Memory {
    /// A register.
    Scalar { inside: Register, initial: Register, result: Register },
    /// A register for each entry: before the first step, inside a step, after the last; and where the last are wanted.
    Entries { entries: Vec<[Register; 3]>, place: Place },
    /// A buffer, copied into after each step.
    Array(Place),
    /// A block and its first axis; both change from step to step.
    Block { block: [Register; 3], length: [Register; 3], place: Place },
}

impl Lowering<'_> {
    pub(super) fn extents(&self, bounds: &[Bound], operands: &[Value]) -> Vec<Extent> {
        let mut run = operands.iter();
        let extent = |bound: &Bound| match bound {
            Bound::Size(size) => Extent::Size(number(size)),
            Bound::Run => Extent::Run(self.scalar(*run.next().expect("a run-time bound has an operand"))),
        };
        bounds.iter().map(extent).collect()
    }

    /// The first axis that stacking over these bounds makes, where it is known at run time only.
    pub(super) fn first_axis(&mut self, bounds: &[Extent]) -> Option<Register> {
        let Some(Extent::Run(bound)) = bounds.first() else { return None };
        let zero = self.integer(0);
        Some(self.apply("max", Element::I64, vec![*bound, zero]))
    }

    pub(super) fn begin_loop(&mut self, bound: Extent, reverse: bool) -> Open {
        let index = self.register(Element::I64);
        self.begin();
        Open { index, bound, reverse }
    }

    pub(super) fn end_loop(&mut self, open: Open, carried: Vec<Carried>) {
        let body = self.close();
        let Open { index, bound, reverse } = open;
        self.mark(&body);
        self.push(Statement::Loop(Loop {
            index,
            bound,
            step: 1,
            reverse,
            lanes: Lanes::Scalar,
            carried,
            body,
        }));
    }

    /// Before a loop whose steps free what they reserve: where they free down to.
    pub(super) fn mark(&mut self, body: &[Statement]) {
        if let Some(Statement::Release(mark, _)) = body.last() {
            self.push(Statement::Mark(*mark));
        }
    }

    /// Frees what the statements reserve after them, if they do.
    pub(super) fn scoped(
        &mut self,
        mut statements: Vec<Statement>,
        kept: Vec<Kept>,
        mark: Register,
    ) -> Vec<Statement> {
        if reserves(&statements) {
            statements.push(Statement::Release(mark, kept));
        } else {
            let moved = |kept: &Kept| Expression::Affine(Affine::register(kept.block));
            statements.extend(kept.iter().map(|kept| Statement::Let(kept.moved, moved(kept))));
        }
        statements
    }

    /// Nested loops over these extents around what `body` writes; blocks reserved inside are freed in each step.
    pub(super) fn nest(&mut self, bounds: &[Extent], body: impl FnOnce(&mut Self, &[Register])) {
        let mark = self.register(Element::I64);
        let open: Vec<Open> = bounds.iter().map(|bound| self.begin_loop(*bound, false)).collect();
        let indices: Vec<Register> = open.iter().map(|open| open.index).collect();
        self.begin();
        body(self, &indices);
        let statements = self.close();
        let statements = self.scoped(statements, Vec::new(), mark);
        self.extend(statements);
        open.into_iter().rev().for_each(|open| self.end_loop(open, Vec::new()));
    }

    pub(super) fn map(&mut self, operation: &Operation, bounds: &[Bound]) {
        let bounds = self.extents(bounds, &operation.operands);
        let first = self.first_axis(&bounds);
        let places: Vec<Place> =
            operation.results.iter().map(|result| self.destination(*result, first)).collect();
        let region = &operation.regions[0];
        self.nest(&bounds, |lowering, indices| {
            lowering.indices(region, indices);
            lowering.block(region, places.iter().map(|place| Some(place.at(indices))).collect());
        });
        for (result, place) in operation.results.iter().zip(places) {
            self.set(*result, Lowered::Array(place));
        }
    }

    pub(super) fn indices(&mut self, region: &Block, indices: &[Register]) {
        for (parameter, index) in region.parameters.iter().zip(indices) {
            self.set(*parameter, Lowered::Scalar(*index));
        }
    }

    pub(super) fn scan(&mut self, operation: &Operation, bound: &Bound, carried: usize, reverse: bool) {
        let bounds = std::slice::from_ref(bound);
        let extent = self.extents(bounds, &operation.operands)[0];
        let first = self.first_axis(&[extent]);
        let initial = &operation.operands[operation.operands.len() - carried..];
        let region = &operation.regions[0];
        let outputs: Vec<Place> =
            operation.results[carried..].iter().map(|result| self.destination(*result, first)).collect();
        let memories = self.memories(initial, &operation.results[..carried]);
        let mark = self.register(Element::I64);
        let open = self.begin_loop(extent, reverse);
        let index = open.index;
        self.indices(region, &[index]);
        self.enter(&memories, &region.parameters[1..]);
        let wanted = outputs.iter().map(|place| Some(place.at(&[index]))).collect();
        let carried = self.step(region, &memories, wanted, mark);
        self.end_loop(open, carried);
        self.leave(&memories, operation);
        for (result, place) in operation.results[memories.len()..].iter().zip(outputs) {
            self.set(*result, Lowered::Array(place));
        }
    }

    /// Memory for the states of a sequential loop, holding the initial ones.
    pub(super) fn memories(&mut self, initial: &[Value], results: &[Value]) -> Vec<Memory> {
        let pairs = initial.iter().zip(results);
        pairs.map(|(initial, result)| self.memory(*initial, *result)).collect()
    }

    fn memory(&mut self, initial: Value, result: Value) -> Memory {
        let of = self.function.type_of(initial).clone();
        match self.lowered(initial).clone() {
            Lowered::Scalar(initial) => {
                let [inside, result] = [self.register(of.element), self.register(of.element)];
                Memory::Scalar { inside, initial, result }
            }
            Lowered::Array(found) if found.is_small() => {
                let place = self.destination(result, None);
                let initial = self.entries(&found);
                let mut after = || self.register(of.element);
                let entries = initial.into_iter().map(|initial| [initial, after(), after()]).collect();
                Memory::Entries { entries, place }
            }
            Lowered::Array(found) if volume(&found.shape()).as_constant().is_some() => {
                let place = self.destination(result, None);
                self.copy(&found, &place);
                Memory::Array(place)
            }
            Lowered::Array(found) => {
                let start = self.block_of(&found);
                let mut after = || [self.register(Element::I64), self.register(Element::I64)];
                let [[block, block_result], [length, length_result]] = [after(), after()];
                let first = self.affine(found.axes[0].extent.affine());
                let extents = shape(&of, Some(length));
                let buffer = self.buffer_at(of.element, &extents, Home::Block(block));
                let place = Place::whole(buffer, of.element, &extents);
                Memory::Block {
                    block: [start, block, block_result],
                    length: [first, length, length_result],
                    place,
                }
            }
        }
    }

    /// Shows the states to a region.
    pub(super) fn enter(&mut self, memories: &[Memory], parameters: &[Value]) {
        for (memory, parameter) in memories.iter().zip(parameters) {
            let lowered = match memory {
                Memory::Scalar { inside, .. } => Lowered::Scalar(*inside),
                Memory::Entries { entries, place } => {
                    let own = self.fresh(place.element, &place.shape());
                    self.fill(&own, entries.iter().map(|[_, inside, _]| *inside));
                    Lowered::Array(own)
                }
                Memory::Array(place) | Memory::Block { place, .. } => Lowered::Array(place.clone()),
            };
            self.set(*parameter, lowered);
        }
    }

    /// Lowers the body of one step and writes its states back; `outputs` are the places of further results.
    pub(super) fn step(
        &mut self,
        region: &Block,
        memories: &[Memory],
        outputs: Vec<Option<Place>>,
        mark: Register,
    ) -> Vec<Carried> {
        self.begin();
        let nexts = &region.results[..memories.len()];
        let wanted = nexts.iter().map(|_| None).chain(outputs).collect();
        self.block(region, wanted);
        self.write_back(memories, nexts);
        let (carried, kept) = self.carry(memories, nexts);
        let statements = self.close();
        let statements = self.scoped(statements, kept, mark);
        self.extend(statements);
        carried
    }

    /// Copies array states into their buffers, through spare buffers where one state is read from another's.
    fn write_back(&mut self, memories: &[Memory], nexts: &[Value]) {
        let places: Vec<&Place> = memories.iter().filter_map(Memory::buffer).collect();
        let mut copies = Vec::new();
        for (memory, next) in memories.iter().zip(nexts) {
            let Memory::Array(place) = memory else { continue };
            let found = self.array(*next).clone();
            if found != *place {
                copies.push((found, place));
            }
        }
        let entangled = copies.iter().any(|(found, _)| places.iter().any(|p| p.buffer == found.buffer));
        if entangled {
            for (found, _) in &mut copies {
                let spare = self.fresh(found.element, &found.shape());
                self.copy(found, &spare);
                *found = spare;
            }
        }
        copies.iter().for_each(|(found, place)| self.copy(found, place));
    }

    fn carry(&mut self, memories: &[Memory], nexts: &[Value]) -> (Vec<Carried>, Vec<Kept>) {
        let (mut carried, mut kept) = (Vec::new(), Vec::new());
        for (memory, next) in memories.iter().zip(nexts) {
            match memory {
                Memory::Scalar { inside, initial, result } => {
                    let next = self.scalar(*next);
                    carried.push(Carried { inside: *inside, initial: *initial, next, result: *result });
                }
                Memory::Entries { entries, .. } => {
                    let found = self.array(*next).clone();
                    let nexts = self.entries(&found);
                    carried.extend(entries.iter().zip(nexts).map(|([initial, inside, result], next)| {
                        Carried { inside: *inside, initial: *initial, next, result: *result }
                    }));
                }
                Memory::Array(_) => {}
                Memory::Block { block, length, .. } => {
                    let found = self.array(*next).clone();
                    let from = self.block_of(&found);
                    let moved = self.register(Element::I64);
                    let entries = volume(&found.shape());
                    kept.push(Kept { block: from, moved, element: found.element, entries });
                    let first = self.affine(found.axes[0].extent.affine());
                    let pairs = [(block, moved), (length, first)];
                    carried.extend(pairs.map(|([initial, inside, result], next)| Carried {
                        inside: *inside,
                        initial: *initial,
                        next,
                        result: *result,
                    }));
                }
            }
        }
        (carried, kept)
    }

    /// Shows the last states to what follows the loop.
    pub(super) fn leave(&mut self, memories: &[Memory], operation: &Operation) {
        for (memory, value) in memories.iter().zip(&operation.results) {
            let lowered = match memory {
                Memory::Scalar { result, .. } => Lowered::Scalar(*result),
                Memory::Entries { entries, place } => {
                    self.fill(place, entries.iter().map(|[.., result]| *result));
                    Lowered::Array(place.clone())
                }
                Memory::Array(place) => Lowered::Array(place.clone()),
                Memory::Block { block, length, .. } => {
                    let of = self.function.type_of(*value).clone();
                    let extents = shape(&of, Some(length[2]));
                    let buffer = self.buffer_at(of.element, &extents, Home::Block(block[2]));
                    Lowered::Array(Place::whole(buffer, of.element, &extents))
                }
            };
            self.set(*value, lowered);
        }
    }

    /// The entries of a place that [is small](Place::is_small), in row-major order.
    pub(super) fn entries(&mut self, place: &Place) -> Vec<Register> {
        let addresses = place.first_entries(CARRIED);
        addresses.into_iter().map(|address| self.load(address, place.element)).collect()
    }

    /// Puts them into a place.
    pub(super) fn fill(&mut self, place: &Place, entries: impl Iterator<Item = Register>) {
        for (address, entry) in place.first_entries(CARRIED).into_iter().zip(entries) {
            self.push(Statement::Store(address, entry));
        }
    }

    /// Zero in every entry.
    pub(super) fn clear(&mut self, place: &Place) {
        let zero = match place.element {
            Element::F64 => Constant::F64(0.0),
            Element::F32 => Constant::F32(0.0),
            Element::I64 => Constant::I64(0),
            Element::Bool => Constant::Bool(false),
        };
        let zero = self.constant(zero);
        self.nest(&place.shape(), |lowering, indices| {
            lowering.push(Statement::Store(place.at(indices).entry(), zero));
        });
    }
}

impl Memory {
    fn buffer(&self) -> Option<&Place> {
        match self {
            Memory::Array(place) => Some(place),
            Memory::Scalar { .. } | Memory::Entries { .. } | Memory::Block { .. } => None,
        }
    }
}

impl Place {
    /// Whether it has so few entries that they are scalars where loops carry them.
    pub(super) fn is_small(&self) -> bool {
        self.entries().as_constant().is_some_and(|entries| entries <= CARRIED as i64)
    }
}

/// Whether run-time blocks are reserved.
fn reserves(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| match statement {
        Statement::Reserve(..) | Statement::Release(..) => true,
        Statement::Loop(nested) => reserves(&nested.body),
        Statement::While(nested) => reserves(&nested.condition) || reserves(&nested.body),
        Statement::If(choice) => reserves(&choice.yes) || reserves(&choice.no),
        _ => false,
    })
}
