//! Arrays that a block declares entry by entry: `let x[t] = e`, `track x[t] = e`.
//!
//! Such an array belongs to the block around all loops whose index its declarations use. Each entry is declared once and
//! read once declared, in program order: what can be decided of that is decided here, from the bounds of the indices and
//! their distance to those of the loops. An entry that is read too early all the same is not a number.

use super::expression::join_elements;
use super::extent::covered_axis;
use super::scope::Entity;
use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::typed::bounds::{Bounds, never_negative};
use crate::typed::tree::{Expr, ExprKind, Role, Statement, StatementKind, Variable};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, IndexKind, LetTarget, Place, StatementKind as Written};

/// Blocks inside blocks that survey their entries before they are checked.
const SURVEYS: u32 = 4;

/// An array whose entries are being declared.
#[derive(Clone)]
pub(super) struct Entries {
    pub variable: Variable,
    /// Its declarations, with the bounds of their indices.
    pub places: Vec<(Place, Vec<Bounds>)>,
    /// Those of statements that are done, those of the statement at hand, and of these the ones that stand above.
    pub done: Vec<Span>,
    pub current: Vec<Span>,
    pub above: Vec<Span>,
}

/// What a look ahead finds of an array: its declarations, and the type of an entry.
struct Survey {
    name: Name,
    places: Vec<(Place, Vec<Bounds>)>,
    entry: Option<Type>,
    /// A second type that does not go with the first, and where.
    clash: Option<(Span, Type)>,
    variable: Option<Variable>,
}

