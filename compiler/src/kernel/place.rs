//! Places: arrays as readings of buffers. A view of an array costs nothing where it is again such a reading.

use super::data::{Address, Affine, BufferName, Extent, Register};
use crate::ir::Element;

/// One axis of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// How far its index runs.
    pub extent: Extent,
    /// Entries from one index to the next.
    pub stride: i64,
}

/// An array as a reading of a buffer: entry `(i, j, ..)` is at `origin + i * stride0 + j * stride1 + ..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it lies.
    pub buffer: BufferName,
    /// What an entry is.
    pub element: Element,
    /// Where entry `(0, 0, ..)` stands.
    pub origin: Affine,
    /// First axis first.
    pub axes: Vec<Axis>,
}

/// A view with its sizes known.
pub struct Reading {
    /// Extents of the result.
    pub shape: Vec<i64>,
    /// Where entry `(0, 0, ..)` stands in row-major order of the source.
    pub offset: i64,
    /// Steps in row-major order of the source.
    pub strides: Vec<i64>,
}

impl Place {
    /// A whole buffer, row-major; only the first extent may be known at run time only.
    pub fn whole(buffer: BufferName, element: Element, shape: &[Extent]) -> Self {
        let strides = row_major(shape);
        let axes = shape.iter().zip(strides).map(|(extent, stride)| Axis { extent: *extent, stride });
        Self { buffer, element, origin: Affine::default(), axes: axes.collect() }
    }

    /// The entry of a place without axes.
    pub fn entry(&self) -> Address {
        debug_assert!(self.axes.is_empty(), "only a scalar place has one entry");
        Address::new(self.buffer, self.origin.clone())
    }

    /// The part that leading indices leave.
    pub fn at(&self, indices: &[Register]) -> Self {
        let origin = indices
            .iter()
            .zip(&self.axes)
            .fold(self.origin.clone(), |origin, (index, axis)| origin.plus_times(*index, axis.stride));
        Self { origin, axes: self.axes[indices.len()..].to_vec(), ..self.clone() }
    }

    /// The first entries in row-major order, so many at most; none where an extent is known at run time only.
    pub fn first_entries(&self, most: usize) -> Vec<Address> {
        let sizes: Option<Vec<i64>> = self.axes.iter().map(|axis| axis.extent.as_size()).collect();
        let Some(sizes) = sizes else { return Vec::new() };
        let count = sizes.iter().product::<i64>().min(most as i64);
        let entry = |position: i64| {
            let (mut rest, mut offset) = (position, 0);
            for (axis, size) in self.axes.iter().zip(&sizes).rev() {
                offset += rest % size * axis.stride;
                rest /= size;
            }
            Address::new(self.buffer, self.origin.offset(offset))
        };
        (0..count).map(entry).collect()
    }

    /// Extents.
    pub fn shape(&self) -> Vec<Extent> {
        self.axes.iter().map(|axis| axis.extent).collect()
    }

    /// Entries in all.
    pub fn entries(&self) -> Affine {
        volume(&self.shape())
    }

    /// Whether its entries stand in row-major order without gaps.
    pub fn is_contiguous(&self) -> bool {
        let strides = row_major(&self.shape());
        self.axes
            .iter()
            .zip(strides)
            .all(|(axis, stride)| axis.stride == stride || axis.extent == Extent::Size(1))
    }

    /// The view as a place, where it is an affine reading of this one's buffer.
    pub fn view(&self, reading: &Reading) -> Option<Self> {
        if reading.shape.contains(&0) {
            return Some(Self::whole(self.buffer, self.element, &extents(&reading.shape)));
        }
        let source = row_major(&self.shape());
        let digits = split(reading.offset, &source);
        let steps: Vec<Vec<i64>> = reading.strides.iter().map(|stride| split(*stride, &source)).collect();
        let strides: Vec<i64> = self.axes.iter().map(|axis| axis.stride).collect();
        if strides != source && !self.inside(&digits, &steps, &reading.shape) {
            return None;
        }
        let axes = steps
            .iter()
            .zip(&reading.shape)
            .map(|(step, extent)| Axis { extent: Extent::Size(*extent), stride: dot(step, &strides) });
        Some(Self {
            origin: self.origin.offset(dot(&digits, &strides)),
            axes: axes.collect(),
            ..self.clone()
        })
    }

