//! Records: fields side by side. Nothing of a record is left in the IR: an array of records is a record of arrays.

use super::{Lowered, Lowerer, unsupported};
use crate::ir::kind::Check;
use crate::ir::{Bound, Dimension, Kind, Polynomial, Value};
use crate::typed::tree::{Block, Body, Expr, ExprKind, Index, Loop, Use};
use crate::typed::types::{self, Type};
use std::convert::Infallible;
use std::sync::Arc;

/// A value of the program: a number or an array of numbers, or fields of their own.
#[derive(Clone, Debug)]
pub enum Compound {
    /// Numbers.
    Value(Value),
    /// Fields, in the order of the type.
    Record(Vec<(Arc<str>, Compound)>),
    /// What is chosen at compile time.
    Nothing,
}

impl Compound {
    /// A field of a record.
    ///
    /// # Panics
    /// If it is no record with such a field: the checker lets no such program pass.
    pub fn field(&self, name: &str) -> &Compound {
        let Compound::Record(fields) = self else { panic!("`.{name}` of what is no record") };
        let found = fields.iter().find(|(field, _)| **field == *name);
        &found.unwrap_or_else(|| panic!("the record has no field `{name}`")).1
    }

    /// The numbers.
    ///
    /// # Panics
    /// If it is a record.
    pub fn value(&self) -> Value {
        match self {
            Compound::Value(value) => *value,
            other => panic!("{other:?} where numbers must stand"),
        }
    }

    /// Numbers side by side.
    pub fn values(values: Vec<Value>) -> Compound {
        Compound::Record(values.into_iter().map(|value| ("".into(), Compound::Value(value))).collect())
    }

    /// Its numbers, field by field.
    pub fn leaves(&self) -> Vec<Value> {
        match self {
            Compound::Value(value) => vec![*value],
            Compound::Record(fields) => fields.iter().flat_map(|(_, field)| field.leaves()).collect(),
            Compound::Nothing => Vec::new(),
        }
    }

    /// The same fields with these numbers.
    pub fn with(&self, values: &[Value]) -> Compound {
        let mut values = values.iter().copied();
        let same = self.map(&mut |_| Ok::<Value, Infallible>(values.next().expect("one for each leaf")));
        same.unwrap_or_else(|never| match never {})
    }

    /// The same fields with other numbers.
    pub fn map<E>(&self, change: &mut impl FnMut(Value) -> Result<Value, E>) -> Result<Compound, E> {
        Ok(match self {
            Compound::Value(value) => Compound::Value(change(*value)?),
            Compound::Nothing => Compound::Nothing,
            Compound::Record(fields) => {
                let fields = fields.iter().map(|(name, field)| Ok((name.clone(), field.map(change)?)));
                Compound::Record(fields.collect::<Result<_, E>>()?)
            }
        })
    }
}

impl<'p> Lowerer<'p> {
    /// The value of an expression of any type.
    pub fn compound(&mut self, expr: &'p Expr) -> Lowered<Compound> {
        if expr.ty.is_numeric() {
            return self.value(expr).map(Compound::Value);
        }
        self.at(expr.span);
        if let Some(value) = self.whole(expr) {
            return value;
        }
        match &expr.kind {
            ExprKind::Variable(variable) | ExprKind::Script { variable, .. } => {
                Ok(match self.records.get(variable) {
                    Some(record) => record.clone(),
                    None if matches!(expr.ty.element, types::Element::Record(_)) => self.input(*variable),
                    None => Compound::Nothing,
                })
            }
            ExprKind::Used(used) if used.by == Use::Gradient => {
                crate::model::objective::gradient(self, used, &expr.ty)
            }
            ExprKind::Record(fields) => {
                let fields = fields.iter().map(|(name, field)| Ok((name.clone(), self.compound(field)?)));
                Ok(Compound::Record(fields.collect::<Lowered<_>>()?))
            }
            ExprKind::Field(base, _) if expr.ty.is_function() => {
                self.compound(base)?;
                Ok(Compound::Nothing)
            }
            ExprKind::Field(base, name) => Ok(self.compound(base)?.field(name).clone()),
            ExprKind::Block(block) => self.block(block, expr.span, Self::compound),
            ExprKind::Call { .. } => self.compound_call(expr),
            ExprKind::If { condition, yes, no } => self.compound_branch(condition, yes, no, &expr.ty),
            ExprKind::Index { base, indices } => self.compound_index(base, indices, expr),
            ExprKind::Array(entries) => self.array_of_records(entries),
            ExprKind::Comprehension(nest) => self.records_of(nest, expr),
            ExprKind::Convert(inner) => {
                let inner = self.compound(inner)?;
                self.converted(&inner, &expr.ty)
            }
            _ if expr.ty.is_chosen() => Ok(Compound::Nothing),
            _ => Err(unsupported(expr.span, "this expression in a kernel")),
        }
    }

