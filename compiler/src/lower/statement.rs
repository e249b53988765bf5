//! Statements of blocks: names, and loops and branches that change what was declared with `var`.
//!
//! A loop carries the variables that its body changes; a branch yields them. An array to which a loop only adds is not
//! carried: the additions are summed up and added once.

use super::{Compound, Lowered, Lowerer, unsupported};
use crate::ir::kind::Check;
use crate::ir::{Kind, Type, Value};
use crate::typed::tree::{Block, Expr, Generator, Index, Statement, StatementKind, Variable};
use crate::typed::types::Element;
use std::collections::BTreeSet;

impl<'p> Lowerer<'p> {
    /// The statements of a block that scores nothing.
    pub fn statements(&mut self, statements: &'p [Statement]) -> Lowered<()> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    /// A statement that scores nothing.
    pub fn statement(&mut self, statement: &'p Statement) -> Lowered<()> {
        self.at(statement.span);
        match &statement.kind {
            StatementKind::Let { variable, value } | StatementKind::Assign { variable, value } => {
                self.define(*variable, value)
            }
            StatementKind::Update { variable, indices, add, value } => {
                self.update(*variable, indices, *add, value)
            }
            StatementKind::Draw { variable, measure } => {
                let value = self.drawn(measure)?;
                self.bind(*variable, value);
                Ok(())
            }
            StatementKind::For { generators, guard, body } => self.for_each(generators, guard.as_ref(), body),
            StatementKind::If { condition, yes, no } => self.either(condition, yes, no),
            StatementKind::Site { .. } | StatementKind::Observe { .. } | StatementKind::Factor(_)
                if self.unscored =>
            {
                Ok(())
            }
            StatementKind::Site { .. } | StatementKind::Observe { .. } | StatementKind::Factor(_) => {
                Err(unsupported(statement.span, "this statement outside of a model's body"))
            }
        }
    }

    fn for_each(
        &mut self,
        generators: &'p [Generator],
        guard: Option<&'p Expr>,
        body: &'p Block,
    ) -> Lowered<()> {
        let mut changed = changed(&[body]);
        let sums: Vec<Variable> =
            changed.iter().copied().filter(|variable| self.is_sum(*variable, body)).collect();
        changed.retain(|variable| !sums.contains(variable));
        if sums.is_empty() {
            return self.repeated(generators, guard, body, &changed);
        }
        let arrays: Vec<Value> = sums.iter().map(|variable| self.variables[variable]).collect();
        let types: Vec<Type> = arrays.iter().map(|array| self.builder.type_of(*array).clone()).collect();
        let totals = self.builder.begin(types.iter().map(Type::to_accumulator).collect());
        self.sums.extend(sums.iter().copied().zip(totals));
        let outcome = self.repeated(generators, guard, body, &changed);
        let state = self.state(&changed);
        let region = self.builder.end(state.leaves());
        sums.iter().for_each(|variable| _ = self.sums.remove(variable));
        outcome?;
        let values = self.builder.push(Kind::Accumulate(types), Vec::new(), vec![region]);
        let (totals, rest) = values.split_at(sums.len());
        self.set_state(&changed, &state.with(rest));
        for ((variable, array), total) in sums.iter().zip(arrays).zip(totals) {
            let added = self.added(array, *total)?;
            self.variables.insert(*variable, added);
        }
        Ok(())
    }

    /// Whether the loops around this place add to arrays.
    pub fn adds(&self) -> bool {
        !self.sums.is_empty()
    }

    /// The loop, with what it carries.
    fn repeated(
        &mut self,
        generators: &'p [Generator],
        guard: Option<&'p Expr>,
        body: &'p Block,
        changed: &[Variable],
    ) -> Lowered<()> {
        let made = if guard.is_none() { self.stepwise(generators, body, changed) } else { Vec::new() };
        let is_made = |variable: &&Variable| made.iter().any(|made| made.variable == **variable);
        let carried: Vec<Variable> = changed.iter().filter(|variable| !is_made(variable)).copied().collect();
        let windows: Vec<Vec<Value>> =
            made.iter().map(|made| self.first_window(made, &generators[0])).collect();
        let state = Compound::Record(vec![
            ("carried".into(), self.state(&carried)),
            ("windows".into(), Compound::values(windows.concat())),
        ]);
        let (last, kept) = self.carry(generators, state, &mut |lowerer, state| {
            lowerer.set_state(&carried, state.field("carried"));
            let mut before = state.field("windows").leaves().into_iter();
            for made in &made {
                let before = before.by_ref().take(made.lags).collect();
                lowerer.open_window(made, generators, before);
            }
            let outcome = match guard {
                None => lowerer.statements(&body.statements),
                Some(guard) => {
                    let condition = lowerer.value(guard)?;
                    lowerer.branches(condition, &carried, body, None)
                }
            };
            let (next, new): (Vec<_>, Vec<_>) = made.iter().map(|made| lowerer.close_window(made)).unzip();
            outcome?;
            let next = Compound::Record(vec![
                ("carried".into(), lowerer.state(&carried)),
                ("windows".into(), Compound::values(next.concat())),
            ]);
            Ok((next, new.into_iter().flatten().collect()))
        })?;
        self.set_state(&carried, last.field("carried"));
        for (made, kept) in made.iter().zip(kept) {
            let merged = self.merged(made.variable, generators, kept)?;
            self.variables.insert(made.variable, merged);
        }
        Ok(())
    }

    /// Whether a loop's body only adds to an array.
    fn is_sum(&self, variable: Variable, body: &Block) -> bool {
        let row = &self.program.variables[variable.0 as usize];
        let mut read = false;
        body.parts(&mut |part| read = read || part.reads(variable));
        matches!(row.ty.element, Element::Real(_))
            && !row.ty.shape.is_empty()
            && !read
            && only_added(variable, body)
    }

    /// The sum of two arrays.
    fn added(&mut self, a: Value, b: Value) -> Lowered<Value> {
        let shape = super::record::extents(self.builder.type_of(a));
        self.map_over(&shape, |lowerer, indices| {
            let (a, b) = (lowerer.read(a, indices), lowerer.read(b, indices));
            Ok(lowerer.builder.add(a, b))
        })
    }

    fn either(&mut self, condition: &'p Expr, yes: &'p Block, no: &'p Block) -> Lowered<()> {
        let mut changed = changed(&[yes, no]);
        changed.retain(|variable| !self.sums.contains_key(variable));
        let condition = self.value(condition)?;
        self.branches(condition, &changed, yes, Some(no))
    }

    /// Either block's statements; the variables that they change take the values of the one that is taken.
    fn branches(
        &mut self,
        condition: Value,
        changed: &[Variable],
        yes: &'p Block,
        no: Option<&'p Block>,
    ) -> Lowered<()> {
        let before = self.state(changed);
        let mut regions = Vec::with_capacity(2);
        for block in [Some(yes), no] {
            self.set_state(changed, &before);
            self.builder.begin(Vec::new());
            let outcome = block.map_or(Ok(()), |block| self.statements(&block.statements));
            let leaves = self.state(changed).leaves();
            regions.push(self.builder.end(leaves));
            outcome?;
        }
        let values = self.builder.push(Kind::If, vec![condition], regions);
        self.set_state(changed, &before.with(&values));
        Ok(())
    }

    /// The values of variables, together.
    pub fn state(&self, variables: &[Variable]) -> Compound {
        let value = |variable: &Variable| match self.variables.get(variable) {
            Some(value) => Compound::Value(*value),
            None => self.records[variable].clone(),
        };
        Compound::Record(variables.iter().map(|variable| ("".into(), value(variable))).collect())
    }

    /// Gives variables the values of a state of theirs.
    pub fn set_state(&mut self, variables: &[Variable], state: &Compound) {
        let Compound::Record(fields) = state else { unreachable!("a state is made by `state`") };
        for (variable, (_, value)) in variables.iter().zip(fields) {
            self.bind(*variable, value.clone());
        }
    }

    /// `a[i] = e`, `a[i] += e`
    fn update(
        &mut self,
        variable: Variable,
        indices: &'p [Index],
        add: bool,
        value: &'p Expr,
    ) -> Lowered<()> {
        let new = self.value(value)?;
        if let Some(window) = self.windows.get_mut(&variable) {
            window.new = Some(new);
            return Ok(());
        }
        let places = self.scalar_indices(indices)?;
        if let Some(total) = self.sums.get(&variable) {
            self.builder.add_to(*total, &places, new);
            return Ok(());
        }
        let proved = indices.iter().all(|index| matches!(index, Index::At { proved: true, .. }));
        let old = self.variables[&variable];
        let new = match (add, proved) {
            (true, _) => {
                let entry = self.read(old, &places);
                self.added(entry, new)?
            }
            (false, true) => new,
            (false, false) => self.inside(old, &places, new),
        };
        let updated = self.updated(old, &places, new)?;
        self.variables.insert(variable, updated);
        Ok(())
    }

    /// The value, or the failure of reading the array at indices that lie outside.
    fn inside(&mut self, array: Value, places: &[Value], value: Value) -> Value {
        let mut holds: Option<Value> = None;
        for (axis, place) in places.iter().enumerate() {
            let (zero, extent) =
                (self.builder.i64(0), self.builder.push(Kind::Length(axis), vec![array], Vec::new())[0]);
            for (comparison, end) in [("ge", zero), ("lt", extent)] {
                let here = self.builder.primitive(comparison, &[*place, end]);
                holds = Some(holds.map_or(here, |holds| self.builder.primitive("and", &[holds, here])));
            }
        }
        let holds = holds.expect("an entry has an index");
        let yes = |_: &mut crate::ir::Builder| vec![value];
        let no = |builder: &mut crate::ir::Builder| vec![builder.index(array, places, Check::Checked)];
        self.builder.branch(holds, yes, no)[0]
    }

    /// The array with the part at these indices replaced.
    pub fn updated(&mut self, array: Value, places: &[Value], new: Value) -> Lowered<Value> {
        let shape = super::record::extents(self.builder.type_of(array));
        self.map_over(&shape, |lowerer, indices| {
            let (own, rest) = indices.split_at(places.len());
            let same = own.iter().zip(places).map(|(a, b)| lowerer.builder.primitive("eq", &[*a, *b]));
            let same: Vec<Value> = same.collect();
            let here = same.into_iter().reduce(|a, b| lowerer.builder.primitive("and", &[a, b]));
            let here = here.expect("an entry has an index");
            let (old, value) = (lowerer.read(array, indices), lowerer.read(new, rest));
            Ok(lowerer.builder.primitive("select", &[here, value, old]))
        })
    }
}

/// The variables that blocks change and that they do not declare, in order.
pub fn changed(blocks: &[&Block]) -> Vec<Variable> {
    let (mut changed, mut own) = (BTreeSet::new(), BTreeSet::new());
    blocks.iter().for_each(|block| changes(block, &mut changed, &mut own));
    changed.difference(&own).copied().collect()
}

/// Whether every statement that changes a variable adds to entries of it.
fn only_added(variable: Variable, block: &Block) -> bool {
    block.statements.iter().all(|statement| match &statement.kind {
        StatementKind::Assign { variable: own, .. } => *own != variable,
        StatementKind::Update { variable: own, add, .. } => *own != variable || *add,
        StatementKind::For { body, .. } => only_added(variable, body),
        StatementKind::If { yes, no, .. } => only_added(variable, yes) && only_added(variable, no),
        _ => true,
    })
}

/// Collects what a block's statements change, and what they declare themselves.
fn changes(block: &Block, changed: &mut BTreeSet<Variable>, own: &mut BTreeSet<Variable>) {
    for statement in &block.statements {
        match &statement.kind {
            StatementKind::Let { variable, .. } => _ = own.insert(*variable),
            StatementKind::Assign { variable, .. } | StatementKind::Update { variable, .. } => {
                changed.insert(*variable);
            }
            StatementKind::For { body, .. } => changes(body, changed, own),
            StatementKind::If { yes, no, .. } => {
                changes(yes, changed, own);
                changes(no, changed, own);
            }
            _ => {}
        }
    }
}
