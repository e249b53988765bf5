//! Types with a name: `type Point = {x: real, y: real}`, and structs, which are records that are built by call.

use super::expression::size_value;
use super::scope::{Entity, Room};
use super::written::{Written, unknown};
use super::{Checker, Item, Name};
use crate::ir::Polynomial;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Ident, ItemKind, SizeParameter, TypeKind};
use std::rc::Rc;

/// A named type's declaration.
#[derive(Clone)]
pub(super) struct Alias {
    item: Item,
    room: Room,
    /// Whether what it stands for is being read: a type cannot hold itself.
    open: bool,
}

impl Checker<'_> {
    /// Makes a named type known.
    pub(super) fn name_type(&mut self, name: &Ident, item: &Item, room: Room) {
        if let Some(Alias { item: first, .. }) = self.aliases.get(&name.name)
            && !self.shadows(first.span, name.span)
        {
            let first = first.span;
            return self.twice(name, first);
        }
        self.aliases.insert(name.name.clone(), Alias { item: item.clone(), room, open: false });
    }

    /// A struct: the type of its fields, and a function that builds it.
    pub(super) fn structure(&mut self, written: &tree::Structure, item: &Item, room: Room) {
        self.name_type(&written.name, item, room);
        let fields =
            || written.fields.iter().flat_map(|field| field.names.iter().map(move |name| (name, field)));
        let parameters = fields().map(|(name, field)| tree::Parameter {
            doc: field.doc.clone(),
            name: name.clone(),
            ty: Some(field.ty.clone()),
            default: field.value.clone(),
        });
        let entries = fields().map(|(name, field)| tree::RecordEntry {
            span: field.span,
            kind: tree::RecordEntryKind::Field {
                name: name.clone(),
                value: tree::Expr::new(name.span, tree::ExprKind::Name(name.clone())),
            },
        });
        let function = tree::Function {
            name: written.name.clone(),
            sizes: written.sizes.clone(),
            parameters: parameters.collect(),
            result: None,
            body: tree::Expr::new(item.span, tree::ExprKind::Record(entries.collect())),
        };
        let builder = tree::Item { doc: None, span: item.span, kind: ItemKind::Function(function) };
        self.declare(&written.name, &Rc::new(builder), room);
    }

    /// What a name of a type stands for, with sizes where it takes some; none if it is no such name.
    pub(super) fn aliased(&mut self, name: &Ident, sizes: &[tree::Expr], span: Span) -> Option<Written> {
        let Alias { item, room, open } = self.aliases.get(&name.name)?.clone();
        if open {
            let message = format!("`{name}` holds itself");
            self.report(Diagnostic::error(codes::RECURSION, name.span, message));
            return Some(unknown());
        }
        let (declared, ty) = match &item.kind {
            ItemKind::Type(alias) => (&alias.sizes, alias.ty.clone()),
            ItemKind::Struct(structure) => (&structure.sizes, fields_type(structure, item.span)),
            _ => return None,
        };
        let Some(mut own) = self.sizes(sizes) else { return Some(unknown()) };
        let is_variadic = declared.last().is_some_and(|size| size.variadic);
        let counted = declared.len() - usize::from(is_variadic);
        if own.len() < counted {
            let shown: Vec<&str> = declared.iter().map(|size| size.name.as_str()).collect();
            return Some(self.wrong_type_arguments(span, &format!("{name}[{}]", shown.join(", "))));
        }
        // What no size of the type takes are axes of an array of it.
        let outer = if is_variadic { Vec::new() } else { own.split_off(counted) };
        self.set_open(&name.name, true);
        let (written, _) = self.in_scope(room, |checker| {
            checker.bind_known(declared, own);
            checker.written(&ty)
        });
        self.set_open(&name.name, false);
        Some(Written { ty: written.ty.stacked(&outer), ..written })
    }

    fn bind_known(&mut self, declared: &[SizeParameter], mut sizes: Vec<Polynomial>) {
        if let Some(variadic) = declared.last().filter(|size| size.variadic) {
            let pack = sizes.split_off(declared.len() - 1);
            self.bind(&variadic.name.name, Entity::Sizes(pack.into()));
        }
        for (size, known) in declared.iter().zip(sizes) {
            let value = size_value(size.name.span, known);
            self.bind(&size.name.name, Entity::Constant(Rc::new(value)));
        }
    }

    fn set_open(&mut self, name: &Name, open: bool) {
        self.aliases.get_mut(name).expect("it was looked up").open = open;
    }
}

fn fields_type(structure: &tree::Structure, span: Span) -> tree::Type {
    let fields = structure.fields.iter().flat_map(|field| {
        field.names.iter().map(|name| tree::FieldType { name: name.clone(), ty: field.ty.clone() })
    });
    tree::Type::new(span, TypeKind::Record(fields.collect()))
}