    /// A call whose value is a record, or a function for what it binds.
    fn compound_call(&mut self, expr: &'p Expr) -> Lowered<Compound> {
        let ExprKind::Call { function, sizes, arguments, lift } = &expr.kind else {
            unreachable!("the caller has a call")
        };
        let function = &self.program.functions[*function];
        let Body::Expr(body) = &function.body else {
            return Err(unsupported(expr.span, &format!("`{}` inside a kernel", function.name)));
        };
        let lift = self.sizes(lift);
        self.compounds_over(&lift, |lowerer, indices| {
            lowerer.bind_arguments(&function.parameters, arguments, indices)?;
            lowerer.bind_sizes(&function.sizes, sizes);
            lowerer.within(function, expr.span, |lowerer| lowerer.compound(body))
        })
    }

    pub(super) fn compound_branch(
        &mut self,
        condition: &'p Expr,
        yes: &'p Block,
        no: &'p Block,
        ty: &Type,
    ) -> Lowered<Compound> {
        let span = condition.span;
        let condition = self.value(condition)?;
        let mut regions = Vec::with_capacity(2);
        for branch in [yes, no] {
            self.builder.begin(Vec::new());
            let value = self.block(branch, span, Self::compound);
            let leaves = value.as_ref().map(Compound::leaves).unwrap_or_default();
            regions.push(self.builder.end(leaves));
            value?;
        }
        let values = self.builder.push(Kind::If, vec![condition], regions);
        Ok(rebuilt(ty, &mut values.into_iter()))
    }

    /// Entries of an array of records: those of each field's array.
    fn compound_index(&mut self, base: &'p Expr, indices: &'p [Index], whole: &'p Expr) -> Lowered<Compound> {
        let base = self.compound(base)?;
        let shape = self.sizes(&whole.ty.shape);
        let scalars = self.index_parts(indices)?;
        base.map(&mut |array| self.part_of(array, &scalars, &shape))
    }

    /// The row at an index of an array of anything.
    pub fn row_of(&mut self, rows: &Compound, index: Value) -> Compound {
        let row = rows
            .map(&mut |array| Ok::<Value, Infallible>(self.builder.index(array, &[index], Check::Checked)));
        row.unwrap_or_else(|never| match never {})
    }

    /// `array[indices]`, whose result's leading axes have this shape.
    fn part_of(&mut self, array: Value, parts: &[Part], shape: &[Polynomial]) -> Lowered<Value> {
        self.map_over(shape, |lowerer, outer| {
            let mut outer = outer;
            let mut indices = Vec::with_capacity(parts.len());
            for part in parts {
                match part {
                    Part::At(index) => indices.push(*index),
                    Part::From(start) => {
                        indices.push(lowerer.builder.add(*start, outer[0]));
                        outer = &outer[1..];
                    }
                    Part::Entries(which, axes) => {
                        let (own, rest) = outer.split_at(*axes);
                        indices.push(lowerer.read(*which, own));
                        outer = rest;
                    }
                }
            }
            indices.extend(outer);
            Ok(lowerer.read(array, &indices))
        })
    }

    fn index_parts(&mut self, indices: &'p [Index]) -> Lowered<Vec<Part>> {
        let parts = indices.iter().map(|index| match index {
            Index::At { index, .. } => self.value(index).map(Part::At),
            Index::Slice { start, .. } => self.value(start).map(Part::From),
            Index::Gather { indices, .. } => {
                self.value(indices).map(|which| Part::Entries(which, indices.ty.shape.len()))
            }
        });
        parts.collect()
    }

    /// `[r, s]` for records.
    fn array_of_records(&mut self, entries: &'p [Expr]) -> Lowered<Compound> {
        let entries = entries.iter().map(|entry| self.compound(entry)).collect::<Lowered<Vec<_>>>()?;
        let columns: Vec<Vec<Value>> = entries.iter().map(Compound::leaves).collect();
        let mut column = 0;
        entries[0].map(&mut |_| {
            let values: Vec<Value> = columns.iter().map(|leaves| leaves[column]).collect();
            column += 1;
            Ok(self.stacked(&values))
        })
    }

