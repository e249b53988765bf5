//! Calls: of functions, with overloads told apart by their arguments, and of what stands for a measure or a model.

use super::Checker;
use super::argument::{Mismatch, Source, match_arguments};
use super::coerce::Care;
use super::function::{Decided, Signature, holds_function};
use super::scope::{Entity, Room};
use super::solve::{Callee, Solved};
use crate::typed::tree::{Body, Expr, ExprKind, Function};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, DefinitionsKind, ItemKind};

impl Checker<'_> {
    pub(super) fn call(&mut self, span: Span, function: &tree::Expr, arguments: &[Argument]) -> Expr {
        let arguments = &*self.spread(arguments);
        if let Some(family) = self.auto_family(function) {
            return self.auto_guide(span, family, arguments);
        }
        let name = match &function.kind {
            tree::ExprKind::Name(name) => name,
            tree::ExprKind::Field { base, name } => {
                let base = self.expression(base);
                if let Some(value) = self.part_of_bijector(span, &base, name, arguments) {
                    return value;
                }
                let callee = self.field_of(function.span, base, name);
                return self.call_value(span, callee, arguments);
            }
            _ => {
                let callee = self.expression(function);
                return self.call_value(span, callee, arguments);
            }
        };
        if !self.is_users(name.as_str())
            && let Some(value) = self.form(span, name.as_str(), arguments)
        {
            return value;
        }
        let Some(entity) = self.resolve(name) else {
            self.check_all(arguments);
            return Expr::unknown(span);
        };
        let declarations = self.declarations_of(&entity);
        if declarations.is_empty() {
            if let Some(callee) = self.called_name(name, entity) {
                return self.call_value(span, callee, arguments);
            }
            self.check_all(arguments);
            let message = format!("`{name}` is a value and cannot be called");
            let help = format!("to multiply, write `{name} * (..)`; to index, `{name}[..]`");
            return self.fail(span, Diagnostic::error(codes::NOT_CALLABLE, name.span, message).help(help));
        }
        self.declared_call(span, &declarations, arguments)
    }

    /// Whether the user's program gives a name a meaning of its own.
    pub(super) fn is_users(&mut self, name: &str) -> bool {
        self.scope.locals.iter().any(|(local, _)| **local == *name)
            || (self.scope.room == Room::User && self.user.contains_key(name))
    }

    /// Checks arguments whose call is wrong, for their own mistakes.
    pub(super) fn check_all(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            if let ArgumentKind::Value(value) | ArgumentKind::Named { value, .. } = &argument.kind {
                self.expression(value);
            }
        }
    }

    fn declared_call(&mut self, span: Span, declarations: &[usize], arguments: &[Argument]) -> Expr {
        let declarations = &*self.of_one_kind(declarations, arguments);
        let item = self.declaration(declarations[0]).item.clone();
        match &item.kind {
            ItemKind::Function(_) if self.motions.contains_key(&declarations[0]) => {
                self.dynamics_call(span, declarations[0], arguments)
            }
            ItemKind::Function(_) => self.function_call(span, declarations, arguments),
            ItemKind::Model(_) => self.model_call(span, declarations[0], arguments),
            ItemKind::Definitions(definitions) => match definitions.kind {
                DefinitionsKind::Distribution => self.distribution_call(span, declarations, arguments),
                DefinitionsKind::Bijector => self.bijector_call(span, declarations, arguments),
            },
            _ => self.unsupported(span, "a call of this declaration"),
        }
    }

    /// Those declarations of a name that are of one kind: in the library a distribution may share its name with functions,
    /// which take other arguments.
    fn of_one_kind(&mut self, declarations: &[usize], arguments: &[Argument]) -> Vec<usize> {
        let is_function =
            |checker: &Self, id: &usize| matches!(checker.declaration(*id).item.kind, ItemKind::Function(_));
        let (functions, others): (Vec<usize>, Vec<usize>) =
            declarations.iter().partition(|id| is_function(self, id));
        let take = |checker: &mut Self, ids: &[usize]| {
            ids.iter().any(|id| match_arguments(&checker.signature(*id), arguments).is_ok())
        };
        if others.is_empty() || (take(self, &functions) && !take(self, &others)) { functions } else { others }
    }

    /// The declarations of one name that take arguments of these forms.
    pub(super) fn candidates(
        &mut self,
        span: Span,
        declarations: &[usize],
        arguments: &[Argument],
    ) -> Option<Vec<(usize, Vec<Source>)>> {
        let mut fitting = Vec::new();
        let mut mismatches: Vec<(usize, Mismatch)> = Vec::new();
        for id in declarations {
            match match_arguments(&self.signature(*id), arguments) {
                Ok(sources) => fitting.push((*id, sources)),
                Err(mismatch) => mismatches.push((*id, mismatch)),
            }
        }
        if fitting.is_empty() {
            let named_wrong = |mismatch: &Mismatch| matches!(mismatch, Mismatch::Unknown(..));
            let at = mismatches.iter().position(|(_, mismatch)| !named_wrong(mismatch)).unwrap_or(0);
            let (id, mismatch) = mismatches.swap_remove(at);
            let diagnostic = self.mismatched(span, id, mismatch);
            let diagnostic = match declarations {
                [_] => diagnostic,
                _ => diagnostic.expected(self.show_calls(declarations)),
            };
            self.report(diagnostic);
            self.check_all(arguments);
            return None;
        }
        Some(fitting)
    }

    /// The headers of rivals, as a call would write them.
    pub(super) fn show_calls(&mut self, declarations: &[usize]) -> String {
        let headers: Vec<String> =
            declarations.iter().map(|id| format!("`{}`", self.show_call(*id))).collect();
        headers.join(" or ")
    }

    /// The values of the written arguments, in their order.
    pub(super) fn values(&mut self, arguments: &[Argument]) -> Vec<Expr> {
        let mut values = Vec::new();
        for argument in arguments {
            values.push(match &argument.kind {
                ArgumentKind::Value(value) | ArgumentKind::Named { value, .. } => self.expression(value),
                _ => Expr::unknown(argument.span),
            });
        }
        values
    }

    pub(super) fn function_call(
        &mut self,
        span: Span,
        declarations: &[usize],
        arguments: &[Argument],
    ) -> Expr {
        let Some(candidates) = self.candidates(span, declarations, arguments) else {
            return Expr::unknown(span);
        };
        let values = self.values(arguments);
        if values.iter().any(Expr::is_unknown) {
            return Expr::unknown(span);
        }
        let [(only, sources)] = candidates.as_slice() else {
            return self.overloaded_call(span, &candidates, &values);
        };
        self.call_with(span, *only, arrange(sources, &values))
    }

    /// A call with values by position of the declarations of one name.
    pub(super) fn call_rivals(&mut self, span: Span, rivals: &[usize], values: Vec<Expr>) -> Expr {
        let sources = |signature: &super::function::Signature| -> Option<Vec<Source>> {
            let rest = signature.parameters.get(values.len()..)?.iter();
            let rest =
                rest.map(|parameter| parameter.default.clone().map(|value| Source::Default(Box::new(value))));
            (0..values.len()).map(|position| Some(Source::Argument(position))).chain(rest).collect()
        };
        let mut candidates: Vec<(usize, Vec<Source>)> = Vec::new();
        for id in rivals {
            let signature = self.signature(*id);
            candidates.extend(sources(&signature).map(|sources| (*id, sources)));
        }
        match candidates.as_slice() {
            [] => {
                let expected = self.show_calls(rivals);
                let message = format!("this function does not take {} arguments", values.len());
                self.fail(span, Diagnostic::error(codes::MISSING_ARGUMENT, span, message).expected(expected))
            }
            [(only, sources)] => self.call_with(span, *only, arrange(sources, &values)),
            several => self.overloaded_call(span, several, &values),
        }
    }

    /// The first candidate that takes the values as they are, else the first that takes them at all.
    fn overloaded_call(&mut self, span: Span, candidates: &[(usize, Vec<Source>)], values: &[Expr]) -> Expr {
        let mut widening = None;
        for (id, sources) in candidates {
            let arranged = arrange(sources, values);
            let id = &self.ranked(*id, &arranged);
            let (signature, name) = (self.signature(*id), self.declaration(*id).name.clone());
            let callee = Callee { name: &name, signature: &signature, care: Care::Impossible };
            let Some(solved) = self.quietly(|checker| checker.solve(span, &callee, arranged.clone())) else {
                continue;
            };
            if solved.arguments == arranged {
                return self.call_with(span, *id, arranged);
            }
            widening = widening.or(Some((*id, arranged)));
        }
        if let Some((id, arranged)) = widening {
            return self.call_with(span, id, arranged);
        }
        let ids: Vec<usize> = candidates.iter().map(|(id, _)| *id).collect();
        let found: Vec<String> = values.iter().map(|value| format!("`{}`", self.show(&value.ty))).collect();
        let message = format!("`{}` does not take these arguments", self.declaration(ids[0]).name);
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, span, message)
            .expected(self.show_calls(&ids))
            .found(found.join(", "));
        self.fail(span, diagnostic)
    }

    /// A call of one function with values for its parameters.
    fn call_with(&mut self, span: Span, id: usize, values: Vec<Expr>) -> Expr {
        let id = self.ranked(id, &values);
        let (signature, name) = (self.signature(id), self.declaration(id).name.clone());
        let callee = Callee { name: &name, signature: &signature, care: Care::Impossible };
        let Some(solved) = self.solve(span, &callee, values) else { return Expr::unknown(span) };
        let deciding = signature.parameters.iter().zip(&solved.arguments);
        let deciding = deciding.filter(|(parameter, _)| parameter.ty.is_none());
        let deciding: Vec<&Expr> = deciding.map(|(_, argument)| argument).collect();
        let types: Vec<_> = deciding.iter().map(|argument| argument.ty.clone()).collect();
        let chosen = self.chosen(id, &signature, &solved.arguments);
        let sizes = if types.iter().any(holds_function) { solved.sizes.clone() } else { Vec::new() };
        let told = self.diagnostics.len();
        let mut decided = Decided { types, sizes, chosen };
        let mut function = self.function(id, &decided);
        if decided.sizes.is_empty()
            && !solved.sizes.is_empty()
            && function.is_some_and(|function| holds_function(&self.program.functions[function].result))
        {
            // What it gives is called elsewhere, where its own sizes mean nothing.
            decided.sizes.clone_from(&solved.sizes);
            function = self.function(id, &decided);
        }
        self.said_of_call(span, id, told);
        let Some(function) = function else { return Expr::unknown(span) };
        if let Some(what) = self.program.functions[function].later.clone() {
            self.later(span, &what);
        }
        self.scope.expects |= self.program.functions[function].expects;
        let Function { sizes, result, uses, runtime, draws, random, body, .. } =
            &self.program.functions[function];
        let gives_chosen = matches!(result.element, Element::Model(_) | Element::Measure(_));
        if gives_chosen && matches!(body, Body::Expr(_)) && solved.lift.is_empty() {
            return self.inlined(span, id, &solved.sizes, solved.arguments);
        }
        let substitution = self.substitution(sizes, &solved.sizes);
        let draws = draws.is_some() || matches!(body, Body::Noise(_));
        let random = draws && (*random || self.declaration(id).room == Room::User);
        let (result, runtime) = (result.clone(), *runtime);
        self.scope.uses.extend(uses.iter().copied());
        if draws && !random {
            self.scope.draws.get_or_insert(span);
        }
        if runtime.is_some() && matches!(body, Body::Expr(_)) && solved.arguments.iter().any(takes_functions)
        {
            return self.script_call_inlined(span, id, solved);
        }
        if runtime.is_some() {
            return self.runtime_call(span, function, Solved { substitution, ..solved });
        }
        let ty = result.substitute(&substitution).stacked(&solved.lift);
        if ty.is_unknown() {
            return Expr::unknown(span);
        }
        let kind =
            ExprKind::Call { function, sizes: solved.sizes, arguments: solved.arguments, lift: solved.lift };
        let value = Expr { span, ty, kind };
        if random { super::draw::random(value) } else { value }
    }

    /// The arguments that stand in the body in the place of their parameters, by their position among those that decide: what
    /// is chosen at compile time, but for what the runtime takes.
    fn chosen(&self, id: usize, signature: &Signature, arguments: &[Expr]) -> Vec<(usize, Expr)> {
        let ItemKind::Function(written) = &self.declaration(id).item.kind else { return Vec::new() };
        let by_runtime =
            matches!(&written.body.kind, tree::ExprKind::Name(name) if name.as_str() == "runtime");
        let deciding =
            signature.parameters.iter().zip(arguments).filter(|(parameter, _)| parameter.ty.is_none());
        let chosen = deciding.enumerate().filter(|(_, (parameter, argument))| {
            let asked = parameter.header.as_ref().is_some_and(Type::is_chosen);
            (asked || argument.ty.is_chosen()) && !argument.ty.is_function()
        });
        let chosen = chosen.map(|(position, (_, argument))| (position, argument.clone()));
        if by_runtime && self.declaration(id).room == Room::Library { Vec::new() } else { chosen.collect() }
    }

    /// What a library's body says of the arguments of a call of the program's is said of the call.
    fn said_of_call(&mut self, span: Span, id: usize, told: usize) {
        if self.declaration(id).room != Room::Library || self.scope.room == Room::Library {
            return;
        }
        let library = self.declaration(id).span.source;
        let own = self.diagnostics[told..].iter_mut().filter(|said| said.span().source == library);
        own.for_each(|said| said.labels[0].span = span);
    }

    /// A call of the runtime, or of a function that calls it.
    fn runtime_call(&mut self, span: Span, function: usize, solved: Solved) -> Expr {
        let Solved { sizes, lift, arguments, substitution } = solved;
        let Function { name, body, result, found, .. } = self.program.functions[function].clone();
        if !lift.is_empty() {
            let message = format!("`{name}` calls inference, and is given an array for a single value");
            let help = "write the loop, as in `[for x in xs: f(x)]`";
            return self.fail(span, Diagnostic::error(codes::SHAPE_MISMATCH, span, message).help(help));
        }
        let own = match body {
            Body::Runtime(name) => {
                arguments.iter().for_each(|argument| self.before_sampling(argument));
                self.result_of(&name, &arguments)
            }
            _ => None,
        };
        let substitution = self.find_again(&found, substitution);
        let ty = own.unwrap_or_else(|| result.substitute(&substitution));
        self.needs_script(span);
        if ty.is_unknown() {
            return Expr::unknown(span);
        }
        self.in_script(Expr { span, ty, kind: ExprKind::Call { function, sizes, arguments, lift } })
    }

    /// A call of a function of the library as it is written.
    pub(super) fn library_call_written(&mut self, span: Span, name: &str, arguments: &[Argument]) -> Expr {
        let declarations = self.library_function(name);
        let arguments = &*self.spread(arguments);
        self.function_call(span, &declarations, arguments)
    }

    /// A call of a function of the library with one value.
    pub(super) fn library_call(&mut self, span: Span, name: &str, value: Expr) -> Expr {
        self.library_call_with(span, name, vec![value])
    }

    /// A call of a function of the library.
    pub(super) fn library_call_with(&mut self, span: Span, name: &str, values: Vec<Expr>) -> Expr {
        let declarations = self.library_function(name);
        self.call_rivals(span, &declarations, values)
    }

    pub(super) fn library_function(&mut self, name: &str) -> Vec<usize> {
        self.load_library(name);
        let entity = self.library.get(name).map(|(entity, _)| entity.clone());
        let Some(Entity::Declared(declarations)) = entity else { panic!("the library declares `{name}`") };
        declarations
    }
}

/// Whether an argument is a function, or holds one.
fn takes_functions(argument: &Expr) -> bool {
    holds_function(&argument.ty)
}

/// Values in the order of the parameters.
pub(super) fn arrange(sources: &[Source], values: &[Expr]) -> Vec<Expr> {
    let value = |source: &Source| match source {
        Source::Argument(position) => values[*position].clone(),
        Source::Default(default) => (**default).clone(),
    };
    sources.iter().map(value).collect()
}
