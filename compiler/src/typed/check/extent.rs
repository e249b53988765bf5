//! How long sites are that a model declares entry by entry: up to the greatest end of their declarations. No entry may be
//! declared twice; those that are not declared at all are holes.

use super::model::{Branch, exclude_each_other};
use super::{Checker, Name};
use crate::ir::Polynomial;
use crate::primitive::Primitive;
use crate::typed::bounds::{Bounds, never_negative};
use crate::typed::tree::{Domain, Expr, ExprKind, Generator, Variable};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, IndexKind, StatementKind};

/// What the declarations of a site cover together.
#[derive(Clone)]
pub(super) struct Covered {
    /// The site's full name.
    pub name: Name,
    /// The extents of its own indices; none where they do not follow.
    pub extents: Option<Vec<Polynomial>>,
    /// A declaration next to which entries are left out, or may be.
    pub holes: Option<Span>,
}

/// One declaration of entries.
struct Segment {
    name: Name,
    span: Span,
    bounds: Vec<Bounds>,
    branches: Vec<Branch>,
    /// Whether entries within the bounds may be skipped: by a condition, or by indices that depend on one another.
    skips: bool,
}

/// Where a declaration stands.
#[derive(Clone, Default)]
struct Around {
    branches: Vec<Branch>,
    guarded: bool,
    /// Indices of loops between sizes.
    loops: Vec<Variable>,
}

impl Checker<'_> {
    /// What the declarations of a block cover, site by site.
    pub(super) fn covered(&mut self, body: &tree::Block) -> Vec<Covered> {
        let mut segments = Vec::new();
        self.segments(body, &Around::default(), &mut segments);
        let mut names: Vec<Name> = segments.iter().map(|segment| segment.name.clone()).collect();
        names.sort();
        names.dedup();
        let prefix = self.body().part.prefix.clone();
        let covered = names.into_iter().map(|name| {
            let own: Vec<&Segment> = segments.iter().filter(|segment| segment.name == name).collect();
            let same = own.iter().all(|segment| segment.bounds.len() == own[0].bounds.len());
            let along = |axis: usize| own.iter().map(move |segment| &segment.bounds[axis]);
            let axes =
                (0..own[0].bounds.len()).map(|axis| if same { covered_axis(along(axis)) } else { None });
            let axes: Option<Vec<(Polynomial, bool)>> = axes.collect();
            let whole = axes.as_ref().is_some_and(|axes| axes.iter().all(|(_, whole)| *whole));
            let holes = (!whole || !complete(&own)).then_some(own[0].span);
            let extents = axes.map(|axes| axes.into_iter().map(|(end, _)| end).collect());
            Covered { name: format!("{prefix}{name}").into(), extents, holes }
        });
        covered.collect()
    }

    /// Reports entries that are declared twice.
    pub(super) fn overlaps(&mut self, body: &tree::Block) {
        let mut segments = Vec::new();
        self.nested(|checker| {
            checker.quietly(|checker| checker.segments(body, &Around::default(), &mut segments));
        });
        for (position, later) in segments.iter().enumerate() {
            for earlier in segments[..position].iter().filter(|earlier| overlap(earlier, later)) {
                let message = format!("entries of `{}` are declared twice", later.name);
                let diagnostic = Diagnostic::error(codes::SITE_TWICE, later.span, message)
                    .label(earlier.span, "first here")
                    .help("declare each entry once, as in `x[0] ~ ..` and `for t in 1..T { x[t] ~ .. }`");
                self.report(diagnostic);
            }
        }
    }

    fn segments(&mut self, block: &tree::Block, around: &Around, into: &mut Vec<Segment>) {
        for statement in &block.statements {
            match &statement.kind {
                StatementKind::Site(site) => {
                    for place in site.places.iter().filter(|place| !place.indices.is_empty()) {
                        into.push(self.segment(place, around));
                    }
                }
                StatementKind::For { generators, guard, body } => self.nested(|checker| {
                    let generators = checker.generators(generators).unwrap_or_default();
                    let mut around = around.clone();
                    around.guarded |= guard.is_some();
                    around
                        .loops
                        .extend(generators.iter().filter(|loops| between_sizes(loops)).map(|of| of.variable));
                    checker.segments(body, &around, into);
                }),
                StatementKind::Expression(value) => self.branch_segments(value, around, into),
                _ => {}
            }
        }
        block.value.iter().for_each(|value| self.branch_segments(value, around, into));
    }

    fn branch_segments(&mut self, value: &tree::Expr, around: &Around, into: &mut Vec<Segment>) {
        let tree::ExprKind::If { branches, otherwise } = &value.kind else { return };
        let mut around = around.clone();
        around.guarded |= otherwise.is_none();
        for branch in branches {
            let of = branch.body.span;
            let mut yes = around.clone();
            yes.branches.push(Branch { of, yes: true });
            self.segments(&branch.body, &yes, into);
            around.branches.push(Branch { of, yes: false });
        }
        otherwise.iter().for_each(|block| self.segments(block, &around, into));
    }

    fn segment(&mut self, place: &tree::Place, around: &Around) -> Segment {
        let mut loops = around.loops.clone();
        let mut skips = around.guarded;
        let mut bounds = Vec::new();
        for index in &place.indices {
            let IndexKind::At(value) = &index.kind else {
                bounds.push(Bounds::any());
                continue;
            };
            let value = self.expression(value);
            skips |= !runs_through(&value, &mut loops);
            bounds.push(value.ty.element.bounds());
        }
        let (name, span, branches) = (place.name.name.clone(), place.span, around.branches.clone());
        Segment { name, span, bounds, branches, skips }
    }
}

