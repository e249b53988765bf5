//! Contractions of two arrays, planned once and run without allocation: axes that lie in line are fused, one
//! of each kind goes to a matrix product, and the rest become loops around it. No operand is copied.
//!
//! The smallest are defined by plain loops, which code generation writes out: see [`is_plain`].

use super::multiply::{Arrays, Axis, Product};
use crate::kernels::level::{Level, level};
use smallvec::SmallVec;

/// Extents or strides, one for each axis; in place for as many axes as arrays have.
pub type Extents<T> = SmallVec<[T; 8]>;

/// Whether a contraction of so many multiplications, so many of them for each entry of the result, is small: then every
/// entry is the sum over its summed labels, in the order in which the operands name them, the last fastest, with fused
/// steps from zero.
pub fn is_plain(multiplications: usize, summed: usize) -> bool {
    multiplications <= 64 && summed <= 16
}

/// An array with named axes.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    /// A name for each axis, each once.
    pub labels: &'a [u8],
    /// The extent of each axis.
    pub extents: &'a [usize],
    /// How far apart the entries of each axis lie.
    pub strides: &'a [isize],
}

/// The plan of an einsum: every label of the result is found in an operand, and the others are summed over.
///
/// The bits of a result depend on extents and strides, not on the level; where the product is large, on the
/// machine.
#[derive(Clone, Debug)]
pub struct Contraction {
    level: Level,
    /// Loops around the product that move along the result.
    kept: Loops,
    /// Loops around the product that add to one entry of the result.
    summed: Loops,
    /// None where the loops are all there is.
    product: Option<Product>,
    /// The offsets that left, right and result reach.
    spans: [(isize, isize); 3],
}

type Loops = SmallVec<[Axis; 8]>;
type Axes = SmallVec<[(Role, Axis); 8]>;

/// Where a label stands decides what its axis is to the product.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Batch,
    Rows,
    Columns,
    Inner,
    /// Summed, and in one operand only.
    Alone,
}

impl Role {
    fn is_summed(self) -> bool {
        matches!(self, Role::Inner | Role::Alone)
    }
}

impl Labelled<'_> {
    /// The least and the greatest offset of an entry; `(0, -1)` if there is none.
    fn span(self) -> (isize, isize) {
        if self.extents.contains(&0) {
            return (0, -1);
        }
        self.extents.iter().zip(self.strides).fold((0, 0), |(low, high), (&extent, &stride)| {
            let last = stride * (extent as isize - 1);
            (low + last.min(0), high + last.max(0))
        })
    }

    /// Extent and stride of a label, if it is there.
    fn axis(&self, label: u8) -> Option<(usize, isize)> {
        let place = self.labels.iter().position(|&other| other == label)?;
        Some((self.extents[place], self.strides[place]))
    }
}

/// The strides of an array that lies in row-major order without gaps.
pub fn row_major(extents: &[usize]) -> Extents<isize> {
    let mut strides = SmallVec::from_elem(1, extents.len());
    for axis in (1..extents.len()).rev() {
        strides[axis - 1] = strides[axis] * extents[axis] as isize;
    }
    strides
}

impl Contraction {
    /// Plans the contraction of two arrays into a third.
    ///
    /// # Panics
    /// If extents of a label differ, or the result has a label that no operand has: a mistake of ours.
    pub fn new(level: Level, left: Labelled, right: Labelled, result: Labelled) -> Contraction {
        let mut labels: Extents<u8> = SmallVec::new();
        for &label in left.labels.iter().chain(right.labels).chain(result.labels) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        let spans = [left, right, result].map(Labelled::span);
        let axes: Axes =
            labels.iter().map(|&label| axis([left, right, result].map(|array| array.axis(label)))).collect();
        let count = |axes: &mut dyn Iterator<Item = &(Role, Axis)>| {
            axes.fold(1usize, |count, (_, axis)| count.saturating_mul(axis.extent))
        };
        let summed = count(&mut axes.iter().filter(|(role, _)| role.is_summed()));
        let plain = summed > 0 && is_plain(count(&mut axes.iter()), summed);
        let (kept, summed, product) = if plain { loops(axes) } else { around_product(axes, summed == 0) };
        Contraction { level, kept, summed, product, spans }
    }

    /// Plans the contraction of arrays that lie in row-major order without gaps, from their labels and the extents of
    /// the operands, for this machine.
    ///
    /// # Panics
    /// As [`Contraction::new`].
    pub fn dense(labels: [&[u8]; 3], extents: [&[usize]; 2]) -> Contraction {
        let operands = labels.into_iter().zip(extents);
        let extent = |label: &u8| {
            let place = |(labels, extents): (&[u8], &[usize])| {
                labels.iter().position(|other| other == label).map(|at| extents[at])
            };
            operands.clone().find_map(place).expect("a label from nowhere")
        };
        let result: Extents<usize> = labels[2].iter().map(extent).collect();
        let shapes = [extents[0], extents[1], &result];
        let strides = shapes.map(row_major);
        let [left, right, result] =
            [0, 1, 2].map(|at| Labelled { labels: labels[at], extents: shapes[at], strides: &strides[at] });
        // A level that this machine lacks is refused where its kernels are asked for.
        Contraction::new(level().unwrap_or(Level::Baseline), left, right, result)
    }