impl Checker<'_> {
    /// The arrays that belong to a block; their names mean them from its first statement on.
    pub(super) fn announce_entries(&mut self, block: &tree::Block) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        owned(&block.statements, &mut Vec::new(), &mut |place| {
            if !places.iter().any(|known| known.name.name == place.name.name) {
                places.push(place.clone());
            }
        });
        places.retain(|place| !self.is_announced(place));
        for place in &places {
            self.bind(&place.name.name, Entity::Pending(place.span));
        }
        places
    }

    /// Whether a place belongs to a block around.
    fn is_announced(&self, place: &Place) -> bool {
        let own = |(known, _): &(Place, Vec<Bounds>)| known.span == place.span;
        self.scope.entries.iter().any(|(_, entries)| entries.places.iter().any(own))
    }

    /// A statement of the block that arrays belong to begins: those that it declares first are made, without entries.
    pub(super) fn begin_statement(
        &mut self,
        own: &[Place],
        statements: &[tree::Statement],
        into: &mut Vec<Statement>,
    ) {
        let Some(statement) = statements.first() else { return };
        let inside = |span: &Span| statement.span.start <= span.start && span.end <= statement.span.end;
        let first: Vec<&Place> = own.iter().filter(|place| inside(&place.span)).collect();
        if !first.is_empty() {
            self.survey_first(&first, statements, into);
        }
        for place in own {
            if let Some(entries) = self.entries_of(&place.name.name) {
                entries.current = entries.places.iter().map(|(place, _)| place.span).filter(inside).collect();
                entries.above.clear();
            }
        }
    }

    fn survey_first(&mut self, first: &[&Place], statements: &[tree::Statement], into: &mut Vec<Statement>) {
        if self.second_looks >= SURVEYS {
            self.unsupported(first[0].span, "arrays declared entry by entry so deep inside others");
            return;
        }
        let empty = |place: &&Place| Survey {
            name: place.name.name.clone(),
            places: Vec::new(),
            entry: None,
            clash: None,
            variable: None,
        };
        let mut surveys: Vec<Survey> = first.iter().map(empty).collect();
        self.second_looks += 1;
        self.nested(|checker| {
            checker
                .quietly(|checker| checker.without_model(|checker| checker.survey(statements, &mut surveys)));
        });
        self.second_looks -= 1;
        for survey in surveys {
            self.new_entries(survey, into);
        }
    }

    fn entries_of(&mut self, name: &Name) -> Option<&mut Entries> {
        self.scope.entries.iter_mut().rfind(|(own, _)| own == name).map(|(_, entries)| entries)
    }

    /// Surveys leave the sites of a model alone.
    fn without_model<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let model = self.scope.model.take();
        let result = work(self);
        self.scope.model = model;
        result
    }

    fn survey(&mut self, statements: &[tree::Statement], surveys: &mut Vec<Survey>) {
        for statement in statements {
            match &statement.kind {
                Written::Let { target: LetTarget::Place(place), ty, value }
                | Written::Track { place, ty, value } => {
                    let known = surveys.iter().position(|survey| survey.name == place.name.name);
                    match known.filter(|_| !place.indices.is_empty()) {
                        Some(known) => self.survey_place(place, ty.as_ref(), value, &mut surveys[known]),
                        None => _ = self.let_place(place, ty.as_ref(), value, Role::Local),
                    }
                }
                Written::Let { target: LetTarget::Fields(names), value, .. } => {
                    self.let_fields(statement.span, names, value);
                }
                Written::Var { name, ty, value } => _ = self.var(name, ty.as_ref(), value),
                Written::For { generators, body, .. } => self.nested(|checker| {
                    checker.generators(generators);
                    checker.survey(&body.statements, surveys);
                }),
                Written::Site(site) => self.survey_sites(site),
                _ => {}
            }
        }
    }

    /// Sites that are drawn meanwhile have the types of their measures.
    fn survey_sites(&mut self, site: &tree::Site) {
        for place in site.places.iter().filter(|place| place.indices.is_empty()) {
            let measure = self.measure(&site.measure, None);
            let ty = match (&site.ty, &measure.ty.element) {
                (Some(ty), _) => self.written(ty).ty,
                (None, Element::Measure(of)) => of.value.clone(),
                _ => Type::unknown(),
            };
            let variable = self.new_variable(&place.name, ty, Role::Local);
            self.bind(&place.name.name, Entity::Variable(variable));
        }
    }

    fn survey_place(
        &mut self,
        place: &Place,
        ty: Option<&tree::Type>,
        value: &tree::Expr,
        survey: &mut Survey,
    ) {
        let bounds = place.indices.iter().map(|index| match &index.kind {
            IndexKind::At(index) => self.expression(index).ty.element.bounds(),
            IndexKind::Slice { .. } => Bounds::any(),
        });
        let bounds = bounds.collect();
        let value = self.annotated(value, ty, place.name.as_str());
        survey.places.push((place.clone(), bounds));
        if value.is_unknown() {
            return;
        }
        let found = value.ty.plain();
        let entry = match &survey.entry {
            None => found,
            Some(entry) => {
                let joined =
                    join_elements(&entry.element, &found.element).filter(|_| entry.shape == found.shape);
                let Some(element) = joined else {
                    survey.clash.get_or_insert((value.span, found));
                    return;
                };
                Type::array(element, entry.shape.clone()).plain()
            }
        };
        survey.entry = Some(entry.clone());
        let unknown: Vec<Polynomial> =
            place.indices.iter().map(|_| Polynomial::variable(self.new_size("_"))).collect();
        let variable = *survey
            .variable
            .get_or_insert_with(|| self.new_variable(&place.name, Type::unknown(), Role::Local));
        self.program.variables[variable.0 as usize].ty = entry.stacked(&unknown);
        self.bind(&place.name.name, Entity::Variable(variable));
    }

    fn new_entries(&mut self, survey: Survey, into: &mut Vec<Statement>) {
        let Survey { name, places, entry, clash, .. } = survey;
        let first = places[0].0.clone();
        let ty = self.entries_type(&first, &places, entry, clash);
        let known = ty.clone().unwrap_or_else(Type::unknown);
        let variable = self.new_variable(&first.name, known, Role::Local);
        let entries = Entries { variable, places, done: Vec::new(), current: Vec::new(), above: Vec::new() };
        self.scope.entries.push((name, entries));
        if let Some(ty) = ty {
            let value = Expr { span: first.span, ty, kind: ExprKind::Blank };
            into.push(Statement { span: first.span, kind: StatementKind::Let { variable, value } });
        }
    }

    fn entries_type(
        &mut self,
        first: &Place,
        places: &[(Place, Vec<Bounds>)],
        entry: Option<Type>,
        clash: Option<(Span, Type)>,
    ) -> Option<Type> {
        let entry = entry?;
        if let Some((span, found)) = clash {
            let (wanted, found) = (self.show(&entry), self.show(&found));
            let message = format!("the entries of `{}` have different types", first.name);
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, span, message)
                .expected(format!("`{wanted}`"))
                .found(format!("`{found}`"));
            self.report(diagnostic);
            return None;
        }
        if !super::array::holds_numbers(&entry) || matches!(entry.element, Element::Record(_)) {
            self.unsupported(first.span, "entries that are no numbers");
            return None;
        }
        let axes = first.indices.len();
        if let Some((place, _)) = places.iter().find(|(_, bounds)| bounds.len() != axes) {
            let message = format!("`{}` has another number of indices than before", first.name);
            self.report(Diagnostic::error(codes::SITE_TWICE, place.span, message));
            return None;
        }
        for (position, (place, bounds)) in places.iter().enumerate() {
            if let Some((earlier, _)) = places[..position].iter().find(|(_, other)| other == bounds) {
                let message = format!("these entries of `{}` are declared twice", first.name);
                let diagnostic = Diagnostic::error(codes::SITE_TWICE, place.span, message)
                    .label(earlier.span, "first here")
                    .help("each entry is declared once; a name that changes is a `var`");
                self.report(diagnostic);
                return None;
            }
        }
        let along = |axis: usize| places.iter().map(move |(_, bounds)| &bounds[axis]);
        let extents: Option<Vec<Polynomial>> = match axes {
            1 => covered_axis(along(0)).filter(|(_, whole)| *whole).map(|(extent, _)| vec![extent]),
            _ => (0..axes).map(|axis| reached(along(axis))).collect(),
        };
        let Some(extents) = extents else {
            let message = format!("how long `{}` is does not follow from its declarations", first.name);
            let diagnostic = Diagnostic::error(codes::SITE_EXTENT, first.span, message)
                .expected("loops over sizes that begin at 0 and leave no gap");
            self.report(diagnostic);
            return None;
        };
        Some(entry.stacked(&extents))
    }

    /// `let x[t] = e`, `track x[t] = e`
    pub(super) fn let_entry(
        &mut self,
        place: &Place,
        ty: Option<&tree::Type>,
        value: &tree::Expr,
        role: Role,
    ) -> Option<StatementKind> {
        let value = self.annotated(value, ty, place.name.as_str());
        let name = &place.name.name;
        let Some(at) = self.scope.entries.iter().rposition(|(own, _)| own == name) else {
            let message = format!("`{name}` is declared entry by entry where its entries cannot be counted");
            let diagnostic = Diagnostic::error(codes::SITE_EXTENT, place.span, message)
                .help("declare the entry in a loop alone, with an `if` as its value");
            self.report(diagnostic);
            return None;
        };
        let variable = self.scope.entries[at].1.variable;
        self.scope.entries[at].1.above.push(place.span);
        let announced = self.scope.locals.iter_mut().filter(|(local, _)| local == name);
        announced.for_each(|(_, entity)| *entity = Entity::Variable(variable));
        if role == Role::Tracked && self.row(variable).role != Role::Tracked {
            self.program.variables[variable.0 as usize].role = Role::Tracked;
            self.tracked(variable);
        }
        let whole = self.row(variable).ty.clone();
        if value.is_unknown() {
            return None;
        }
        if whole.is_unknown() {
            if self.second_looks == 0 && !self.diagnostics.iter().any(Diagnostic::is_error) {
                self.unsupported(place.span, "entries whose type does not follow from the statements above");
            }
            return None;
        }
        let base = Expr { span: place.span, ty: whole, kind: ExprKind::Variable(variable) };
        let entry = self.indexed(place.span, base, &place.indices);
        let ExprKind::Index { indices, .. } = entry.kind else { return None };
        let value = self.fit(value, &entry.ty.plain(), &format!("this entry of `{name}`"));
        (!value.is_unknown()).then_some(StatementKind::Update { variable, indices, add: false, value })
    }

    /// The statement ends: what it declares can be read.
    pub(super) fn end_statement(&mut self, own: &[Place]) {
        for place in own {
            if let Some(entries) = self.entries_of(&place.name.name) {
                let declared = std::mem::take(&mut entries.current);
                entries.done.extend(declared);
            }
        }
    }

    /// The block ends.
    pub(super) fn end_entries(&mut self, outer: usize) {
        self.scope.entries.truncate(outer);
    }
}

