//! Contractions: loops over the labels of the result around one running sum over the others, in order of first
//! appearance, the last fastest. f32 is summed as f64 and rounded once.

use super::{Lowered, Lowering};
use crate::ir::kind::Contraction;
use crate::ir::{Constant, Element, Operation};
use crate::kernel::data::{Carried, Extent, Register, Statement};
use crate::kernel::place::Place;

/// A label and how far it runs.
type Label = (u8, Extent);

struct Sum<'a> {
    labels: &'a Contraction,
    operands: [Place; 2],
}

impl Lowering<'_> {
    pub(super) fn contract(&mut self, operation: &Operation, labels: &Contraction) {
        let operands = [0, 1].map(|operand| self.array(operation.operands[operand]).clone());
        let mut all: Vec<Label> = Vec::new();
        let axes =
            labels.left.iter().zip(&operands[0].axes).chain(labels.right.iter().zip(&operands[1].axes));
        for (label, axis) in axes {
            if !all.iter().any(|(seen, _)| seen == label) {
                all.push((*label, axis.extent));
            }
        }
        let extent =
            |label: &u8| all.iter().find(|(seen, _)| seen == label).expect("a label of an operand").1;
        let outer: Vec<Extent> = labels.result.iter().map(extent).collect();
        let inner: Vec<Label> =
            all.iter().filter(|(label, _)| !labels.result.contains(label)).copied().collect();
        let sum = Sum { labels, operands };
        let result = operation.results[0];
        if outer.is_empty() {
            let total = self.sum(&sum, &inner, Vec::new());
            return self.set(result, Lowered::Scalar(total));
        }
        let first = match outer[0] {
            Extent::Run(register) => Some(register),
            Extent::Size(_) => None,
        };
        let place = self.destination(result, first);
        self.nest(&outer, |lowering, indices| {
            let known: Vec<(u8, Register)> =
                labels.result.iter().copied().zip(indices.iter().copied()).collect();
            let total = lowering.sum(&sum, &inner, known);
            lowering.push(Statement::Store(place.at(indices).entry(), total));
        });
        self.set(result, Lowered::Array(place));
    }

    fn sum(&mut self, sum: &Sum, inner: &[Label], known: Vec<(u8, Register)>) -> Register {
        let zero = self.constant(Constant::F64(0.0));
        let total = self.add_up(sum, inner, known, zero);
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
            let factors = factors.map(|(labels, place)| self.factor(labels, place, &known));
            let product = self.apply("mul", Element::F64, factors.to_vec());
            return self.apply("add", Element::F64, vec![before, product]);
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