    /// Whether each of the source's indices stays inside its axis over the whole view, so that no step carries
    /// into another axis.
    fn inside(&self, digits: &[i64], steps: &[Vec<i64>], shape: &[i64]) -> bool {
        self.axes.iter().enumerate().all(|(axis, Axis { extent, .. })| {
            let Extent::Size(extent) = extent else { return axis == 0 };
            let travel = |sign: i64| -> i64 {
                let ends = steps.iter().zip(shape).map(|(step, n)| step[axis] * (n - 1));
                ends.filter(|end| end * sign > 0).sum()
            };
            digits[axis] + travel(-1) >= 0 && digits[axis] + travel(1) < *extent
        })
    }
}

/// Strides of row-major storage; the first extent does not matter.
fn row_major(shape: &[Extent]) -> Vec<i64> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        let extent = shape[axis].as_size().expect("only the first axis is known at run time only");
        strides[axis - 1] = strides[axis] * extent;
    }
    strides
}

/// Number of entries.
pub fn volume(shape: &[Extent]) -> Affine {
    let Some((first, rest)) = shape.split_first() else { return Affine::constant(1) };
    let inner = rest.iter().map(|extent| extent.as_size().expect("an inner axis is known")).product();
    first.affine().scaled(inner)
}

/// Known extents.
pub fn extents(shape: &[i64]) -> Vec<Extent> {
    shape.iter().copied().map(Extent::Size).collect()
}

/// A step in row-major order as steps along each axis, towards zero.
fn split(mut step: i64, strides: &[i64]) -> Vec<i64> {
    let mut digits = vec![0; strides.len()];
    for (digit, stride) in digits.iter_mut().zip(strides) {
        if *stride != 0 {
            *digit = step / stride;
            step %= stride;
        }
    }
    digits
}

fn dot(left: &[i64], right: &[i64]) -> i64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: i64, columns: i64) -> Place {
        Place::whole(BufferName(0), Element::F64, &extents(&[rows, columns]))
    }

    fn strides(place: &Place) -> Vec<i64> {
        place.axes.iter().map(|axis| axis.stride).collect()
    }

    #[test]
    fn a_view_of_a_transpose_is_a_reading_where_no_step_carries() {
        let transposed =
            matrix(3, 4).view(&Reading { shape: vec![4, 3], offset: 0, strides: vec![1, 4] }).unwrap();
        assert_eq!(strides(&transposed), [1, 4]);
        // Its second row backwards: entries 5, 4, 3 in row-major order.
        let row = transposed.view(&Reading { shape: vec![3], offset: 5, strides: vec![-1] }).unwrap();
        assert_eq!((row.origin.constant, strides(&row)), (1 + 8, vec![-4]));
        // Flattened, a step carries from one row into the next.
        assert!(transposed.view(&Reading { shape: vec![12], offset: 0, strides: vec![1] }).is_none());
    }

    #[test]
    fn a_diagonal_steps_along_both_axes() {
        let diagonal = matrix(3, 3).view(&Reading { shape: vec![3], offset: 0, strides: vec![4] }).unwrap();
        assert_eq!(strides(&diagonal), [4]);
        let transposed =
            matrix(3, 3).view(&Reading { shape: vec![3, 3], offset: 0, strides: vec![1, 3] }).unwrap();
        let diagonal = transposed.view(&Reading { shape: vec![3], offset: 0, strides: vec![4] }).unwrap();
        assert_eq!(strides(&diagonal), [4]);
    }
}
