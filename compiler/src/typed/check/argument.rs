//! Arguments to parameters: by position, then by name, then by default.

use super::function::Signature;
use super::{Checker, advice};
use crate::typed::tree::Expr;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident};

/// Where a parameter's value comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// The argument at this position.
    Argument(usize),
    /// The default.
    Default(Box<Expr>),
}

/// Why arguments do not fit a header.
#[derive(Clone, Debug)]
pub(super) enum Mismatch {
    /// No parameter has this name; the position that it stands at.
    Unknown(Ident, usize),
    /// A parameter has two arguments.
    Twice(Ident),
    /// There is no parameter left for it.
    TooMany(Span),
    /// These parameters have no argument.
    Missing(Vec<String>),
    /// A form that no call of a function takes.
    Form(Span),
}

/// For each parameter, where its value comes from.
pub(super) fn match_arguments(
    signature: &Signature,
    arguments: &[Argument],
) -> Result<Vec<Source>, Mismatch> {
    let mut sources: Vec<Option<Source>> = vec![None; signature.parameters.len()];
    let mut named = false;
    for (position, argument) in arguments.iter().enumerate() {
        let slot = match &argument.kind {
            ArgumentKind::Value(_) if !named && position < sources.len() => position,
            ArgumentKind::Value(_) => return Err(Mismatch::TooMany(argument.span)),
            ArgumentKind::Named { name, .. } => {
                named = true;
                let found = signature.parameters.iter().position(|parameter| parameter.row.name == name.name);
                let slot = found.ok_or_else(|| Mismatch::Unknown(name.clone(), position))?;
                if sources[slot].is_some() {
                    return Err(Mismatch::Twice(name.clone()));
                }
                slot
            }
            _ => return Err(Mismatch::Form(argument.span)),
        };
        sources[slot] = Some(Source::Argument(position));
    }
    let mut missing = Vec::new();
    for (source, parameter) in sources.iter_mut().zip(&signature.parameters) {
        if source.is_none() {
            match &parameter.default {
                Some(default) => *source = Some(Source::Default(Box::new(default.clone()))),
                None => missing.push(format!("`{}`", parameter.row.name)),
            }
        }
    }
    if missing.is_empty() {
        Ok(sources.into_iter().flatten().collect())
    } else {
        Err(Mismatch::Missing(missing))
    }
}

/// The values of arguments none of which is named; none where one is.
pub(super) fn positional(arguments: &[Argument]) -> Option<Vec<&tree::Expr>> {
    let values = arguments.iter().map(|argument| match &argument.kind {
        ArgumentKind::Value(value) => Some(value),
        _ => None,
    });
    values.collect()
}

impl Checker<'_> {
    /// The message about a call whose arguments do not fit.
    pub(super) fn mismatched(&mut self, span: Span, id: usize, mismatch: Mismatch) -> Diagnostic {
        let (name, declared) = (self.declaration(id).name.clone(), self.declaration(id).span);
        let signature = self.signature(id);
        let header = format!("`{}`", self.show_call(id));
        let diagnostic = match mismatch {
            Mismatch::Unknown(argument, position) => {
                let names = signature.parameters.iter().map(|parameter| &*parameter.row.name);
                let help = advice::for_argument(argument.as_str(), position, names);
                let message = format!("`{name}` has no parameter `{argument}`");
                let diagnostic = Diagnostic::error(codes::UNKNOWN_ARGUMENT, argument.span, message);
                diagnostic.help(help)
            }
            Mismatch::Twice(argument) => {
                let message = format!("`{argument}` is given twice");
                Diagnostic::error(codes::UNKNOWN_ARGUMENT, argument.span, message)
                    .help("arguments before it have taken this place; leave one of the two out")
            }
            Mismatch::TooMany(argument) => {
                let message = format!("`{name}` takes fewer positional arguments");
                Diagnostic::error(codes::TOO_MANY_ARGUMENTS, argument, message)
                    .help("leave it out, or say by name which parameter it is for")
            }
            Mismatch::Missing(missing) => {
                let message = format!("`{name}` is called without {}", missing.join(" and "));
                let added: Vec<String> =
                    missing.iter().map(|name| format!("{} = ..", name.trim_matches('`'))).collect();
                Diagnostic::error(codes::MISSING_ARGUMENT, span, message)
                    .help(format!("add `{}`", added.join(", ")))
            }
            Mismatch::Form(argument) => {
                let message = format!("`{name}` takes no argument of this form");
                Diagnostic::error(codes::UNKNOWN_ARGUMENT, argument, message)
            }
        };
        let shown = self.declaration(id).room == super::scope::Room::User;
        let diagnostic = if shown { diagnostic.label(declared, "declared here") } else { diagnostic };
        diagnostic.expected(header)
    }

    /// A declaration's header as a call would write it: `normal(mean: real, sd: positive)`.
    pub(super) fn show_call(&mut self, id: usize) -> String {
        let signature = self.signature(id);
        let parameters: Vec<String> = signature
            .parameters
            .iter()
            .map(|parameter| match &parameter.ty {
                _ if parameter.row.size.is_some() => format!("{}: size", parameter.row.name),
                Some(ty) => format!("{}: {}", parameter.row.name, self.show(ty)),
                None => parameter.row.name.to_string(),
            })
            .collect();
        format!("{}({})", self.declaration(id).name, parameters.join(", "))
    }
}