fn between_sizes(generator: &Generator) -> bool {
    match &generator.domain {
        Domain::Range { start, end } => start.ty.as_size().is_some() && end.ty.as_size().is_some(),
        Domain::Rows(_) => false,
    }
}

/// Whether an index takes every value within its bounds, whatever the other indices are: a size, or one loop's index, to
/// which sizes are added. The loop is used up.
fn runs_through(index: &Expr, loops: &mut Vec<Variable>) -> bool {
    match &index.kind {
        _ if index.ty.as_size().is_some() => true,
        ExprKind::Variable(variable) => {
            let known = loops.iter().position(|index| index == variable);
            known.is_some_and(|known| loops.swap_remove(known) == *variable)
        }
        ExprKind::Apply { primitive, operands } => {
            let shifts = ["add", "sub", "neg"].map(Primitive::named).contains(primitive);
            shifts
                && operands.iter().all(|operand| runs_through(operand, loops))
                && operands.iter().filter(|operand| operand.ty.as_size().is_none()).count() == 1
        }
        _ => false,
    }
}

/// Whether what stands in one branch of an `if` stands in the other as well, and nothing is skipped.
fn complete(own: &[&Segment]) -> bool {
    own.iter().all(|segment| {
        let mirrored = |branch: &Branch| {
            let other = Branch { yes: !branch.yes, ..*branch };
            own.iter().any(|twin| twin.branches.contains(&other) && twin.bounds == segment.bounds)
        };
        !segment.skips && segment.branches.iter().all(mirrored)
    })
}

/// Whether two declarations are proved to share entries.
fn overlap(one: &Segment, other: &Segment) -> bool {
    let shared = |(a, b): (&Bounds, &Bounds)| starts_inside(a, b) || starts_inside(b, a);
    one.name == other.name
        && one.bounds.len() == other.bounds.len()
        && !exclude_each_other(&one.branches, &other.branches)
        && !one.skips
        && !other.skips
        && one.bounds.iter().zip(&other.bounds).all(shared)
}

/// Whether the first entry of one range is proved to lie in the other, if neither is empty.
fn starts_inside(one: &Bounds, other: &Bounds) -> bool {
    let (Some(first), Some(start), Some(last)) = (&one.lower, &other.lower, &other.upper) else {
        return false;
    };
    first == start || never_negative(&first.minus(start)) && never_negative(&last.minus(first))
}

/// The greatest end of the declarations along an axis, and whether they reach it from 0 without a gap.
pub(super) fn covered_axis<'a>(segments: impl Iterator<Item = &'a Bounds>) -> Option<(Polynomial, bool)> {
    let mut ranges: Vec<(Polynomial, Polynomial)> = Vec::new();
    for bounds in segments {
        let range = (bounds.lower.clone()?, bounds.upper.as_ref()?.plus(&1.into()));
        if !ranges.contains(&range) {
            ranges.push(range);
        }
    }
    let mut left = ranges.clone();
    let mut end = Polynomial::constant(0);
    while let Some(next) = left.iter().position(|(start, _)| *start == end) {
        end = left.swap_remove(next).1;
    }
    if left.is_empty() {
        return Some((end, true));
    }
    // No range is empty: it ends one beyond its start at least.
    let beyond = |(start, end): &(Polynomial, Polynomial), other: &Polynomial| {
        never_negative(&end.minus(other)) || never_negative(&start.plus(&1.into()).minus(other))
    };
    let greatest = ranges.iter().find(|range| ranges.iter().all(|(_, other)| beyond(range, other)))?;
    Some((greatest.1.clone(), false))
}
