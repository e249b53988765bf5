//! Whole values: scalars, named arrays, whole-array operations, and arrays made entry by entry.

use super::{Lowered, Lowerer, unsupported};
use crate::ir::kind::{Contraction, View};
use crate::ir::{Bound, Kind, Polynomial, Value};
use crate::transform::simplify::row_major;
use crate::typed::tree::{Body, Expr, ExprKind, Index};

impl<'p> Lowerer<'p> {
    /// The value of an expression, arrays made.
    pub fn value(&mut self, expr: &'p Expr) -> Lowered<Value> {
        self.at(expr.span);
        if let Some(value) = self.whole(expr) {
            return value.map(|value| value.value());
        }
        match &expr.kind {
            ExprKind::Variable(variable) | ExprKind::Script { variable, .. } => {
                self.variable(*variable, expr)
            }
            ExprKind::Product(left, right) => self.product(left, right),
            ExprKind::Call { .. } if !expr.ty.shape.is_empty() => match self.whole_call(expr)? {
                Some(value) => Ok(value),
                None => self.called_array(expr),
            },
            ExprKind::Index { base, indices } if !expr.ty.shape.is_empty() => {
                match self.sub_array(base, indices, expr)? {
                    Some(value) => Ok(value),
                    None => self.array(expr),
                }
            }
            ExprKind::Block(block) => self.block(block, expr.span, Self::value),
            // What draws is lowered once, not entry by entry.
            ExprKind::If { condition, yes, no } if self.noise.is_some() && !expr.ty.shape.is_empty() => {
                Ok(self.compound_branch(condition, yes, no, &expr.ty)?.value())
            }
            ExprKind::Comprehension(nest) if nest.guard.is_none() && self.repeats(&nest.body) => {
                self.rows(nest)
            }
            ExprKind::Reduce { reduction, over } if self.sums_rows(*reduction, over) => {
                self.sum_of_rows(*reduction, over, expr)
            }
            ExprKind::Field(base, name) => Ok(self.compound(base)?.field(name).value()),
            _ if expr.ty.shape.is_empty() => self.entry(expr, &[]),
            _ => self.array(expr),
        }
    }

    /// What a variable is bound to; one that nothing binds is the script's.
    fn variable(&mut self, variable: crate::typed::tree::Variable, expr: &Expr) -> Lowered<Value> {
        match self.variables.get(&variable) {
            Some(value) => Ok(*value),
            None if expr.ty.is_numeric() => Ok(self.input(variable).value()),
            None => Err(unsupported(expr.span, "this value of the script in a kernel")),
        }
    }

    /// The array that a call gives: at once, but for one that is applied entry by entry.
    fn called_array(&mut self, expr: &'p Expr) -> Lowered<Value> {
        let ExprKind::Call { function, sizes, arguments, lift } = &expr.kind else {
            unreachable!("the caller has a call")
        };
        let function = &self.program.functions[*function];
        match &function.body {
            Body::Expr(body) if lift.is_empty() => {
                self.bind_arguments(&function.parameters, arguments, &[])?;
                self.bind_sizes(&function.sizes, sizes);
                self.within(function, expr.span, |lowerer| lowerer.value(body))
            }
            _ => self.array(expr),
        }
    }

    /// An array made by a map over its entries.
    fn array(&mut self, expr: &'p Expr) -> Lowered<Value> {
        let shape = self.sizes(&expr.ty.shape);
        self.map_over(&shape, |lowerer, indices| lowerer.entry(expr, indices))
    }

    /// The array of what the closure lowers at each index.
    pub fn map_over(
        &mut self,
        shape: &[Polynomial],
        entry: impl FnOnce(&mut Self, &[Value]) -> Lowered<Value>,
    ) -> Lowered<Value> {
        if shape.is_empty() {
            return entry(self, &[]);
        }
        let indices = self.builder.begin(vec![crate::ir::Type::i64(); shape.len()]);
        let result = entry(self, &indices);
        let region = self.builder.end(result.iter().copied().collect());
        result?;
        let bounds = shape.iter().cloned().map(Bound::Size).collect();
        Ok(self.builder.push(Kind::Map(bounds), Vec::new(), vec![region])[0])
    }

