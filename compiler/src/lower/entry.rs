//! One entry of an expression at given indices: scalar code.

use super::measure::Single;
use super::{Lowered, Lowerer, unsupported};
use crate::ir::kind::Check;
use crate::ir::{Constant, Element, Kind, Value};
use crate::typed::tree::{Block, Expr, ExprKind, Fact, StatementKind};
use crate::typed::types;

impl<'p> Lowerer<'p> {
    /// The entry at these indices, one for each axis.
    pub fn entry(&mut self, expr: &'p Expr, indices: &[Value]) -> Lowered<Value> {
        self.at(expr.span);
        match &expr.kind {
            ExprKind::Real(x) => Ok(self.builder.f64(*x)),
            ExprKind::Blank => Ok(self.builder.constant(match self.ir_type(&expr.ty).element {
                Element::Bool => Constant::Bool(false),
                Element::I64 => Constant::I64(0),
                _ => Constant::F64(f64::NAN),
            })),
            ExprKind::Bool(truth) => Ok(self.builder.constant(Constant::Bool(*truth))),
            ExprKind::Size(size) => {
                let size = self.size(size);
                Ok(match size.as_constant() {
                    Some(n) => self.builder.i64(n),
                    None => self.builder.size(size),
                })
            }
            ExprKind::Variable(_)
            | ExprKind::Script { .. }
            | ExprKind::Product(..)
            | ExprKind::Field(..)
            | ExprKind::Scan(_)
            | ExprKind::Repeat(_)
            | ExprKind::FixedPoint(_)
            | ExprKind::Derivative(_)
            | ExprKind::Stop(_)
            | ExprKind::Demand(_)
            | ExprKind::Numerical(_)
            | ExprKind::Infinitesimal(_)
            | ExprKind::Bounded { .. } => {
                let array = self.value(expr)?;
                Ok(self.read(array, indices))
            }
            ExprKind::Convert(inner) => {
                let value = self.entry_or_scalar(inner, indices)?;
                Ok(self.convert(value, self.ir_type(&expr.ty).element))
            }
            ExprKind::Apply { primitive, operands } => {
                let operands = operands.iter().map(|operand| self.entry_or_scalar(operand, indices));
                let operands = operands.collect::<Lowered<Vec<Value>>>()?;
                self.at(expr.span);
                Ok(self.builder.apply(*primitive, &operands))
            }
            ExprKind::Call { .. } => self.call_entry(expr, indices),
            ExprKind::Transpose(inner) => {
                let reversed: Vec<Value> = indices.iter().rev().copied().collect();
                self.entry(inner, &reversed)
            }
            ExprKind::Array(entries) => self.literal_entry(entries, indices),
            ExprKind::Comprehension(nest) => self.comprehension_entry(nest, indices),
            ExprKind::Reduce { reduction, over } => self.reduction(*reduction, over, (expr.span, indices)),
            ExprKind::Index { base, indices: inner } => self.index_entry(base, inner, indices),
            ExprKind::Block(block) if !indices.is_empty() && draws(block) => {
                Err(unsupported(expr.span, "a draw inside an expression of arrays; name it first: `x ~ d`"))
            }
            ExprKind::Block(block) => {
                self.block(block, expr.span, |lowerer, value| lowerer.entry(value, indices))
            }
            ExprKind::If { condition, yes, no } => self.branch(condition, yes, no, indices),
            ExprKind::Expect(expectation) => {
                self.expectation(expectation, expr.span, |lowerer, value| lowerer.entry(value, indices))
            }
            ExprKind::LogDensity(model, value) if matches!(model.ty.element, types::Element::Model(_)) => {
                crate::model::log_density_at(self, model, value)
            }
            ExprKind::LogDensity(measure, value) => {
                let known = self.known_within(&value.ty.element);
                let value = self.compound(value)?;
                self.score_whole(measure, value, known)
            }
            ExprKind::Fact { fact, measure, at } => self.fact(*fact, measure, at.as_deref(), indices),
            _ => Err(unsupported(expr.span, "this expression in a kernel")),
        }
    }

    /// What a distribution declares of itself, at the indices of the product and then of its value.
    fn fact(
        &mut self,
        fact: Fact,
        measure: &'p Expr,
        at: Option<&'p Expr>,
        indices: &[Value],
    ) -> Lowered<Value> {
        let (lifted, rest) = indices.split_at(super::measure::product_axes(measure).len());
        let at = at.map(|at| self.entry_or_scalar(at, lifted)).transpose()?;
        let Single::Distribution(distribution) = self.single(measure, lifted)? else {
            unreachable!("the checker asks only distributions")
        };
        if let Some(at) = at {
            let takes = if fact.takes_value() { distribution.variable } else { distribution.probability };
            self.variables.insert(takes, at);
        }
        self.entry_or_scalar(distribution.fact(fact).expect("the checker found it"), rest)
    }

    /// The entry of an array at these indices, or a scalar's value, whatever the indices.
    pub fn entry_or_scalar(&mut self, expr: &'p Expr, indices: &[Value]) -> Lowered<Value> {
        if expr.ty.shape.is_empty() { self.value(expr) } else { self.entry(expr, indices) }
    }

    /// `array[indices]`, or the scalar itself. Checked when it runs, unless the passes prove it.
    pub fn read(&mut self, array: Value, indices: &[Value]) -> Value {
        if indices.is_empty() { array } else { self.builder.index(array, indices, Check::Checked) }
    }

    /// The value as this element type.
    pub fn convert(&mut self, value: Value, to: Element) -> Value {
        let name = match (self.builder.type_of(value).element, to) {
            (Element::I64, Element::F64) => "int_to_float",
            (Element::Bool, Element::F64) => "bool_to_float",
            (Element::Bool, Element::I64) => "bool_to_int",
            _ => return value,
        };
        self.builder.primitive(name, &[value])
    }

    fn branch(
        &mut self,
        condition: &'p Expr,
        yes: &'p Block,
        no: &'p Block,
        indices: &[Value],
    ) -> Lowered<Value> {
        let span = condition.span;
        let condition = self.value(condition)?;
        let mut regions = Vec::with_capacity(2);
        for branch in [yes, no] {
            self.builder.begin(Vec::new());
            let value = self.block(branch, span, |lowerer, value| lowerer.entry_or_scalar(value, indices));
            regions.push(self.builder.end(value.iter().copied().collect()));
            value?;
        }
        Ok(self.builder.push(Kind::If, vec![condition], regions)[0])
    }

    /// An entry of `[a, b, c]`.
    fn literal_entry(&mut self, entries: &'p [Expr], indices: &[Value]) -> Lowered<Value> {
        let (first, rest) = (indices[0], &indices[1..]);
        let Some((last, before)) = entries.split_last() else { unreachable!("an empty array has no entry") };
        let mut value = self.entry_or_scalar(last, rest)?;
        for (position, entry) in before.iter().enumerate().rev() {
            let other = self.entry_or_scalar(entry, rest)?;
            let position = self.builder.i64(position as i64);
            let here = self.builder.primitive("eq", &[first, position]);
            value = self.builder.primitive("select", &[here, other, value]);
        }
        Ok(value)
    }
}

/// Whether a block's own statements draw.
fn draws(block: &Block) -> bool {
    block.statements.iter().any(|statement| matches!(statement.kind, StatementKind::Draw { .. }))
}
