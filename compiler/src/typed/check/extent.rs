//! How long sites are that a model declares entry by entry: the union of the index ranges of their declarations, which
//! must begin at 0 and leave no gap.

use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::bounds::Bounds;
use ansatz_grammar::tree::{self, IndexKind, StatementKind};

/// For each declaration of a site: the bounds of its indices.
type Segments = Vec<(Name, Vec<Bounds>)>;

impl Checker<'_> {
    /// The extents of the indexed axes of each site; none where they do not follow.
    pub(super) fn extents(&mut self, body: &tree::Block) -> Vec<(Name, Option<Vec<Polynomial>>)> {
        let mut segments = Segments::new();
        self.segments(body, &mut segments);
        let mut names: Vec<Name> = segments.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        names.dedup();
        let extents = |name: &Name| {
            let own: Vec<&Vec<Bounds>> =
                segments.iter().filter(|(of, _)| of == name).map(|(_, bounds)| bounds).collect();
            let axes = own[0].len();
            (0..axes).map(|axis| covered(own.iter().filter_map(|bounds| bounds.get(axis)))).collect()
        };
        names.iter().map(|name| (name.clone(), extents(name))).collect()
    }

    fn segments(&mut self, block: &tree::Block, into: &mut Segments) {
        for statement in &block.statements {
            match &statement.kind {
                StatementKind::Site(site) => {
                    for place in site.places.iter().filter(|place| !place.indices.is_empty()) {
                        let bounds = place.indices.iter().map(|index| self.index_bounds(index)).collect();
                        into.push((place.name.name.clone(), bounds));
                    }
                }
                StatementKind::For { generators, body, .. } => self.nested(|checker| {
                    checker.generators(generators);
                    checker.segments(body, into);
                }),
                StatementKind::Expression(tree::Expr {
                    kind: tree::ExprKind::If { branches, otherwise },
                    ..
                }) => {
                    branches.iter().for_each(|branch| self.segments(&branch.body, into));
                    otherwise.iter().for_each(|block| self.segments(block, into));
                }
                _ => {}
            }
        }
    }

    fn index_bounds(&mut self, index: &tree::Index) -> Bounds {
        match &index.kind {
            IndexKind::At(value) => self.expression(value).ty.element.bounds(),
            IndexKind::Slice { .. } => Bounds::any(),
        }
    }
}

/// The end of the range that begins at 0 and that the segments cover together, each beginning where another ends.
pub(super) fn covered<'a>(segments: impl Iterator<Item = &'a Bounds>) -> Option<Polynomial> {
    let mut left: Vec<(&Polynomial, Polynomial)> = Vec::new();
    for segment in segments {
        let end = segment.upper.as_ref()?.plus(&1.into());
        let segment = (segment.lower.as_ref()?, end);
        if !left.contains(&segment) {
            left.push(segment);
        }
    }
    let mut end = Polynomial::constant(0);
    while !left.is_empty() {
        let next = left.iter().position(|(start, _)| **start == end)?;
        end = left.swap_remove(next).1;
    }
    Some(end)
}
