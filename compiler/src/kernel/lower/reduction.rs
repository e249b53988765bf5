//! Reductions: a running state around loops. `logsumexp` is the greatest entry, then the sum of shifted exponentials.

use super::{Lowered, Lowering};
use crate::ir::{Bound, Element, Operation, Reduction};
use crate::kernel::data::{BufferName, Extent, Home, Register, State, StateName, Statement};
use crate::kernel::place::{Place, extents, volume};

/// Words of memory that a running reduction needs: 32 partial results and a count, in whole cache lines.
const STATE_WORDS: i64 = 40;

impl Lowering<'_> {
    pub(super) fn reduce(&mut self, operation: &Operation, reduction: Reduction, bounds: &[Bound]) {
        let bounds = self.extents(bounds, &operation.operands);
        let registers = match reduction {
            Reduction::LogSumExp => self.log_sum_exp(operation, &bounds),
            _ => self.reduce_region(operation, reduction, &bounds),
        };
        for (result, register) in operation.results.iter().zip(registers) {
            self.set(*result, Lowered::Scalar(register));
        }
    }

    fn reduce_region(
        &mut self,
        operation: &Operation,
        reduction: Reduction,
        bounds: &[Extent],
    ) -> Vec<Register> {
        let region = &operation.regions[0];
        let elements: Vec<Element> = operation.results.iter().map(|result| self.element(*result)).collect();
        self.reduce_over(reduction, &elements, bounds, |lowering, indices| {
            lowering.indices(region, indices);
            lowering.block(region, vec![None; region.results.len()]);
            region.results.iter().map(|result| lowering.scalar(*result)).collect()
        })
    }

    /// Reduces what the body gives for each index.
    fn reduce_over(
        &mut self,
        reduction: Reduction,
        elements: &[Element],
        bounds: &[Extent],
        body: impl FnOnce(&mut Self, &[Register]) -> Vec<Register>,
    ) -> Vec<Register> {
        let states: Vec<StateName> = elements.iter().map(|element| self.state(reduction, *element)).collect();
        states.iter().for_each(|state| self.push(Statement::Begin(*state)));
        self.nest(bounds, |lowering, indices| {
            let values = body(lowering, indices);
            let position = Place::whole(BufferName(0), Element::Bool, bounds).at(indices).origin;
            for (state, value) in states.iter().zip(values) {
                lowering.push(Statement::Absorb(*state, position.clone(), value));
            }
        });
        let mut registers = Vec::new();
        for (state, element) in states.iter().zip(elements) {
            let register = self.register(*element);
            self.push(Statement::Finish(*state, register, volume(bounds)));
            registers.push(register);
        }
        registers
    }

    fn state(&mut self, reduction: Reduction, element: Element) -> StateName {
        let buffer = self.buffer_at(Element::F64, &extents(&[STATE_WORDS]), Home::Arena(0));
        self.kernel.states.push(State { reduction, element, buffer, tiled: false });
        StateName(self.kernel.states.len() as u32 - 1)
    }

    /// The entries are kept, because both passes read them.
    fn log_sum_exp(&mut self, operation: &Operation, bounds: &[Extent]) -> Vec<Register> {
        let region = &operation.regions[0];
        let elements: Vec<Element> = operation.results.iter().map(|result| self.element(*result)).collect();
        let first = self.first_axis(bounds);
        let shape: Vec<Extent> = first
            .map(Extent::Run)
            .into_iter()
            .chain(bounds[usize::from(first.is_some())..].iter().copied())
            .collect();
        let kept: Vec<Place> = elements.iter().map(|element| self.fresh(*element, &shape)).collect();
        let greatest = self.reduce_over(Reduction::Max, &elements, bounds, |lowering, indices| {
            lowering.indices(region, indices);
            lowering.block(region, kept.iter().map(|place| Some(place.at(indices))).collect());
            region.results.iter().map(|result| lowering.scalar(*result)).collect()
        });
        let sums = self.reduce_over(Reduction::Add, &elements, bounds, |lowering, indices| {
            let shifted = kept.iter().zip(&greatest).map(|(place, greatest)| {
                let value = lowering.load(place.at(indices).entry(), place.element);
                let shifted = lowering.apply("sub", place.element, vec![value, *greatest]);
                lowering.apply("exp", place.element, vec![shifted])
            });
            shifted.collect()
        });
        let results = greatest.into_iter().zip(sums).zip(elements).map(|((greatest, sum), element)| {
            let finite = self.apply("is_finite", Element::Bool, vec![greatest]);
            let logarithm = self.apply("log", element, vec![sum]);
            let total = self.apply("add", element, vec![greatest, logarithm]);
            self.apply("select", element, vec![finite, total, greatest])
        });
        results.collect()
    }
}