    /// An array of values of one type along a new first axis.
    pub fn stacked(&mut self, values: &[Value]) -> Value {
        let of = self.builder.type_of(values[0]).clone();
        let sizes = extents(&of);
        let shape: Vec<Polynomial> =
            std::iter::once(Polynomial::constant(values.len() as i64)).chain(sizes).collect();
        let bounds = shape.into_iter().map(Bound::Size).collect::<Vec<Bound>>();
        let rank = bounds.len();
        let region = self.builder.region(vec![crate::ir::Type::i64(); rank], |builder, indices| {
            let read = |builder: &mut crate::ir::Builder, value: Value| match &indices[1..] {
                [] => value,
                rest => builder.index(value, rest, Check::Checked),
            };
            let (last, before) = values.split_last().expect("an array has an entry");
            let mut result = read(builder, *last);
            for (position, value) in before.iter().enumerate().rev() {
                let other = read(builder, *value);
                let position = builder.i64(position as i64);
                let here = builder.primitive("eq", &[indices[0], position]);
                result = builder.primitive("select", &[here, other, result]);
            }
            vec![result]
        });
        self.builder.push(Kind::Map(bounds), Vec::new(), vec![region])[0]
    }

    /// `[for i in N: {..}]`
    fn records_of(&mut self, nest: &'p Loop, expr: &'p Expr) -> Lowered<Compound> {
        let shape = self.sizes(&expr.ty.shape[..nest.generators.len()]);
        self.compounds_over(&shape, |lowerer, indices| {
            for (generator, index) in nest.generators.iter().zip(indices) {
                lowerer.bind_generator(generator, *index)?;
            }
            lowerer.compound(&nest.body)
        })
    }

    /// What the closure lowers at each index, field by field an array.
    pub(super) fn compounds_over(
        &mut self,
        shape: &[Polynomial],
        entry: impl FnOnce(&mut Self, &[Value]) -> Lowered<Compound>,
    ) -> Lowered<Compound> {
        if shape.is_empty() {
            return entry(self, &[]);
        }
        let indices = self.builder.begin(vec![crate::ir::Type::i64(); shape.len()]);
        let result = entry(self, &indices);
        let leaves = result.as_ref().map(Compound::leaves).unwrap_or_default();
        let region = self.builder.end(leaves);
        let result = result?;
        let bounds = shape.iter().cloned().map(Bound::Size).collect();
        let mut values = self.builder.push(Kind::Map(bounds), Vec::new(), vec![region]).into_iter();
        result.map(&mut |_| Ok(values.next().expect("one for each leaf")))
    }

    /// A record with its entries widened to those of a type.
    fn converted(&mut self, value: &Compound, ty: &Type) -> Lowered<Compound> {
        Ok(match (value, &ty.element) {
            (Compound::Value(value), _) => {
                let (value, to) = (*value, self.ir_type(ty).element);
                let shape = extents(self.builder.type_of(value));
                Compound::Value(self.map_over(&shape, |lowerer, indices| {
                    let entry = lowerer.read(value, indices);
                    Ok(lowerer.convert(entry, to))
                })?)
            }
            (Compound::Record(fields), types::Element::Record(wanted)) => {
                let pairs = fields.iter().zip(wanted.iter());
                let fields =
                    pairs.map(|((name, field), (_, ty))| Ok((name.clone(), self.converted(field, ty)?)));
                Compound::Record(fields.collect::<Lowered<_>>()?)
            }
            (other, _) => other.clone(),
        })
    }
}

/// One index of an array of records.
enum Part {
    /// One entry.
    At(Value),
    /// Consecutive entries from here.
    From(Value),
    /// The entries that an array of this many axes names.
    Entries(Value, usize),
}

/// A value of a type from its numbers, field by field.
pub fn rebuilt(ty: &Type, values: &mut impl Iterator<Item = Value>) -> Compound {
    match &ty.element {
        types::Element::Record(fields) => {
            let fields = fields.iter().map(|(name, field)| (name.clone(), rebuilt(field, values)));
            Compound::Record(fields.collect())
        }
        _ if ty.is_numeric() => Compound::Value(values.next().expect("one for each leaf")),
        _ => Compound::Nothing,
    }
}

/// The types of the numbers of a value, field by field.
pub fn numbers(ty: &Type, into: &mut Vec<Type>) {
    match &ty.element {
        types::Element::Record(fields) => {
            fields.iter().for_each(|(_, field)| numbers(&field.stacked(&ty.shape), into));
        }
        _ if ty.is_numeric() => into.push(ty.clone()),
        _ => {}
    }
}

/// The extents of an array of the language.
pub fn extents(of: &crate::ir::Type) -> Vec<Polynomial> {
    let size = |extent: &Dimension| match extent {
        Dimension::Size(size) => size.clone(),
        Dimension::Run => panic!("an array of the language whose length only a run knows"),
    };
    of.shape.iter().map(size).collect()
}
