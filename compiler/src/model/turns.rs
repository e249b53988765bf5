//! Loops and branches over sites: sums of what they score. A loop whose turns change variables that later turns read is a
//! scan that carries them.

use super::density::{Density, refuse_tracked};
use crate::ir::{Kind, Reduction, Value};
use crate::lower::Lowered;
use crate::typed::tree::{Block, Expr, Generator, Variable};

impl<'p> Density<'p> {
    /// A loop over statements: a sum of what they score.
    pub(super) fn repeated(
        &mut self,
        generators: &'p [Generator],
        guard: Option<&'p Expr>,
        body: &'p Block,
    ) -> Lowered<()> {
        let Some((generator, inner)) = generators.split_first() else {
            return match guard {
                Some(guard) => self.guarded(guard, body, &[]),
                None => self.statements(body),
            };
        };
        refuse_tracked(self.lowerer.program, body)?;
        let count = self.lowerer.count(generator)?;
        let index = self.lowerer.builder.begin(vec![crate::ir::Type::i64()])[0];
        let since = self.terms.len();
        let outcome =
            self.lowerer.bind_generator(generator, index).and_then(|()| self.repeated(inner, guard, body));
        let sum = self.total(since);
        let region = self.lowerer.builder.end(vec![sum]);
        outcome?;
        let kind = Kind::Reduce(Reduction::Add, vec![count.bound]);
        let run = count.run.into_iter().collect();
        let sum = self.lowerer.builder.push(kind, run, vec![region])[0];
        self.score("loop", sum);
        Ok(())
    }

    /// A loop whose turns change variables that later ones read: a scan that carries them, and the sum so far.
    pub(super) fn in_turn(
        &mut self,
        generators: &'p [Generator],
        guard: Option<&'p Expr>,
        body: &'p Block,
        carried: &[Variable],
    ) -> Lowered<()> {
        let Some((generator, inner)) = generators.split_first() else {
            return match guard {
                Some(guard) => self.guarded(guard, body, carried),
                None => self.statements(body),
            };
        };
        refuse_tracked(self.lowerer.program, body)?;
        self.settle_all(body)?;
        let count = self.lowerer.count(generator)?;
        let nothing = self.lowerer.builder.f64(0.0);
        let before = self.lowerer.state(carried);
        let initial = [before.leaves(), vec![nothing]].concat();
        let types = initial.iter().map(|value| self.lowerer.builder.type_of(*value).clone());
        let parameters = std::iter::once(crate::ir::Type::i64()).chain(types).collect();
        let parameters = self.lowerer.builder.begin(parameters);
        self.lowerer.set_state(carried, &before.with(&parameters[1..]));
        let since = self.terms.len();
        let outcome = self
            .lowerer
            .bind_generator(generator, parameters[0])
            .and_then(|()| self.in_turn(inner, guard, body, carried));
        let own = self.total(since);
        let sum = self.lowerer.builder.add(*parameters.last().expect("the sum is carried"), own);
        let states = [self.lowerer.state(carried).leaves(), vec![sum]].concat();
        let region = self.lowerer.builder.end(states);
        outcome?;
        let kind = Kind::Scan { bound: count.bound, carried: initial.len(), reverse: generator.reverse };
        let operands = count.run.into_iter().chain(initial).collect();
        let last = self.lowerer.builder.push(kind, operands, vec![region]);
        self.lowerer.set_state(carried, &before.with(&last));
        self.score("loop", *last.last().expect("the sum is carried"));
        Ok(())
    }

    fn guarded(&mut self, guard: &'p Expr, body: &'p Block, carried: &[Variable]) -> Lowered<()> {
        self.settle_all(body)?;
        let condition = self.lowerer.value(guard)?;
        let yes = self.branch(body, carried)?;
        let before = self.lowerer.state(carried).leaves();
        let no = self
            .lowerer
            .builder
            .region(Vec::new(), |builder, _| [&[builder.f64(0.0)], before.as_slice()].concat());
        self.chosen(condition, [yes, no], carried);
        Ok(())
    }

    pub(super) fn branches(
        &mut self,
        condition: &'p Expr,
        yes: &'p Block,
        no: &'p Block,
        carried: &[Variable],
    ) -> Lowered<()> {
        self.settle_all(yes)?;
        self.settle_all(no)?;
        let condition = self.lowerer.value(condition)?;
        let regions = [self.branch(yes, carried)?, self.branch(no, carried)?];
        self.chosen(condition, regions, carried);
        Ok(())
    }

    /// An `if` of regions that yield what they score, and the variables that they change.
    fn chosen(&mut self, condition: Value, regions: [crate::ir::Block; 2], carried: &[Variable]) {
        let values = self.lowerer.builder.push(Kind::If, vec![condition], regions.into());
        let chosen = self.lowerer.state(carried).with(&values[1..]);
        self.lowerer.set_state(carried, &chosen);
        self.score("if", values[0]);
    }

    /// A branch's statements as a region that yields what they score, then the variables that they may change.
    fn branch(&mut self, block: &'p Block, carried: &[Variable]) -> Lowered<crate::ir::Block> {
        refuse_tracked(self.lowerer.program, block)?;
        let before = self.lowerer.state(carried);
        self.lowerer.builder.begin(Vec::new());
        let since = self.terms.len();
        let outcome = self.statements(block);
        let sum = self.total(since);
        let after = self.lowerer.state(carried).leaves();
        let region = self.lowerer.builder.end([vec![sum], after].concat());
        self.lowerer.set_state(carried, &before);
        outcome.map(|()| region)
    }
}
