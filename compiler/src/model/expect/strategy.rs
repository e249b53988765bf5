//! Estimators of a single site that evaluate the rest more than once: enumeration, measure-valued derivatives.

use super::error::EstimatorError;
use super::rest::Term;
use super::rewrite::{Names, Rewrite, arguments, renamed};
use crate::ir::kind::{Check, Sample};
use crate::ir::{Bound, Dimension, Element, Kind, Operation, Reduction, Type, Value};

impl<'m> Rewrite<'m> {
    /// The sum over the support of probability times rest.
    pub fn enumerate(
        &mut self,
        operation: &'m Operation,
        sample: &Sample,
        after: &[&'m Operation],
        terms: Vec<Term>,
        names: Names,
    ) -> Result<Value, EstimatorError> {
        let distribution = self.distribution(sample)?;
        let size = distribution.support_size.as_ref().expect("the strategy was checked");
        let arguments = renamed(arguments(sample, operation), &names);
        let count = self.call(size, arguments.clone())[0];
        let point = self.builder.begin(vec![Type::i64()])[0];
        let draw = self.support_point(point, operation.results[0]);
        let lp = self.call(&distribution.log_density, [arguments, vec![draw]].concat())[0];
        let probability = self.builder.primitive("exp", &[lp]);
        let zero = self.builder.f64(0.0);
        let possible = self.builder.primitive("gt", &[probability, zero]);

        self.builder.begin(Vec::new());
        let mut inner = names;
        inner.insert(operation.results[0], draw);
        let rest = self.estimate(after, terms, inner)?;
        let weighted = self.builder.mul(probability, rest);
        let yes = self.builder.end(vec![weighted]);
        self.builder.begin(Vec::new());
        let nothing = self.builder.f64(0.0);
        let no = self.builder.end(vec![nothing]);

        let entry = self.builder.push(Kind::If, vec![possible], vec![yes, no]);
        let region = self.builder.end(entry);
        let kind = Kind::Reduce(Reduction::Add, vec![Bound::Run]);
        Ok(self.builder.push(kind, vec![count], vec![region])[0])
    }

    /// The point of a finite support as a draw of the site's type.
    fn support_point(&mut self, point: Value, site: Value) -> Value {
        match self.source.type_of(site).element {
            Element::I64 => point,
            Element::Bool => {
                let zero = self.builder.i64(0);
                self.builder.primitive("ne", &[point, zero])
            }
            Element::F64 => self.builder.primitive("int_to_float", &[point]),
            Element::F32 => {
                let wide = self.builder.primitive("int_to_float", &[point]);
                self.builder.primitive("narrow", &[wide])
            }
        }
    }

    /// The rest at a draw, plus for each floating-point argument a zero whose derivative is the coefficient times the
    /// difference of the rest at two further points; of a vector, for each of its entries.
    pub fn measure_valued(
        &mut self,
        operation: &'m Operation,
        sample: &Sample,
        after: &[&'m Operation],
        terms: Vec<Term>,
        names: Names,
    ) -> Result<Value, EstimatorError> {
        let distribution = self.distribution(sample)?;
        let decomposition = distribution.measure_valued.as_ref().expect("the strategy was checked");
        let own = arguments(sample, operation);
        let arguments = renamed(own, &names);
        // Only the differences have derivatives, not the points that they are taken at.
        let mut still = names.clone();
        for (name, argument) in own.iter().zip(&arguments) {
            if self.builder.type_of(*argument).is_float() {
                still.insert(*name, self.stop(*argument));
            }
        }
        let draw = self.draw(sample, operation, &still)?;
        let bits = self.bits(sample, operation, &names, 1)?;
        let points = self.call(decomposition, [renamed(own, &still).as_slice(), &[draw], &bits].concat());

        let at = |pass: &mut Self, point: Value| {
            let mut inner = names.clone();
            inner.insert(operation.results[0], point);
            pass.estimate(after, terms.clone(), inner)
        };
        let mut estimate = at(self, draw)?;
        let floats = arguments.iter().filter(|value| self.builder.type_of(**value).is_float());
        let floats: Vec<Value> = floats.copied().collect();
        for (argument, triple) in floats.iter().zip(points.chunks_exact(3)) {
            let shape = self.builder.type_of(*argument).shape.clone();
            let product = match shape.as_slice() {
                [] => self.difference(*argument, [triple[0], triple[1], triple[2]], &at)?,
                [Dimension::Size(length)] => {
                    let entry = self.builder.begin(vec![Type::i64()])[0];
                    self.path.push(entry);
                    let parts = [*argument, triple[0], triple[1], triple[2]];
                    let [own, factor, plus, minus] =
                        parts.map(|part| self.builder.index(part, &[entry], Check::Checked));
                    let product = self.difference(own, [factor, plus, minus], &at);
                    self.path.pop();
                    let region = self.builder.end(product.iter().copied().collect());
                    product?;
                    let kind = Kind::Reduce(Reduction::Add, vec![Bound::Size(length.clone())]);
                    self.builder.push(kind, Vec::new(), vec![region])[0]
                }
                _ => panic!("only numbers and vectors of them have measure-valued derivatives"),
            };
            estimate = self.builder.add(estimate, product);
        }
        Ok(estimate)
    }

    /// A zero whose derivative in an argument is the factor times the difference of the rest at two points.
    fn difference(
        &mut self,
        argument: Value,
        [factor, plus, minus]: [Value; 3],
        at: &dyn Fn(&mut Self, Value) -> Result<Value, EstimatorError>,
    ) -> Result<Value, EstimatorError> {
        let (plus, minus) = (at(self, plus)?, at(self, minus)?);
        let difference = self.builder.sub(plus, minus);
        let slope = self.builder.mul(factor, difference);
        let slope = self.stop(slope);
        let fixed = self.stop(argument);
        let offset = self.builder.sub(argument, fixed);
        Ok(self.builder.mul(offset, slope))
    }

    /// `stop %x`.
    pub fn stop(&mut self, value: Value) -> Value {
        self.builder.push(Kind::Stop, vec![value], Vec::new())[0]
    }
}
