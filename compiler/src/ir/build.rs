//! Builds functions: operations in order, regions by closures, types inferred, captures found.

use super::data::{Binding, Block, Function, Operation, Origin, Parameter, Value};
use super::infer::{Site, result_types};
use super::kind::{Bound, Check, Constant, Derivation, Kind, Reduction, View};
use super::size::Polynomial;
use super::types::Type;
use super::values::ValueSet;
use crate::primitive::Primitive;

/// Builds one function. Mistakes in types are ours and panic with the operation.
pub struct Builder {
    name: String,
    sizes: Vec<String>,
    parameters: Vec<Parameter>,
    types: Vec<Type>,
    open: Vec<Block>,
    /// Given to every operation pushed from here on.
    pub origin: Origin,
}

impl Builder {
    /// An empty function.
    pub fn new(name: impl Into<String>, sizes: Vec<String>) -> Self {
        let open = vec![Block::default()];
        Self { name: name.into(), sizes, parameters: Vec::new(), types: Vec::new(), open, origin: Origin(0) }
    }

    /// Adds a parameter.
    pub fn parameter(&mut self, of: Type, binding: Binding) -> Value {
        let value = self.fresh(of);
        self.parameters.push(Parameter { value, binding });
        value
    }

    /// A value without a definition yet: the caller makes it a region's parameter or a result.
    pub fn fresh(&mut self, of: Type) -> Value {
        self.types.push(of);
        Value(self.types.len() as u32 - 1)
    }

    /// The type of a value.
    pub fn type_of(&self, value: Value) -> &Type {
        &self.types[value.0 as usize]
    }

    /// The types of all values so far.
    pub fn types(&self) -> &[Type] {
        &self.types
    }

    /// The name of the function.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of the size parameters.
    pub fn sizes(&self) -> &[String] {
        &self.sizes
    }

    /// Ends the function.
    ///
    /// # Panics
    /// If a region is still open.
    pub fn finish(mut self, results: Vec<Value>) -> Function {
        assert!(self.open.len() == 1, "a region of @{} is still open", self.name);
        let mut body = self.open.pop().expect("the body is open");
        body.results = results;
        body.parameters = self.parameters.iter().map(|parameter| parameter.value).collect();
        Function { name: self.name, sizes: self.sizes, parameters: self.parameters, body, types: self.types }
    }

    /// How many regions are open, the function's body included.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The integer parameters of the open regions from a depth on, outermost first: the indices of the loops around
    /// what is built next.
    pub fn indices_since(&self, depth: usize) -> Vec<Value> {
        let parameters = self.open[depth..].iter().flat_map(|block| &block.parameters).copied();
        parameters.filter(|value| *self.type_of(*value) == Type::i64()).collect()
    }

    /// Opens a region with parameters of these types.
    pub fn begin(&mut self, parameters: Vec<Type>) -> Vec<Value> {
        let parameters: Vec<Value> = parameters.into_iter().map(|of| self.fresh(of)).collect();
        self.open.push(Block { parameters: parameters.clone(), ..Block::default() });
        parameters
    }

    /// Closes the region opened last; it yields these values.
    pub fn end(&mut self, results: Vec<Value>) -> Block {
        let mut block = self.open.pop().expect("a region is open");
        block.results = results;
        block.captures = captures(&block);
        block
    }

    /// Adds an operation whose result types follow from its kind.
    pub fn push(&mut self, kind: Kind, operands: Vec<Value>, regions: Vec<Block>) -> Vec<Value> {
        let site = Site { types: &self.types, operands: &operands, regions: &regions };
        let types = match result_types(&kind, &site) {
            Ok(types) => types.unwrap_or_else(|| panic!("result types of {kind:?} must be given")),
            Err(wrong) => {
                panic!("{wrong}: {kind:?} of {:?} in @{}", self.operand_types(&operands), self.name)
            }
        };
        self.push_typed(kind, operands, regions, types)
    }

