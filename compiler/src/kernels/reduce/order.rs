//! The order of every reduction: part of the meaning of a program, since floating-point addition is not
//! associative.
//!
//! 32 interleaved partial results: partial `k` combines the elements `i` with `i mod 32 = k`, in increasing
//! order, beginning with the first such element itself. Then a balanced tree over the `min(n, 32)` partials
//! that exist: for `w = 16, 8, 4, 2, 1`, partial `k < w` becomes `p[k] op p[k + w]` where partial `k + w`
//! exists. Nothing reduces to the identity. So one, two, four or eight lanes of the machine walk the elements
//! alike.

/// The number of interleaved partial results.
pub const WAYS: usize = 32;

/// The partial results of a reduction under way.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Partials<T> {
    /// Partial `k`, meaningful for `k < count`.
    pub partial: [T; WAYS],
    /// Elements combined so far.
    pub count: usize,
}

impl<T: Copy> Partials<T> {
    /// Nothing combined yet; `any` fills the places.
    #[inline(always)]
    pub fn new(any: T) -> Partials<T> {
        Partials { partial: [any; WAYS], count: 0 }
    }

    /// Combines one more element.
    #[inline(always)]
    pub fn push(&mut self, combine: impl Fn(T, T) -> T, element: T) {
        let place = &mut self.partial[self.count % WAYS];
        *place = if self.count < WAYS { element } else { combine(*place, element) };
        self.count += 1;
    }

    /// The reduction of the elements so far.
    #[inline(always)]
    pub fn finish(mut self, combine: impl Fn(T, T) -> T, identity: T) -> T {
        let existing = self.count.min(WAYS);
        for width in [16, 8, 4, 2, 1] {
            for k in 0..width {
                if k + width < existing {
                    self.partial[k] = combine(self.partial[k], self.partial[k + width]);
                }
            }
        }
        if self.count == 0 { identity } else { self.partial[0] }
    }
}

/// The reduction of a sequence: the definition that everything else agrees with.
pub fn reduce<T: Copy>(combine: impl Fn(T, T) -> T, identity: T, elements: impl IntoIterator<Item = T>) -> T {
    let mut partials = Partials::new(identity);
    elements.into_iter().for_each(|element| partials.push(&combine, element));
    partials.finish(combine, identity)
}
