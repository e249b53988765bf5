//! Expressions of the script. Numbers are computed by kernels; what only the script can do, inference and what it gave
//! above all, is done here.

use std::sync::Arc;

use ansatz_compiler::ir::{Datum, Polynomial, SizeVariable};
use ansatz_compiler::typed::exact::{Exactness, Reader};
use ansatz_compiler::typed::tree::{Body, Expr, ExprKind, Loop, Variable};
use ansatz_compiler::typed::types::{Element, Type};

use super::call::Call;
use super::value::Value;
use super::{Script, ScriptFailure, stack};

impl Script<'_> {
    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &Expr) -> Result<Value, ScriptFailure> {
        match &expression.kind {
            ExprKind::Text(text) => Ok(Value::Text(text.clone())),
            ExprKind::Variable(variable) if !expression.ty.is_function() => {
                self.begin_param(*variable)?;
                match self.variable(*variable) {
                    Value::Model(_) => self.model(expression),
                    value => Ok(value.clone()),
                }
            }
            ExprKind::Script { variable, value } if self.stays(value) => Ok(self.variable(*variable).clone()),
            ExprKind::Script { variable, value } => {
                let value = self.scripted(value)?;
                self.bind(*variable, value.clone());
                Ok(value)
            }
            ExprKind::Model { .. }
            | ExprKind::Given { .. }
            | ExprKind::Marginal { .. }
            | ExprKind::Kept { .. } => self.model(expression),
            ExprKind::Record(fields) => {
                let fields = fields.iter().map(|(name, value)| Ok((name.clone(), self.value(value)?)));
                Ok(Value::Record(fields.collect::<Result<_, ScriptFailure>>()?))
            }
            ExprKind::Measure(_) | ExprKind::Bijector(_) | ExprKind::Strategy(_) => Ok(Value::Nothing),
            // What an expectation leaves of a value is computed where it is estimated.
            _ if self.is_estimated(expression) => Ok(Value::Nothing),
            _ if expression.ty.is_function() => Ok(Value::Nothing),
            _ if expression.ty.is_compiled() => self.kernel(expression),
            _ => self.scripted(expression),
        }
    }

    /// The value of what only the script can compute.
    fn scripted(&mut self, expression: &Expr) -> Result<Value, ScriptFailure> {
        let value = match &expression.kind {
            ExprKind::Call { .. } => self.call_of(expression)?,
            ExprKind::Simulate { model, draws, seed } => {
                let draws = draws.as_deref().map(|draws| &draws.count);
                self.simulate(expression, super::simulate::Asked { model, draws, seed })?
            }
            ExprKind::Predict(asked) => self.predict(expression, asked)?,
            ExprKind::Calibrate(asked) => self.calibrate(expression, asked)?,
            ExprKind::Used(used) => self.used(expression, used)?,
            ExprKind::Load(asked) => self.load(expression, asked)?,
            ExprKind::Under { value, fit } => self.under(value, fit)?,
            ExprKind::Field(base, name) => match self.value(base)? {
                Value::Fit(fit, _) => super::fit::field(&fit, name, &expression.ty),
                record => record.field(name).clone(),
            },
            ExprKind::Comprehension(part) => self.comprehension(part, &expression.ty)?,
            ExprKind::If { condition, yes, no } => {
                let block = if self.is_true(condition)? { yes } else { no };
                self.block(block)?
            }
            ExprKind::Block(block) => self.block(block)?,
            _ => return self.value(expression),
        };
        self.learn(&expression.ty, &value);
        Ok(value)
    }

    /// A call of the runtime, or of a function of the script.
    fn call_of(&mut self, expression: &Expr) -> Result<Value, ScriptFailure> {
        let ExprKind::Call { function, sizes, arguments, .. } = &expression.kind else {
            panic!("the caller has a call")
        };
        let program = self.program;
        let function = &program.typed.functions[*function];
        let values = arguments.iter().map(|argument| self.value(argument));
        let values = values.collect::<Result<Vec<Value>, ScriptFailure>>()?;
        let body = match &function.body {
            Body::Runtime(name) => {
                let name = name.clone();
                let values = values.into_iter().map(|value| self.read_value(value)).collect();
                return self.call(&name, Call { expression, arguments, values });
            }
            Body::Expr(body) => body,
            Body::Intrinsic(name) | Body::Noise(name) | Body::Keyed(name) => {
                panic!("`{name}` is the compiler's, not the script's")
            }
        };
        let sizes: Vec<Option<i64>> = sizes.iter().map(|size| self.size(size)).collect();
        for (symbol, size) in function.sizes.iter().zip(sizes) {
            self.sizes[symbol.0 as usize] = size;
        }
        for (parameter, value) in function.parameters.iter().zip(values) {
            self.bind(parameter.variable, value);
        }
        self.value(body)
    }

    /// Whether a number is one that expectations leave.
    pub(super) fn is_estimated(&self, expression: &Expr) -> bool {
        let mut reader = Reader::new(&self.program.typed, Default::default());
        expression.ty.is_numeric() && reader.expr(expression) != Exactness::Exact
    }

    /// `[for x in xs: e]` where only the script can compute e.
    fn comprehension(&mut self, part: &Loop, ty: &Type) -> Result<Value, ScriptFailure> {
        let mut entries: Vec<Value> = Vec::new();
        let mut extents: Vec<usize> = Vec::new();
        self.each(&part.generators, part.guard.as_ref(), &mut |script, extent| {
            extents = extent.to_vec();
            entries.push(script.value(&part.body)?);
            Ok(())
        })?;
        let axes = ty.shape.len() - part.body.ty.shape.len();
        if entries.is_empty() {
            extents = vec![0; axes];
        } else if axes < extents.len() || part.guard.is_some() {
            // A reduction of the loop takes the entries in a row.
            extents = vec![entries.len()];
        }
        Ok(together(&part.body.ty, &extents, &entries))
    }

    /// Whether a condition holds.
    pub(super) fn is_true(&mut self, condition: &Expr) -> Result<bool, ScriptFailure> {
        Ok(self.value(condition)?.data() == &Datum::from(true))
    }

    /// What a variable stands for.
    ///
    /// # Panics
    /// If it has no value yet: the checker lets no such program pass.
    pub(super) fn variable(&self, variable: Variable) -> &Value {
        self.values.get(&variable).unwrap_or_else(|| {
            let row = &self.program.typed.variables[variable.0 as usize];
            panic!("`{}` has no value in the script", row.name)
        })
    }

    /// Gives a variable its value, and the sizes in its type their numbers.
    pub(super) fn bind(&mut self, variable: Variable, value: Value) {
        let ty = &self.program.typed.variables[variable.0 as usize].ty;
        self.learn(ty, &value);
        self.values.insert(variable, value);
    }

    /// The number of a size, where the symbols in it are known.
    pub(super) fn size(&self, size: &Polynomial) -> Option<i64> {
        let known = |symbol: &SizeVariable| self.sizes[symbol.0 as usize].is_some();
        if !size.terms().all(|(symbols, _)| symbols.iter().all(known)) {
            return None;
        }
        let values: Vec<i64> = self.sizes.iter().map(|value| value.unwrap_or(0)).collect();
        size.evaluate(&values)
    }

    /// Takes the numbers of size symbols from a value of this type.
    pub(super) fn learn(&mut self, ty: &Type, value: &Value) {
        match (&ty.element, value) {
            (_, Value::Numbers(numbers)) => {
                for (size, extent) in ty.shape.iter().zip(numbers.datum.shape()) {
                    self.learn_size(size, *extent);
                }
            }
            (_, Value::Optimum(optimum)) => self.learn(ty, &optimum.record),
            (Element::Record(types), Value::Record(fields)) => {
                for ((_, field_type), (_, field)) in types.iter().zip(Arc::clone(fields).iter()) {
                    self.learn(&field_type.stacked(&ty.shape), field);
                }
            }
            (Element::Fit(of), Value::Fit(fit, _)) => {
                self.learn_size(&of.draws, fit.draws.chains() * fit.draws.length());
            }
            _ => {}
        }
    }

    fn learn_size(&mut self, size: &Polynomial, extent: usize) {
        if let Some(symbol) = size.as_variable() {
            self.sizes[symbol.0 as usize] = Some(extent as i64);
        }
    }
}

/// Values of one type as an array of these leading extents: of records, field by field.
fn together(ty: &Type, extents: &[usize], entries: &[Value]) -> Value {
    if let Element::Record(fields) = &ty.element {
        let field = |(name, ty): &(Arc<str>, Type)| {
            let own: Vec<Value> = entries.iter().map(|entry| entry.field(name).clone()).collect();
            (name.clone(), together(ty, extents, &own))
        };
        return Value::Record(fields.iter().map(field).collect());
    }
    let entries: Vec<Datum> = entries.iter().map(|entry| entry.data().clone()).collect();
    stack::stacked(&ty.element, extents, &entries).into()
}
