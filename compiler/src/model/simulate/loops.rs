//! Loops and branches of a model that draws: turns that read no other turn's sites lie side by side, others in order.

use super::Forward;
use crate::ir::kind::Check;
use crate::ir::{Bound, Dimension, Kind, Polynomial, Type, Value};
use crate::lower::statement::changed;
use crate::lower::{Compound, Lowered};
use crate::model::rows::{declared, independent_at};
use crate::typed::tree::{Block, Domain, Expr, Generator, Variable};
use rustc_hash::FxHashMap;

impl<'p> Forward<'p> {
    /// The bounds of loops over all entries of an array.
    fn bounds(&self, array: Value) -> Vec<Bound> {
        let bound = |dimension: &Dimension| match dimension {
            Dimension::Size(size) => Bound::Size(size.clone()),
            Dimension::Run => unreachable!("arrays of sites have sizes"),
        };
        self.lowerer.builder.type_of(array).shape.iter().map(bound).collect()
    }

    pub(super) fn repeated(
        &mut self,
        generators: &'p [Generator],
        guard: Option<&'p Expr>,
        body: &'p Block,
    ) -> Lowered<()> {
        let Some((generator, inner)) = generators.split_first() else {
            return match guard {
                Some(guard) => self.branches(guard, Some(body), None),
                None => self.statements(body),
            };
        };
        let mut made: Vec<Variable> =
            declared(body).into_iter().filter(|variable| self.is_drawn(*variable)).collect();
        let changing = changed(&[body]);
        if made.is_empty() && changing.is_empty() {
            return Ok(());
        }
        let fixed = |variable: &Variable| self.lowerer.rows.get(variable).copied().unwrap_or(0);
        let independent = matches!(generator.domain, Domain::Range { .. })
            && guard.is_none()
            && changing.is_empty()
            && made.iter().all(|site| independent_at(body, *site, generator.variable, fixed(site)));
        made.extend(changing);
        let count = self.lowerer.count(generator)?;
        match (independent, &count.bound) {
            (true, Bound::Size(length)) => {
                let length = length.clone();
                self.side_by_side(generator, &length, &made, &mut |forward| {
                    forward.repeated(inner, guard, body)
                })
            }
            _ => self.in_turn(generator, count, &made, &mut |forward| forward.repeated(inner, guard, body)),
        }
    }

    /// A loop whose turns do not read each other: each makes a row of every array.
    fn side_by_side(
        &mut self,
        generator: &'p Generator,
        length: &Polynomial,
        made: &[Variable],
        body: &mut dyn FnMut(&mut Self) -> Lowered<()>,
    ) -> Lowered<()> {
        let outer: FxHashMap<Variable, Value> = self.lowerer.variables.clone();
        let index = self.lowerer.builder.begin(vec![Type::i64()])[0];
        let outcome = self.lowerer.bind_generator(generator, index).and_then(|()| {
            let at = self.lowerer.variables[&generator.variable];
            for site in made {
                *self.lowerer.rows.entry(*site).or_default() += 1;
                if let Some(before) = outer.get(site) {
                    let row = self.lowerer.builder.index(*before, &[at], Check::Checked);
                    self.lowerer.variables.insert(*site, row);
                }
            }
            body(self)
        });
        let rows: Vec<Value> =
            made.iter().filter_map(|site| self.lowerer.variables.get(site).copied()).collect();
        debug_assert!(outcome.is_err() || rows.len() == made.len(), "a turn makes a row of each array");
        let region = self.lowerer.builder.end(rows);
        for site in made {
            *self.lowerer.rows.get_mut(site).expect("a row was fixed") -= 1;
        }
        outcome?;
        let stacked =
            self.lowerer.builder.push(Kind::Map(vec![Bound::Size(length.clone())]), Vec::new(), vec![region]);
        self.lowerer.variables = outer;
        for (site, rows) in made.iter().zip(stacked) {
            let whole = self.joined(*site, generator, length, rows)?;
            self.lowerer.variables.insert(*site, whole);
        }
        Ok(())
    }

