//! Sites: `x ~ d`, `s, t: positive ~ d`, `x[t] ~ d`.
//!
//! A site that is declared entry by entry has the extent that all its declarations cover together, so those are read
//! first (`extent`).

use super::coerce::same_kind;
use super::expression::join_elements;
use super::model::{Branch, exclude_each_other};
use super::scope::Entity;
use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::tree::{Expr, ExprKind, Role, Site, Statement, StatementKind, Support, Variable};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Ident};

impl Checker<'_> {
    /// A declaration of sites.
    pub(super) fn site(&mut self, span: Span, written: &tree::Site) -> Vec<Statement> {
        if let (Some(strategy), None) = (&written.strategy, &self.scope.guide) {
            let message = "`by` says how a gradient is estimated, which no model asks";
            let fault = Diagnostic::error(codes::NOT_IN_A_MODEL, strategy.span, message);
            self.report(fault.help("leave it away; it stands in a `guide` or in `expect`"));
        }
        if let Some(submodel) = self.submodel_of(&written.measure) {
            if let Some(ty) = &written.ty {
                self.unsupported(ty.span, "a type on a model's value");
            }
            return written.places.iter().flat_map(|place| self.submodel(place, &submodel)).collect();
        }
        let kinds = written.places.iter().filter_map(|place| self.site_at(place, written));
        kinds.map(|kind| Statement { span, kind }).collect()
    }

    fn site_at(&mut self, place: &tree::Place, written: &tree::Site) -> Option<StatementKind> {
        let indices = self.site_indices(place)?;
        let annotation = written.ty.as_ref().map(|ty| self.written(ty));
        let expected = match &annotation {
            Some(annotation) => Some(annotation.ty.clone()),
            None => self.expected(place, indices.len()),
        };
        let site = match indices.is_empty() {
            true => None,
            false => Some(self.indexed_site(place, written, expected.as_ref())?),
        };
        let measure = self.measure(&written.measure, expected.as_ref());
        let Element::Measure(of) = &measure.ty.element else {
            self.forget(place);
            return None;
        };
        let path = super::dynamics::is_path(&measure);
        if path && !of.value.is_numeric() && !self.stands_alone(place, &indices) {
            return None;
        }
        if !path && !of.value.is_numeric() && !of.value.is_unknown() {
            let message = format!("`{}` would be no array of numbers", place.name);
            let fault = Diagnostic::error(codes::NOT_A_MEASURE, measure.span, message)
                .found(format!("`{}`", self.show(&of.value)))
                .help("draw it from a `model`, whose value is a record of its sites");
            self.report(fault);
            self.forget(place);
            return None;
        }
        let value = match annotation.as_ref().map(|annotation| &annotation.ty) {
            Some(wanted) => self.asserted(place, wanted, &of.value)?,
            None => of.value.clone(),
        };
        let flat = super::measure::is_flat(&written.measure);
        let support = match annotation {
            Some(annotation) if flat => Some(annotation.support),
            _ if flat => Some(Support::real()),
            _ => None,
        };
        let site = match site {
            Some(site) => self.settle(site, place, indices.len(), (value, support))?,
            None => self.whole_site(place, value, support)?,
        };
        if let (Some(strategy), Some(_)) = (&written.strategy, &self.scope.guide) {
            let strategy = self.strategy(strategy, &measure);
            self.body().sites[site].strategy = strategy;
        }
        let variable = self.body().sites[site].variable;
        Some(StatementKind::Site { variable, indices, measure })
    }

    /// Whether a site that is a record is one value of its model; says where it is not.
    fn stands_alone(&mut self, place: &tree::Place, indices: &[Expr]) -> bool {
        let alone = indices.is_empty() && self.body().branches.is_empty();
        if !alone {
            self.unsupported(place.span, "a path of several states in a loop or a branch");
            self.forget(place);
        }
        alone
    }

    /// The name of a site in the whole model: `x.mu` of `mu` in what `x` is drawn from.
    pub(super) fn full_name(&mut self, name: &Ident) -> Ident {
        let prefix = &self.body().part.prefix;
        Ident { name: format!("{prefix}{name}").into(), span: name.span }
    }

    /// A site whose measure is wrong: nothing more is said of it.
    pub(super) fn forget(&mut self, place: &tree::Place) {
        let variable = self.new_variable(&place.name, Type::unknown(), Role::Site);
        self.announce(place, Entity::Variable(variable));
    }

    fn is_forgotten(&self, place: &tree::Place) -> bool {
        let local = self.scope.locals.iter().rev().find(|(name, _)| *name == place.name.name);
        matches!(local, Some((_, Entity::Variable(variable))) if self.row(*variable).ty.is_unknown())
    }

    /// From here on the site's name means its value, outside the loop around its declaration too.
    fn draw(&mut self, place: &tree::Place, variable: Variable) {
        let outer = self.body().part.outer.clone();
        let entity = match outer.is_empty() {
            true => Entity::Variable(variable),
            false => Entity::Entry(variable, outer.into()),
        };
        self.announce(place, entity);
    }

    /// From here on the name of what was announced means this.
    pub(super) fn announce(&mut self, place: &tree::Place, entity: Entity) {
        let announced = self.scope.locals.iter_mut().filter(|(name, _)| *name == place.name.name);
        for (_, pending) in announced.filter(|(_, entity)| matches!(entity, Entity::Pending(_))) {
            *pending = entity.clone();
        }
    }

    /// The indices of a site, those of the models around it first. Each loop around it must choose an entry of its own.
    pub(super) fn site_indices(&mut self, place: &tree::Place) -> Option<Vec<Expr>> {
        let own: Vec<Expr> = place.indices.iter().filter_map(|index| self.site_index(index)).collect();
        if own.len() < place.indices.len() {
            return None;
        }
        let indices = [self.body().part.outer.as_slice(), &own].concat();
        for index in self.body().loops.clone() {
            if !indices.iter().any(|written| written.reads(index)) {
                let (row, name) = (self.row(index).clone(), &place.name);
                let message = format!("each turn of a loop draws `{name}` again");
                let diagnostic = Diagnostic::error(codes::SITE_TWICE, place.span, message)
                    .label(row.span, format!("the loop over `{}`", row.name))
                    .help(format!("write `{name}[{}] ~ ..` for a value of each turn", row.name));
                self.report(diagnostic);
                self.forget(place);
                return None;
            }
        }
        Some(indices)
    }

    fn site_index(&mut self, index: &tree::Index) -> Option<Expr> {
        let tree::IndexKind::At(value) = &index.kind else {
            self.unsupported(index.span, "slices of sites on the left of `~`");
            return None;
        };
        let value = self.expression(value);
        let value = self.fit(value, &Type::int(), "the index of a site");
        (!value.is_unknown()).then_some(value)
    }

    /// What the entry's type is if its measure does not say: that of its other entries, or of data of the same name.
    pub(super) fn expected(&mut self, place: &tree::Place, indices: usize) -> Option<Type> {
        if let Some(site) = self.known_site(place) {
            let (variable, indexed) = (self.body().sites[site].variable, self.body().sites[site].indexed);
            return Some(self.row(variable).ty.indexed(indexed).plain());
        }
        if !self.body().part.prefix.is_empty() {
            return None;
        }
        let (Entity::Variable(data), _) = self.user.get(&place.name.name)? else { return None };
        let ty = &self.row(*data).ty;
        (ty.is_numeric() && ty.shape.len() >= indices).then(|| ty.indexed(indices).plain())
    }

    /// The site that an indexed place belongs to, made at its first declaration. Its measure may read earlier entries, so
    /// it is looked at once for its type, and checked by the caller with that type known.
    fn indexed_site(
        &mut self,
        place: &tree::Place,
        written: &tree::Site,
        expected: Option<&Type>,
    ) -> Option<usize> {
        if let Some(known) = self.known_site(place) {
            return Some(known);
        }
        if self.is_forgotten(place) {
            return None;
        }
        let (extents, holes) = self.site_extents(place)?;
        let guess = expected.cloned().unwrap_or_else(|| self.kind_of_draws(&written.measure));
        let site = self.new_site(place, guess.stacked(&extents), extents.len(), None);
        self.body().sites[site].holes = holes;
        let drawn = self.quietly(|checker| checker.measure(&written.measure, expected));
        if let Element::Measure(of) = &drawn.ty.element {
            let variable = self.body().sites[site].variable;
            self.program.variables[variable.0 as usize].ty = of.value.stacked(&extents);
        }
        Some(site)
    }

    pub(super) fn local(&self, name: &Name) -> Option<&Entity> {
        self.scope.locals.iter().rev().find(|(local, _)| local == name).map(|(_, entity)| entity)
    }

    /// The extents of all indices of a site, and where it leaves entries out.
    pub(super) fn site_extents(&mut self, place: &tree::Place) -> Option<(Vec<Polynomial>, Option<Span>)> {
        let outer = self.body().part.extents.clone();
        if place.indices.is_empty() {
            return Some((outer, None));
        }
        let name = self.full_name(&place.name).name;
        let covered = self.body().covered.iter().find(|covered| covered.name == name);
        let (extents, holes) = match covered {
            Some(covered) => (covered.extents.clone(), covered.holes),
            None => (None, None),
        };
        if extents.is_none() {
            let message = format!("how long `{}` is does not follow from its declarations", place.name);
            let diagnostic = Diagnostic::error(codes::SITE_EXTENT, place.span, message)
                .expected("indices of loops over sizes, whose ends can be compared")
                .help("as in `for i in N { x[i] ~ d }`, or `x[0] ~ d` and `for i in 1..N { x[i] ~ d }`");
            self.report(diagnostic);
            self.forget(place);
        }
        Some(([outer, extents?].concat(), holes))
    }

    pub(super) fn known_site(&mut self, place: &tree::Place) -> Option<usize> {
        let name = self.full_name(&place.name).name;
        let known: Vec<Variable> = self.body().sites.iter().map(|site| site.variable).collect();
        known.iter().position(|site| self.row(*site).name == name)
    }

    /// What an indexed site is, once its measure is known.
    fn settle(
        &mut self,
        site: usize,
        place: &tree::Place,
        indices: usize,
        (entry, support): (Type, Option<Support>),
    ) -> Option<usize> {
        let (variable, indexed) = (self.body().sites[site].variable, self.body().sites[site].indexed);
        if indexed != indices {
            let message = format!("`{}` has another number of indices than before", place.name);
            let diagnostic = Diagnostic::error(codes::SITE_TWICE, place.span, message);
            let first = self.row(variable).span;
            self.report(diagnostic.label(first, "first here"));
            return None;
        }
        self.join_site(site, place, indexed, entry)?;
        let row = &mut self.body().sites[site];
        row.support = row.support.take().or(support);
        Some(site)
    }

    /// Makes a site hold values of one more declaration.
    fn join_site(&mut self, site: usize, place: &tree::Place, indexed: usize, entry: Type) -> Option<()> {
        let variable = self.body().sites[site].variable;
        let known = self.row(variable).ty.clone();
        let before = known.indexed(indexed);
        let joined = join_elements(&before.element, &entry.element);
        let same = same_kind(&before.element, &entry.element) && same_kind(&entry.element, &before.element);
        let guessed = self.body().guessed.iter().position(|guess| *guess == site);
        if let Some(guessed) = guessed {
            self.body().guessed.swap_remove(guessed);
            self.program.variables[variable.0 as usize].ty = entry.stacked(&known.shape[..indexed]);
            return Some(());
        }
        let Some(element) = joined.filter(|_| same && before.shape == entry.shape) else {
            let (found, before) = (self.show(&entry), self.show(&before));
            let message = format!("the declarations of `{}` have different types", place.name);
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, place.span, message)
                .expected(format!("`{before}`"))
                .found(format!("`{found}`"));
            self.report(diagnostic);
            return None;
        };
        self.program.variables[variable.0 as usize].ty = Type::array(element, known.shape);
        Some(())
    }

    /// A site that is declared whole; twice only in branches of which one is taken.
    fn whole_site(&mut self, place: &tree::Place, ty: Type, support: Option<Support>) -> Option<usize> {
        let here: Vec<Branch> = self.body().branches.clone();
        let Some(known) = self.known_site(place) else {
            let site = self.new_site(place, ty, 0, support);
            self.body().drawn_in[site].push(here);
            return Some(site);
        };
        let variable = self.body().sites[known].variable;
        let first = self.row(variable).span;
        let before = &self.body().drawn_in[known];
        if before.is_empty() || !before.iter().all(|other| exclude_each_other(other, &here)) {
            let message = format!("`{}` is drawn twice", place.name);
            let diagnostic = Diagnostic::error(codes::SITE_TWICE, place.span, message)
                .label(first, "first here")
                .help("draw each value once; `observe e ~ d` scores a value again");
            self.report(diagnostic);
            return None;
        }
        self.join_site(known, place, 0, ty)?;
        self.body().drawn_in[known].push(here);
        self.draw(place, variable);
        Some(known)
    }

    pub(super) fn new_site(
        &mut self,
        place: &tree::Place,
        ty: Type,
        indexed: usize,
        support: Option<Support>,
    ) -> usize {
        let name = self.full_name(&place.name);
        let variable = self.new_variable(&name, ty, Role::Site);
        self.draw(place, variable);
        let body = self.body();
        body.sites.push(Site { variable, indexed, support, strategy: None, holes: None });
        body.drawn_in.push(Vec::new());
        body.sites.len() - 1
    }

    /// Reports sites that only one branch of an `if` draws.
    pub(super) fn drawn_in_both(&mut self, of: Span, has_else: bool) {
        let body = self.body();
        let mut lonely: Vec<Variable> = Vec::new();
        for (site, drawn) in body.sites.iter().zip(&body.drawn_in) {
            let has = |yes| drawn.iter().any(|branches| branches.contains(&Branch { of, yes }));
            if has(true) != has(false) {
                lonely.push(site.variable);
            }
        }
        for site in lonely {
            let row = self.row(site).clone();
            let message = format!("`{}` is drawn in one branch only", row.name);
            let help = match has_else {
                true => "draw it in both branches, or outside of the `if`",
                false => "add an `else` that draws it too, or draw it outside of the `if`",
            };
            let diagnostic = Diagnostic::error(codes::SITE_IN_ONE_BRANCH, row.span, message).help(help);
            self.report(diagnostic);
        }
    }

    /// A site's annotation: its support must hold all that the measure draws.
    fn asserted(&mut self, place: &tree::Place, wanted: &Type, drawn: &Type) -> Option<Type> {
        if wanted.is_unknown() {
            return None;
        }
        let fits = wanted.shape == drawn.shape
            && same_kind(&drawn.element, &wanted.element)
            && drawn.element.range().lies_in(wanted.element.range())
            && structured_as(&drawn.element, &wanted.element);
        if !fits {
            let message = format!("`{}` is drawn from another support than it is declared with", place.name);
            let diagnostic = Diagnostic::error(codes::OUTSIDE_RANGE, place.span, message)
                .expected(format!("`{}`", self.show(wanted)))
                .found(format!("`{}`", self.show(drawn)))
                .help("truncate the distribution, or drop the type");
            self.report(diagnostic);
            return None;
        }
        Some(drawn.clone())
    }
}

