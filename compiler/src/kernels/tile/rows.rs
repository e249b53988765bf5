//! The macro that turns functions into rows: a scalar entry and a tile at every level from one definition.

/// Elements computed between a load and a store: enough for four vectors of the widest level.
pub(crate) const BLOCK: usize = 32;

/// The same of runs of at most [`SHORT`] elements, such as the entries of small arrays: one vector of the widest level.
pub(crate) const SHORT_BLOCK: usize = 8;

/// The longest run in blocks of [`SHORT_BLOCK`].
pub(crate) const SHORT: usize = 16;

/// One argument of a tile, read a block at a time.
pub(crate) struct Argument<const BLOCK: usize> {
    from: *const f64,
    whole: usize,
    /// The last, incomplete block, filled up with a harmless one.
    tail: [f64; BLOCK],
}

impl<const BLOCK: usize> Argument<BLOCK> {
    /// # Safety
    /// `from` is readable for `n` elements.
    #[inline(always)]
    pub(crate) unsafe fn new(from: *const f64, n: usize) -> Self {
        let whole = n - n % BLOCK;
        let mut tail = [1.0; BLOCK];
        unsafe { from.add(whole).copy_to_nonoverlapping(tail.as_mut_ptr(), n % BLOCK) };
        Argument { from, whole, tail }
    }

    /// The `BLOCK` elements from `start < n` on.
    ///
    /// # Safety
    /// The elements given to [`Argument::new`] are still readable.
    #[inline(always)]
    pub(crate) unsafe fn block(&self, start: usize) -> *const f64 {
        if start < self.whole { unsafe { self.from.add(start) } } else { self.tail.as_ptr() }
    }
}

/// Defines a static slice of [`Kernel`](super::Kernel) rows:
///
/// ```text
/// tile_rows! {
///     /// What the group is.
///     pub static ROWS;
///     /// What `f` computes.
///     f(x) = path::to::f, within 0.8;
///     /// Branch-free in `near` form, which is right wherever `is_near` holds.
///     g(x) = path::to::g, within 1.0, (near path::to::near where path::to::is_near);
///     /// The same, with a form for one number alone, which may branch.
///     e(x) = path::to::e, within 1.0, (near path::to::near where path::to::is_near, alone path::to::alone);
///     /// With branches of its own, which gain nothing from blocks.
///     h(a, x) = path::to::h, within 4.0, (one by one);
/// }
/// ```
///
/// The functions are `#[inline(always)]`, so that each entry is compiled with the features of its level.
macro_rules! tile_rows {
    (
        $(#[$group_doc:meta])*
        $visibility:vis static $rows:ident;
        $(
            #[doc = $doc:literal]
            $name:ident($($argument:ident),+) = $function:path, within $ulp:literal $(, ($($form:tt)+))?;
        )+
    ) => {
        $(
            mod $name {
                // The definitions are named as seen from the file of the rows.
                #[allow(unused_imports)]
                use super::*;
                use $crate::kernels::tile::rows::*;

                #[cfg_attr(target_arch = "x86_64", target_feature(enable = "fma"))]
                pub(super) unsafe extern "C" fn scalar($($argument: f64),+) -> f64 {
                    scalar_body!(($($argument),+), $function $(, $($form)+)?)
                }

                #[inline(always)]
                unsafe fn body(n: usize, $($argument: *const f64,)+ out: *mut f64) {
                    unsafe { tile_body!(n, out, ($($argument),+), $function $(, $($form)+)?) }
                }

                $crate::kernels::level::for_each_level!(body, fn(n: usize, $($argument: *const f64,)+ out: *mut f64));
            }
        )+

        $(#[$group_doc])*
        $visibility static $rows: &[$crate::kernels::tile::Kernel] = &[$(
            $crate::kernels::tile::Kernel {
                name: stringify!($name),
                doc: $doc.trim_ascii(),
                ulp: $ulp,
                entries: $crate::kernels::tile::rows::tile_entries!($name, $($argument),+),
            }
        ),+];
    };
}

/// One call: most arguments are near, and a branch that is foreseen is no link in the chain of operations.
macro_rules! scalar_body {
    (($x:ident), $function:path, near $near:path where $is_near:path, alone $alone:path) => {
        $alone($x)
    };
    (($x:ident), $function:path, near $near:path where $is_near:path) => {
        if $is_near($x) { $near($x) } else { $function($x) }
    };
    (($($argument:ident),+), $function:path $(, one by one)?) => {
        $function($($argument),+)
    };
}

/// The loop of a tile: by blocks, by blocks with far elements mended, or element by element.
macro_rules! tile_body {
    ($n:ident, $out:ident, ($($argument:ident),+), $function:path) => {
        tile_body!($n, $out, ($($argument),+), |result, block| {
            for k in 0..block {
                result[k] = $function($(*$argument.add(k)),+);
            }
        })
    };
    ($n:ident, $out:ident, ($x:ident), $function:path, near $near:path where $is_near:path $(, alone $alone:path)?) => {
        tile_body!($n, $out, ($x), |result, block| {
            let mut all_near = true;
            for k in 0..block {
                result[k] = $near(*$x.add(k));
                all_near &= $is_near(*$x.add(k));
            }
            if !all_near {
                for k in 0..block {
                    result[k] = $function(*$x.add(k));
                }
            }
        })
    };
    ($n:ident, $out:ident, ($($argument:ident),+), |$result:ident, $block:ident| $compute:block) => {
        if $n <= SHORT {
            tile_body!($n, $out, ($($argument),+), |$result, $block = SHORT_BLOCK| $compute)
        } else {
            tile_body!($n, $out, ($($argument),+), |$result, $block = BLOCK| $compute)
        }
    };
    ($n:ident, $out:ident, ($($argument:ident),+), |$result:ident, $block:ident = $length:ident| $compute:block) => {{
        let $block = $length;
        $(let $argument = Argument::<$length>::new($argument, $n);)+
        let whole = $n - $n % $length;
        let mut tail = [0.0; $length];
        let mut start = 0;
        while start < $n {
            $(let $argument = $argument.block(start);)+
            // Stored only when complete, because `out` may be an argument.
            let mut $result = [0.0; $length];
            $compute
            let to = if start < whole { $out.add(start) } else { tail.as_mut_ptr() };
            to.copy_from_nonoverlapping($result.as_ptr(), $length);
            start += $length;
        }
        $out.add(whole).copy_from_nonoverlapping(tail.as_ptr(), $n - whole);
    }};
    ($n:ident, $out:ident, ($($argument:ident),+), $function:path, one by one) => {
        for k in 0..$n {
            *$out.add(k) = $function($(*$argument.add(k)),+);
        }
    };
}

/// The [`Entries`](super::Entries) of a row's module.
macro_rules! tile_entries {
    ($name:ident, $a:ident) => {
        $crate::kernels::tile::Entries::One(
            $name::scalar,
            $crate::kernels::level::per_level!($name, $crate::kernels::tile::Tile1),
        )
    };
    ($name:ident, $a:ident, $b:ident) => {
        $crate::kernels::tile::Entries::Two(
            $name::scalar,
            $crate::kernels::level::per_level!($name, $crate::kernels::tile::Tile2),
        )
    };
    ($name:ident, $a:ident, $b:ident, $c:ident) => {
        $crate::kernels::tile::Entries::Three(
            $name::scalar,
            $crate::kernels::level::per_level!($name, $crate::kernels::tile::Tile3),
        )
    };
}

pub(crate) use {scalar_body, tile_body, tile_entries, tile_rows};
