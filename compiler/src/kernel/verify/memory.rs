//! Buffers: written before they are read, entries inside, calls that get what they take, places in the arena.

use super::Verifier;
use crate::kernel::data::{Address, Affine, Call, Expression, Home, Routine, Statement, TileCall};
use crate::kernel::layout::bytes;
use crate::kernel::lives::{Touch, lives, touches};
use crate::kernel::tile::TILE;
use crate::kernels::tile;

impl Verifier<'_> {
    /// Checks how a statement uses memory.
    pub(super) fn memory(&mut self, statement: &Statement) {
        if let Some(missing) = self.missing(statement) {
            return self.wrong(missing);
        }
        let mut touched = Vec::new();
        touches(self.kernel, statement, &mut |buffer, touch| touched.push((buffer, touch)));
        for (buffer, touch) in touched {
            let written = &mut self.written[buffer.0 as usize];
            let own =
                matches!(self.kernel.buffers[buffer.0 as usize].home, Home::Argument(_) | Home::Block(_));
            match touch {
                Touch::Read if !own && !*written => {
                    self.wrong(format!("b{} is read, but nothing was written to it", buffer.0));
                }
                Touch::Read => {}
                Touch::Written => *written = true,
            }
        }
        match statement {
            Statement::Let(_, Expression::Load(address)) => self.inside(address, &Affine::constant(1)),
            Statement::Store(address, value) => {
                let element = self.kernel.buffers[address.buffer.0 as usize].element;
                self.expect(*value, element);
                self.unowned(address);
                self.inside(address, &Affine::constant(1));
            }
            Statement::AbsorbTile(_, from, count) => self.inside(from, &Affine::register(*count)),
            Statement::Tile(call) => self.tile(call),
            Statement::Call(call) => self.call(call),
            _ => {}
        }
    }

    /// A buffer or a reduction that does not exist.
    fn missing(&self, statement: &Statement) -> Option<String> {
        if let Statement::Begin(state)
        | Statement::Absorb(state, ..)
        | Statement::Finish(state, ..)
        | Statement::AbsorbTile(state, ..) = statement
            && state.0 as usize >= self.kernel.states.len()
        {
            return Some(format!("{state} does not exist"));
        }
        let mut missing = None;
        touches(self.kernel, statement, &mut |buffer, _| {
            if buffer.0 as usize >= self.kernel.buffers.len() {
                missing = Some(format!("b{} does not exist", buffer.0));
            }
        });
        missing
    }

    /// Arguments are only read.
    fn unowned(&mut self, address: &Address) {
        if let Home::Argument(position) = self.kernel.buffers[address.buffer.0 as usize].home {
            self.wrong(format!("{address} writes to argument {position}"));
        }
    }

    /// `count` entries from the address on lie in their buffer, where loops and checks say how far they reach and
    /// nothing says that they are never touched.
    fn inside(&mut self, address: &Address, count: &Affine) {
        let buffer = &self.kernel.buffers[address.buffer.0 as usize];
        if self.choices > 0 || matches!(buffer.home, Home::Block(_)) || count.as_constant() == Some(0) {
            return;
        }
        let entries = buffer.entries as i64;
        let last = address.entry.plus(count).offset(-1);
        if let Some(greatest) = self.ranges.greatest(&last).filter(|greatest| *greatest >= entries) {
            self.wrong(format!("{address} reaches entry {greatest} of {entries}"));
        }
        if let Some(least) = self.ranges.least(&address.entry).filter(|least| *least < 0) {
            self.wrong(format!("{address} reaches entry {least}"));
        }
    }

    fn tile(&mut self, call: &TileCall) {
        let count = Affine::register(call.count);
        let Some(kernel) = tile::find(call.kernel) else {
            return self.wrong(format!("no kernel is named `{}`", call.kernel));
        };
        if kernel.arity() != call.inputs.len() {
            self.wrong(format!("`{}` takes {} arrays", call.kernel, kernel.arity()));
        }
        if self.ranges.greatest(&count).is_none_or(|count| count > TILE) {
            self.wrong(format!("a tile of {} may have more than {TILE} entries", call.count));
        }
        self.unowned(&call.output);
        call.inputs.iter().chain([&call.output]).for_each(|address| self.inside(address, &count));
    }

    fn call(&mut self, call: &Call) {
        let volume = |extents: &[crate::kernel::data::Extent]| {
            extents.iter().try_fold(1i64, |volume, extent| Some(volume * extent.as_size()?.max(0)))
        };
        let (inputs, output) = match &call.routine {
            Routine::Bits { .. } => (Vec::new(), None),
            Routine::Draws { .. } => (Vec::new(), Some(None)),
            Routine::Contract { labels, extents } => {
                let of = |label: &u8| {
                    let axes =
                        labels.left.iter().zip(&extents[0]).chain(labels.right.iter().zip(&extents[1]));
                    axes.into_iter().find(|(other, _)| *other == label).map(|(_, extent)| *extent)
                };
                let result: Option<Vec<_>> = labels.result.iter().map(of).collect();
                (
                    extents.iter().map(|extents| volume(extents)).collect(),
                    result.map(|result| volume(&result)),
                )
            }
            Routine::Cholesky { order } => (vec![Some(order * order)], Some(Some(order * order))),
            Routine::TriangularSolve { order, columns, .. } => {
                (vec![Some(order * order)], Some(Some(order * columns)))
            }
        };
        if inputs.len() != call.inputs.len() || output.is_some() != call.output.is_some() {
            self.wrong(format!("{call} does not have the arrays that it takes"));
        }
        let arrays = call.inputs.iter().zip(inputs).chain(call.output.iter().zip(output));
        for (address, count) in arrays.filter_map(|(address, count)| Some((address, count?))) {
            self.inside(address, &Affine::constant(count));
        }
        if let (Routine::Draws { .. }, [count, ..], Some(output)) =
            (&call.routine, &call.scalars[..], &call.output)
        {
            self.inside(output, &Affine::register(*count));
        }
        let scratch = call.scratch.map_or(0, |buffer| self.kernel.buffers[buffer.0 as usize].entries);
        if scratch < call.routine.scratch() as u64 {
            self.wrong(format!("{call} works in {scratch} entries"));
        }
        call.output.iter().for_each(|output| self.unowned(output));
    }

    /// Every static buffer lies in the arena, and none that is in use at the same time as another overlaps it.
    pub(super) fn arena(&mut self) {
        let lives = lives(self.kernel);
        let mut placed = Vec::new();
        for (at, (buffer, life)) in self.kernel.buffers.iter().zip(lives).enumerate() {
            let (Home::Arena(start), Some(life)) = (buffer.home, life) else { continue };
            let end = start + buffer.entries * bytes(buffer.element);
            if end > self.kernel.arena {
                self.wrong(format!("b{at} ends at byte {end} of {}", self.kernel.arena));
            }
            placed.push((life, at, start, end));
        }
        placed.sort_by_key(|(life, ..)| life.first);
        let mut used: Vec<(crate::kernel::lives::Life, usize, u64, u64)> = Vec::new();
        for (life, at, start, end) in placed {
            used.retain(|(other, ..)| other.meets(life));
            let clash = used.iter().find(|(_, _, from, to)| start < *to && *from < end);
            if let Some((_, other, ..)) = clash {
                self.wrong(format!("b{other} and b{at} are in use at the same time and share memory"));
            }
            used.push((life, at, start, end));
        }
    }
}
