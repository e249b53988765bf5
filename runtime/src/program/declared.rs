//! What a checked program expects of its data.

use crate::data::{Declaration, Declared, DeclaredSize, Element, Range};
use ansatz_compiler::typed::tree::{Data, Param, Program, Support, Variable};
use ansatz_compiler::typed::types;

pub fn declared(program: &Program) -> Declared {
    let sizes = program.data_sizes.iter();
    Declared {
        symbols: program.sizes.clone(),
        sizes: sizes.map(|size| DeclaredSize { symbol: size.symbol, span: size.span }).collect(),
        variables: program.data.iter().map(|datum| declaration(program, datum)).collect(),
    }
}

/// What a file with a parameter's value must hold.
pub fn declared_param(program: &Program, param: &Param) -> Declaration {
    of_variable(program, param.variable, &param.support)
}

fn declaration(program: &Program, datum: &Data) -> Declaration {
    let of = of_variable(program, datum.variable, &datum.support);
    Declaration { first: datum.first, optional: datum.gaps.is_some(), ..of }
}

fn of_variable(program: &Program, variable: Variable, support: &Support) -> Declaration {
    let row = &program.variables[variable.0 as usize];
    let structure = match support {
        Support::Structured(structure) => Some(structure.name().to_owned()),
        _ => None,
    };
    Declaration {
        name: row.name.to_string(),
        span: row.span,
        element: element(&row.ty.element),
        shape: row.ty.shape.clone(),
        structure,
        first: 0,
        optional: false,
    }
}

/// # Panics
/// If the datum is not numeric: the checker declares no other.
fn element(of: &types::Element) -> Element {
    match of {
        types::Element::Real(domain) => {
            let range = domain.range;
            let open = [range.lower.open, range.upper.open];
            Element::Real(Range { lower: range.lower.value, upper: range.upper.value, open })
        }
        types::Element::Int(bounds) => {
            Element::Int { least: bounds.lower.clone(), greatest: bounds.upper.clone() }
        }
        types::Element::Bool => Element::Bool,
        other => panic!("a datum of type {other:?}"),
    }
}
