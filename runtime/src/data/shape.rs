//! Nested lists as arrays: their cells in row-major order and the extents that they have.

use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::json::{Fault, Kind, Node};

/// The cells of nested lists whose rows agree in length.
#[derive(Clone, Debug)]
pub struct Shaped<'n> {
    /// Extents, first axis first. Below an empty list nothing is known of them.
    pub extents: Vec<Option<usize>>,
    /// The cells, last axis fastest.
    pub cells: Vec<&'n Node>,
}

impl<'n> Shaped<'n> {
    /// Takes apart a value that should have `axes` axes.
    pub fn new(name: &str, node: &'n Node, axes: usize) -> Result<Shaped<'n>, Fault> {
        let mut shaped = Shaped { extents: vec![None; axes], cells: Vec::new() };
        shaped.walk(name, node, 0)?;
        Ok(shaped)
    }

    fn walk(&mut self, name: &str, node: &'n Node, axis: usize) -> Result<(), Fault> {
        if axis == self.extents.len() {
            self.cells.push(node);
            return Ok(());
        }
        let Kind::Array(items) = &node.kind else {
            let message = format!("`{name}` has too few axes");
            let expected = if axis == 0 { "a list" } else { "a list, a row of the list around it" };
            let help = match self.extents.len() {
                1 => "a vector is a list of numbers: `[1, 2]`".to_owned(),
                2 => "a matrix is a list of its rows: `[[1, 2], [3, 4]]`".to_owned(),
                axes => format!("an array with {axes} axes is lists within lists, {axes} deep"),
            };
            let fault = Diagnostic::error(codes::WRONG_SHAPE, node.span, message);
            return Err(fault.expected(expected).found(node.kind.describe()).help(help).into());
        };
        let length = *self.extents[axis].get_or_insert(items.len());
        if length != items.len() {
            let message = format!("`{name}` has rows of different lengths");
            let fault = Diagnostic::error(codes::WRONG_SHAPE, node.span, message);
            return Err(fault
                .expected(format!("{length} entries as before"))
                .found(items.len().to_string())
                .help("rows are equally long; what is missing is null, in data declared with `?`")
                .into());
        }
        items.iter().try_for_each(|item| self.walk(name, item, axis + 1))
    }
}

/// The place of a cell in an array of this shape, as the language writes it: `[3, 0]`; nothing for a scalar.
pub fn index(shape: &[usize], cell: usize) -> String {
    let mut rest = cell;
    let mut indices = Vec::with_capacity(shape.len());
    for extent in shape.iter().rev() {
        indices.push((rest % extent).to_string());
        rest /= extent;
    }
    indices.reverse();
    if indices.is_empty() { String::new() } else { format!("[{}]", indices.join(", ")) }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use ansatz_grammar::span::SourceId;

    use super::*;
    use crate::data::json::read;

    fn extents(text: &str, axes: usize) -> (Vec<Option<usize>>, usize) {
        let node = read(SourceId(0), text).expect("JSON");
        let shaped = Shaped::new("x", &node, axes).expect("an array");
        (shaped.extents, shaped.cells.len())
    }

    fn fault(text: &str, axes: usize) -> (String, Range<usize>) {
        let node = read(SourceId(0), text).expect("JSON");
        let fault = Shaped::new("x", &node, axes).expect_err("no array");
        (fault.message.clone(), fault.span().range())
    }

    #[test]
    fn extents_are_those_of_the_lists() {
        assert_eq!(extents("3", 0), (vec![], 1));
        assert_eq!(extents("[[1, 2, 3], [4, 5, 6]]", 2), (vec![Some(2), Some(3)], 6));
        assert_eq!(extents("[]", 2), (vec![Some(0), None], 0));
    }

    #[test]
    fn ragged_rows_and_missing_axes_have_their_place() {
        assert_eq!(fault("[[1, 2], [3]]", 2), ("`x` has rows of different lengths".into(), 9..12));
        assert_eq!(fault("[[1, 2], 3]", 2), ("`x` has too few axes".into(), 9..10));
        assert_eq!(fault("7", 1), ("`x` has too few axes".into(), 0..1));
    }

    #[test]
    fn a_cell_is_found_by_its_indices() {
        assert_eq!(
            [(7, &[2, 5][..]), (3, &[4]), (0, &[])].map(|(cell, shape)| index(shape, cell)),
            ["[1, 2]", "[3]", ""]
        );
    }
}
