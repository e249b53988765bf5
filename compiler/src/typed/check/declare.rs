//! Items: what a file declares, first all names, then each item in order. Files of the library are read when a name
//! that they declare is met.

use super::scope::{Entity, Room};
use super::{Checker, Item, Name};
use crate::typed::structure::Structure;
use crate::typed::tree::{Data, DataSize, Gaps, Role, Support};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Ident, ItemKind, StatementKind, TypeKind};
use std::rc::Rc;

/// A declaration that calls or uses check when they meet it.
pub(super) struct Declaration {
    pub name: Name,
    pub span: Span,
    pub room: Room,
    pub item: Item,
    pub state: State,
    pub signature: Option<Rc<super::function::Signature>>,
    /// What it sees besides globals: a lambda stands inside a body.
    pub locals: Vec<(Name, Entity)>,
    /// How many sizes its variadic one stands for.
    pub rank: usize,
}

/// How far a declaration has been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Not at all.
    Untouched,
    /// It is being checked: whoever asks now is inside it.
    Open,
    /// Its number among the program's rows of its kind.
    Done(usize),
    /// It cannot be used; that was reported.
    Failed,
}

impl Checker<'_> {
    /// Checks the user's file.
    pub(super) fn file(&mut self, tree: tree::Program) {
        let main = tree.items.first().map(|item| self.sources.get(item.span.source).name.clone());
        let main = main.and_then(|path| path.rsplit('/').next().map(str::to_string));
        let items = self.with_imports(tree.items, &mut main.into_iter().collect());
        let items: Vec<Item> = items.into_iter().map(Rc::new).collect();
        items.iter().for_each(|item| self.introduce(item, Room::User));
        for item in &items {
            match &item.kind {
                ItemKind::Statement(statement) => self.step(statement),
                ItemKind::Objective(objective) => self.check_objective(&objective.name),
                ItemKind::Data(_) => {}
                _ => self.check_declared(item),
            }
        }
    }

    /// Checks the library's bijectors onto the supports of sites, which sampling needs.
    pub(super) fn bijectors(&mut self) {
        let sites = self.program.models.iter().flat_map(|model| &model.sites);
        let annotated = sites.filter_map(|site| site.support.as_ref());
        let drawn = self.program.distributions.iter().map(|distribution| &distribution.support);
        let sorted =
            self.program.models.iter().flat_map(|model| &model.sites).filter_map(|site| {
                match &self.row(site.variable).ty.element {
                    Element::Real(domain) => domain.structure.map(Structure::name),
                    _ => None,
                }
            });
        let params = self.program.params.iter().map(|param| &param.support);
        let names: Vec<&str> =
            annotated.chain(drawn).chain(params).filter_map(Support::bijector).chain(sorted).collect();
        names.into_iter().for_each(|name| self.library_bijector(name));
    }

    /// Reads what the library declares by a name, once.
    pub(super) fn load_library(&mut self, name: &str) {
        if self.library.contains_key(name) {
            return;
        }
        for place in ansatz_stdlib::declaring(name) {
            let file = &ansatz_stdlib::FILES[place.file];
            let source = *self.library_sources[place.file]
                .get_or_insert_with(|| self.sources.add(file.name, file.text));
            let parse = ansatz_grammar::parse_part(source, file.text, place.bytes.clone());
            self.diagnostics.extend(parse.diagnostics);
            for item in parse.tree.items {
                self.introduce(&Rc::new(item), Room::Library);
            }
        }
    }

    /// Makes the names of an item known.
    fn introduce(&mut self, item: &Item, room: Room) {
        match &item.kind {
            ItemKind::Data(data) => self.data(data),
            ItemKind::Function(function) => self.declare(&function.name, item, room),
            ItemKind::Model(model) => self.declare(&model.name, item, room),
            ItemKind::Definitions(definitions) => self.declare(&definitions.name, item, room),
            ItemKind::Statement(statement) if room == Room::Library => self.constant(statement),
            ItemKind::Statement(_) => {}
            ItemKind::Use(_) => {}
            ItemKind::Type(alias) => self.name_type(&alias.name, item, room),
            ItemKind::Struct(structure) => self.structure(structure, item, room),
            ItemKind::Objective(objective) => self.objective(objective, item, room),
            ItemKind::Dynamics(dynamics) => self.introduce_dynamics(dynamics, item.span, room),
        }
    }

    pub(super) fn declare(&mut self, name: &Ident, item: &Item, room: Room) {
        let id = self.declarations.len();
        self.declarations.push(Declaration {
            name: name.name.clone(),
            span: name.span,
            room,
            item: item.clone(),
            state: State::Untouched,
            signature: None,
            locals: Vec::new(),
            rank: super::pack::ALONE,
        });
        let earlier = self.user.get(&name.name).map(|(_, first)| *first);
        let shadows = room == Room::User && earlier.is_some_and(|first| self.shadows(first, name.span));
        let globals = if room == Room::User { &mut self.user } else { &mut self.library };
        match globals.get_mut(&name.name) {
            Some((Entity::Declared(rivals), _))
                if !shadows
                    && (room == Room::Library
                        || may_share(&self.declarations[rivals[0]].item.kind, &item.kind)) =>
            {
                rivals.push(id);
            }
            Some((_, first)) if !shadows => {
                let first = *first;
                self.twice(name, first);
            }
            _ => {
                globals.insert(name.name.clone(), (Entity::Declared(vec![id]), name.span));
            }
        }
    }

    /// Makes a global value known.
    pub(super) fn define(&mut self, name: &Ident, entity: Entity) {
        match self.user.get(&name.name) {
            Some((_, first)) if !self.shadows(*first, name.span) => {
                let first = *first;
                self.twice(name, first);
            }
            _ => _ = self.user.insert(name.name.clone(), (entity, name.span)),
        }
    }

    pub(super) fn twice(&mut self, name: &Ident, first: Span) {
        let diagnostic =
            Diagnostic::error(codes::DECLARED_TWICE, name.span, format!("`{name}` is declared twice"))
                .label(first, "first here")
                .help("give one of them another name");
        self.report(diagnostic);
    }

    /// A constant of the library.
    fn constant(&mut self, statement: &tree::Statement) {
        let StatementKind::Let { target: tree::LetTarget::Place(place), value, .. } = &statement.kind else {
            panic!("the library has a statement that is no constant");
        };
        let value = match (&value.kind, place.name.as_str()) {
            (tree::ExprKind::Name(name), "inf") if name.as_str() == "intrinsic" => {
                super::expression::real_value(value.span, f64::INFINITY)
            }
            (tree::ExprKind::Name(name), "nan") if name.as_str() == "intrinsic" => {
                super::expression::real_value(value.span, f64::NAN)
            }
            _ => self.in_scope(Room::Library, |checker| checker.expression(value)).0,
        };
        let entity = Entity::Constant(Rc::new(value));
        self.library.insert(place.name.name.clone(), (entity, place.name.span));
    }

    fn data(&mut self, data: &tree::Data) {
        let is_size = matches!(&data.ty.kind, TypeKind::Name(name) if name.as_str() == "size");
        for name in &data.names {
            if is_size {
                let symbol = self.new_size(name.as_str());
                let row = DataSize { name: name.name.clone(), span: name.span, symbol };
                self.program.data_sizes.push(row);
                self.define(name, Entity::Size(symbol));
            } else {
                self.datum(name, data);
            }
        }
    }

    fn datum(&mut self, name: &Ident, data: &tree::Data) {
        let (ty, optional) = match &data.ty.kind {
            TypeKind::Optional(base) => (&**base, true),
            _ => (&data.ty, has_optional_entries(&data.ty)),
        };
        let written = self.written(ty);
        if !written.ty.is_numeric() && !written.ty.is_unknown() {
            self.unsupported(ty.span, "data that are records; declare a datum for each field");
        }
        let numbers = Type::array(Element::int(), written.ty.shape.clone());
        let variable = self.new_variable(name, written.ty, Role::Data);
        self.define(name, Entity::Variable(variable));
        let first = data.from.unwrap_or(0);
        let gaps = optional.then(|| Gaps {
            count: self.new_size(&format!("missing entries of {name}")),
            numbers: self.new_variable(name, numbers, Role::Data),
        });
        self.program.data.push(Data { variable, support: written.support, first, gaps });
    }

    /// Checks a declaration whether or not something uses it.
    fn check_declared(&mut self, item: &Item) {
        if let ItemKind::Dynamics(dynamics) = &item.kind {
            return self.check_dynamics(dynamics);
        }
        let Some(id) = self.declarations.iter().position(|declaration| Rc::ptr_eq(&declaration.item, item))
        else {
            return;
        };
        match &item.kind {
            ItemKind::Function(_) => self.check_function_alone(id),
            // One that takes measures is checked for what each call passes.
            ItemKind::Model(_) if self.signature(id).passed().is_empty() => _ = self.model(id),
            ItemKind::Definitions(definitions) => match definitions.kind {
                tree::DefinitionsKind::Distribution => {
                    if let Some(distribution) = self.distribution(id) {
                        self.sample(distribution);
                    }
                }
                tree::DefinitionsKind::Bijector => _ = self.bijector(id),
            },
            _ => {}
        }
    }
}

