//! Loops that carry a state, onto the IR's scan, while and fixed point.

use super::{Compound, Lowered, Lowerer, rebuilt};
use crate::ir::{Kind, Type, Value};
use crate::transform::{FixedPoint as Solver, fixed_point};
use crate::typed::tree::{Expr, ExprKind, FixedPoint, Generator, Repeat, Scan};

/// Trips after which a fixed point that was not reached is given up.
const TRIPS: i64 = 100_000;

/// What a step gives: the next state, then what is kept of the step.
pub type Step = (Compound, Vec<Value>);

impl<'p> Lowerer<'p> {
    /// The value of what is computed as a whole, a loop that carries a state for one; none for other expressions.
    pub fn whole(&mut self, expr: &'p Expr) -> Option<Lowered<Compound>> {
        match &expr.kind {
            ExprKind::Scan(scan) => Some(self.scan(scan, expr)),
            ExprKind::Repeat(repeat) => Some(self.repeat(repeat)),
            ExprKind::FixedPoint(point) => Some(self.fixed_point(point)),
            ExprKind::Derivative(derived) => Some(self.derivative(derived)),
            ExprKind::Demand(demanded) => Some(self.demanded(demanded)),
            ExprKind::Stop(value) | ExprKind::Numerical(value) => Some(self.stopped(value)),
            ExprKind::Infinitesimal(value) => Some(self.infinitesimal(value)),
            ExprKind::Bounded { value, .. } => Some(self.compound(value)),
            _ => None,
        }
    }

    fn scan(&mut self, scan: &'p Scan, expr: &'p Expr) -> Lowered<Compound> {
        let start = self.compound(&scan.start)?;
        let (last, kept) =
            self.carry(&scan.generators, start, &mut |lowerer, state| lowerer.scan_step(scan, state))?;
        Ok(if scan.keeps { rebuilt(&expr.ty, &mut kept.into_iter()) } else { last })
    }

    fn scan_step(&mut self, scan: &'p Scan, state: Compound) -> Lowered<Step> {
        self.bind(scan.state, state.clone());
        let next = match &scan.guard {
            None => self.compound(&scan.next)?,
            Some(guard) => {
                let condition = self.value(guard)?;
                self.builder.begin(Vec::new());
                let next = self.compound(&scan.next);
                let leaves = next.as_ref().map(Compound::leaves).unwrap_or_default();
                let yes = self.builder.end(leaves);
                next?;
                let no = self.builder.region(Vec::new(), |_, _| state.leaves());
                state.with(&self.builder.push(Kind::If, vec![condition], vec![yes, no]))
            }
        };
        let kept = match &scan.emitted {
            _ if !scan.keeps => Vec::new(),
            None => next.leaves(),
            Some((variable, emitted)) => {
                self.bind(*variable, next.clone());
                self.compound(emitted)?.leaves()
            }
        };
        Ok((next, kept))
    }

    /// Runs a step for every index of the generators, the last innermost; gives the last state and what the steps keep,
    /// stacked.
    pub fn carry(
        &mut self,
        generators: &'p [Generator],
        state: Compound,
        step: &mut dyn FnMut(&mut Self, Compound) -> Lowered<Step>,
    ) -> Lowered<Step> {
        let Some((generator, inner)) = generators.split_first() else { return step(self, state) };
        let count = self.count(generator)?;
        let leaves = state.leaves();
        let types = leaves.iter().map(|value| self.builder.type_of(*value).clone());
        let parameters = self.builder.begin(std::iter::once(Type::i64()).chain(types).collect());
        let own = state.with(&parameters[1..]);
        let result =
            self.bind_generator(generator, parameters[0]).and_then(|()| self.carry(inner, own, step));
        let yields = match &result {
            Ok((next, kept)) => [next.leaves(), kept.clone()].concat(),
            Err(_) => Vec::new(),
        };
        let region = self.builder.end(yields);
        result?;
        let carried = leaves.len();
        if carried == 0 && !self.adds() {
            // Steps that know nothing of each other.
            let kind = Kind::Map(vec![count.bound]);
            return Ok((state, self.builder.push(kind, count.run.into_iter().collect(), vec![region])));
        }
        let kind = Kind::Scan { bound: count.bound, carried, reverse: generator.reverse };
        let operands = count.run.into_iter().chain(leaves).collect();
        let mut values = self.builder.push(kind, operands, vec![region]);
        let kept = values.split_off(carried);
        Ok((state.with(&values), kept))
    }

    fn repeat(&mut self, repeat: &'p Repeat) -> Lowered<Compound> {
        let start = self.compound(&repeat.start)?;
        let limit = self.builder.i64(i64::MAX);
        let mut leaves = start.leaves();
        let own = leaves.len();
        if self.noise.is_some() {
            // The number of the trip, which tells its draws from those of others.
            leaves.push(self.builder.i64(0));
        }
        let mut regions = Vec::with_capacity(2);
        for part in [&repeat.condition, &repeat.next] {
            let types = leaves.iter().map(|value| self.builder.type_of(*value).clone()).collect();
            let parameters = self.builder.begin(types);
            self.bind(repeat.state, start.with(&parameters[..own]));
            let value = self.compound(part);
            let mut yields = value.as_ref().map(Compound::leaves).unwrap_or_default();
            if let (2, [trip]) = (regions.len() + 1, &parameters[own..]) {
                let one = self.builder.i64(1);
                yields.push(self.builder.add(*trip, one));
            }
            regions.push(self.builder.end(yields));
            value?;
        }
        let operands = std::iter::once(limit).chain(leaves).collect();
        let values = self.builder.push(Kind::While { slots: None }, operands, regions);
        Ok(start.with(&values[..own]))
    }

    fn fixed_point(&mut self, point: &'p FixedPoint) -> Lowered<Compound> {
        let start = self.compound(&point.start)?;
        let tolerance = self.value(&point.tolerance)?;
        let leaves = start.leaves();
        let types: Vec<Type> = leaves.iter().map(|value| self.builder.type_of(*value).clone()).collect();
        let step = self.outlined("step", types.clone(), |lowerer, parameters| {
            lowerer.bind(point.state, start.with(parameters));
            Ok(lowerer.compound(&point.next)?.leaves())
        })?;
        let solver = self.new_name("solve");
        let (name, states) = (solver.as_str(), leaves.len());
        fixed_point(&mut self.module, Solver { name, step: &step.function, states });
        let limit = self.builder.i64(TRIPS);
        let operands = [leaves, step.captures, vec![tolerance, limit]].concat();
        let kind = Kind::Call { function: solver, sizes: self.own_sizes() };
        let values = self.builder.push_typed(kind, operands, Vec::new(), types);
        Ok(start.with(&values))
    }
}
