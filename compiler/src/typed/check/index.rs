//! Indexing: one entry, a slice, a gather; and independent copies of a measure, which are written alike.

use super::Checker;
use super::scope::Entity;
use crate::ir::Polynomial;
use crate::typed::tree::{Expr, ExprKind, Index};
use crate::typed::types::{Element, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, IndexKind};

impl Checker<'_> {
    pub(super) fn index(&mut self, span: Span, base: &tree::Expr, indices: &[tree::Index]) -> Expr {
        let base = self.indexed_base(base);
        if matches!(base.ty.element, Element::Measure(_)) {
            return self.copies(span, base, indices);
        }
        self.indexed_value(span, base, indices)
    }

    /// What is indexed: an array may be read entry by entry while its entries are declared.
    fn indexed_base(&mut self, base: &tree::Expr) -> Expr {
        if let tree::ExprKind::Name(name) = &base.kind
            && let Some(Entity::Variable(variable)) = self.look_up(name.as_str())
        {
            return self.variable(name.span, variable);
        }
        self.expression(base)
    }

    /// Entries of a value.
    pub(super) fn indexed_value(&mut self, span: Span, base: Expr, indices: &[tree::Index]) -> Expr {
        if !super::array::holds_numbers(&base.ty) {
            for index in indices {
                self.index_parts(index);
            }
            if base.is_unknown() {
                return base;
            }
            let found = self.show(&base.ty);
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, span, "only arrays are indexed")
                .found(format!("`{found}`"));
            return self.fail(span, diagnostic);
        }
        if indices.len() > base.ty.shape.len() {
            let axes = base.ty.shape.len();
            let (message, help) = match axes {
                0 => ("a single number has no entries".to_string(), "leave the index out".to_string()),
                _ => {
                    let plural = if axes == 1 { "one axis".to_string() } else { format!("{axes} axes") };
                    let message = format!("{} indices into an array with {plural}", indices.len());
                    (message, format!("give at most {axes}"))
                }
            };
            let diagnostic = Diagnostic::error(codes::TOO_MANY_INDICES, span, message)
                .label(base.span, format!("is `{}`", self.show(&base.ty)))
                .help(help);
            let diagnostic = self.with_declaration(diagnostic, &base);
            return self.fail(span, diagnostic);
        }
        let entries = self.indexed(span, base, indices);
        if let ExprKind::Index { base, indices } = &entries.kind
            && let ExprKind::Variable(variable) = base.kind
            && !self.read_entries(span, variable, indices)
        {
            return Expr::unknown(span);
        }
        entries
    }

    pub(super) fn indexed(&mut self, span: Span, base: Expr, indices: &[tree::Index]) -> Expr {
        let mut typed = Vec::new();
        let mut shape: Vec<Polynomial> = Vec::new();
        let mut sound = true;
        for (index, extent) in indices.iter().zip(base.ty.shape.clone()) {
            match self.one_index(index, &extent) {
                Some(index) => {
                    match &index {
                        Index::At { .. } => {}
                        Index::Gather { indices, .. } => shape.extend(indices.ty.shape.iter().cloned()),
                        Index::Slice { length, .. } => shape.push(length.clone()),
                    }
                    typed.push(index);
                }
                None => sound = false,
            }
        }
        if !sound {
            return Expr::unknown(span);
        }
        let rest = base.ty.indexed(indices.len());
        let ty = Type::array(rest.element, [shape, rest.shape].concat());
        Expr { span, ty, kind: ExprKind::Index { base: Box::new(base), indices: typed } }
    }

    fn one_index(&mut self, index: &tree::Index, extent: &Polynomial) -> Option<Index> {
        let (start, end) = match &index.kind {
            IndexKind::At(tree::Expr { kind: tree::ExprKind::Range { start, end }, .. }) => {
                (Some(&**start), Some(&**end))
            }
            IndexKind::Slice { start, end } => (start.as_ref(), end.as_ref()),
            IndexKind::At(value) => return self.entries(value, extent),
        };
        let start = start.map(|start| self.expression(start));
        let end = end.map(|end| self.expression(end));
        let first = match &start {
            Some(start) => self.as_size(start)?,
            None => Polynomial::constant(0),
        };
        let last = match &end {
            Some(end) => self.as_size(end)?,
            None => extent.clone(),
        };
        for (end, size) in [(&start, &first), (&end, &last)] {
            let beyond = crate::typed::bounds::never_negative(&size.minus(extent).minus(&1.into()));
            if let (Some(end), true) = (end, beyond) {
                self.report_outside(end, extent);
                return None;
            }
        }
        let start = start.unwrap_or_else(|| super::expression::size_value(index.span, first.clone()));
        Some(Index::Slice { start, length: last.minus(&first) })
    }

    /// One entry along an axis, or several by an array of indices.
    fn entries(&mut self, value: &tree::Expr, extent: &Polynomial) -> Option<Index> {
        let index = self.expression(value);
        let wanted = Type::array(Element::int(), index.ty.shape.clone());
        let index = self.fit(index, &wanted, "this index");
        if index.is_unknown() {
            return None;
        }
        let bounds = index.ty.element.bounds();
        if bounds.misses_index_below(extent) {
            self.report_outside(&index, extent);
            return None;
        }
        let proved = bounds.is_index_below(extent);
        match index.ty.shape.is_empty() {
            true => Some(Index::At { index, proved }),
            false => Some(Index::Gather { indices: index, proved }),
        }
    }

    fn report_outside(&mut self, index: &Expr, extent: &Polynomial) {
        let size = self.show_size(extent);
        let diagnostic =
            Diagnostic::error(codes::INDEX_OUTSIDE, index.span, "this index lies outside the array")
                .expected(format!("an index from 0 to {size} - 1"))
                .help("indices count from 0");
        self.report(diagnostic);
    }

    /// Checks what stands in brackets for its own mistakes.
    fn index_parts(&mut self, index: &tree::Index) {
        match &index.kind {
            IndexKind::At(value) => _ = self.expression(value),
            IndexKind::Slice { start, end } => {
                for end in [start, end].into_iter().flatten() {
                    self.expression(end);
                }
            }
        }
    }
}
