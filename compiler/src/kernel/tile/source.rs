//! What is tiled: a loop, of which a tile is a stretch, or a nest of short loops or a short loop that is written out, which
//! is one tile as a whole.

use super::{LEAST, LEAST_WRITTEN_OUT, TILE, is_call, reads};
use crate::ir::Element;
use crate::kernel::data::{
    Address, Affine, Expression, Extent, Kernel, Lanes, Loop, Register, Routine, Statement,
};
use crate::kernel::exchange::is_cheap;
use crate::kernel::noise::Noise;
use rustc_hash::FxHashSet;
use std::borrow::Cow;

/// What a tile is of the loops.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// So many iterations of one loop.
    Stretch,
    /// A nest.
    Nest,
    /// A loop that is written out: only functions and draws are called for all iterations at once.
    Short,
}

/// Loops, one inside the other, and what stands inside all of them.
pub(super) struct Source<'a> {
    form: Form,
    /// Outermost first, each with how far apart in the tile its iterations are.
    axes: Vec<(&'a Loop, i64)>,
    pub body: Cow<'a, [Statement]>,
}

impl<'a> Source<'a> {
    /// One loop.
    pub fn line(of: &'a Loop) -> Self {
        let form = if of.lanes == Lanes::Straight { Form::Short } else { Form::Stretch };
        Self { form, axes: vec![(of, 1)], body: Cow::Borrowed(&of.body) }
    }

    /// Two loops of known length, the outer not written out, with nothing but cheap arithmetic between them: what the outer
    /// computes before the inner begins is computed in every iteration.
    pub fn nest(outer: &'a Loop) -> Option<Self> {
        let (last, before) = outer.body.split_last()?;
        let Statement::Loop(inner) = last else { return None };
        let (Extent::Size(rows), Extent::Size(columns)) = (outer.bound, inner.bound) else { return None };
        let size = rows.checked_mul(columns)?;
        let fits = outer.lanes == Lanes::Scalar && inner.lanes != Lanes::Packed;
        if !fits || !(LEAST..=TILE).contains(&size) || !before.iter().all(is_cheap) {
            return None;
        }
        let body = Cow::Owned([before, &inner.body].concat());
        Some(Self { form: Form::Nest, axes: vec![(outer, columns), (inner, 1)], body })
    }

    /// The loop that a tile is a stretch of.
    pub fn stretched(&self) -> Option<&'a Loop> {
        (self.form == Form::Stretch).then(|| self.axes[0].0)
    }

    /// Whether reductions take whole tiles.
    pub fn absorbs_tiles(&self) -> bool {
        self.form != Form::Short
    }

    /// Iterations, where they are known.
    pub fn size(&self) -> Option<i64> {
        self.axes.iter().try_fold(1, |product, (of, _)| Some(product * of.bound.as_size()?))
    }

    /// Whether consecutive iterations take consecutive entries.
    pub fn in_order(&self, entry: &Affine) -> bool {
        self.axes.iter().all(|(of, step)| entry.coefficient(of.index) == *step)
    }

    /// An entry, taken in order, for the first iteration of the tile that begins here.
    pub fn at_first(&self, entry: &Affine, first: Option<Register>) -> Affine {
        let start =
            self.axes.iter().fold(entry.clone(), |entry, (of, step)| entry.plus_times(of.index, -step));
        first.into_iter().fold(start, |entry, first| entry.plus_times(first, 1))
    }

    /// Where in the tile the iteration at these indices is.
    pub fn place(&self, indices: &[Register]) -> Affine {
        let steps = self.axes.iter().zip(indices);
        steps.fold(Affine::default(), |place, ((_, step), index)| place.plus_times(*index, *step))
    }

    /// The indices.
    pub fn indices(&self) -> impl Iterator<Item = Register> {
        self.axes.iter().map(|(of, _)| of.index)
    }

    /// The loops around a body, with these indices; a single one is as long as the tile.
    pub fn around(&self, indices: &[Register], count: Register, body: Vec<Statement>) -> Statement {
        let bound = |of: &Loop| self.stretched().map_or(of.bound, |_| Extent::Run(count));
        let wrapped = self.axes.iter().zip(indices).rev().fold(body, |body, ((of, _), index)| {
            vec![Statement::Loop(Loop {
                index: *index,
                bound: bound(of),
                step: of.step,
                reverse: of.reverse,
                lanes: of.lanes,
                carried: Vec::new(),
                body,
            })]
        });
        wrapped.into_iter().next().expect("there is a loop")
    }

    /// Its random bits; none where some are read as they are, or are not counted by the one index.
    pub fn noise(&self) -> Option<Noise<'_>> {
        let noise = Noise::of(self.indices().collect(), &self.body, reads)?;
        (self.form != Form::Nest || noise.is_silent()).then_some(noise)
    }

    /// Whether tiles can and should take the loops' place: forward, nothing carried, only simple statements, something to
    /// call, no buffer that is read and written or written twice.
    pub fn is_eligible(&self, kernel: &Kernel, noise: &Noise) -> bool {
        let long = match self.form {
            Form::Short => self.size().is_some_and(|n| (LEAST_WRITTEN_OUT..=TILE).contains(&n)),
            Form::Stretch | Form::Nest => self.size().is_none_or(|n| n >= LEAST),
        };
        let forward = |of: &Loop| !of.reverse && of.carried.is_empty() && of.step == 1;
        let rolled = self.form == Form::Short || self.axes[0].0.lanes == Lanes::Scalar;
        let plain = self.axes.iter().all(|(of, _)| forward(of)) && rolled;
        let mut calls = false;
        let (mut loaded, mut stored) = (FxHashSet::default(), FxHashSet::default());
        let simple = self.body.iter().all(|statement| match statement {
            Statement::Let(_, Expression::Primitive(primitive, operands)) => {
                calls |= is_call(kernel, noise, *primitive, operands);
                true
            }
            Statement::Let(_, Expression::Load(Address { buffer, .. })) => {
                loaded.insert(*buffer);
                true
            }
            Statement::Let(_, Expression::Constant(_) | Expression::Affine(_)) | Statement::Require(..) => {
                true
            }
            Statement::Call(call) => matches!(call.routine, Routine::Bits { .. }),
            Statement::Store(address, _) => stored.insert(address.buffer),
            Statement::Absorb(state, position, _) => {
                // A sum alone is no reason to lay out a nest.
                calls |= self.stretched().is_some();
                self.in_order(position) && kernel.states[state.0 as usize].element != Element::F32
            }
            _ => false,
        });
        long && plain && simple && calls && loaded.is_disjoint(&stored)
    }
}
