//! Sites whose entries are read by what declares them, `z[t] ~ bernoulli(p = f(z[t - 1]))`: they are made known, with a type as
//! far as the text tells it, before their measures are checked.

use super::Checker;
use super::argument::positional;
use super::bijector::as_type;
use super::scope::Entity;
use crate::typed::types::Type;
use ansatz_grammar::tree;

impl Checker<'_> {
    /// Makes sites known whose entries a loop declares: its turns may read those of earlier turns. Their types are found by
    /// checking the loop once for nothing else.
    pub(super) fn predeclare(&mut self, written: &tree::Block, check: &mut dyn FnMut(&mut Self)) {
        let mut sites = Vec::new();
        super::model::written_sites(written, &mut sites);
        let places = sites.iter().flat_map(|site| site.places.iter().map(|place| (place, &site.measure)));
        let mut made = false;
        for (place, measure) in places.filter(|(place, _)| !place.indices.is_empty()) {
            let pending = matches!(self.local(&place.name.name), Some(Entity::Pending(_)));
            if !pending || self.known_site(place).is_some() || self.submodel_of(measure).is_some() {
                continue;
            }
            let Some((extents, holes)) = self.site_extents(place) else { continue };
            let guess = self.expected(place, extents.len()).unwrap_or_else(|| self.kind_of_draws(measure));
            let site = self.new_site(place, guess.stacked(&extents), extents.len(), None);
            let body = self.body();
            body.sites[site].holes = holes;
            body.guessed.push(site);
            made = true;
        }
        if made {
            let (body, locals) = (self.body().clone(), self.scope.locals.clone());
            self.quietly(check);
            let guessed = std::mem::replace(self.body(), body).guessed;
            self.body().guessed = guessed;
            self.scope.locals = locals;
        }
    }

    /// What a measure draws, as far as it is written: enough for what reads earlier entries of a site until the measure, which is
    /// made of them, is checked.
    pub(super) fn kind_of_draws(&mut self, measure: &tree::Expr) -> Type {
        match &measure.kind {
            tree::ExprKind::Index { base, .. } => self.kind_of_draws(base),
            tree::ExprKind::If { branches, .. } => {
                let value = branches.first().and_then(|branch| branch.body.value.as_deref());
                value.map_or_else(Type::real, |value| self.kind_of_draws(value))
            }
            tree::ExprKind::Call { function, arguments } => match image(function, arguments) {
                Some(ty) => self.written(&ty).ty.plain(),
                None => self.kind_of_distribution(function),
            },
            _ => Type::real(),
        }
    }

    fn kind_of_distribution(&mut self, function: &tree::Expr) -> Type {
        let tree::ExprKind::Name(name) = &function.kind else { return Type::real() };
        let declared = self.look_up(name.as_str()).map(|entity| self.declarations_of(&entity));
        let Some(id) = declared.and_then(|declared| declared.first().copied()) else { return Type::real() };
        let (item, room, signature) =
            (self.declaration(id).item.clone(), self.declaration(id).room, self.signature(id));
        let tree::ItemKind::Definitions(written) = &item.kind else { return Type::real() };
        let (drawn, _) = self.in_scope(room, |checker| {
            checker.scope.locals = signature.locals.clone();
            checker.written(&written.variable.ty).ty.plain()
        });
        if drawn.is_scalar_number() { drawn } else { Type::real() }
    }
}

/// The support that `transformed(d, to(T))` draws from.
fn image(function: &tree::Expr, arguments: &[tree::Argument]) -> Option<tree::Type> {
    let is_called = |function: &tree::Expr, name: &str| matches!(&function.kind, tree::ExprKind::Name(called) if called.as_str() == name);
    let [_, map] = positional(arguments)?[..] else { return None };
    let tree::ExprKind::Call { function: to, arguments: onto } = &map.kind else { return None };
    let [onto] = positional(onto)?[..] else { return None };
    (is_called(function, "transformed") && is_called(to, "to")).then(|| as_type(onto))?
}
