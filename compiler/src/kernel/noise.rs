//! Draws in a loop that runs over tiles: a run of consecutive indices is one call of the kernel that makes bits and
//! numbers at once, so the bits themselves are never stored.

use super::data::{Address, Call, Expression, Register, Routine, Statement};
use crate::primitive::{Draw, Lower, Primitive};
use rustc_hash::{FxHashMap, FxHashSet};

/// Indices that the generator counts up within a tile: the first four.
const COUNTED: usize = 4;

/// The random bits of a loop's body, by each of their words.
#[derive(Default)]
pub(super) struct Noise<'a> {
    words: FxHashMap<Register, &'a Call>,
}

/// A number drawn in a loop's body.
#[derive(Clone, Copy)]
pub(super) struct Drawn<'a> {
    draw: Draw,
    bits: &'a Call,
}

impl<'a> Noise<'a> {
    /// None where some bits are read as they are, or their place is more than one loop's index at one position.
    pub(super) fn of(
        loops: Vec<Register>,
        body: &'a [Statement],
        reads: impl Fn(&Statement) -> Vec<Register>,
    ) -> Option<Self> {
        let (mut noise, mut assigned) = (Self::default(), FxHashSet::from_iter(loops.iter().copied()));
        for statement in body {
            match statement {
                Statement::Call(call) => noise.words.extend(call.results.iter().map(|word| (*word, call))),
                Statement::Let(register, _) => {
                    assigned.insert(*register);
                }
                _ => {}
            }
        }
        let counted = |call: &&Call| {
            let Some((seed, indices)) = call.scalars.split_first() else { return false };
            let mut varying = (0..indices.len()).filter(|at| assigned.contains(&indices[*at]));
            let axis = varying.next().filter(|at| loops.contains(&indices[*at]) && *at < COUNTED);
            !assigned.contains(seed) && axis.is_some() && varying.next().is_none()
        };
        let only_drawn = |statement: &Statement| {
            let drawn = matches!(statement, Statement::Let(_, Expression::Primitive(primitive, operands))
                if noise.drawn(*primitive, operands).is_some());
            drawn || reads(statement).iter().all(|read| !noise.words.contains_key(read))
        };
        let tiled = noise.words.values().all(counted) && body.iter().all(only_drawn);
        tiled.then_some(noise)
    }

    /// Whether there are none.
    pub(super) fn is_silent(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a register is a word of random bits.
    pub(super) fn has(&self, word: Register) -> bool {
        self.words.contains_key(&word)
    }

    /// The number that a primitive makes of leading words of one draw.
    pub(super) fn drawn(&self, primitive: Primitive, operands: &[Register]) -> Option<Drawn<'a>> {
        let Lower::Draw(draw) = primitive.row().lower else { return None };
        let bits = *self.words.get(operands.first()?)?;
        bits.results.starts_with(operands).then_some(Drawn { draw, bits })
    }
}

impl Drawn<'_> {
    /// `count` draws from the index `first` of the loop on.
    pub(super) fn tile(
        self,
        index: Register,
        first: Register,
        count: Register,
        output: Address,
    ) -> Statement {
        let Routine::Bits { site } = self.bits.routine else {
            unreachable!("a loop in tiles calls for bits only")
        };
        let (seed, indices) = self.bits.scalars.split_first().expect("bits have a seed");
        let axis = indices.iter().position(|at| *at == index).expect("one index counts up");
        let indices = indices.iter().map(|at| if *at == index { first } else { *at });
        Statement::Call(Call {
            routine: Routine::Draws { draw: self.draw, site, axis },
            inputs: Vec::new(),
            output: Some(output),
            scratch: None,
            scalars: [count, *seed].into_iter().chain(indices).collect(),
            results: Vec::new(),
        })
    }
}
