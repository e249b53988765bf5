//! Reductions over arrays and loops.

use super::record::Compound;
use super::{Lowered, Lowerer, unsupported};
use crate::ir::{self, Bound, Constant, Element, Kind, Polynomial, Type, Value};
use crate::typed::tree::{Expr, Loop, Reduced, Reduction};
use crate::typed::types;
use ansatz_grammar::span::Span;

impl<'p> Lowerer<'p> {
    /// A reduction's value, or of one over a loop of arrays the entry at these indices.
    pub fn reduction(
        &mut self,
        reduction: Reduction,
        over: &'p Reduced,
        (span, at): (Span, &[Value]),
    ) -> Lowered<Value> {
        match reduction {
            Reduction::Mean => {
                let (sum, count) = (self.plain(ir::Reduction::Add, over, at)?, self.entries(over, span)?);
                Ok(self.builder.primitive("div", &[sum, count]))
            }
            Reduction::LogMeanExp => {
                let sum = self.plain(ir::Reduction::LogSumExp, over, at)?;
                let count = self.entries(over, span)?;
                let count = self.builder.primitive("log", &[count]);
                Ok(self.builder.sub(sum, count))
            }
            Reduction::Variance => self.variance(over, span),
            Reduction::Sum => self.plain(ir::Reduction::Add, over, at),
            Reduction::Prod => self.plain(ir::Reduction::Mul, over, at),
            Reduction::Min => self.plain(ir::Reduction::Min, over, at),
            Reduction::Max => self.plain(ir::Reduction::Max, over, at),
            Reduction::LogSumExp => self.plain(ir::Reduction::LogSumExp, over, at),
            Reduction::All => self.plain(ir::Reduction::And, over, at),
            Reduction::Any => self.plain(ir::Reduction::Or, over, at),
        }
    }

    fn plain(&mut self, reduction: ir::Reduction, over: &'p Reduced, at: &[Value]) -> Lowered<Value> {
        match over {
            Reduced::Array(array) => {
                let shape = self.sizes(&array.ty.shape);
                self.reduce_over(reduction, &shape, |lowerer, indices| lowerer.entry(array, indices))
            }
            Reduced::Loop(nest) => self.reduce_loop(reduction, nest, at),
        }
    }

    /// The reduction of what the closure lowers at each index.
    pub fn reduce_over(
        &mut self,
        reduction: ir::Reduction,
        shape: &[Polynomial],
        entry: impl FnOnce(&mut Self, &[Value]) -> Lowered<Value>,
    ) -> Lowered<Value> {
        if shape.is_empty() {
            return entry(self, &[]);
        }
        let indices = self.builder.begin(vec![Type::i64(); shape.len()]);
        let result = entry(self, &indices);
        let region = self.builder.end(result.iter().copied().collect());
        result?;
        let bounds = shape.iter().cloned().map(Bound::Size).collect();
        Ok(self.builder.push(Kind::Reduce(reduction, bounds), Vec::new(), vec![region])[0])
    }

    fn reduce_loop(&mut self, reduction: ir::Reduction, nest: &'p Loop, at: &[Value]) -> Lowered<Value> {
        self.reduce_nest(reduction, &nest.generators, &mut |lowerer| {
            let Some(guard) = &nest.guard else { return lowerer.entry_or_scalar(&nest.body, at) };
            let condition = lowerer.value(guard)?;
            lowerer.builder.begin(Vec::new());
            let value = lowerer.entry_or_scalar(&nest.body, at);
            let yes = lowerer.builder.end(value.iter().copied().collect());
            let element = lowerer.builder.type_of(value?).element;
            let no = lowerer
                .builder
                .region(Vec::new(), |builder, _| vec![builder.constant(neutral(reduction, element))]);
            Ok(lowerer.builder.push(Kind::If, vec![condition], vec![yes, no])[0])
        })
    }

