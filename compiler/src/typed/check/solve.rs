//! Calls against a signature: sizes are found from the arguments' shapes, scalar functions are lifted over arrays, and
//! every argument is brought to its parameter's type.

use super::Checker;
use super::closure::stand_in;
use super::coerce::{Care, common_shape, same_kind};
use super::function::{Signature, SignatureParameter};
use crate::ir::{Polynomial, SizeVariable};
use crate::typed::tree::Expr;
use crate::typed::types::{Element, FunctionType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;

/// A call that fits.
pub(super) struct Solved {
    /// One for each size symbol of the signature.
    pub sizes: Vec<Polynomial>,
    /// Axes over which it is applied entry by entry.
    pub lift: Vec<Polynomial>,
    /// In the order of the parameters.
    pub arguments: Vec<Expr>,
    /// What replaces each size symbol of the program in the signature's types.
    pub substitution: Vec<Polynomial>,
}

/// What is called.
pub(super) struct Callee<'a> {
    pub name: &'a str,
    pub signature: &'a Signature,
    pub care: Care,
}

impl Checker<'_> {
    /// Fits values to a signature, or reports why they do not.
    pub(super) fn solve(&mut self, span: Span, callee: &Callee, values: Vec<Expr>) -> Option<Solved> {
        if values.iter().any(Expr::is_unknown) {
            return None;
        }
        let parameters = &callee.signature.parameters;
        let lift = self.lift(span, callee, &values)?;
        let sizes = self.infer(span, callee, &values)?;
        let substitution = self.substitution(&callee.signature.sizes, &sizes);
        let told = self.diagnostics.len();
        let mut arguments = Vec::new();
        for (value, parameter) in values.into_iter().zip(parameters) {
            let what = format!("`{}` of `{}`", parameter.row.name, callee.name);
            let Some(ty) = &parameter.ty else {
                arguments.push(match &parameter.header {
                    Some(header) if matches!(header.element, Element::Function(_)) => {
                        self.conforms(&value, &header.substitute(&substitution), &what);
                        value
                    }
                    Some(Type { element: Element::Opaque(name), .. })
                        if **name == *"objective" && value.ty.is_scalar_number() =>
                    {
                        value
                    }
                    Some(header) => self.fit(value, header, &what),
                    None => value,
                });
                continue;
            };
            let mut wanted = ty.substitute(&substitution);
            if lifts(parameter, &value) {
                wanted = wanted.stacked(&lift);
            }
            arguments.push(self.fit_with(value, &wanted, &what, callee.care));
        }
        (self.diagnostics.len() == told).then_some(Solved { sizes, lift, arguments, substitution })
    }

    /// What replaces each size symbol of the program when these symbols are bound to these sizes.
    pub(super) fn substitution(&self, symbols: &[SizeVariable], sizes: &[Polynomial]) -> Vec<Polynomial> {
        let mut substitution: Vec<Polynomial> = (0..self.program.sizes.len())
            .map(|position| Polynomial::variable(SizeVariable(position as u32)))
            .collect();
        for (symbol, size) in symbols.iter().zip(sizes) {
            substitution[symbol.0 as usize] = size.clone();
        }
        substitution
    }

    /// The shape over which scalar parameters are lifted.
    fn lift(&mut self, span: Span, callee: &Callee, values: &[Expr]) -> Option<Vec<Polynomial>> {
        let lifted: Vec<&Expr> = values
            .iter()
            .zip(&callee.signature.parameters)
            .filter(|(value, parameter)| lifts(parameter, value))
            .map(|(value, _)| value)
            .collect();
        let shape = common_shape(lifted.iter().map(|value| value.ty.shape.as_slice()));
        if shape.is_none() {
            let message = format!("the arguments of `{}` have different shapes", callee.name);
            let mut diagnostic = Diagnostic::error(codes::SHAPE_MISMATCH, span, message)
                .expected("equal shapes, or scalars")
                .help("nothing is repeated silently; write the loop");
            for value in lifted {
                diagnostic =
                    diagnostic.label(value.span, format!("has shape `{}`", self.show_shape(&value.ty.shape)));
            }
            self.report(diagnostic);
        }
        shape
    }

    /// The sizes of a call: each stands alone as an extent of some parameter, or is a parameter itself.
    fn infer(&mut self, span: Span, callee: &Callee, values: &[Expr]) -> Option<Vec<Polynomial>> {
        let mut found: Vec<Option<Polynomial>> = vec![None; callee.signature.sizes.len()];
        let position =
            |symbol: SizeVariable| callee.signature.sizes.iter().position(|known| *known == symbol);
        for (value, parameter) in values.iter().zip(&callee.signature.parameters) {
            if let Some(symbol) = parameter.row.size {
                let size = self.as_size(value)?;
                found[position(symbol).expect("a size parameter is a size of its signature")] = Some(size);
            }
            if let Some(ty) = &parameter.ty {
                unify(ty, &value.ty, &callee.signature.sizes, &mut found);
            }
        }
        self.infer_from_functions(callee, values, &mut found);
        let unknown = found.iter().position(Option::is_none);
        if let Some(unknown) = unknown {
            return self.not_inferred(span, callee, values, callee.signature.sizes[unknown]);
        }
        Some(found.into_iter().flatten().collect())
    }

    /// Sizes of what functions give: each is called with what its header says that it takes, once that is known.
    fn infer_from_functions(&mut self, callee: &Callee, values: &[Expr], found: &mut [Option<Polynomial>]) {
        for (value, parameter) in values.iter().zip(&callee.signature.parameters) {
            let symbols = &callee.signature.sizes;
            let (Some(header), Element::Function(function)) = (&parameter.header, &value.ty.element) else {
                continue;
            };
            let Element::Function(header) = &header.element else { continue };
            let FunctionType::Header { parameters, result } = header.as_ref() else { continue };
            if found.iter().all(Option::is_some) {
                return;
            }
            let known: Vec<Polynomial> = symbols
                .iter()
                .zip(found.iter())
                .map(|(symbol, size)| size.clone().unwrap_or_else(|| Polynomial::variable(*symbol)))
                .collect();
            let substitution = self.substitution(symbols, &known);
            let arguments =
                parameters.iter().map(|of| stand_in(value.span, of.substitute(&substitution))).collect();
            let given = self.quietly(|checker| checker.call_function(value.span, function, arguments));
            unify(result, &given.ty, symbols, found);
        }
    }

    fn not_inferred(
        &mut self,
        span: Span,
        callee: &Callee,
        values: &[Expr],
        symbol: SizeVariable,
    ) -> Option<Vec<Polynomial>> {
        for (value, parameter) in values.iter().zip(&callee.signature.parameters) {
            if let Some(ty) = parameter.ty.as_ref().filter(|ty| ty.shape.len() != value.ty.shape.len()) {
                let what = format!("`{}` of `{}`", parameter.row.name, callee.name);
                self.fit(value.clone(), ty, &what);
                return None;
            }
        }
        let size = &self.program.sizes[symbol.0 as usize];
        let message = format!("the size `{size}` of `{}` does not follow from its arguments", callee.name);
        let help = format!("make `{size}: size` a parameter between the parentheses");
        self.report(Diagnostic::error(codes::SIZE_NOT_INFERRED, span, message).help(help));
        None
    }
}

/// Finds the sizes that stand alone as extents of a declared type, from the type of a value.
fn unify(declared: &Type, value: &Type, symbols: &[SizeVariable], found: &mut [Option<Polynomial>]) {
    if declared.shape.len() == value.shape.len() {
        for (declared, size) in declared.shape.iter().zip(&value.shape) {
            let position =
                declared.as_variable().and_then(|symbol| symbols.iter().position(|own| *own == symbol));
            if let Some(position) = position {
                found[position].get_or_insert_with(|| size.clone());
            }
        }
    }
    if let (Element::Record(declared), Element::Record(value)) = (&declared.element, &value.element) {
        for (name, field) in declared.iter() {
            if let Some((_, value)) = value.iter().find(|(other, _)| other == name) {
                unify(field, value, symbols, found);
            }
        }
    }
}

/// Whether a parameter for scalars is given an array.
fn lifts(parameter: &SignatureParameter, value: &Expr) -> bool {
    let scalar = |ty: &Type| ty.is_scalar_number() && parameter.row.size.is_none();
    parameter.ty.as_ref().is_some_and(|ty| {
        scalar(ty) && !value.ty.shape.is_empty() && same_kind(&value.ty.element, &ty.element)
    })
}
