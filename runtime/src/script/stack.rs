//! Arrays from their entries, and entries into arrays.

use ansatz_compiler::ir::{self, Constant, Datum, Entries};
use ansatz_compiler::primitive::Primitive;
use ansatz_compiler::typed::types::Element;

/// An array of these leading extents whose entries are numbers, or arrays of one shape, in order.
pub(super) fn stacked(element: &Element, extents: &[usize], entries: &[Datum]) -> Datum {
    let inner = entries.first().map_or(&[][..], Datum::shape);
    let mut flat = Entries::with_capacity(plain(element), entries.len());
    entries.iter().for_each(|entry| flat.extend(&entry.entries()));
    Datum::array(&[extents, inner].concat(), flat)
}

/// The array with one entry, or what stands at leading indices, replaced or added to; none if an index lies outside.
pub(super) fn updated(array: &Datum, indices: &[i64], add: bool, value: &Datum) -> Option<Datum> {
    let shape = array.shape();
    let mut position = 0;
    for (index, extent) in indices.iter().zip(shape) {
        let index = usize::try_from(*index).ok().filter(|index| index < extent)?;
        position = position * extent + index;
    }
    let volume: usize = shape[indices.len()..].iter().product();
    let mut entries = array.entries();
    for (offset, entry) in value.scalars().into_iter().enumerate() {
        let position = position * volume + offset;
        let entry = if add { sum(entries.get(position), entry) } else { entry };
        entries.set(position, entry);
    }
    Some(Datum::array(shape, entries))
}

fn sum(a: Constant, b: Constant) -> Constant {
    (Primitive::named("add").row().evaluate)(&[a, b])
}

/// The element type in kernels.
///
/// # Panics
/// If it is not numeric: the checker lets arrays be of numbers only.
pub(super) fn plain(element: &Element) -> ir::Element {
    match element {
        Element::Real(_) => ir::Element::F64,
        Element::Int(_) => ir::Element::I64,
        Element::Bool => ir::Element::Bool,
        other => panic!("an array of {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_stacked_and_entries_updated() {
        let rows = [Datum::from(vec![1.0, 2.0]), Datum::from(vec![3.0, 4.0])];
        let array = stacked(&Element::REAL, &[2], &rows);
        assert_eq!(array, Datum::floats(&[2, 2], &[1.0, 2.0, 3.0, 4.0]));
        let entry = updated(&array, &[1, 0], false, &Datum::from(9.0));
        assert_eq!(entry, Some(Datum::floats(&[2, 2], &[1.0, 2.0, 9.0, 4.0])));
        let row = updated(&array, &[0], true, &Datum::from(vec![7.0, 8.0]));
        assert_eq!(row, Some(Datum::floats(&[2, 2], &[8.0, 10.0, 3.0, 4.0])));
        assert_eq!(updated(&array, &[2], false, &rows[0]), None);
        assert_eq!(updated(&array, &[-1], false, &rows[0]), None);
    }
}