/// Whether values of one element type have the structure that the other asks for.
pub(super) fn structured_as(drawn: &Element, wanted: &Element) -> bool {
    match (drawn, wanted) {
        (Element::Real(drawn), Element::Real(wanted)) => match (drawn.structure, wanted.structure) {
            (_, None) => true,
            (Some(drawn), Some(wanted)) => drawn.implies(wanted),
            (None, Some(_)) => false,
        },
        _ => true,
    }
}

/// A record of the sites and tracked values of which a name is the prefix, nested where their names are.
pub(super) fn nested_record(span: Span, fields: &[(Name, Expr)], shape: &[Polynomial]) -> Expr {
    let mut grouped: Vec<(Name, Vec<(Name, Expr)>)> = Vec::new();
    for (name, value) in fields {
        let (own, rest) = match name.split_once('.') {
            Some((own, rest)) => (own, Name::from(rest)),
            None => (&**name, Name::from("")),
        };
        match grouped.iter_mut().find(|(known, _)| **known == *own) {
            Some((_, parts)) => parts.push((rest, value.clone())),
            None => grouped.push((own.into(), vec![(rest, value.clone())])),
        }
    }
    let values: Vec<(Name, Expr)> = grouped
        .into_iter()
        .map(|(name, parts)| match parts.as_slice() {
            [(rest, value)] if rest.is_empty() => (name, value.clone()),
            parts => (name, nested_record(span, parts, shape)),
        })
        .collect();
    let entry = |ty: &Type| match ty.element {
        Element::Record(_) => Type { element: ty.element.clone(), shape: Vec::new() },
        _ => ty.indexed(shape.len()),
    };
    let types = values.iter().map(|(name, value)| (name.clone(), entry(&value.ty))).collect();
    Expr { span, ty: Type::array(Element::Record(types), shape.to_vec()), kind: ExprKind::Record(values) }
}
