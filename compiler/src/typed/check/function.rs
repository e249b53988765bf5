//! Functions: headers to signatures, bodies to typed functions. A parameter without a type, or with a type that says
//! only `measure` or `model`, takes its type from the argument: the body is checked once for each.

use super::declare::{Declaration, State};
use super::expression::size_value;
use super::pack::ALONE;
use super::scope::Entity;
use super::{Checker, Name};
use crate::ir::{Polynomial, SizeVariable};
use crate::typed::tree::{Body, Expr, Function, Parameter, Role};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, ExprKind, ItemKind, TypeKind};
use std::rc::Rc;

/// A header: what calls are matched with.
#[derive(Clone, Debug, Default)]
pub(super) struct Signature {
    pub sizes: Vec<SizeVariable>,
    /// The size that the variadic one is where it stands for one alone.
    pub pack: Option<Polynomial>,
    pub parameters: Vec<SignatureParameter>,
    /// The names that the body sees besides globals.
    pub locals: Vec<(Name, Entity)>,
}

/// What tells the instances of one function apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Decided {
    /// The types of the arguments whose parameters have none.
    pub types: Vec<Type>,
    /// The sizes of a call that passes functions; none where the body holds for all sizes.
    pub sizes: Vec<Polynomial>,
    /// The measures, models and strategies that a call passes, each for the parameter at its position among those that the argument decides: they
    /// stand in the body in the place of the parameter.
    pub chosen: Vec<(usize, Expr)>,
}

/// A parameter of a header.
#[derive(Clone, Debug)]
pub(super) struct SignatureParameter {
    pub row: Parameter,
    /// None where the argument decides.
    pub ty: Option<Type>,
    /// What it must be all the same: a model, a measure, a fit, a function that takes and gives this.
    pub header: Option<Type>,
    pub default: Option<Expr>,
}

impl Signature {
    pub(super) fn rows(&self) -> Vec<Parameter> {
        self.parameters.iter().map(|parameter| parameter.row.clone()).collect()
    }
}

