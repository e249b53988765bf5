//! Runs of draws, compiled for every vector width: consecutive values of one of the first four indices.

use super::address::Address;
use super::draws::{normal, normal_pair, uniform};
use super::philox::philox_lanes;
use crate::kernels::level::{Level, PerLevel, for_each_level, per_level};
use crate::kernels::tile::rows::{BLOCK, SHORT, SHORT_BLOCK};
use smallvec::SmallVec;

/// `(n, start, axis, out)`: writes the draws of `n` addresses, `start.counter[axis]` counting up, which must
/// not pass `u32::MAX`. `out` holds [`Generator::width`] numbers for each address.
pub type Generate<T> = unsafe extern "C" fn(usize, *const Address, usize, *mut T);

/// A kind of draw, compiled at every level.
#[derive(Clone, Copy, Debug)]
pub struct Generator<T: 'static> {
    /// Numbers written for each address.
    pub width: usize,
    /// The kernels.
    pub generate: PerLevel<Generate<T>>,
}

/// The bits themselves: both words of each address.
pub static BITS: Generator<u64> = Generator { width: 2, generate: per_level!(bits, Generate<u64>) };
/// `uniform` of the first word of each address.
pub static UNIFORMS: Generator<f64> = Generator { width: 1, generate: per_level!(uniforms, Generate<f64>) };
/// `normal` at each address.
pub static NORMALS: Generator<f64> = Generator { width: 1, generate: per_level!(normals, Generate<f64>) };
/// `normal_pair` at each address: twice the numbers for little more than the time of [`NORMALS`].
pub static NORMAL_PAIRS: Generator<f64> =
    Generator { width: 2, generate: per_level!(normal_pairs, Generate<f64>) };

/// A run of draws: the indices of the first, and which of them counts up.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The seed.
    pub seed: i64,
    /// The site path's number.
    pub site: u64,
    /// Indices of the first draw.
    pub indices: &'a [i64],
    /// Position of the index that counts up.
    pub axis: usize,
}

impl<T> Generator<T> {
    /// Fills `out` with the draws of a run, whatever its indices.
    pub fn fill(&self, level: Level, run: Run, out: &mut [T]) {
        assert_eq!(out.len() % self.width, 0, "a run of draws ends inside one");
        let mut indices: SmallVec<[i64; 8]> = run.indices.into();
        let mut rest = out;
        while !rest.is_empty() {
            let start = Address::new(run.seed, run.site, &indices);
            // Beyond the fourth index, or at a multiple of 2^32, the next draw has another key.
            let left = start.counter.get(run.axis).map_or(1, |&counter| (1 << 32) - u64::from(counter));
            let count = (rest.len() / self.width).min(usize::try_from(left).unwrap_or(usize::MAX));
            let (part, later) = rest.split_at_mut(count * self.width);
            self.fill_from(level, &start, run.axis.min(3), part);
            indices[run.axis] = indices[run.axis].wrapping_add(count as i64);
            rest = later;
        }
    }

    /// Fills `out` with the draws from an address on, one word of which counts up.
    ///
    /// # Panics
    /// If `out` ends inside a draw, or the word would pass its largest value.
    pub fn fill_from(&self, level: Level, start: &Address, axis: usize, out: &mut [T]) {
        assert_eq!(out.len() % self.width, 0, "a run of draws ends inside one");
        let count = out.len() / self.width;
        let left = (1 << 32) - u64::from(start.counter[axis]);
        assert!(count as u64 <= left, "a run of draws has one key");
        // Safety: `out` has room for `count` draws, whose word does not overflow, and `get` checks the level.
        unsafe { self.generate.get(level)(count, start, axis, out.as_mut_ptr()) };
    }
}

/// The addresses of a run, ready for lanes.
struct Lanes {
    key: [u64; 2],
    counter: [u64; 4],
    /// All ones for the word that counts up.
    counting: [u64; 4],
}

impl Lanes {
    #[inline(always)]
    fn new(start: Address, axis: usize) -> Lanes {
        let counting = [0, 1, 2, 3].map(|word| if word == axis { u64::MAX } else { 0 });
        Lanes { key: start.key_words(), counter: start.counter.map(u64::from), counting }
    }

    /// The bits of the address `step` after the first.
    #[inline(always)]
    fn bits(&self, step: u64) -> [u64; 2] {
        let word = |w: usize| self.counter[w] + (self.counting[w] & step);
        philox_lanes([word(0), word(1), word(2), word(3)], self.key)
    }
}

/// Compiles a kind of draw, which turns two words into `width` numbers.
macro_rules! generator {
    ($name:ident: $element:ty, $width:literal) => {
        mod $name {
            use super::*;

            #[inline(always)]
            unsafe fn body(n: usize, start: *const Address, axis: usize, out: *mut $element) {
                // Safety: the caller's promises are those of blocks.
                unsafe {
                    match n {
                        ..=SHORT => blocks::<SHORT_BLOCK>(n, start, axis, out),
                        _ => blocks::<BLOCK>(n, start, axis, out),
                    }
                }
            }

            #[inline(always)]
            unsafe fn blocks<const BLOCK: usize>(
                n: usize,
                start: *const Address,
                axis: usize,
                out: *mut $element,
            ) {
                // Safety: the caller gives an address.
                let lanes = Lanes::new(unsafe { *start }, axis);
                let whole = n - n % BLOCK;
                let mut tail = [[<$element>::default(); $width]; BLOCK];
                for first in (0..n).step_by(BLOCK) {
                    // Safety: the caller gives room for n draws, and a whole block lies before their end.
                    let to = if first < whole {
                        unsafe { out.cast::<[$element; $width]>().add(first) }
                    } else {
                        tail.as_mut_ptr()
                    };
                    for k in 0..BLOCK {
                        // Safety: a block has this many places.
                        unsafe { to.add(k).write(convert::$name(lanes.bits((first + k) as u64))) };
                    }
                }
                // Safety: as above.
                unsafe {
                    out.add($width * whole)
                        .copy_from_nonoverlapping(tail.as_ptr().cast(), $width * (n - whole))
                };
            }

            for_each_level!(body, fn(n: usize, start: *const Address, axis: usize, out: *mut $element));
        }
    };
}

/// The conversions of [`generator!`]: functions rather than closures, since only `#[inline(always)]` ensures
/// that they are compiled with the features of the level.
mod convert {
    use super::*;

    #[inline(always)]
    pub(super) fn bits(words: [u64; 2]) -> [u64; 2] {
        words
    }

    #[inline(always)]
    pub(super) fn uniforms([first, _]: [u64; 2]) -> [f64; 1] {
        [uniform(first)]
    }

    #[inline(always)]
    pub(super) fn normals([first, second]: [u64; 2]) -> [f64; 1] {
        [normal(first, second)]
    }

    #[inline(always)]
    pub(super) fn normal_pairs([first, second]: [u64; 2]) -> [f64; 2] {
        normal_pair(first, second)
    }
}

generator!(bits: u64, 2);
generator!(uniforms: f64, 1);
generator!(normals: f64, 1);
generator!(normal_pairs: f64, 2);