/// `real?[N]`: entries that may be missing.
fn has_optional_entries(ty: &tree::Type) -> bool {
    matches!(&ty.kind, TypeKind::Sized { base, .. } if matches!(base.kind, TypeKind::Optional(_)))
}

/// Whether two declarations may have one name: functions, and distributions, told apart by their parameters.
fn may_share(first: &ItemKind, second: &ItemKind) -> bool {
    let distribution = |kind: &ItemKind| matches!(kind, ItemKind::Definitions(d) if d.kind == tree::DefinitionsKind::Distribution);
    let function = |kind: &ItemKind| matches!(kind, ItemKind::Function(_));
    (distribution(first) && distribution(second)) || (function(first) && function(second))
}

#[cfg(test)]
mod tests {
    use super::super::Checker;
    use ansatz_grammar::span::Sources;
    use std::rc::Rc;

    #[test]
    fn the_whole_library_is_free_of_mistakes() {
        let mut sources = Sources::default();
        let mut checker = Checker::new(&mut sources);
        ansatz_stdlib::names().for_each(|name| checker.load_library(name));
        let items: Vec<_> =
            checker.declarations.iter().map(|declaration| Rc::clone(&declaration.item)).collect();
        assert!(items.len() > 40);
        items.iter().for_each(|item| checker.check_declared(item));
        let diagnostics = checker.diagnostics;
        let shown = ansatz_grammar::diagnostic::render(&diagnostics, &sources, false);
        assert!(diagnostics.is_empty(), "{shown}");
    }
}