    /// The matrix product of vectors and matrices.
    fn product(&mut self, left: &'p Expr, right: &'p Expr) -> Lowered<Value> {
        let (a, b) = (self.value(left)?, self.value(right)?);
        let contraction = match (left.ty.shape.len(), right.ty.shape.len()) {
            (1, 1) => Contraction { left: vec![0], right: vec![0], result: vec![] },
            (2, 1) => Contraction { left: vec![0, 1], right: vec![1], result: vec![0] },
            (1, 2) => Contraction { left: vec![0], right: vec![0, 1], result: vec![1] },
            (2, 2) => Contraction { left: vec![0, 1], right: vec![1, 2], result: vec![0, 2] },
            _ => {
                return Err(unsupported(
                    left.span.to(right.span),
                    "a product of arrays with more than two axes",
                ));
            }
        };
        Ok(self.builder.push(Kind::Contract(contraction), vec![a, b], Vec::new())[0])
    }

    /// `x[i]`, `x[2..5]`, `x[:, j]` of an array that exists: a sub-array or a view.
    fn sub_array(&mut self, base: &'p Expr, indices: &'p [Index], whole: &'p Expr) -> Lowered<Option<Value>> {
        if let Some((value, taken)) = self.from_window(base, indices) {
            let rest = self.scalar_indices(&indices[taken..])?;
            return Ok(Some(self.read(value, &rest)));
        }
        if !matches!(base.kind, ExprKind::Variable(_)) {
            return Ok(None);
        }
        if indices.iter().all(|index| matches!(index, Index::At { .. })) {
            let array = self.value(base)?;
            let indices = self.scalar_indices(indices)?;
            let fixed = self.fixed(base);
            return Ok(Some(self.read(array, &indices[fixed..])));
        }
        if self.fixed(base) > 0 {
            return Ok(None);
        }
        let Some((offset, kept)) = self.slices(indices) else { return Ok(None) };
        let array = self.value(base)?;
        let strides = row_major(&self.sizes(&base.ty.shape));
        let offset = offset
            .iter()
            .zip(&strides)
            .fold(Polynomial::default(), |sum, (first, stride)| sum.plus(&first.times(stride)));
        let strides = strides.into_iter().enumerate().filter(|(axis, _)| kept.get(*axis) != Some(&false));
        let strides = strides.map(|(_, stride)| stride).collect();
        let view = View { shape: self.sizes(&whole.ty.shape), offset, strides };
        Ok(Some(self.builder.view(array, view)))
    }

    /// The first entry along each indexed axis and whether the axis stays, if all are sizes.
    fn slices(&self, indices: &'p [Index]) -> Option<(Vec<Polynomial>, Vec<bool>)> {
        let parts = indices.iter().map(|index| match index {
            Index::At { index, proved: true } => Some((self.known_size(index)?, false)),
            Index::Slice { start, .. } => Some((self.known_size(start)?, true)),
            _ => None,
        });
        Some(parts.collect::<Option<Vec<_>>>()?.into_iter().unzip())
    }

    /// The size that an expression is, if it is written as one.
    pub fn known_size(&self, expr: &Expr) -> Option<Polynomial> {
        match &expr.kind {
            ExprKind::Size(size) => Some(self.size(size)),
            _ => None,
        }
    }

    /// The values of scalar indices. Reads at them are checked until the passes prove them.
    pub fn scalar_indices(&mut self, indices: &'p [Index]) -> Lowered<Vec<Value>> {
        let values = indices.iter().map(|index| match index {
            Index::At { index, .. } => self.value(index),
            _ => unreachable!("the caller has scalar indices"),
        });
        values.collect()
    }
}
