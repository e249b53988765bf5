//! Tile kernels: an elementary or special function over a run of elements, compiled for every vector width.
//!
//! One row ([`Kernel`]) per function. Generated code calls `scalar` for one element and a tile for many; the
//! interpreter goes through [`Kernel::evaluate`] and [`Kernel::fill`]. All give the same bits.

pub(in crate::kernels) mod elementary;
pub(crate) mod rows;
mod special;
mod table;

pub use table::{VERSION, find, table};

use super::level::{Level, PerLevel};

/// A function of one element.
pub type Scalar1 = unsafe extern "C" fn(f64) -> f64;
/// A function of two elements.
pub type Scalar2 = unsafe extern "C" fn(f64, f64) -> f64;
/// A function of three elements.
pub type Scalar3 = unsafe extern "C" fn(f64, f64, f64) -> f64;
/// `(n, a, out)`: `out[i] = f(a[i])`. `out` may be an argument itself, but may not overlap one otherwise.
pub type Tile1 = unsafe extern "C" fn(usize, *const f64, *mut f64);
/// `(n, a, b, out)`: `out[i] = f(a[i], b[i])`, with the rule of [`Tile1`] for `out`.
pub type Tile2 = unsafe extern "C" fn(usize, *const f64, *const f64, *mut f64);
/// `(n, a, b, c, out)`: `out[i] = f(a[i], b[i], c[i])`, with the rule of [`Tile1`] for `out`.
pub type Tile3 = unsafe extern "C" fn(usize, *const f64, *const f64, *const f64, *mut f64);

/// The entries of a function, by its number of arguments. Calling one is safe on a machine that
/// supports its level ([`Level::Baseline`] for the scalars), with pointers good for `n` elements.
#[derive(Clone, Copy, Debug)]
pub enum Entries {
    /// Of one argument.
    One(Scalar1, PerLevel<Tile1>),
    /// Of two arguments.
    Two(Scalar2, PerLevel<Tile2>),
    /// Of three arguments.
    Three(Scalar3, PerLevel<Tile3>),
}

/// One row of the table: a function with its compiled entries.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// The name, as in the language.
    pub name: &'static str,
    /// What it computes, in a sentence.
    pub doc: &'static str,
    /// The largest error, in units in the last place of the exact result.
    pub ulp: f64,
    /// The compiled functions.
    pub entries: Entries,
}

impl Kernel {
    /// The number of arguments.
    pub fn arity(&self) -> usize {
        match self.entries {
            Entries::One(..) => 1,
            Entries::Two(..) => 2,
            Entries::Three(..) => 3,
        }
    }

    /// The function at one point.
    pub fn evaluate(&self, arguments: &[f64]) -> f64 {
        assert!(Level::Baseline.is_supported(), "kernels asked for on a processor that is refused");
        // Safety: scalars need no more than the baseline, which was just checked.
        unsafe {
            match (self.entries, arguments) {
                (Entries::One(scalar, _), &[a]) => scalar(a),
                (Entries::Two(scalar, _), &[a, b]) => scalar(a, b),
                (Entries::Three(scalar, _), &[a, b, c]) => scalar(a, b, c),
                _ => panic!("{} takes {} arguments, not {}", self.name, self.arity(), arguments.len()),
            }
        }
    }

    /// `out[i] = f(arguments[0][i], ..)`, where every argument is as long as `out`.
    pub fn fill(&self, level: Level, arguments: &[&[f64]], out: &mut [f64]) {
        let n = out.len();
        assert!(arguments.iter().all(|argument| argument.len() == n), "{}: lengths differ", self.name);
        let out = out.as_mut_ptr();
        // Safety: the lengths were checked, the borrows keep `out` apart, and `get` checks the level.
        unsafe {
            match (self.entries, arguments) {
                (Entries::One(_, tile), [a]) => tile.get(level)(n, a.as_ptr(), out),
                (Entries::Two(_, tile), [a, b]) => tile.get(level)(n, a.as_ptr(), b.as_ptr(), out),
                (Entries::Three(_, tile), [a, b, c]) => {
                    tile.get(level)(n, a.as_ptr(), b.as_ptr(), c.as_ptr(), out)
                }
                _ => panic!("{} takes {} arguments, not {}", self.name, self.arity(), arguments.len()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