    /// Whether a reduction is best made of whole arrays, one after the other.
    pub fn sums_rows(&self, reduction: Reduction, over: &Reduced) -> bool {
        let Reduced::Loop(nest) = over else { return false };
        let adds = matches!(reduction, Reduction::Sum | Reduction::Mean);
        adds && nest.guard.is_none()
            && matches!(nest.body.ty.element, types::Element::Real(_))
            && self.repeats(&nest.body)
    }

    /// The sum or mean of a loop's arrays, each made at once.
    pub fn sum_of_rows(&mut self, reduction: Reduction, over: &'p Reduced, expr: &Expr) -> Lowered<Value> {
        let Reduced::Loop(nest) = over else { unreachable!("the caller has a loop") };
        let shape = self.sizes(&expr.ty.shape);
        let zeros = self.map_over(&shape, |lowerer, _| Ok(lowerer.builder.f64(0.0)))?;
        let (sum, _) = self.carry(&nest.generators, Compound::Value(zeros), &mut |lowerer, sum| {
            let row = lowerer.value(&nest.body)?;
            let next = lowerer.map_over(&shape, |lowerer, indices| {
                let (sum, entry) = (lowerer.read(sum.value(), indices), lowerer.read(row, indices));
                Ok(lowerer.builder.add(sum, entry))
            })?;
            Ok((Compound::Value(next), Vec::new()))
        })?;
        if reduction == Reduction::Sum {
            return Ok(sum.value());
        }
        let count = self.entries(over, expr.span)?;
        self.map_over(&shape, |lowerer, indices| {
            let entry = lowerer.read(sum.value(), indices);
            Ok(lowerer.builder.primitive("div", &[entry, count]))
        })
    }

    /// How many entries a mean divides by, as a real number.
    fn entries(&mut self, over: &'p Reduced, span: Span) -> Lowered<Value> {
        match over {
            Reduced::Array(array) => {
                let shape = self.sizes(&array.ty.shape);
                Ok(self.volume(&shape))
            }
            Reduced::Loop(nest) if nest.guard.is_some() => {
                Err(unsupported(span, "a mean over a loop with a guard; divide a sum by a count"))
            }
            Reduced::Loop(nest) => self.reduce_nest(ir::Reduction::Add, &nest.generators, &mut |lowerer| {
                Ok(lowerer.builder.f64(1.0))
            }),
        }
    }

    fn variance(&mut self, over: &'p Reduced, span: Span) -> Lowered<Value> {
        let Reduced::Array(array) = over else {
            return Err(unsupported(span, "the variance of a loop; take it of `[for ..: ..]`"));
        };
        let mean = self.reduction(Reduction::Mean, over, (span, &[]))?;
        let shape = self.sizes(&array.ty.shape);
        let squares = self.reduce_over(ir::Reduction::Add, &shape, |lowerer, indices| {
            let entry = lowerer.entry(array, indices)?;
            let deviation = lowerer.builder.sub(entry, mean);
            Ok(lowerer.builder.mul(deviation, deviation))
        })?;
        let count = self.volume(&shape);
        let one = self.builder.f64(1.0);
        let freedom = self.builder.sub(count, one);
        Ok(self.builder.primitive("div", &[squares, freedom]))
    }
}

/// What changes nothing in a reduction.
fn neutral(reduction: ir::Reduction, element: Element) -> Constant {
    let (float, integer) = match reduction {
        ir::Reduction::Add => (0.0, 0),
        ir::Reduction::Mul => (1.0, 1),
        ir::Reduction::Min => (f64::INFINITY, i64::MAX),
        ir::Reduction::Max | ir::Reduction::LogSumExp => (f64::NEG_INFINITY, i64::MIN),
        ir::Reduction::And => return Constant::Bool(true),
        ir::Reduction::Or => return Constant::Bool(false),
    };
    if element == Element::I64 { Constant::I64(integer) } else { Constant::F64(float) }
}
