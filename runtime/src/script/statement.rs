//! Statements of the script, and of functions that call inference.

use std::sync::atomic::Ordering;

use ansatz_compiler::ir::Datum;
use ansatz_compiler::typed::print::type_text;
use ansatz_compiler::typed::tree::{
    Block, Domain, Expr, Generator, Index, StatementKind, Step, StepKind, Variable,
};
use ansatz_grammar::diagnostic::{Diagnostic, codes};

use super::value::Value;
use super::{Script, ScriptFailure, stack};

/// What a loop does: the script, and the extents of the loops around.
type Turn<'t> = dyn FnMut(&mut Script, &[usize]) -> Result<(), ScriptFailure> + 't;

impl Script<'_> {
    /// Runs statements, in order.
    pub(super) fn steps(&mut self, steps: &[Step]) -> Result<(), ScriptFailure> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), ScriptFailure> {
        self.go_on()?;
        match &step.kind {
            StepKind::Let { variable, value, .. } | StepKind::Assign { variable, value } => {
                let value = self.value(value)?;
                self.bind(*variable, value);
                Ok(())
            }
            StepKind::Update { variable, indices, add, value } => {
                self.update(*variable, indices, *add, value)
            }
            StepKind::For { generators, guard, body } => {
                self.each(generators, guard.as_ref(), &mut |script, _| script.steps(body))
            }
            StepKind::If { condition, yes, no } => {
                let taken = if self.is_true(condition)? { yes } else { no };
                self.steps(taken)
            }
            StepKind::Print(values) => {
                let values = values.iter().map(|value| {
                    // What has no text of its own, such as a function, is told by its type.
                    Ok(match self.value(value)? {
                        Value::Nothing => type_text(&self.program.typed, &value.ty),
                        shown => shown.to_string(),
                    })
                });
                let words = values.collect::<Result<Vec<String>, ScriptFailure>>()?;
                self.host.print(&words.join(" "));
                Ok(())
            }
            StepKind::Plot(picture) => self.plot(picture),
            StepKind::Assert(assertion) => self.assert(step.span, assertion),
            StepKind::Expression(value) => self.value(value).map(drop),
        }
    }

    /// Unless someone asked to end.
    fn go_on(&self) -> Result<(), ScriptFailure> {
        let ended = self.bound.allowed().interrupt.load(Ordering::Relaxed);
        if ended { Err(ScriptFailure::Interrupted) } else { Ok(()) }
    }

    /// `a[i] = e`, `a[i] += e`
    fn update(
        &mut self,
        variable: Variable,
        indices: &[Index],
        add: bool,
        value: &Expr,
    ) -> Result<(), ScriptFailure> {
        let value = self.value(value)?.data().clone();
        let mut positions = Vec::with_capacity(indices.len());
        for index in indices {
            let Index::At { index, .. } = index else {
                panic!("the checker lets single entries only be set")
            };
            positions.push(self.value(index)?.data().as_i64().expect("indices are integers"));
        }
        let array = self.variable(variable).data();
        let Some(changed) = stack::updated(array, &positions, add, &value) else {
            let message =
                format!("the index {positions:?} lies outside an array of shape {:?}", array.shape());
            let place = self.program.typed.variables[variable.0 as usize].span;
            let span = indices.first().map_or(place, |index| match index {
                Index::At { index, .. }
                | Index::Gather { indices: index, .. }
                | Index::Slice { start: index, .. } => index.span,
            });
            let fault = Diagnostic::error(codes::NOT_COMPUTED, span, message);
            return Err(ScriptFailure::Failed(Box::new(fault)));
        };
        self.bind(variable, changed.into());
        Ok(())
    }

    /// A block's value.
    pub(super) fn block(&mut self, block: &Block) -> Result<Value, ScriptFailure> {
        self.statements(block)?;
        match &block.value {
            Some(value) => self.value(value),
            None => Ok(Value::Nothing),
        }
    }

    fn statements(&mut self, block: &Block) -> Result<(), ScriptFailure> {
        for statement in &block.statements {
            match &statement.kind {
                StatementKind::Let { variable, value } | StatementKind::Assign { variable, value } => {
                    let value = self.value(value)?;
                    self.bind(*variable, value);
                }
                StatementKind::Update { variable, indices, add, value } => {
                    self.update(*variable, indices, *add, value)?;
                }
                StatementKind::For { generators, guard, body } => {
                    self.each(generators, guard.as_ref(), &mut |script, _| script.statements(body))?;
                }
                StatementKind::If { condition, yes, no } => {
                    let taken = if self.is_true(condition)? { yes } else { no };
                    self.statements(taken)?;
                }
                StatementKind::Site { .. }
                | StatementKind::Draw { .. }
                | StatementKind::Observe { .. }
                | StatementKind::Factor(_) => panic!("the checker lets nothing be drawn here"),
            }
        }
        Ok(())
    }

    /// Runs `turn` for each value of the generators, the last innermost.
    pub(super) fn each(
        &mut self,
        generators: &[Generator],
        guard: Option<&Expr>,
        turn: &mut Turn,
    ) -> Result<(), ScriptFailure> {
        self.nest(generators, guard, &mut Vec::new(), turn)
    }

    fn nest(
        &mut self,
        generators: &[Generator],
        guard: Option<&Expr>,
        extents: &mut Vec<usize>,
        turn: &mut Turn,
    ) -> Result<(), ScriptFailure> {
        let Some((generator, inner)) = generators.split_first() else {
            let counts = match guard {
                Some(guard) => self.is_true(guard)?,
                None => true,
            };
            return if counts { turn(self, extents) } else { Ok(()) };
        };
        let (start, count, rows) = self.domain(&generator.domain)?;
        extents.push(count);
        for position in 0..count {
            let value = match &rows {
                Some(rows) => rows.row(position),
                None => Datum::from(start + position as i64).into(),
            };
            self.go_on()?;
            self.bind(generator.variable, value);
            self.nest(inner, guard, extents, turn)?;
        }
        extents.pop();
        Ok(())
    }

    /// Where a generator begins, how often it runs, and the rows that it runs over.
    fn domain(&mut self, domain: &Domain) -> Result<(i64, usize, Option<Value>), ScriptFailure> {
        match domain {
            Domain::Rows(rows) => {
                let rows = self.value(rows)?;
                Ok((0, rows.length(), Some(rows)))
            }
            Domain::Range { start, end } => {
                let ends = [self.value(start)?, self.value(end)?];
                let [start, end] =
                    ends.map(|end| end.data().as_i64().expect("the ends of a range are integers"));
                Ok((start, usize::try_from(end.saturating_sub(start)).unwrap_or(0), None))
            }
        }
    }
}
