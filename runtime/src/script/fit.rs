//! What a script reads of a fit: draws of its quantities, chain after chain along a leading axis.

use std::sync::Arc;

use ansatz_compiler::ir::{Datum, Entries};
use ansatz_compiler::typed::types::{Element, Type};

use super::value::{Numbers, Value};
use crate::mcmc::{Fit, Transition};

/// The draws of a field, whose type says what an entry is: of one quantity, or of those of a model that was drawn.
pub(super) fn field(fit: &Fit, name: &str, ty: &Type) -> Value {
    let Some(quantity) = fit.draws.layout().quantity(name) else {
        let group = format!("{name}.");
        let Element::Record(parts) = &ty.element else {
            panic!("the checker knows the fields, not `{name}`")
        };
        if !fit.draws.layout().quantities().iter().any(|quantity| quantity.name.starts_with(&group)) {
            return diagnostics(fit);
        }
        let part = |(part, ty): &(Arc<str>, Type)| (part.clone(), field(fit, &format!("{group}{part}"), ty));
        return Value::Record(parts.iter().map(part).collect());
    };
    let draws =
        (0..fit.draws.chains()).flat_map(|chain| (0..fit.draws.length()).map(move |draw| (chain, draw)));
    let numbers =
        draws.flat_map(|(chain, draw)| fit.draws.draw(chain, draw)[quantity.range()].iter().copied());
    let count = fit.draws.chains() * fit.draws.length();
    let shape = [&[count], quantity.shape.as_slice()].concat();
    draws_of(fit, Datum::array(&shape, of_element(&ty.element, numbers)))
}

/// Numbers as entries of this type.
pub(super) fn of_element(element: &Element, numbers: impl Iterator<Item = f64>) -> Entries {
    match element {
        Element::Int(_) => Entries::I64(numbers.map(|number| number as i64).collect()),
        Element::Bool => Entries::Bool(numbers.map(|number| number != 0.0).collect()),
        _ => Entries::F64(numbers.collect()),
    }
}

fn draws_of(fit: &Fit, datum: Datum) -> Value {
    Value::Numbers(Numbers { datum, chains: Some(fit.draws.chains()) })
}

/// How each draw was reached.
fn diagnostics(fit: &Fit) -> Value {
    let column = |name: &str, of: &dyn Fn(&Transition) -> f64, element: Element| {
        let transitions = fit.chains.iter().flat_map(|chain| &chain.transitions);
        let entries = of_element(&element, transitions.map(of));
        (Arc::from(name), draws_of(fit, Datum::array(&[entries.len()], entries)))
    };
    let fields = [
        column("divergent", &|it| f64::from(u8::from(it.outcome.diverged())), Element::Bool),
        column("depth", &|it| f64::from(it.depth), Element::int()),
        column("leapfrogs", &|it| f64::from(it.leapfrogs), Element::int()),
        column("acceptance", &|it| it.acceptance, Element::REAL),
        column("energy", &|it| it.energy, Element::REAL),
    ];
    Value::Record(fields.into())
}
