//! Entries of indexed arrays: `x[i]`, `x[a..b]`, `x[idx]`.

use super::{Lowered, Lowerer};
use crate::ir::Value;
use crate::typed::tree::{Expr, ExprKind, Index};

impl<'p> Lowerer<'p> {
    /// The entry at `outer` of `base[inner]`.
    pub fn index_entry(&mut self, base: &'p Expr, inner: &'p [Index], outer: &[Value]) -> Lowered<Value> {
        if let Some((value, taken)) = self.from_window(base, inner) {
            let rest = self.scalar_indices(&inner[taken..])?;
            return Ok(self.read(value, &[rest.as_slice(), outer].concat()));
        }
        let mut outer = outer;
        let mut indices = Vec::with_capacity(base.ty.shape.len());
        let mut proved = true;
        for index in inner {
            match index {
                Index::At { index, proved: here } => {
                    indices.push(self.value(index)?);
                    proved &= here;
                }
                Index::Slice { start, .. } => {
                    let start = self.value(start)?;
                    indices.push(self.builder.add(start, outer[0]));
                    outer = &outer[1..];
                }
                Index::Gather { indices: which, .. } => {
                    let (own, rest) = outer.split_at(which.ty.shape.len());
                    indices.push(self.entry(which, own)?);
                    // Data decide the index: it is checked against the whole array.
                    proved = false;
                    outer = rest;
                }
            }
        }
        indices.extend(outer);
        if proved && !matches!(base.kind, ExprKind::Variable(_)) {
            return self.entry(base, &indices);
        }
        let array = self.value(base)?;
        let fixed = self.fixed(base);
        Ok(self.read(array, &indices[fixed..]))
    }

    /// How many leading axes of a site's array the loops around this place have fixed.
    pub fn fixed(&self, base: &Expr) -> usize {
        match &base.kind {
            ExprKind::Variable(variable) => self.rows.get(variable).copied().unwrap_or(0),
            _ => 0,
        }
    }
}