impl Checker<'_> {
    /// The signature of a declaration, made once.
    pub(super) fn signature(&mut self, id: usize) -> Rc<Signature> {
        if let Some(signature) = &self.declaration(id).signature {
            return signature.clone();
        }
        if self.headers.contains(&id) {
            let (name, span) = (self.declaration(id).name.clone(), self.declaration(id).span);
            let message = format!("`{name}` needs itself in its own header");
            self.report(Diagnostic::error(codes::RECURSION, span, message));
            return Rc::new(Signature::default());
        }
        self.headers.push(id);
        let signature = Rc::new(self.new_signature(id));
        self.headers.pop();
        self.declarations[id].signature = Some(signature.clone());
        signature
    }

    /// The signature with symbols and variables of its own.
    fn new_signature(&mut self, id: usize) -> Signature {
        let Declaration { item, room, locals, rank, .. } = self.declaration(id);
        let (item, room, locals, rank) = (item.clone(), *room, locals.clone(), *rank);
        let (sizes, parameters) = header(&item.kind);
        let (signature, _) = self.in_scope(room, |checker| {
            checker.scope.locals = locals;
            checker.header(sizes, parameters, rank)
        });
        signature
    }

    fn header(
        &mut self,
        sizes: &[tree::SizeParameter],
        parameters: &[tree::Parameter],
        rank: usize,
    ) -> Signature {
        let mut symbols = Vec::new();
        let mut pack = None;
        self.pack_is_last(sizes);
        for size in sizes {
            if size.variadic {
                let own = self.pack(&size.name.name, rank);
                pack = own.first().map(|symbol| Polynomial::variable(*symbol)).filter(|_| rank == ALONE);
                symbols.extend(own);
                continue;
            }
            let symbol = self.new_size(size.name.as_str());
            self.bind(&size.name.name, Entity::Size(symbol));
            symbols.push(symbol);
        }
        let parameters = parameters.iter().map(|parameter| self.parameter(parameter, &mut symbols)).collect();
        Signature { sizes: symbols, pack, parameters, locals: self.scope.locals.clone() }
    }

    fn parameter(
        &mut self,
        parameter: &tree::Parameter,
        symbols: &mut Vec<SizeVariable>,
    ) -> SignatureParameter {
        let is_size = matches!(&parameter.ty, Some(ty) if matches!(&ty.kind, TypeKind::Name(name) if name.as_str() == "size"));
        let ty = parameter.ty.as_ref().map(|ty| self.written_or_bound(ty));
        let variable =
            self.new_variable(&parameter.name, ty.clone().unwrap_or_else(Type::unknown), Role::Parameter);
        self.bound_parameter(variable, parameter.ty.as_ref());
        let size = is_size.then(|| {
            let symbol = self.new_size(parameter.name.as_str());
            symbols.push(symbol);
            symbol
        });
        let entity = size.map_or(Entity::Variable(variable), Entity::Size);
        self.bind(&parameter.name.name, entity);
        let default = parameter.default.as_ref().map(|default| {
            let value = self.expression(default);
            match &ty {
                Some(ty) => self.fit(value, ty, &format!("the default of `{}`", parameter.name)),
                None => value,
            }
        });
        let decided = |ty: &Type| !ty.is_chosen() && !matches!(ty.element, Element::Fit(_));
        let header = ty.clone().filter(|ty| !decided(ty));
        let row = Parameter { name: parameter.name.name.clone(), variable, size };
        SignatureParameter { row, ty: ty.filter(decided), header, default }
    }

    /// Checks a function that may never be called, where its parameters all have types, or are functions.
    pub(super) fn check_function_alone(&mut self, id: usize) {
        let undecided = |parameter: &&SignatureParameter| parameter.ty.is_none();
        let signature = self.signature(id);
        let is_function = |header: &Type| matches!(header.element, Element::Function(_));
        let headers = signature.parameters.iter().filter(undecided);
        let headers = headers.map(|parameter| parameter.header.clone().filter(is_function));
        if let Some(headers) = headers.collect::<Option<Vec<Type>>>() {
            self.function(id, &Decided { types: headers, ..Decided::default() });
        }
    }

    /// The function for these types of the arguments whose parameters have none; its number in the program.
    pub(super) fn function(&mut self, id: usize, decided: &Decided) -> Option<usize> {
        let known = self.instances.get(&id).and_then(|instances| {
            instances.iter().find(|(known, _)| known == decided).map(|(_, function)| *function)
        });
        if known.is_some() || self.declaration(id).state == State::Failed {
            return known;
        }
        if self.recurs(id, decided) {
            self.declarations[id].state = State::Failed;
            let (name, span) = (self.declaration(id).name.clone(), self.declaration(id).span);
            let message = format!("`{name}` calls itself");
            self.report(
                Diagnostic::error(codes::RECURSION, span, message).help("use a loop, `scan` or `iterate`"),
            );
            return None;
        }
        self.open.push((id, decided.clone()));
        let function = self.function_body(id, decided);
        self.open.pop();
        let number = self.program.functions.len();
        // A function that is a result keeps what this call binds, so each call has variables of its own.
        let shared = !holds_function(&function.result);
        self.program.functions.push(function);
        match shared {
            true => self.instances.entry(id).or_default().push((decided.clone(), number)),
            false => self.declarations[id].signature = None,
        }
        Some(number)
    }

    /// Whether a function's body would be checked inside itself: for the same arguments, or for ever new ones.
    fn recurs(&self, id: usize, decided: &Decided) -> bool {
        let open = || self.open.iter().filter(|(open, _)| *open == id);
        open().any(|(_, known)| known == decided) || open().count() >= NESTED_INSTANCES
    }

    fn function_body(&mut self, id: usize, decided: &Decided) -> Function {
        let signature = match decided.types.as_slice() {
            [] if decided.sizes.is_empty() && self.declaration(id).locals.is_empty() => {
                (*self.signature(id)).clone()
            }
            _ => self.decide(id, decided),
        };
        let (item, room) = (self.declaration(id).item.clone(), self.declaration(id).room);
        let ItemKind::Function(written) = &item.kind else { panic!("only functions are called") };
        let locals = signature.locals.clone();
        let bound = written.result.as_ref().and_then(super::bound::side);
        let ((body, result), scope) = self.in_scope(room, |checker| {
            checker.scope.locals = locals;
            let declared = written.result.as_ref().map(|ty| checker.written_or_bound(ty));
            if let Some(body) = defined_elsewhere(written, room) {
                return (body, declared.unwrap_or_else(Type::nothing));
            }
            let value = checker.expression(&written.body);
            let value = match &declared {
                Some(ty) => checker.fit(value, ty, &format!("the result of `{}`", written.name)),
                None => value,
            };
            if let Some(bound) = bound {
                checker.bounded_result(&value, bound);
            }
            let result = declared.unwrap_or_else(|| value.ty.clone());
            (Body::Expr(value), result)
        });
        let calls_runtime = matches!(body, Body::Runtime(_)).then_some(written.name.span);
        Function {
            name: written.name.name.clone(),
            sizes: signature.sizes.clone(),
            parameters: signature.rows(),
            body,
            result,
            bound,
            uses: scope.uses,
            runtime: scope.runtime.or(calls_runtime),
            found: scope.found,
            draws: scope.draws,
            random: scope.random,
            expects: scope.expects,
            later: scope.later.map(|(_, what)| what),
            library: self.declaration(id).room == super::scope::Room::Library,
        }
    }

    /// A signature of its own with the types that the arguments decide.
    fn decide(&mut self, id: usize, decided: &Decided) -> Signature {
        let general = self.signature(id);
        let mut signature = self.new_signature(id);
        let mut types = decided.types.iter();
        let pairs = signature.parameters.iter_mut().zip(&general.parameters);
        let undecided = pairs.filter(|(parameter, _)| parameter.ty.is_none());
        for (position, (parameter, general)) in undecided.enumerate() {
            let ty = types.next().expect("there is a type for each parameter without one").clone();
            // A function that is known by its header alone has the header of this signature.
            let ty = if general.header.as_ref() == Some(&ty) { parameter.header.clone() } else { Some(ty) };
            let ty = ty.expect("both signatures have headers at the same places");
            let mut row = self.row(parameter.row.variable).clone();
            row.ty = ty;
            self.program.variables.push(row);
            parameter.row.variable = crate::typed::tree::Variable(self.program.variables.len() as u32 - 1);
            let passed = decided.chosen.iter().find(|(own, _)| *own == position);
            let entity = match passed {
                Some((_, chosen)) => Entity::Constant(Rc::new(chosen.clone())),
                None => Entity::Variable(parameter.row.variable),
            };
            let name = parameter.row.name.clone();
            let local = signature.locals.iter_mut().rev().find(|(local, _)| *local == name);
            local.expect("parameters are in scope").1 = entity;
        }
        self.decide_sizes(&mut signature, &decided.sizes);
        signature
    }

    /// Lets the sizes of a signature be these: what a function gives has the sizes of its own place.
    fn decide_sizes(&mut self, signature: &mut Signature, sizes: &[Polynomial]) {
        if sizes.is_empty() {
            return;
        }
        let substitution = self.substitution(&signature.sizes, sizes);
        for parameter in &mut signature.parameters {
            parameter.ty = parameter.ty.as_ref().map(|ty| ty.substitute(&substitution));
            let row = &mut self.program.variables[parameter.row.variable.0 as usize];
            row.ty = row.ty.substitute(&substitution);
        }
        for (_, entity) in &mut signature.locals {
            if let Entity::Sizes(own) = entity {
                *own = own.iter().map(|size| size.substitute(&substitution)).collect();
            }
            if let Entity::Size(symbol) = entity
                && let Some(position) = signature.sizes.iter().position(|own| own == symbol)
            {
                *entity = Entity::Constant(Rc::new(size_value(Span::default(), sizes[position].clone())));
            }
        }
    }
}