    /// Adds an operation with given result types (call, jvp, vjp, custom, linear, sample).
    pub fn push_typed(
        &mut self,
        kind: Kind,
        operands: Vec<Value>,
        regions: Vec<Block>,
        types: Vec<Type>,
    ) -> Vec<Value> {
        let results: Vec<Value> = types.into_iter().map(|of| self.fresh(of)).collect();
        let operation = Operation { kind, operands, regions, results: results.clone(), origin: self.origin };
        self.open.last_mut().expect("a block is open").operations.push(operation);
        results
    }

    fn operand_types(&self, operands: &[Value]) -> Vec<&Type> {
        operands.iter().map(|value| self.type_of(*value)).collect()
    }

    fn one(&mut self, kind: Kind, operands: Vec<Value>) -> Value {
        self.push(kind, operands, Vec::new())[0]
    }

    /// A literal.
    pub fn constant(&mut self, constant: Constant) -> Value {
        self.one(Kind::Constant(constant), Vec::new())
    }

    /// A literal `f64`.
    pub fn f64(&mut self, x: f64) -> Value {
        self.constant(Constant::F64(x))
    }

    /// A literal `i64`.
    pub fn i64(&mut self, n: i64) -> Value {
        self.constant(Constant::I64(n))
    }

    /// A literal of the same element type as `like`.
    pub fn number_like(&mut self, like: Value, x: f64) -> Value {
        let constant = match self.type_of(like).element {
            super::Element::F64 => Constant::F64(x),
            super::Element::F32 => Constant::F32(x as f32),
            super::Element::I64 => Constant::I64(x as i64),
            super::Element::Bool => Constant::Bool(x != 0.0),
        };
        self.constant(constant)
    }

    /// The whole number that a value is, where an open block defines it as a literal.
    pub fn known_integer(&self, value: Value) -> Option<i64> {
        let mut defined = self.open.iter().flat_map(|block| &block.operations);
        match defined.find(|operation| operation.results.contains(&value))?.kind {
            Kind::Constant(Constant::I64(number)) => Some(number),
            _ => None,
        }
    }

    /// A size as `i64`.
    pub fn size(&mut self, size: Polynomial) -> Value {
        self.one(Kind::Size(size), Vec::new())
    }

    /// Applies a scalar primitive.
    pub fn apply(&mut self, primitive: Primitive, operands: &[Value]) -> Value {
        self.one(Kind::Primitive(primitive), operands.to_vec())
    }

    /// Applies the scalar primitive of that name.
    pub fn primitive(&mut self, name: &str, operands: &[Value]) -> Value {
        self.apply(Primitive::named(name), operands)
    }

    /// `a + b`, scalars.
    pub fn add(&mut self, a: Value, b: Value) -> Value {
        self.primitive("add", &[a, b])
    }

    /// `a - b`, scalars.
    pub fn sub(&mut self, a: Value, b: Value) -> Value {
        self.primitive("sub", &[a, b])
    }

    /// `a * b`, scalars.
    pub fn mul(&mut self, a: Value, b: Value) -> Value {
        self.primitive("mul", &[a, b])
    }

    /// `-a`, a scalar.
    pub fn neg(&mut self, a: Value) -> Value {
        self.primitive("neg", &[a])
    }

    /// `array[indices]`, checked when it runs unless the verifier's rules prove it.
    pub fn index(&mut self, array: Value, indices: &[Value], check: Check) -> Value {
        self.one(Kind::Index(check), [&[array], indices].concat())
    }

    /// An affine view.
    pub fn view(&mut self, array: Value, view: View) -> Value {
        self.one(Kind::View(view), vec![array])
    }

    /// `map` over bounds; `run` holds the operands of run-time bounds.
    pub fn map(
        &mut self,
        bounds: Vec<Bound>,
        run: Vec<Value>,
        body: impl FnOnce(&mut Self, &[Value]) -> Vec<Value>,
    ) -> Vec<Value> {
        let region = self.region(vec![Type::i64(); bounds.len()], body);
        self.push(Kind::Map(bounds), run, vec![region])
    }

