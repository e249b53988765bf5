//! Variadic sizes: in `fn scaled[shape: size...](x: real[shape])` the name `shape` stands for any number of sizes, and each
//! number that calls need makes a declaration of its own.

use super::declare::{Declaration, State};
use super::scope::Entity;
use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::tree::Expr;
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::tree;

/// A declaration for one number of sizes.
pub(super) struct Ranked {
    of: usize,
    rank: usize,
    declaration: usize,
}

/// How many sizes a header's name stands for where no call says it.
pub(super) const ALONE: usize = 1;

impl Checker<'_> {
    /// Binds the name of a header to this many sizes of its own.
    pub(super) fn pack(&mut self, name: &Name, rank: usize) -> Vec<crate::ir::SizeVariable> {
        let own = |axis| if rank == ALONE { name.to_string() } else { format!("{name}_{axis}") };
        let symbols: Vec<_> = (0..rank).map(|axis| self.new_size(&own(axis))).collect();
        let sizes = symbols.iter().map(|symbol| Polynomial::variable(*symbol)).collect();
        self.bind(name, Entity::Sizes(sizes));
        symbols
    }

    /// The declaration for as many sizes as these arguments have; the declaration itself where its sizes are counted.
    pub(super) fn ranked(&mut self, id: usize, arguments: &[Expr]) -> usize {
        let signature = self.signature(id);
        let Some(pack) = &signature.pack else { return id };
        let types = signature.parameters.iter().map(|parameter| parameter.ty.as_ref());
        let pairs = types.zip(arguments).filter_map(|(declared, argument)| Some((declared?, &argument.ty)));
        let rank = pairs.filter_map(|(declared, found)| rank(declared, found, pack)).next();
        let rank = rank.unwrap_or(ALONE);
        if rank == ALONE {
            return id;
        }
        let known = self.ranked.iter().find(|known| known.of == id && known.rank == rank);
        if let Some(known) = known {
            return known.declaration;
        }
        let Declaration { name, span, room, item, locals, .. } = self.declaration(id);
        let special = Declaration {
            name: name.clone(),
            span: *span,
            room: *room,
            item: item.clone(),
            state: State::Untouched,
            signature: None,
            locals: locals.clone(),
            rank,
        };
        self.declarations.push(special);
        let declaration = self.declarations.len() - 1;
        self.ranked.push(Ranked { of: id, rank, declaration });
        declaration
    }

    /// Sizes as written: a name that stands for several is each of them.
    pub(super) fn sizes(&mut self, written: &[tree::Expr]) -> Option<Vec<Polynomial>> {
        let mut sizes = Vec::new();
        let mut whole = true;
        for size in written {
            match self.packed(size) {
                Some(pack) => sizes.extend(pack.iter().cloned()),
                None => match self.size(size) {
                    Some(size) => sizes.push(size),
                    None => whole = false,
                },
            }
        }
        whole.then_some(sizes)
    }

    /// The sizes that a name stands for.
    pub(super) fn packed(&mut self, written: &tree::Expr) -> Option<std::rc::Rc<[Polynomial]>> {
        let tree::ExprKind::Name(name) = &written.kind else { return None };
        match self.look_up(name.as_str())? {
            Entity::Sizes(sizes) => Some(sizes),
            _ => None,
        }
    }

    /// Says that several sizes are no value.
    pub(super) fn pack_as_value(&mut self, name: &tree::Ident) -> Expr {
        let message = format!("`{name}` stands for any number of sizes and is no value");
        let help = format!("use it among the sizes of a type or of copies, as in `real[{name}]`");
        self.fail(name.span, Diagnostic::error(codes::NOT_A_SIZE, name.span, message).help(help))
    }

    /// Reports what stands after sizes that take all that are left.
    pub(super) fn pack_is_last(&mut self, sizes: &[tree::SizeParameter]) {
        let Some((_, before)) = sizes.split_last() else { return };
        for size in before.iter().filter(|size| size.variadic) {
            let message = format!("`{}` takes all sizes that are left, and others follow it", size.name);
            let fault = Diagnostic::error(codes::NOT_A_SIZE, size.name.span, message);
            self.report(fault.help("let it be the last between the brackets"));
        }
    }
}

/// How many sizes stand in a value's type where the declared type, made for one, has the symbol of the pack.
fn rank(declared: &Type, found: &Type, pack: &Polynomial) -> Option<usize> {
    if declared.shape.contains(pack) {
        return Some((found.shape.len() + ALONE).saturating_sub(declared.shape.len()));
    }
    let (Element::Record(declared), Element::Record(found)) = (&declared.element, &found.element) else {
        return None;
    };
    let pairs = declared.iter().filter_map(|(name, ty)| {
        let (_, found) = found.iter().find(|(other, _)| other == name)?;
        Some((ty, found))
    });
    pairs.filter_map(|(declared, found)| rank(declared, found, pack)).next()
}
