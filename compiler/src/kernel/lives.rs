//! Which buffers a statement touches, and from where to where in the kernel each buffer is in use.
//!
//! An array is written before it is read wherever its memory is not shared with what follows a loop: so a buffer that is
//! touched only inside a loop's body is in use from its first touch there to its last, and one that is touched outside
//! too, during the whole loop.

use super::data::{BufferName, Expression, Kernel, Routine, Statement};

/// How a statement touches a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touch {
    /// What stands in it is used.
    Read,
    /// Something is put into it.
    Written,
}

/// Visits the buffers that a statement touches, those of nested statements not included: reads first.
pub(super) fn touches(kernel: &Kernel, statement: &Statement, visit: &mut dyn FnMut(BufferName, Touch)) {
    let of = |state: &super::data::StateName| kernel.states[state.0 as usize].buffer;
    match statement {
        Statement::Let(_, Expression::Load(address)) => visit(address.buffer, Touch::Read),
        Statement::Store(address, _) => visit(address.buffer, Touch::Written),
        Statement::Begin(state) => visit(of(state), Touch::Written),
        Statement::Absorb(state, ..) | Statement::Finish(state, ..) => visit(of(state), Touch::Read),
        Statement::AbsorbTile(state, from, _) => {
            visit(from.buffer, Touch::Read);
            visit(of(state), Touch::Read);
        }
        Statement::Tile(call) => {
            call.inputs.iter().for_each(|input| visit(input.buffer, Touch::Read));
            visit(call.output.buffer, Touch::Written);
        }
        Statement::Call(call) => {
            call.inputs.iter().for_each(|input| visit(input.buffer, Touch::Read));
            let in_place = matches!(call.routine, Routine::TriangularSolve { .. });
            let touch = if in_place { Touch::Read } else { Touch::Written };
            call.output.iter().for_each(|output| visit(output.buffer, touch));
            call.scratch.iter().for_each(|scratch| visit(*scratch, Touch::Written));
        }
        Statement::Yield(_, buffer, _) => visit(*buffer, Touch::Read),
        Statement::Let(..)
        | Statement::Require(..)
        | Statement::Loop(_)
        | Statement::While(_)
        | Statement::If(_)
        | Statement::Reserve(..)
        | Statement::Mark(_)
        | Statement::Release(..)
        | Statement::Part(_) => {}
    }
}

/// The lists of statements inside a statement.
pub(super) fn nested(statement: &Statement) -> [&[Statement]; 2] {
    match statement {
        Statement::Loop(nested) => [&nested.body, &[]],
        Statement::While(nested) => [&nested.condition, &nested.body],
        Statement::If(choice) => [&choice.yes, &choice.no],
        Statement::Part(statements) => [statements, &[]],
        _ => [&[], &[]],
    }
}

/// From the first to the last place where a buffer is in use, both included, in the order of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) first: u32,
    pub(super) last: u32,
}

impl Life {
    /// Whether both are in use somewhere.
    pub(super) fn meets(self, other: Life) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The life of each buffer that is touched.
pub(super) fn lives(kernel: &Kernel) -> Vec<Option<Life>> {
    let whole = List { parent: 0, first: 0, last: u32::MAX };
    let mut survey = Survey {
        kernel,
        place: 0,
        lists: vec![whole],
        open: vec![0],
        found: vec![None; kernel.buffers.len()],
    };
    survey.statements(&kernel.body);
    survey.found.iter().map(|found| found.map(|found| survey.life(found))).collect()
}

/// A list of statements: which one it is nested in, and where it begins and ends.
#[derive(Clone, Copy)]
struct List {
    parent: usize,
    first: u32,
    last: u32,
}

/// What has been seen of a buffer: the innermost list around all touches, and where they begin and end there.
#[derive(Clone, Copy)]
struct Found {
    list: usize,
    first: u32,
    last: Last,
}

#[derive(Clone, Copy)]
enum Last {
    At(u32),
    /// At the end of this list.
    EndOf(usize),
}

struct Survey<'a> {
    kernel: &'a Kernel,
    /// Where in the text we are.
    place: u32,
    lists: Vec<List>,
    /// The lists around, outermost first.
    open: Vec<usize>,
    found: Vec<Option<Found>>,
}

impl Survey<'_> {
    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            let mut touched = Vec::new();
            touches(self.kernel, statement, &mut |buffer, _| touched.push(buffer));
            touched.into_iter().for_each(|buffer| self.touch(buffer));
            self.place += 1;
            for list in nested(statement).into_iter().filter(|list| !list.is_empty()) {
                let parent = self.open[self.open.len() - 1];
                self.open.push(self.lists.len());
                self.lists.push(List { parent, first: self.place, last: u32::MAX });
                self.statements(list);
                let closed = self.open.pop().expect("it was opened");
                self.lists[closed].last = self.place - 1;
            }
        }
    }

    fn touch(&mut self, buffer: BufferName) {
        let here = self.open.len() - 1;
        let Some(mut found) = self.found[buffer.0 as usize] else {
            let (list, first, last) = (self.open[here], self.place, Last::At(self.place));
            self.found[buffer.0 as usize] = Some(Found { list, first, last });
            return;
        };
        // Lists are numbered in the order in which they open, so the open ones are sorted.
        let depth = loop {
            match self.open.binary_search(&found.list) {
                Ok(depth) => break depth,
                Err(_) => {
                    let closed = self.lists[found.list];
                    found.first = closed.first;
                    found.list = closed.parent;
                }
            }
        };
        found.last = match self.open.get(depth + 1) {
            Some(inner) => Last::EndOf(*inner),
            None => Last::At(self.place),
        };
        self.found[buffer.0 as usize] = Some(found);
    }

    fn life(&self, found: Found) -> Life {
        let last = match found.last {
            Last::At(place) => place,
            Last::EndOf(list) => self.lists[list].last,
        };
        Life { first: found.first, last }
    }
}
