//! Functions made of a part of the one that is built: what a fixed point iterates, what a derivative is taken of.

use super::{Lowered, Lowerer};
use crate::ir::build::Builder;
use crate::ir::{Binding, Polynomial, SizeVariable, Type, Value};
use crate::transform::rebuild::Rebuild;

/// A function that was made, and what it takes after its parameters.
pub struct Outlined {
    /// Its name in the module.
    pub function: String,
    /// Values of the function that is built.
    pub captures: Vec<Value>,
    /// The types of its results.
    pub results: Vec<Type>,
}

impl Lowerer<'_> {
    /// A function of parameters of these types and of whatever the closure's code captures.
    pub fn outlined(
        &mut self,
        part: &str,
        parameters: Vec<Type>,
        body: impl FnOnce(&mut Self, &[Value]) -> Lowered<Vec<Value>>,
    ) -> Lowered<Outlined> {
        let parameters = self.builder.begin(parameters);
        let results = body(self, &parameters);
        let block = self.builder.end(results.as_ref().cloned().unwrap_or_default());
        let results = results?;
        let function = self.new_name(part);
        let mut builder = Builder::new(&function, self.builder.sizes().to_vec());
        let mut rebuild = Rebuild::over(self.builder.types());
        for value in parameters.iter().chain(&block.captures) {
            let copy = builder.parameter(self.builder.type_of(*value).clone(), Binding::Live);
            rebuild.bind(*value, copy);
        }
        rebuild.operations(&mut builder, &block);
        self.module.insert(builder.finish(rebuild.all(&block.results)));
        let results = results.iter().map(|value| self.builder.type_of(*value).clone()).collect();
        Ok(Outlined { function, captures: block.captures, results })
    }

    /// A name that no function of the module has.
    pub fn new_name(&mut self, part: &str) -> String {
        self.outlines += 1;
        format!("{}.{part}{}", self.name, self.outlines)
    }

    /// The sizes of the function that is built, for a call of one that was made of it.
    pub fn own_sizes(&self) -> Vec<Polynomial> {
        let count = self.builder.sizes().len() as u32;
        (0..count).map(|position| Polynomial::variable(SizeVariable(position))).collect()
    }
}
