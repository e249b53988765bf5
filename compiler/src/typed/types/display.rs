//! Types as they are written.

use super::{Domain, Element, FunctionType, Type};
use crate::typed::bounds::Bounds;
use std::fmt;

impl Type {
    /// Prints with the names of the size symbols.
    pub fn display<'a>(&'a self, sizes: &'a [String]) -> impl fmt::Display + 'a {
        Named { of: self, sizes }
    }
}

struct Named<'a> {
    of: &'a Type,
    sizes: &'a [String],
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = |of| Named { of, sizes: self.sizes };
        let mut shape = self.of.shape.as_slice();
        match &self.of.element {
            Element::Real(Domain { structure: Some(structure), .. }) => {
                let outer = shape.len() - structure.axes();
                write!(f, "{}[{}]", structure.name(), shape[outer].display(self.sizes))?;
                shape = &shape[..outer];
            }
            Element::Real(domain) => write!(f, "{}", domain.range)?,
            Element::Int(bounds) => write_int(f, bounds, self.sizes)?,
            Element::Bool => f.write_str("bool")?,
            Element::Text => f.write_str("text")?,
            Element::Record(fields) => {
                f.write_str("{")?;
                let shown = fields.iter().filter(|(name, _)| !super::is_hidden(name));
                for (position, (name, of)) in shown.enumerate() {
                    write!(f, "{}{name}: {}", if position == 0 { "" } else { ", " }, inner(of))?;
                }
                f.write_str("}")?;
            }
            Element::Measure(measure) => write!(f, "measure over {}", inner(&measure.value))?,
            Element::Model(_) => f.write_str("model")?,
            Element::Function(function) => match function.as_ref() {
                FunctionType::Declared { name, .. } => write!(f, "{name}")?,
                FunctionType::Derived { derivative, of } => {
                    let of = Type::scalar(Element::Function(of.clone()));
                    write!(f, "{}({})", derivative.name(), inner(&of))?;
                }
                FunctionType::Header { parameters, result } => {
                    f.write_str("fn(")?;
                    for (position, of) in parameters.iter().enumerate() {
                        write!(f, "{}{}", if position == 0 { "" } else { ", " }, inner(of))?;
                    }
                    write!(f, ") -> {}", inner(result))?;
                }
            },
            Element::Dynamics(of) if of.name.is_empty() => f.write_str(of.motion.name())?,
            Element::Dynamics(of) => write!(f, "{} {}", of.motion.name(), of.name)?,
            Element::Bijector(_) => f.write_str("bijector")?,
            Element::Fit(_) => f.write_str("fit")?,
            Element::Opaque(name) => f.write_str(name)?,
            Element::Nothing => f.write_str("nothing")?,
            Element::Unknown => f.write_str("?")?,
        }
        if !shape.is_empty() {
            let extents: Vec<String> =
                shape.iter().map(|size| size.display(self.sizes).to_string()).collect();
            write!(f, "[{}]", extents.join(", "))?;
        }
        Ok(())
    }
}

/// `fin(N)` for the indices below N, else `int`.
fn write_int(f: &mut fmt::Formatter<'_>, bounds: &Bounds, sizes: &[String]) -> fmt::Result {
    match (&bounds.lower, &bounds.upper) {
        (Some(lower), Some(upper)) if lower.as_constant() == Some(0) && lower != upper => {
            write!(f, "fin({})", upper.plus(&1.into()).display(sizes))
        }
        _ => f.write_str("int"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Polynomial, SizeVariable};
    use crate::typed::range::Range;
    use crate::typed::structure::Structure;

    #[test]
    fn types_print_as_they_are_written() {
        let sizes = ["N".to_string()];
        let n = Polynomial::variable(SizeVariable(0));
        let shown = |of: Type| of.display(&sizes).to_string();
        assert_eq!(
            shown(Type::array(Element::real_in(Range::POSITIVE), vec![n.clone(), 3.into()])),
            "positive[N, 3]"
        );
        let index = Element::Int(Bounds::half_open(0.into(), n.clone()));
        assert_eq!(shown(Type::array(index, vec![n.clone()])), "fin(N)[N]");
        let simplex = Element::Real(Domain { range: Range::UNIT, structure: Some(Structure::Simplex) });
        assert_eq!(shown(Type::array(simplex, vec![2.into(), n])), "simplex[N][2]");
    }
}