    /// An array with the rows of a loop in it: the rows themselves where they are all.
    fn joined(
        &mut self,
        site: Variable,
        generator: &'p Generator,
        length: &Polynomial,
        rows: Value,
    ) -> Lowered<Value> {
        let fixed = self.lowerer.rows.get(&site).copied().unwrap_or(0);
        let of = self.lowerer.program.variables[site.0 as usize].ty.indexed(fixed);
        if self.lowerer.sizes(&of.shape)[0] == *length {
            return Ok(rows);
        }
        let before = self.array(site);
        let Domain::Range { start, .. } = &generator.domain else {
            unreachable!("the indices of independent turns are a range")
        };
        let start = self.lowerer.value(start)?;
        let bounds = self.bounds(before);
        let builder = &mut self.lowerer.builder;
        let end = builder.size(length.clone());
        let whole = builder.map(bounds, Vec::new(), |builder, at| {
            let position = builder.sub(at[0], start);
            let zero = builder.i64(0);
            let (above, below) =
                (builder.primitive("ge", &[position, zero]), builder.primitive("lt", &[position, end]));
            let inside = builder.primitive("and", &[above, below]);
            let here = [&[position], &at[1..]].concat();
            builder.branch(
                inside,
                |builder| vec![builder.index(rows, &here, Check::Checked)],
                |builder| vec![builder.index(before, at, Check::Checked)],
            )
        });
        Ok(whole[0])
    }

    /// A loop in program order, which carries the arrays from turn to turn.
    fn in_turn(
        &mut self,
        generator: &'p Generator,
        count: crate::lower::looping::Count,
        made: &[Variable],
        body: &mut dyn FnMut(&mut Self) -> Lowered<()>,
    ) -> Lowered<()> {
        let before = self.before(made);
        let initial = before.leaves();
        let outer = self.lowerer.variables.clone();
        let types = initial.iter().map(|value| self.lowerer.builder.type_of(*value).clone());
        let parameters: Vec<Type> = std::iter::once(Type::i64()).chain(types).collect();
        let values = self.lowerer.builder.begin(parameters);
        self.lowerer.set_state(made, &before.with(&values[1..]));
        let outcome = self.lowerer.bind_generator(generator, values[0]).and_then(|()| body(self));
        let states = self.lowerer.state(made).leaves();
        let region = self.lowerer.builder.end(states);
        outcome?;
        let kind = Kind::Scan { bound: count.bound, carried: initial.len(), reverse: generator.reverse };
        let operands = count.run.into_iter().chain(initial).collect();
        let last = self.lowerer.builder.push(kind, operands, vec![region]);
        self.lowerer.variables = outer;
        self.lowerer.set_state(made, &before.with(&last));
        Ok(())
    }

    /// What variables are before a loop or a branch: sites that are not declared yet are arrays without values.
    fn before(&mut self, made: &[Variable]) -> Compound {
        for variable in
            made.iter().filter(|variable| self.lowerer.program.variables[variable.0 as usize].ty.is_numeric())
        {
            self.array(*variable);
        }
        self.lowerer.state(made)
    }

    /// `if`: both branches give the sites that either declares; what a branch does not declare stays as it was.
    pub(super) fn branches(
        &mut self,
        condition: &'p Expr,
        yes: Option<&'p Block>,
        no: Option<&'p Block>,
    ) -> Lowered<()> {
        let mut made: Vec<Variable> = Vec::new();
        for site in [yes, no].into_iter().flatten().flat_map(declared) {
            if self.is_drawn(site) && !made.contains(&site) {
                made.push(site);
            }
        }
        let blocks: Vec<&Block> = [yes, no].into_iter().flatten().collect();
        made.extend(changed(&blocks));
        let condition = self.lowerer.value(condition)?;
        let before = self.before(&made);
        let outer = self.lowerer.variables.clone();
        let mut regions = Vec::with_capacity(2);
        for branch in [yes, no] {
            self.lowerer.builder.begin(Vec::new());
            let outcome = branch.map_or(Ok(()), |branch| self.statements(branch));
            let values = self.lowerer.state(&made).leaves();
            regions.push(self.lowerer.builder.end(values));
            self.lowerer.variables.clone_from(&outer);
            self.lowerer.set_state(&made, &before);
            outcome?;
        }
        let values = self.lowerer.builder.push(Kind::If, vec![condition], regions);
        self.lowerer.set_state(&made, &before.with(&values));
        Ok(())
    }
}