/// The end that the segments of one axis of several reach together, each beginning at 0 or where some other ends.
fn reached<'a>(segments: impl Iterator<Item = &'a Bounds>) -> Option<Polynomial> {
    let mut left: Vec<(Polynomial, Polynomial)> = Vec::new();
    for segment in segments {
        left.push((segment.lower.clone()?, segment.upper.as_ref()?.plus(&1.into())));
    }
    let mut ends = vec![Polynomial::constant(0)];
    while !left.is_empty() {
        let next = left.iter().position(|(start, _)| ends.contains(start))?;
        ends.push(left.swap_remove(next).1);
    }
    ends.iter().find(|end| ends.iter().all(|other| never_negative(&end.minus(other)))).cloned()
}

/// The declarations of entries that belong to a block: those of its own statements, and those of its loops that use the
/// index of every loop around them.
fn owned(statements: &[tree::Statement], loops: &mut Vec<Name>, visit: &mut dyn FnMut(&Place)) {
    for statement in statements {
        match &statement.kind {
            Written::Let { target: LetTarget::Place(place), .. } | Written::Track { place, .. } => {
                let uses = |name: &Name| {
                    place
                        .indices
                        .iter()
                        .any(|index| matches!(&index.kind, IndexKind::At(at) if names(at, name)))
                };
                if !place.indices.is_empty() && loops.iter().all(uses) {
                    visit(place);
                }
            }
            Written::For { generators, guard: None, body } => {
                let depth = loops.len();
                loops.extend(generators.iter().map(|generator| generator.name.name.clone()));
                owned(&body.statements, loops, visit);
                loops.truncate(depth);
            }
            _ => {}
        }
    }
}

/// Whether an index is written with a name.
fn names(index: &tree::Expr, name: &Name) -> bool {
    match &index.kind {
        tree::ExprKind::Name(own) => own.name == *name,
        tree::ExprKind::Binary { left, right, .. } => names(left, name) || names(right, name),
        _ => false,
    }
}
