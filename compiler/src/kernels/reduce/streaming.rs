//! Reductions tile by tile: `begin`, then `absorb` as often as there are tiles, then `finish`.

use super::operators::*;
use super::order::{Partials, WAYS};
use crate::kernels::level::{Level, PerLevel, for_each_level, per_level};

/// Forgets all elements. The state needs no other preparation.
pub type Begin<T> = unsafe extern "C" fn(*mut Partials<T>);
/// `(state, n, values)`: combines the next `n` elements. No pointer is null, even for `n = 0`.
pub type Absorb<T> = unsafe extern "C" fn(*mut Partials<T>, usize, *const T);
/// The reduction of the elements so far.
pub type Finish<T> = unsafe extern "C" fn(*const Partials<T>) -> T;

/// One operator on one type of element, compiled at every level.
#[derive(Clone, Copy, Debug)]
pub struct Reducer<T: 'static> {
    /// The name of the operator in the language.
    pub name: &'static str,
    /// The reduction of nothing.
    pub identity: T,
    /// The operator itself.
    pub combine: fn(T, T) -> T,
    /// Starts a state.
    pub begin: Begin<T>,
    /// Combines a tile.
    pub absorb: PerLevel<Absorb<T>>,
    /// Ends.
    pub finish: Finish<T>,
}

impl<T: Copy> Reducer<T> {
    /// Combines the next elements.
    pub fn absorb(&self, level: Level, partials: &mut Partials<T>, values: &[T]) {
        // Safety: the state and the elements are borrowed, and `get` checks the level.
        unsafe { self.absorb.get(level)(partials, values.len(), values.as_ptr()) }
    }

    /// Reduces all elements.
    pub fn reduce(&self, level: Level, values: &[T]) -> T {
        let mut partials = Partials::new(self.identity);
        self.absorb(level, &mut partials, values);
        partials.finish(self.combine, self.identity)
    }
}

/// The reducer of that name.
pub fn find<T>(reducers: &'static [Reducer<T>], name: &str) -> Option<&'static Reducer<T>> {
    reducers.iter().find(|reducer| reducer.name == name)
}

unsafe extern "C" fn begin<T>(state: *mut Partials<T>) {
    // Safety: the caller's state is writable, and zero is a value of every element type.
    unsafe { state.write_bytes(0, 1) }
}

/// Combines `values` in the order of [`super::order`].
#[inline(always)]
pub(super) fn combine_all<T: Copy>(state: &mut Partials<T>, values: &[T], combine: impl Fn(T, T) -> T) {
    // The first element of each partial is copied; a tile that ended early is made up for one by one.
    let first = WAYS.saturating_sub(state.count).min(values.len());
    let (initial, values) = values.split_at(first);
    if first > 0 {
        state.partial[state.count..state.count + first].copy_from_slice(initial);
        state.count += first;
    }
    let misaligned = (WAYS - state.count % WAYS) % WAYS;
    let (head, values) = values.split_at(misaligned.min(values.len()));
    head.iter().for_each(|&value| state.push(&combine, value));
    let mut partial = state.partial;
    let (blocks, tail) = values.as_chunks::<WAYS>();
    for block in blocks {
        for k in 0..WAYS {
            partial[k] = combine(partial[k], block[k]);
        }
    }
    state.partial = partial;
    state.count += values.len() - tail.len();
    tail.iter().for_each(|&value| state.push(&combine, value));
}

/// Defines a table of reducers on one type of element.
macro_rules! reducers {
    ($(#[$doc:meta])* $table:ident: $element:ty; $($name:ident = $combine:ident, identity $identity:expr;)+) => {
        $(
            mod $name {
                use super::*;

                #[inline(always)]
                unsafe fn body(state: *mut Partials<$element>, n: usize, values: *const $element) {
                    // Safety: the caller gives a state and n elements, neither otherwise in use.
                    let (state, values) = unsafe { (&mut *state, std::slice::from_raw_parts(values, n)) };
                    combine_all(state, values, $combine);
                }

                for_each_level!(
                    body,
                    fn(state: *mut Partials<$element>, n: usize, values: *const $element)
                );

                pub(super) unsafe extern "C" fn finish(state: *const Partials<$element>) -> $element {
                    // Safety: the caller gives a state.
                    unsafe { *state }.finish($combine, $identity)
                }
            }
        )+

        $(#[$doc])*
        pub static $table: &[Reducer<$element>] = &[$(Reducer {
            name: stringify!($name),
            identity: $identity,
            combine: $combine,
            begin: begin::<$element>,
            absorb: per_level!($name, Absorb<$element>),
            finish: $name::finish,
        }),+];
    };
}

/// Reducers of floats.
pub mod float {
    use super::*;

    reducers! {
        /// The operators on floats.
        REDUCERS: f64;
        add = add, identity 0.0;
        mul = mul, identity 1.0;
        min = minimum, identity f64::INFINITY;
        max = maximum, identity f64::NEG_INFINITY;
    }
}

/// Reducers of integers.
pub mod integer {
    use super::*;

    reducers! {
        /// The operators on integers; sums and products wrap.
        REDUCERS: i64;
        add = add_integer, identity 0;
        mul = mul_integer, identity 1;
        min = minimum_integer, identity i64::MAX;
        max = maximum_integer, identity i64::MIN;
    }
}

/// Reducers of truth values.
pub mod truth {
    use super::*;

    reducers! {
        /// The operators on bytes that are zero or one.
        REDUCERS: u8;
        and = and, identity 1;
        or = or, identity 0;
    }
}
