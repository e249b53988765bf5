//! Guides that are made from a model: `auto.meanfield(m)`, `auto.fullrank(m)`. They are written in the language, from the
//! model's latent sites, and checked like any other; `explain --emit typed` shows them.
//!
//! Both are normal in the coordinates without constraints. The full rank is that of a triangular factor: a site's mean moves
//! with the coordinates of the sites before it, and the entries of a vector share a covariance.

use super::Checker;
use super::declare::{Declaration, State};
use super::scope::Room;
use crate::typed::structure::Structure;
use crate::typed::tree::Expr;
use crate::typed::types::{Element, ModelType, Type};
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Argument, ArgumentKind, Ident, ItemKind};
use std::fmt::Write;
use std::rc::Rc;

/// The families, by name.
const FAMILIES: [&str; 2] = ["meanfield", "fullrank"];

/// The standard deviation at which each coordinate begins: small, so that the mode is found first.
const START: &str = "0.1";

/// A latent site as a guide draws it.
struct Latent {
    name: String,
    /// The shape of its coordinates, as it is written: `` or `[J]`.
    shape: Vec<String>,
    /// The support that its coordinates are mapped onto, as a type; none where they are its values.
    onto: Option<String>,
    /// Its coordinates, in terms of its value; none where no formula gives them.
    coordinates: Option<String>,
}

impl Checker<'_> {
    /// The family that `auto.meanfield` names, if `auto` is not the program's own.
    pub(super) fn auto_family<'a>(&mut self, callee: &'a tree::Expr) -> Option<&'a Ident> {
        let tree::ExprKind::Field { base, name } = &callee.kind else { return None };
        let tree::ExprKind::Name(room) = &base.kind else { return None };
        (room.as_str() == "auto" && !self.is_users("auto")).then_some(name)
    }

    /// `auto.meanfield(m)`
    pub(super) fn auto_guide(&mut self, span: Span, family: &Ident, arguments: &[Argument]) -> Expr {
        let [Argument { kind: ArgumentKind::Value(model), .. }] = arguments else {
            let fault =
                Diagnostic::error(codes::MISSING_ARGUMENT, span, "a call with other arguments than it takes");
            return self
                .fail(span, fault.expected(format!("`auto.{family}(m)`, of a model with what is given")));
        };
        if !FAMILIES.contains(&family.as_str()) {
            let fault = Diagnostic::error(
                codes::UNKNOWN_FIELD,
                family.span,
                format!("there is no family `auto.{family}`"),
            );
            return self
                .fail(span, fault.expected(FAMILIES.map(|name| format!("`auto.{name}`")).join(" or ")));
        }
        let model = self.expression(model);
        let Element::Model(of) = model.ty.element.clone() else {
            if model.is_unknown() {
                return model;
            }
            let fault = Diagnostic::error(codes::TYPE_MISMATCH, model.span, "a guide is made from a model");
            return self.fail(span, fault.found(format!("`{}`", self.show(&model.ty))));
        };
        let known = self.guides.iter().find(|(name, made, _)| name == family.as_str() && *made == *of);
        let id = match known.map(|(_, _, id)| *id) {
            Some(id) => id,
            None => {
                let Some(text) = self.guide_text(model.span, family.as_str(), &of) else {
                    return Expr::unknown(span);
                };
                let id = self
                    .declare_text(&format!("auto.{family} of {}", self.program.models[of.model].name), &text);
                self.guides.push((family.as_str().to_string(), (*of).clone(), id));
                id
            }
        };
        self.model_call(span, id, &[])
    }

    /// Declares the guide that a text holds; its number.
    fn declare_text(&mut self, name: &str, text: &str) -> usize {
        let source = self.sources.add(name, text);
        let parse = ansatz_grammar::parse(source, text);
        assert!(parse.diagnostics.is_empty(), "a guide that is made parses: {text}");
        let item = parse.tree.items.into_iter().next().expect("the text declares a guide");
        let ItemKind::Model(guide) = &item.kind else { panic!("the text declares a guide") };
        let (name, span, room) = (guide.name.name.clone(), guide.name.span, Room::User);
        let (item, state, locals) = (Rc::new(item), State::Untouched, Vec::new());
        self.declarations.push(Declaration {
            name,
            span,
            room,
            item,
            state,
            signature: None,
            locals,
            rank: super::pack::ALONE,
        });
        self.declarations.len() - 1
    }

    /// The guide of a family as text.
    fn guide_text(&mut self, span: Span, family: &str, of: &ModelType) -> Option<String> {
        let model = self.program.models[of.model].clone();
        let substitution = self.substitution(&model.sizes, &of.sizes);
        if let Some(site) = of.partly.first() {
            self.unsupported(span, &format!("a guide for `{site}`, of which entries are given"));
            return None;
        }
        let mut latent: Vec<Latent> = Vec::new();
        for site in &model.sites {
            let row = self.row(site.variable).clone();
            if of.given.contains(&row.name) || of.out.contains(&row.name) {
                continue;
            }
            match self.latent(&row.name, &row.ty.substitute(&substitution)) {
                Ok(found) => latent.push(found),
                Err(why) => {
                    let message = format!("no guide is made for `{}`: {why}", row.name);
                    let fault =
                        Diagnostic::error(codes::GUIDE_MISMATCH, span, message).label(row.span, "the site");
                    self.report(fault.help("write the guide, with a measure for this site"));
                    return None;
                }
            }
        }
        // Others may move with a site whose coordinates a formula gives: those without one come last.
        latent.sort_by_key(|site| site.coordinates.is_none());
        let mut text = format!("guide {family} {{\n");
        for (position, site) in latent.iter().enumerate() {
            let written = match family {
                "meanfield" => Some(alone(site)),
                _ => with_others(site, &latent[..position]),
            };
            let Some(written) = written else {
                self.unsupported(
                    span,
                    &format!("`auto.fullrank` for `{}` and all sites before it together", site.name),
                );
                return None;
            };
            text += &written;
        }
        Some(text + "}\n")
    }

    /// How a guide draws a site of this type.
    fn latent(&self, name: &str, ty: &Type) -> Result<Latent, &'static str> {
        if matches!(ty.element, Element::Record(_)) {
            return Err("it is a path of several states");
        }
        let Element::Real(domain) = &ty.element else {
            return Err("it is discrete; sum it out with `marginal`");
        };
        if name.contains('.') {
            return Err("it is a site of a model that is drawn");
        }
        let sizes: Vec<String> = ty.shape.iter().map(|size| self.show_size(size)).collect();
        let (name, range) = (name.to_string(), domain.range);
        if let Some(structure) = domain.structure {
            if ty.shape.len() != structure.axes() {
                return Err("it is an array of vectors or matrices that belong together");
            }
            let shape = vec![free(structure, &sizes[0])];
            let onto = Some(format!("{}[{}]", structure.name(), sizes[0]));
            return Ok(Latent { name, shape, onto, coordinates: None });
        }
        let (onto, coordinates) = match (range.lower.value, range.upper.value) {
            (f64::NEG_INFINITY, f64::INFINITY) => (None, name.clone()),
            (0.0, f64::INFINITY) => (Some("positive".to_string()), format!("log({name})")),
            (f64::NEG_INFINITY, _) | (_, f64::INFINITY) => {
                return Err("its support ends at another number than 0");
            }
            (a, b) => {
                let coordinates = format!("(log({name} - {a:?}) - log({b:?} - {name}))");
                (Some(format!("interval({a:?}, {b:?})")), coordinates)
            }
        };
        Ok(Latent { name, shape: sizes, onto, coordinates: Some(coordinates) })
    }
}

