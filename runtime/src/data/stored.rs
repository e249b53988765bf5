//! Numbers in a file that a run has saved, read again by the paths of their names.

use ansatz_compiler::ir::Polynomial;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::SourceId;

use super::cells::Check;
use super::declaration::Declaration;
use super::json::{self, Fault, Kind, Node};
use super::shape::Shaped;
use super::structure;

/// What a file holds.
#[derive(Debug)]
pub struct Stored {
    root: Node,
}

impl Stored {
    /// Reads the text of a file.
    pub fn read(text: &str) -> Result<Stored, Fault> {
        json::read(SourceId(0), text).map(|root| Stored { root })
    }

    /// The numbers under nested keys, checked as data of this declaration are, with their extents.
    pub fn numbers(
        &self,
        keys: &[&str],
        declared: &Declaration,
        sizes: &[Option<i64>],
    ) -> Result<(Vec<usize>, Vec<f64>), Fault> {
        let mut node = &self.root;
        for key in keys {
            let Kind::Object(entries) = &node.kind else { return Err(missing(node, key)) };
            let entry = entries.iter().find(|entry| entry.key == *key);
            node = &entry.ok_or_else(|| missing(node, key))?.value;
        }
        let shaped = Shaped::new(&declared.name, node, declared.shape.len())?;
        let known: Vec<i64> = sizes.iter().map(|size| size.unwrap_or(0)).collect();
        let extent =
            |size: &Polynomial| size.evaluate(&known).and_then(|extent| usize::try_from(extent).ok());
        let shape: Vec<usize> = declared.shape.iter().map(|size| extent(size).unwrap_or(0)).collect();
        let found: Vec<usize> = shaped.extents.iter().map(|extent| extent.unwrap_or(0)).collect();
        if shape != found {
            let fault = Diagnostic::error(
                codes::WRONG_SHAPE,
                node.span,
                "it has another shape than it is declared with",
            );
            return Err(fault.expected(format!("{shape:?}")).found(format!("{found:?}")).into());
        }
        let read = Check::new(declared, sizes).read(&shape, &shaped.cells);
        let numbers = read.map_err(|mut faults| Box::new(faults.swap_remove(0)))?;
        structure::check(declared, &shape, &shaped.cells, &numbers.values)?;
        Ok((shape, numbers.values))
    }
}

fn missing(node: &Node, key: &str) -> Fault {
    Diagnostic::error(codes::MISSING_DATA, node.span, format!("there is no `{key}`")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Element, Range};
    use ansatz_grammar::span::Span;

    fn weights() -> Declaration {
        Declaration {
            name: "w".into(),
            span: Span::default(),
            element: Element::Real(Range { lower: 0.0, upper: 1.0, open: [false, false] }),
            shape: vec![3.into()],
            structure: Some("simplex".into()),
            first: 0,
            optional: false,
        }
    }

    #[test]
    fn numbers_are_found_by_their_path_and_checked() {
        let read = |text: &str| {
            let stored = Stored::read(text).expect("it is JSON");
            stored.numbers(&["q", "w"], &weights(), &[]).map_err(|fault| fault.code)
        };
        assert_eq!(read(r#"{"q": {"w": [0.5, 0.25, 0.25]}}"#), Ok((vec![3], vec![0.5, 0.25, 0.25])));
        assert_eq!(read(r#"{"q": {"v": 1}}"#), Err(codes::MISSING_DATA));
        assert_eq!(read(r#"{"q": {"w": [0.5, 0.5]}}"#), Err(codes::WRONG_SHAPE));
        assert_eq!(read(r#"{"q": {"w": [0.5, 0.5, 0.5]}}"#), Err(codes::OUTSIDE_SUPPORT));
    }
}