    /// `reduce` over bounds; `run` holds the operands of run-time bounds.
    pub fn reduce(
        &mut self,
        reduction: Reduction,
        bounds: Vec<Bound>,
        run: Vec<Value>,
        body: impl FnOnce(&mut Self, &[Value]) -> Vec<Value>,
    ) -> Vec<Value> {
        let region = self.region(vec![Type::i64(); bounds.len()], body);
        self.push(Kind::Reduce(reduction, bounds), run, vec![region])
    }

    /// `scan`; the body takes the index and the states and yields next states, then outputs.
    pub fn scan(
        &mut self,
        bound: Bound,
        run: Option<Value>,
        initial: &[Value],
        reverse: bool,
        body: impl FnOnce(&mut Self, Value, &[Value]) -> Vec<Value>,
    ) -> Vec<Value> {
        let states = initial.iter().map(|value| self.type_of(*value).clone());
        let parameters = std::iter::once(Type::i64()).chain(states).collect();
        let region = self.region(parameters, |builder, values| body(builder, values[0], &values[1..]));
        let kind = Kind::Scan { bound, carried: initial.len(), reverse };
        self.push(kind, run.into_iter().chain(initial.iter().copied()).collect(), vec![region])
    }

    /// `if`; both branches yield the same types.
    pub fn branch(
        &mut self,
        condition: Value,
        yes: impl FnOnce(&mut Self) -> Vec<Value>,
        no: impl FnOnce(&mut Self) -> Vec<Value>,
    ) -> Vec<Value> {
        let yes = self.region(Vec::new(), |builder, _| yes(builder));
        let no = self.region(Vec::new(), |builder, _| no(builder));
        self.push(Kind::If, vec![condition], vec![yes, no])
    }

    /// `accumulate` into arrays of these types; the body takes the accumulators.
    pub fn accumulate(
        &mut self,
        sums: Vec<Type>,
        body: impl FnOnce(&mut Self, &[Value]) -> Vec<Value>,
    ) -> Vec<Value> {
        let parameters = sums.iter().map(Type::to_accumulator).collect();
        let region = self.region(parameters, body);
        self.push(Kind::Accumulate(sums), Vec::new(), vec![region])
    }

    /// `add %sum[indices], value`.
    pub fn add_to(&mut self, sum: Value, indices: &[Value], value: Value) {
        self.push(Kind::AddTo, [&[sum], indices, &[value]].concat(), Vec::new());
    }

    /// `jvp` or `vjp` of a function whose signature is known.
    pub fn derive(
        &mut self,
        kind: fn(Derivation) -> Kind,
        derivation: Derivation,
        operands: &[Value],
        types: Vec<Type>,
    ) -> Vec<Value> {
        self.push_typed(kind(derivation), operands.to_vec(), Vec::new(), types)
    }

    /// A region as a block, its body built by a closure from its parameters.
    pub fn region(
        &mut self,
        parameters: Vec<Type>,
        body: impl FnOnce(&mut Self, &[Value]) -> Vec<Value>,
    ) -> Block {
        let parameters = self.begin(parameters);
        let results = body(self, &parameters);
        self.end(results)
    }
}

/// The values that a block uses and does not define, in order of first use.
pub fn captures(block: &Block) -> Vec<Value> {
    let defined = block.operations.iter().flat_map(|operation| &operation.results);
    let reads = block.operations.iter().flat_map(Operation::reads);
    let all = defined.chain(&block.parameters).chain(&block.results).copied().chain(reads);
    let mut known = ValueSet::below(all.max().map_or(0, |greatest| greatest.0 as usize + 1));
    block.parameters.iter().for_each(|value| _ = known.insert(*value));
    let mut free = Vec::new();
    for operation in &block.operations {
        free.extend(operation.reads().filter(|value| known.insert(*value)));
        operation.results.iter().for_each(|value| _ = known.insert(*value));
    }
    free.extend(block.results.iter().copied().filter(|value| known.insert(*value)));
    free
}