/// How many instances of one function may be checked inside each other.
const NESTED_INSTANCES: usize = 16;

/// Whether a value of this type holds a function.
pub(super) fn holds_function(ty: &Type) -> bool {
    match &ty.element {
        Element::Function(_) | Element::Dynamics(_) => true,
        Element::Record(fields) => fields.iter().any(|(_, field)| holds_function(field)),
        _ => false,
    }
}

/// The sizes and parameters of a declaration.
fn header(kind: &ItemKind) -> (&[tree::SizeParameter], &[tree::Parameter]) {
    match kind {
        ItemKind::Function(function) => (&function.sizes, &function.parameters),
        ItemKind::Model(model) => (&model.sizes, &model.parameters),
        ItemKind::Definitions(definitions) => (&definitions.sizes, &definitions.parameters),
        _ => (&[], &[]),
    }
}

/// In the library: `= intrinsic`, `= intrinsic("name")`, `= noise("name")`, `= keyed_noise("name")` and `= runtime`.
fn defined_elsewhere(function: &tree::Function, room: super::scope::Room) -> Option<Body> {
    if room != super::scope::Room::Library {
        return None;
    }
    let own = function.name.name.clone();
    match &function.body.kind {
        ExprKind::Name(name) if name.as_str() == "intrinsic" => Some(Body::Intrinsic(own)),
        ExprKind::Name(name) if name.as_str() == "runtime" => Some(Body::Runtime(own)),
        ExprKind::Call { function, arguments } => match (&function.kind, arguments.as_slice()) {
            (ExprKind::Name(how), [argument]) => {
                let tree::ArgumentKind::Value(tree::Expr { kind: ExprKind::String(name), .. }) =
                    &argument.kind
                else {
                    return None;
                };
                match how.as_str() {
                    "intrinsic" => Some(Body::Intrinsic(name.as_str().into())),
                    "noise" => Some(Body::Noise(name.as_str().into())),
                    "keyed_noise" => Some(Body::Keyed(name.as_str().into())),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}
