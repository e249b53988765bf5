//! Contractions: the smallest as loops over the labels of the result around one running sum over the others, as
//! [`is_plain`] defines it; the rest as calls. f32 is summed as f64 and rounded once.

use super::{Lowered, Lowering};
use crate::ir::kind::Contraction;
use crate::ir::{Constant, Element, Operation, Origin};
use crate::kernel::data::{Affine, Carried, Extent, Register, Requirement, Routine, Statement};
use crate::kernel::place::Place;
use crate::kernels::linalg::is_plain;

/// A label and how far it runs.
type Label = (u8, Extent);

/// A contraction of two places.
struct Sum<'a> {
    labels: &'a Contraction,
    operands: [Place; 2],
    /// The labels of the result, and the others in order of first appearance.
    outer: Vec<Label>,
    inner: Vec<Label>,
}

impl<'a> Sum<'a> {
    fn new(labels: &'a Contraction, operands: [Place; 2]) -> Self {
        let mut all: Vec<Label> = Vec::new();
        let axes =
            labels.left.iter().zip(&operands[0].axes).chain(labels.right.iter().zip(&operands[1].axes));
        for (label, axis) in axes {
            if !all.iter().any(|(seen, _)| seen == label) {
                all.push((*label, axis.extent));
            }
        }
        let found = |label: &u8| *all.iter().find(|(seen, _)| seen == label).expect("a label of an operand");
        let outer = labels.result.iter().map(found).collect();
        all.retain(|(label, _)| !labels.result.contains(label));
        Self { labels, operands, outer, inner: all }
    }

    fn is_plain(&self) -> bool {
        let volume = |labels: &[Label]| {
            labels.iter().try_fold(1usize, |volume, (_, extent)| {
                Some(volume.saturating_mul(extent.as_size()?.max(0) as usize))
            })
        };
        let (outer, inner) = (volume(&self.outer), volume(&self.inner));
        outer.zip(inner).is_some_and(|(outer, inner)| is_plain(outer.saturating_mul(inner), inner))
    }
}

impl Lowering<'_> {
    pub(super) fn contract(&mut self, operation: &Operation, labels: &Contraction) {
        let operands = [0, 1].map(|operand| self.array(operation.operands[operand]).clone());
        let sum = Sum::new(labels, operands);
        let shape: Vec<Extent> = sum.outer.iter().map(|(_, extent)| *extent).collect();
        let result = operation.results[0];
        let lowered = match (sum.is_plain(), shape.is_empty()) {
            (true, true) => Lowered::Scalar(self.sum(&sum, Vec::new())),
            (true, false) => Lowered::Array(self.sums(&sum, operation, &shape)),
            (false, scalar) => {
                self.same_extents(&sum, operation.origin);
                let routine = Routine::Contract {
                    labels: labels.clone(),
                    extents: sum.operands.each_ref().map(|operand| operand.shape()),
                };
                let place = self.routine(operation, routine, &shape);
                match scalar {
                    true => Lowered::Scalar(self.load(place.entry(), place.element)),
                    false => Lowered::Array(place),
                }
            }
        };
        self.set(result, lowered);
    }

    /// Axes of one label that are both known at run time only must be equally long.
    fn same_extents(&mut self, sum: &Sum, origin: Origin) {
        let [left, right] =
            sum.operands.each_ref().map(|operand| operand.axes.first().map(|axis| axis.extent));
        if let (Some(Extent::Run(left)), Some(Extent::Run(right))) = (left, right)
            && sum.labels.left[0] == sum.labels.right[0]
        {
            for (one, other) in [(left, right), (right, left)] {
                let beyond = self.affine(Affine::register(other).offset(1));
                self.require(Requirement::Inside(one, Extent::Run(beyond)), origin);
            }
        }
    }

    fn sums(&mut self, sum: &Sum, operation: &Operation, shape: &[Extent]) -> Place {
        let place = self.destination(operation.results[0], None);
        self.nest(shape, |lowering, indices| {
            let known = sum.outer.iter().map(|(label, _)| *label).zip(indices.iter().copied()).collect();
            let total = lowering.sum(sum, known);
            lowering.push(Statement::Store(place.at(indices).entry(), total));
        });
        place
    }

    fn sum(&mut self, sum: &Sum, known: Vec<(u8, Register)>) -> Register {
        let zero = self.constant(Constant::F64(0.0));
        let total = self.add_up(sum, &sum.inner, known, zero);
        match sum.operands[0].element {
            Element::F32 => self.apply("narrow", Element::F32, vec![total]),
            _ => total,
        }
    }

    /// The running sum after all products over the labels that are left.
    fn add_up(
        &mut self,
        sum: &Sum,
        inner: &[Label],
        known: Vec<(u8, Register)>,
        before: Register,
    ) -> Register {
        let Some(((label, extent), rest)) = inner.split_first() else {
            let factors = [(&sum.labels.left, &sum.operands[0]), (&sum.labels.right, &sum.operands[1])];
            let [left, right] = factors.map(|(labels, place)| self.factor(labels, place, &known));
            return self.apply("fma", Element::F64, vec![left, right, before]);
        };
        let [inside, result] = [self.register(Element::F64), self.register(Element::F64)];
        let open = self.begin_loop(*extent, false);
        let known = [known, vec![(*label, open.index)]].concat();
        let next = self.add_up(sum, rest, known, inside);
        self.end_loop(open, vec![Carried { inside, initial: before, next, result }]);
        result
    }

    fn factor(&mut self, labels: &[u8], place: &Place, known: &[(u8, Register)]) -> Register {
        let index = |label: &u8| known.iter().find(|(seen, _)| seen == label).expect("its loop is open").1;
        let indices: Vec<Register> = labels.iter().map(index).collect();
        let value = self.load(place.at(&indices).entry(), place.element);
        match place.element {
            Element::F32 => self.apply("widen", Element::F64, vec![value]),
            _ => value,
        }
    }
}
