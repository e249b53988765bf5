//! Models: sites, what they are drawn from, and conditioning from outside.
//!
//! Inside a model a name that is a site means the site, from the model's first line on. A site that is declared entry by
//! entry has the extent that all its declarations cover together, so those are read first.

use super::argument::match_arguments;
use super::call::arrange;
use super::coerce::{Care, same_kind};
use super::declare::State;
use super::expression::join_elements;
use super::scope::Entity;
use super::solve::Callee;
use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::tree::{Expr, ExprKind, Model, Role, Site, StatementKind, Support, Variable};
use crate::typed::types::{Element, ModelType, Type};
use ansatz_grammar::diagnostic::nearest;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, Ident, ItemKind};
use std::sync::Arc;

/// A model whose body is being checked.
#[derive(Default)]
pub(super) struct Body {
    pub sites: Vec<Site>,
    pub tracked: Vec<Variable>,
    /// For sites that are declared entry by entry: the extents of the indexed axes.
    pub extents: Vec<(Name, Option<Vec<Polynomial>>)>,
}

impl Checker<'_> {
    /// A model's declaration, checked once; its number in the program.
    pub(super) fn model(&mut self, id: usize) -> Option<usize> {
        match self.declaration(id).state {
            State::Done(number) => return Some(number),
            State::Failed | State::Open => return None,
            State::Untouched => {}
        }
        self.declarations[id].state = State::Open;
        let item = self.declaration(id).item.clone();
        let ItemKind::Model(written) = &item.kind else { panic!("models are declared by models") };
        let (signature, room) = (self.signature(id), self.declaration(id).room);
        let told = self.diagnostics.len();
        let (body, mut scope) = self.in_scope(room, |checker| {
            checker.scope.locals = signature.locals.clone();
            checker.scope.model = Some(Body::default());
            checker.announce_sites(&written.body);
            checker.effects(&written.body)
        });
        if let Some(span) = scope.runtime {
            let message = "a model cannot call the runtime";
            let diagnostic = Diagnostic::error(codes::RUNTIME_IN_KERNEL, span, message)
                .help("call it in the script, outside the model");
            self.report(diagnostic);
        }
        let Body { sites, tracked, .. } = scope.model.take().expect("the scope is a model's");
        self.program.models.push(Model {
            name: written.name.name.clone(),
            span: written.name.span,
            sizes: signature.sizes.clone(),
            parameters: signature.rows(),
            sites,
            tracked,
            body,
            uses: scope.uses,
        });
        let failed = self.diagnostics[told..].iter().any(Diagnostic::is_error);
        let state = if failed { State::Failed } else { State::Done(self.program.models.len() - 1) };
        self.declarations[id].state = state;
        match state {
            State::Done(number) => Some(number),
            _ => None,
        }
    }

    /// Makes the names of all sites known, so that none means anything else before its declaration.
    fn announce_sites(&mut self, body: &tree::Block) {
        let mut places = Vec::new();
        collect_sites(body, &mut places);
        for place in &places {
            let announced = Entity::Pending(place.span);
            self.bind(&place.name.name, announced);
        }
        let extents = self.nested(|checker| checker.quietly(|checker| checker.extents(body)));
        self.body().extents = extents;
    }

    /// The model whose body is being checked.
    pub(super) fn body(&mut self) -> &mut Body {
        self.scope.model.as_mut().expect("sites stand in models")
    }

    pub(super) fn tracked(&mut self, variable: Variable) {
        self.body().tracked.push(variable);
    }

    /// `x ~ d`, `s, t: positive ~ d`, `x[t] ~ d`
    pub(super) fn site(&mut self, written: &tree::Site) -> Vec<StatementKind> {
        if let Some(strategy) = &written.strategy {
            self.unsupported(strategy.span, "`by` in a model");
        }
        written.places.iter().filter_map(|place| self.site_at(place, written)).collect()
    }

    fn site_at(&mut self, place: &tree::Place, written: &tree::Site) -> Option<StatementKind> {
        let indices: Vec<Expr> = place.indices.iter().filter_map(|index| self.site_index(index)).collect();
        if indices.len() < place.indices.len() {
            return None;
        }
        let annotation = written.ty.as_ref().map(|ty| self.written(ty));
        let expected = match &annotation {
            Some(annotation) => Some(annotation.ty.clone()),
            None => self.expected(place),
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
            Some(site) => self.settle(site, place, value, support)?,
            None => self.new_site(place, value, 0, support)?,
        };
        let variable = self.body().sites[site].variable;
        Some(StatementKind::Site { variable, indices, measure })
    }

    /// A site whose measure is wrong: nothing more is said of it.
    fn forget(&mut self, place: &tree::Place) {
        let variable = self.new_variable(&place.name, Type::unknown(), Role::Site);
        self.draw(place, variable);
    }

    fn is_forgotten(&self, place: &tree::Place) -> bool {
        let local = self.scope.locals.iter().rev().find(|(name, _)| *name == place.name.name);
        matches!(local, Some((_, Entity::Variable(variable))) if self.row(*variable).ty.is_unknown())
    }

    /// From here on the site's name means its value, outside the loop around its declaration too.
    fn draw(&mut self, place: &tree::Place, variable: Variable) {
        let announced = self.scope.locals.iter_mut().filter(|(name, _)| *name == place.name.name);
        for (_, entity) in announced.filter(|(_, entity)| matches!(entity, Entity::Pending(_))) {
            *entity = Entity::Variable(variable);
        }
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
    fn expected(&mut self, place: &tree::Place) -> Option<Type> {
        if let Some(site) = self.known_site(place) {
            let (variable, indexed) = (self.body().sites[site].variable, self.body().sites[site].indexed);
            return Some(self.row(variable).ty.indexed(indexed).plain());
        }
        let (Entity::Variable(data), _) = self.user.get(&place.name.name)? else { return None };
        let ty = &self.row(*data).ty;
        (ty.is_numeric() && ty.shape.len() >= place.indices.len())
            .then(|| ty.indexed(place.indices.len()).plain())
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
        let extents = self.body().extents.iter().find(|(name, _)| *name == place.name.name);
        let Some(extents) = extents.and_then(|(_, extents)| extents.clone()) else {
            let message = format!("how long `{}` is does not follow from its declarations", place.name);
            let diagnostic = Diagnostic::error(codes::SITE_EXTENT, place.span, message)
                .expected("entries from 0 on, without a gap")
                .help(
                    "begin at 0: `for i in N { x[i] ~ d }`, or `x[0] ~ d` and `for i in 1..N { x[i] ~ d }`",
                );
            self.report(diagnostic);
            self.forget(place);
            return None;
        };
        let guess = expected.cloned().unwrap_or_else(Type::real);
        let site = self.new_site(place, guess.stacked(&extents), extents.len(), None)?;
        let drawn = self.quietly(|checker| checker.measure(&written.measure, expected));
        if let Element::Measure(of) = &drawn.ty.element {
            let variable = self.body().sites[site].variable;
            self.program.variables[variable.0 as usize].ty = of.value.stacked(&extents);
        }
        Some(site)
    }

    fn known_site(&mut self, place: &tree::Place) -> Option<usize> {
        let known: Vec<Variable> = self.body().sites.iter().map(|site| site.variable).collect();
        known.iter().position(|site| self.row(*site).name == place.name.name)
    }

    /// What an indexed site is, once its measure is known.
    fn settle(
        &mut self,
        site: usize,
        place: &tree::Place,
        entry: Type,
        support: Option<Support>,
    ) -> Option<usize> {
        let row = &self.body().sites[site];
        let (variable, indexed) = (row.variable, row.indexed);
        let known = self.row(variable).ty.clone();
        if indexed != place.indices.len() {
            let message = format!("`{}` has another number of indices than before", place.name);
            self.report(Diagnostic::error(codes::SITE_TWICE, place.span, message));
            return None;
        }
        let before = known.indexed(indexed);
        let joined = join_elements(&before.element, &entry.element);
        let same = same_kind(&before.element, &entry.element) && same_kind(&entry.element, &before.element);
        let Some(element) = joined.filter(|_| same && before.shape == entry.shape) else {
            let (found, before) = (self.show(&entry), self.show(&before));
            let message = format!("the entries of `{}` have different types", place.name);
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, place.span, message)
                .expected(format!("`{before}`"))
                .found(format!("`{found}`"));
            self.report(diagnostic);
            return None;
        };
        let ty = Type::array(element, known.shape.clone());
        self.program.variables[variable.0 as usize].ty = ty;
        let row = &mut self.body().sites[site];
        row.support = row.support.take().or(support);
        Some(site)
    }

    fn new_site(
        &mut self,
        place: &tree::Place,
        ty: Type,
        indexed: usize,
        support: Option<Support>,
    ) -> Option<usize> {
        let sites: Vec<Variable> = self.body().sites.iter().map(|site| site.variable).collect();
        if let Some(first) = sites.iter().map(|site| self.row(*site)).find(|row| row.name == place.name.name)
        {
            let first = first.span;
            let diagnostic =
                Diagnostic::error(codes::SITE_TWICE, place.span, format!("`{}` is drawn twice", place.name))
                    .label(first, "first here")
                    .help("draw each value once; `observe e ~ d` scores a value again");
            self.report(diagnostic);
            return None;
        }
        let variable = self.new_variable(&place.name, ty, Role::Site);
        self.draw(place, variable);
        self.body().sites.push(Site { variable, indexed, support });
        Some(self.body().sites.len() - 1)
    }

    /// A site's annotation: its support must hold all that the measure draws.
    fn asserted(&mut self, place: &tree::Place, wanted: &Type, drawn: &Type) -> Option<Type> {
        if wanted.is_unknown() {
            return None;
        }
        let fits = wanted.shape == drawn.shape
            && same_kind(&drawn.element, &wanted.element)
            && drawn.element.range().lies_in(wanted.element.range());
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

    pub(super) fn observe(&mut self, value: &tree::Expr, measure: &tree::Expr) -> Option<StatementKind> {
        let value = self.expression(value);
        let measure = self.measure(measure, Some(&value.ty));
        let Element::Measure(of) = &measure.ty.element else { return None };
        let value = self.fit(value, &of.value.plain(), "what is observed");
        (!value.is_unknown()).then_some(StatementKind::Observe { value, measure })
    }

    /// A model with arguments.
    pub(super) fn model_call(&mut self, span: Span, id: usize, arguments: &[Argument]) -> Expr {
        let Some(model) = self.model(id) else { return Expr::unknown(span) };
        let (signature, name) = (self.signature(id), self.declaration(id).name.clone());
        let sources = match match_arguments(&signature, arguments) {
            Ok(sources) => sources,
            Err(mismatch) => {
                let diagnostic = self.mismatched(span, id, mismatch);
                return self.fail(span, diagnostic);
            }
        };
        let values = self.values(arguments);
        let callee = Callee { name: &name, signature: &signature, care: Care::Impossible };
        let Some(solved) = self.solve(span, &callee, arrange(&sources, &values)) else {
            return Expr::unknown(span);
        };
        let uses = self.program.models[model].uses.clone();
        self.scope.uses.extend(uses);
        let (sizes, arguments) = (solved.sizes, solved.arguments);
        let ty = ModelType { model, sizes: sizes.clone(), given: Vec::new(), out: Vec::new() };
        let kind = ExprKind::Model { model, sizes, arguments };
        Expr { span, ty: Type::scalar(Element::Model(Arc::new(ty))), kind }
    }

    /// Warns of data that have the name of a site and are not given: forgotten, most likely.
    pub(super) fn warn_of_data_not_given(&mut self, model: &Expr) {
        let Element::Model(of) = &model.ty.element else { return };
        let Some(declared) = self.program.models.get(of.model) else { return };
        let (model_name, sites) = (declared.name.clone(), declared.sites.clone());
        for site in sites {
            let row = self.row(site.variable);
            let (name, site_span) = (row.name.clone(), row.span);
            let data = match self.user.get(&name) {
                Some((Entity::Variable(data), _)) if self.row(*data).role == Role::Data => {
                    self.row(*data).span
                }
                _ => continue,
            };
            if !of.given.contains(&name) {
                let message = format!("`{name}` is data, and a site of `{model_name}` that is not given");
                let diagnostic = Diagnostic::warning(codes::DATA_NOT_GIVEN, model.span, message)
                    .label(site_span, "the site")
                    .label(data, "the data")
                    .help(format!("write `given {{{name}}}`, or give one of them another name"));
                self.report(diagnostic);
            }
        }
    }

    /// `m given {y, z = 1}`
    pub(super) fn given(&mut self, span: Span, model: &tree::Expr, conditions: &[tree::Condition]) -> Expr {
        let model = self.expression(model);
        let Element::Model(of) = &model.ty.element else {
            if !model.is_unknown() {
                let diagnostic =
                    Diagnostic::error(codes::TYPE_MISMATCH, model.span, "only a model is conditioned")
                        .found(format!("`{}`", self.show(&model.ty)))
                        .help("name a model before `given`: `m given {y}`");
                self.report(diagnostic);
            }
            return Expr::unknown(span);
        };
        let mut of = (**of).clone();
        let mut values = Vec::new();
        let mut sound = true;
        for condition in conditions {
            match self.given_site(&of, condition) {
                Some(value) => {
                    of.given.push(condition.place.name.name.clone());
                    values.push((condition.place.name.name.clone(), value));
                }
                None => sound = false,
            }
        }
        if !sound {
            return Expr::unknown(span);
        }
        let kind = ExprKind::Given { model: Box::new(model), conditions: values };
        Expr { span, ty: Type::scalar(Element::Model(Arc::new(of))), kind }
    }

    fn given_site(&mut self, of: &ModelType, condition: &tree::Condition) -> Option<Expr> {
        let (place, name) = (&condition.place, &condition.place.name);
        if !place.indices.is_empty() {
            self.unsupported(place.span, "conditioning on single entries");
            return None;
        }
        let site = match self.site_named(of, name) {
            Ok(site) => site,
            Err(diagnostic) => {
                self.report(*diagnostic);
                return None;
            }
        };
        let sizes = self.program.models[of.model].sizes.clone();
        if of.out.contains(&name.name) {
            let message = format!("`{name}` is summed out: it cannot be given as well");
            self.report(Diagnostic::error(codes::NOT_SUMMED, name.span, message));
            return None;
        }
        if of.given.contains(&name.name) {
            let message = format!("`{name}` is given twice");
            self.report(Diagnostic::error(codes::UNKNOWN_SITE, name.span, message));
            return None;
        }
        let written;
        let value = match &condition.value {
            Some(value) => value,
            None => {
                written = tree::Expr::new(name.span, tree::ExprKind::Name(name.clone()));
                &written
            }
        };
        let value = self.expression(value);
        let wanted = self.row(site).ty.clone();
        let substitution: Vec<Polynomial> = self.substitution(&sizes, &of.sizes);
        let wanted = wanted.substitute(&substitution).plain();
        let value = self.fit(value, &wanted, &format!("the value given for `{name}`"));
        (!value.is_unknown()).then_some(value)
    }

    /// The site of a model by its name, or what to say.
    pub(super) fn site_named(&mut self, of: &ModelType, name: &Ident) -> Result<Variable, Box<Diagnostic>> {
        let model = &self.program.models[of.model];
        let message = format!("`{}` has no site `{name}`", model.name);
        let sites: Vec<Variable> = model.sites.iter().map(|site| site.variable).collect();
        if let Some(site) = sites.iter().find(|site| self.row(**site).name == name.name) {
            return Ok(*site);
        }
        let names: Vec<&str> = sites.iter().map(|site| &*self.row(*site).name).collect();
        let help = match nearest(name.as_str(), names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its sites are {}", names.join(", ")),
        };
        Err(Box::new(Diagnostic::error(codes::UNKNOWN_SITE, name.span, message).help(help)))
    }
}

/// The places left of `~` in a body, loops and branches included, in order.
fn collect_sites(block: &tree::Block, into: &mut Vec<tree::Place>) {
    for statement in &block.statements {
        match &statement.kind {
            tree::StatementKind::Site(site) => into.extend(site.places.iter().cloned()),
            tree::StatementKind::For { body, .. } => collect_sites(body, into),
            tree::StatementKind::Expression(tree::Expr {
                kind: tree::ExprKind::If { branches, otherwise },
                ..
            }) => {
                branches.iter().for_each(|branch| collect_sites(&branch.body, into));
                otherwise.iter().for_each(|block| collect_sites(block, into));
            }
            _ => {}
        }
    }
}
