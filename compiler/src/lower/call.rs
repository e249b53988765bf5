//! Calls: functions are inlined; those that the compiler defines are primitives or whole-array operations.

use super::{Compound, Lowered, Lowerer, unsupported};
use crate::ir::kind::Triangular;
use crate::ir::{Kind, Value};
use crate::primitive::Primitive;
use crate::typed::tree::{Body, Expr, ExprKind, Function, Parameter};
use ansatz_grammar::span::Span;
use std::sync::Arc;

/// The whole-array operations that the library names, as kinds.
const WHOLE: &[(&str, Kind)] = &[
    ("cholesky", Kind::Cholesky),
    ("solve_lower", Kind::TriangularSolve(Triangular { lower: true, transposed: false })),
    ("solve_transposed", Kind::TriangularSolve(Triangular { lower: true, transposed: true })),
];

impl<'p> Lowerer<'p> {
    /// An entry of a call's value.
    pub fn call_entry(&mut self, expr: &'p Expr, indices: &[Value]) -> Lowered<Value> {
        if let Some(whole) = self.whole_call(expr)? {
            return Ok(self.read(whole, indices));
        }
        let ExprKind::Call { function, sizes, arguments, lift } = &expr.kind else {
            unreachable!("the caller has a call")
        };
        let function = &self.program.functions[*function];
        let (lifted, rest) = indices.split_at(lift.len());
        match &function.body {
            Body::Intrinsic(name) => self.intrinsic(name, arguments, lifted, expr),
            Body::Noise(primitive) => Ok(self.noise(primitive)),
            Body::Keyed(primitive) => self.keyed_noise(primitive, arguments, lifted),
            Body::Runtime(name) => Err(unsupported(expr.span, &format!("`{name}` inside a kernel"))),
            Body::Expr(body) => {
                self.bind_arguments(&function.parameters, arguments, lifted)?;
                self.bind_sizes(&function.sizes, sizes);
                self.within(function, expr.span, |lowerer| lowerer.entry_or_scalar(body, rest))
            }
        }
    }

    /// A call that the compiler defines on whole arrays; none for others.
    pub fn whole_call(&mut self, expr: &'p Expr) -> Lowered<Option<Value>> {
        let ExprKind::Call { function, arguments, .. } = &expr.kind else { return Ok(None) };
        let Function { body: Body::Intrinsic(name), .. } = &self.program.functions[*function] else {
            return Ok(None);
        };
        let Some((_, kind)) = WHOLE.iter().find(|(whole, _)| **whole == **name) else { return Ok(None) };
        let operands = arguments.iter().map(|argument| self.value(argument)).collect::<Lowered<_>>()?;
        Ok(Some(self.builder.push(kind.clone(), operands, Vec::new())[0]))
    }

    fn intrinsic(
        &mut self,
        name: &Arc<str>,
        arguments: &'p [Expr],
        indices: &[Value],
        expr: &'p Expr,
    ) -> Lowered<Value> {
        let Some(primitive) = Primitive::find(name) else {
            return Err(unsupported(expr.span, &format!("`{name}`")));
        };
        let operands = arguments.iter().map(|argument| self.entry_or_scalar(argument, indices));
        let operands = operands.collect::<Lowered<Vec<Value>>>()?;
        self.at(expr.span);
        Ok(self.builder.apply(primitive, &operands))
    }

    /// Lowers the body of a function that is called here.
    pub fn within<T>(&mut self, function: &Function, span: Span, body: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.called;
        self.called = function.library.then(|| before.unwrap_or(span));
        let lowered = body(self);
        self.called = before;
        lowered
    }

    /// Binds parameters to arguments; a lifted argument to its entry.
    pub fn bind_arguments(
        &mut self,
        parameters: &'p [Parameter],
        arguments: &'p [Expr],
        lifted: &[Value],
    ) -> Lowered<()> {
        let mut values = Vec::with_capacity(arguments.len());
        for (parameter, argument) in parameters.iter().zip(arguments) {
            let ty = &self.program.variables[parameter.variable.0 as usize].ty;
            values.push(match ty.is_scalar_number() {
                true => Compound::Value(self.entry_or_scalar(argument, lifted)?),
                false => self.compound(argument)?,
            });
        }
        for (parameter, value) in parameters.iter().zip(values) {
            self.bind(parameter.variable, value);
        }
        Ok(())
    }
}
