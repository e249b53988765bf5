//! Derivatives: the function becomes one of the module, of which the IR's `jvp` or `vjp` is taken.

use super::{Compound, Lowered, Lowerer};
use crate::ir::kind::{Custom, Derivation};
use crate::ir::{Binding, Builder, Element, Kind, Type, Value};
use crate::transform::arrays::pointwise;
use crate::typed::tree::{Demanded, Derived, Expr};
use crate::typed::types::Derivative;

impl<'p> Lowerer<'p> {
    /// `grad(f)(x)` and its kin.
    pub fn derivative(&mut self, derived: &'p Derived) -> Lowered<Compound> {
        let at = self.compound(&derived.at)?;
        let given = match &derived.along {
            Some(along) => self.compound(along)?.leaves(),
            None => vec![self.builder.f64(1.0)],
        };
        let leaves = at.leaves();
        let types: Vec<Type> = leaves.iter().map(|value| self.builder.type_of(*value).clone()).collect();
        let mut shape = None;
        let function = self.outlined("of", types.clone(), |lowerer, parameters| {
            lowerer.bind(derived.variable, at.with(parameters));
            let value = lowerer.compound(&derived.body)?;
            let leaves = value.leaves();
            shape = Some(value);
            Ok(leaves)
        })?;
        let value = shape.expect("the function was lowered");
        let active = leaves.iter().map(|_| true).chain(function.captures.iter().map(|_| false)).collect();
        let derivation = Derivation { function: function.function, sizes: self.own_sizes(), active };
        let forward = derived.derivative == Derivative::Along;
        let kind = if forward { Kind::Jvp(derivation) } else { Kind::Vjp(derivation) };
        let operands = [leaves, function.captures, given].concat();
        let found = if forward { function.results.clone() } else { types };
        let all = [function.results, found].concat();
        let values = self.builder.push_typed(kind, operands, Vec::new(), all);
        let (values, derivatives) = values.split_at(value.leaves().len());
        Ok(match derived.derivative {
            Derivative::Gradient | Derivative::Back => at.with(derivatives),
            Derivative::Along => value.with(derivatives),
            Derivative::ValueAndGradient => Compound::Record(vec![
                ("value".into(), value.with(values)),
                ("grad".into(), at.with(derivatives)),
            ]),
        })
    }

    /// The value where the condition holds; what fails is the program's call that led here.
    pub fn demanded(&mut self, demanded: &'p Demanded) -> Lowered<Compound> {
        let value = self.compound(&demanded.value)?;
        let holds = self.value(&demanded.holds)?;
        let [time, state] = &demanded.told;
        let time = self.value(time)?;
        let state = self.compound(state)?.leaves();
        let is_float = |lowerer: &Self, value: Value| lowerer.builder.type_of(value).is_float();
        let state: Vec<Value> = state.into_iter().filter(|value| is_float(self, *value)).collect();
        if let Some(called) = self.called {
            self.at(called);
        }
        value.map(&mut |value| {
            let operands = [vec![holds, value, time], state.clone()].concat();
            Ok(self.builder.push(Kind::Demand(demanded.demand), operands, Vec::new())[0])
        })
    }

    /// The value, which counts as a constant where derivatives are taken.
    pub fn stopped(&mut self, value: &'p Expr) -> Lowered<Compound> {
        let value = self.compound(value)?;
        let stop = |lowerer: &mut Self, value: Value| match lowerer.builder.type_of(value).element {
            Element::F64 | Element::F32 => lowerer.builder.push(Kind::Stop, vec![value], Vec::new())[0],
            _ => value,
        };
        let leaves: Vec<Value> = value.leaves().into_iter().map(|leaf| stop(self, leaf)).collect();
        Ok(value.with(&leaves))
    }

    /// Minus zero, which changes no bit of what it is added to, where no derivative is taken: the value is not computed.
    pub fn infinitesimal(&mut self, value: &'p Expr) -> Lowered<Compound> {
        let custom = self.nothing();
        let value = self.compound(value)?;
        value.map(&mut |value| {
            Ok(pointwise(&mut self.builder, &[value], |builder, entries| {
                builder.push_typed(custom.clone(), entries.to_vec(), Vec::new(), vec![Type::f64()])[0]
            }))
        })
    }

    /// The function that is minus zero everywhere, with the derivative of the identity.
    fn nothing(&mut self) -> Kind {
        let [function, jvp] = ["nothing", "nothing.jvp"].map(str::to_string);
        let mut builder = Builder::new(&function, Vec::new());
        builder.parameter(Type::f64(), Binding::Live);
        let zero = builder.f64(-0.0);
        self.module.insert(builder.finish(vec![zero]));
        let mut builder = Builder::new(&jvp, Vec::new());
        let [_, tangent] = [(); 2].map(|()| builder.parameter(Type::f64(), Binding::Live));
        self.module.insert(builder.finish(vec![tangent]));
        Kind::Custom(Custom { function, sizes: Vec::new(), jvp, adjoint: None })
    }
}