    /// Contracts arrays with the planned extents and strides, each given from its first entry on.
    pub fn run(&self, left: &[f64], right: &[f64], out: &mut [f64]) {
        for ((low, high), length) in self.spans.into_iter().zip([left.len(), right.len(), out.len()]) {
            assert!(low >= 0 && high < length as isize, "an array is shorter than its plan");
        }
        // Safety: every entry reached lies in its slice, and the borrows keep them apart.
        unsafe { contract(self, left.as_ptr(), right.as_ptr(), out.as_mut_ptr()) }
    }

    /// Runs the loops around the product; `accumulate` once some entry of a sum is done.
    unsafe fn walk(&self, kept: &[Axis], summed: &[Axis], accumulate: bool, arrays: Arrays) {
        // Safety: the caller of `contract` promises that every entry exists.
        unsafe {
            if let [axis, rest @ ..] = kept {
                for index in 0..axis.extent {
                    self.walk(rest, summed, accumulate, arrays.at(axis, index));
                }
            } else if let [axis, rest @ ..] = summed {
                for index in 0..axis.extent {
                    self.walk(kept, rest, accumulate || index > 0, arrays.at(axis, index));
                }
            } else if let Some(product) = self.product {
                product.run(self.level, accumulate, arrays);
            } else {
                let before = if accumulate { *arrays.out } else { 0.0 };
                *arrays.out = (*arrays.left).mul_add(*arrays.right, before);
            }
        }
    }
}

/// Runs a plan.
///
/// # Safety
/// The pointers are the first entries of arrays with the planned extents and strides; `out` overlaps neither operand.
pub unsafe extern "C" fn contract(
    plan: *const Contraction,
    left: *const f64,
    right: *const f64,
    out: *mut f64,
) {
    // Safety: the caller's promise.
    unsafe {
        let plan = &*plan;
        plan.walk(&plan.kept, &plan.summed, false, Arrays { left, right, out });
    }
}

/// The role and the axis of a label, from its extent and stride in the left and the right operand and in the
/// result.
fn axis([left, right, out]: [Option<(usize, isize)>; 3]) -> (Role, Axis) {
    let role = match (left.is_some(), right.is_some(), out.is_some()) {
        (true, true, true) => Role::Batch,
        (true, false, true) => Role::Rows,
        (false, _, true) => Role::Columns,
        (true, true, false) => Role::Inner,
        (_, _, false) => Role::Alone,
    };
    let mut extents = [left, right, out].into_iter().flatten().map(|(extent, _)| extent);
    let extent = extents.next().expect("a label stands somewhere");
    assert!(extents.all(|other| other == extent), "extents of a label differ");
    let stride = |place: Option<(usize, isize)>| place.map_or(0, |(_, stride)| stride);
    (role, Axis { extent, left: stride(left), right: stride(right), out: stride(out) })
}

/// Loops over every axis.
fn loops(axes: Axes) -> (Loops, Loops, Option<Product>) {
    let (kept, summed): (Axes, Axes) = axes.into_iter().partition(|(role, _)| !role.is_summed());
    (bare(kept), bare(summed), None)
}

/// A product of the longest axes, and loops around it over the others; of nothing if the sums are empty.
fn around_product(mut axes: Axes, empty: bool) -> (Loops, Loops, Option<Product>) {
    fuse(&mut axes);
    let mut product = Product {
        rows: take(&mut axes, Role::Rows),
        columns: take(&mut axes, Role::Columns),
        inner: take(&mut axes, Role::Inner),
    };
    if empty {
        // An empty sum is zero, which the product writes.
        product.inner.extent = 0;
        axes.retain(|(role, _)| !role.is_summed());
    }
    let (kept, summed, _) = loops(axes);
    (kept, summed, Some(product))
}

fn bare(axes: Axes) -> Loops {
    axes.into_iter().map(|(_, axis)| axis).collect()
}

/// Merges axes of one role that lie in line in every array, and drops those of one entry.
fn fuse(axes: &mut Axes) {
    axes.retain(|(_, axis)| axis.extent != 1);
    let in_line = |outer: &(Role, Axis), inner: &(Role, Axis)| {
        let (a, b, n) = (outer.1, inner.1, inner.1.extent as isize);
        outer.0 == inner.0 && (a.left, a.right, a.out) == (b.left * n, b.right * n, b.out * n)
    };
    let find = |axes: &[(Role, Axis)]| {
        let pairs = (0..axes.len()).flat_map(|outer| (0..axes.len()).map(move |inner| (outer, inner)));
        pairs.into_iter().find(|&(outer, inner)| outer != inner && in_line(&axes[outer], &axes[inner]))
    };
    while let Some((outer, inner)) = find(axes) {
        axes[inner].1.extent *= axes[outer].1.extent;
        axes.remove(outer);
    }
}

/// Removes the longest axis of a role; one entry where there is none.
fn take(axes: &mut Axes, role: Role) -> Axis {
    let of_role = (0..axes.len()).filter(|&at| axes[at].0 == role);
    of_role.max_by_key(|&at| axes[at].1.extent).map_or(Axis::ONE, |at| axes.remove(at).1)
}