/// How many coordinates a structure of this size has.
fn free(structure: Structure, size: &str) -> String {
    match structure {
        Structure::Simplex => format!("{size} - 1"),
        Structure::Ordered | Structure::PositiveOrdered => size.to_string(),
        Structure::Corr | Structure::CholeskyCorr => format!("({size}) * (({size}) - 1) / 2"),
        Structure::Cov | Structure::CholeskyCov => format!("({size}) * (({size}) + 1) / 2"),
    }
}

/// `real[J]`
fn array(element: &str, shape: &[String]) -> String {
    if shape.is_empty() { element.to_string() } else { format!("{element}[{}]", shape.join(", ")) }
}

/// A number, or an array of it.
fn filled(number: &str, shape: &[String]) -> String {
    if shape.is_empty() { number.to_string() } else { format!("{number} * ones({})", shape.join(", ")) }
}

/// The draw of a site from a measure over its coordinates.
fn drawn(site: &Latent, measure: &str) -> String {
    let measure = match &site.onto {
        Some(onto) => format!("transformed({measure}, to({onto}))"),
        None => measure.to_string(),
    };
    format!("  {} ~ {measure} by reparam\n", site.name)
}

/// A site that moves with no other.
fn alone(site: &Latent) -> String {
    let Latent { name, shape, .. } = site;
    let mut text = String::new();
    let (real, positive) = (array("real", shape), array("positive", shape));
    let (zero, start) = (filled("0.0", shape), filled(START, shape));
    writeln!(text, "  param {name}_mean: {real} = {zero}").expect("memory can be written");
    writeln!(text, "  param {name}_sd: {positive} = {start}").expect("memory can be written");
    text + &drawn(site, &format!("normal({name}_mean, {name}_sd)"))
}

/// A number or a vector that moves with those before it.
fn with_others(site: &Latent, before: &[Latent]) -> Option<String> {
    let Latent { name, shape, .. } = site;
    if shape.len() > 1 {
        return None;
    }
    let mut text = String::new();
    let real = array("real", shape);
    writeln!(text, "  param {name}_mean: {real} = {}", filled("0.0", shape)).expect("memory can be written");
    let mut mean = format!("{name}_mean");
    for other in before {
        let (by, center) = (format!("{name}_by_{}", other.name), format!("{}_mean", other.name));
        let moved = format!("({} - {center})", other.coordinates.as_ref()?);
        let (both, term) = match (shape.as_slice(), other.shape.as_slice()) {
            ([], []) => (Vec::new(), format!("{by} * {moved}")),
            ([], [n]) => (vec![n.clone()], format!("dot({by}, {moved})")),
            ([n], []) => (vec![n.clone()], format!("{by} * {moved}")),
            ([n], [k]) => (vec![n.clone(), k.clone()], format!("{by} @ {moved}")),
            _ => return None,
        };
        writeln!(text, "  param {by}: {} = {}", array("real", &both), filled("0.0", &both))
            .expect("memory can be written");
        write!(mean, " + {term}").expect("memory can be written");
    }
    let measure = match shape.as_slice() {
        [] => {
            writeln!(text, "  param {name}_sd: positive = {START}").expect("memory can be written");
            format!("normal({mean}, {name}_sd)")
        }
        [n] => {
            writeln!(text, "  param {name}_chol: cholesky_cov[{n}] = {START} * identity({n})")
                .expect("memory can be written");
            format!("multi_normal({mean}, chol = {name}_chol)")
        }
        _ => return None,
    };
    Some(text + &drawn(site, &measure))
}
