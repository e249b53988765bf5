//! A model as a function that draws: its statements in order, sites from their measures.
//!
//! An array of sites is made where it is declared. A loop whose turns read no other turn's sites is a `map`, and inside it
//! the arrays stand for their rows; any other loop is a `scan` that carries the arrays.

mod loops;

use crate::ir::{Binding, Builder, Constant, Element, Module, Type, Value};
use crate::lower::draw::Noise;
use crate::lower::expect;
use crate::lower::{Compound, Known, Lowered, Lowerer};
use crate::model::density::{Conditioned, scores, site_of};
use crate::model::peel::{Peeled, peel};
use crate::model::posterior::{Quantity, bound_values};
use crate::typed::needed::{made, needed};
use crate::typed::tree::{Block, Expr, Program, Statement, StatementKind, Strategy, Variable};
use crate::typed::types;
use ansatz_grammar::span::Span;
use rustc_hash::{FxHashMap, FxHashSet};

/// The function that draws: (data, seed, number of the draw, passed sites) -> drawn sites, then tracked values.
pub const SIMULATE: &str = "simulate";

/// A model's function that draws.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// Holds [`SIMULATE`].
    pub module: Module,
    /// Places by origin; an operation's origin 1 is the first.
    pub origins: Vec<Span>,
    /// What it gives, in order, with the element type of each.
    pub values: Vec<(Quantity, Element)>,
}

/// What a function that draws is told, and what it gives.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'w> {
    /// Sites whose values are passed.
    pub passed: &'w [&'w str],
    /// The sites and tracked values that it gives; without a list, all sites that are not passed, and what is tracked.
    pub given_back: Option<&'w [&'w str]>,
}

/// Lowers the model that an expression of the script names to a function that draws its sites, but for those whose values
/// are passed. What is known of the script follows the data.
pub fn simulation(program: &Program, expr: &Expr, wanted: Wanted, known: &Known) -> Lowered<Simulation> {
    if matches!(expr.ty.element, types::Element::Measure(_)) {
        return measure(program, expr, known);
    }
    let peeled = peel(program, expr)?;
    let given = peeled.whole(program);
    let Peeled { model, sizes, arguments, .. } = peeled;
    let target = Conditioned { model, sizes, arguments, given: &given, partial: &[], out: &[], known };
    let mut lowerer = bound_values(program, SIMULATE, known)?;
    let [seed, draw] = [(); 2].map(|()| lowerer.builder.parameter(Type::i64(), Binding::Live));
    let mut forward = Forward::new(lowerer, target, seed, draw)?;
    wanted.passed.iter().filter_map(|name| site_of(model, name, program)).for_each(|site| forward.pass(site));
    let all = model.sites.iter().map(|site| site.variable).chain(model.tracked.iter().copied());
    let reported: Vec<Variable> = match wanted.given_back {
        None => all.filter(|variable| !forward.known.contains(variable)).collect(),
        Some(names) => {
            let named = |name: &&str| {
                let mut of_name = all.clone().filter(|of| *program.variables[of.0 as usize].name == **name);
                of_name.next().expect("the checker lets only sites and tracked values be asked for")
            };
            names.iter().map(named).collect()
        }
    };
    forward.needed = needed(program, model, &reported, &|site| forward.known.contains(&site));
    forward.statements(&model.body)?;
    forward.finish(&reported)
}

/// The sites of a model as samples of an expectation, and what it tracks: a record of this type.
pub fn drawn_sites<'p>(
    lowerer: &mut Lowerer<'p>,
    model: &'p Expr,
    ty: &types::Type,
    copy: &expect::Copy<'p, '_>,
) -> Lowered<Compound> {
    let program = lowerer.program;
    let peeled = peel(program, model)?;
    let given = crate::model::values::bind(lowerer, &peeled)?;
    let stated = peeled.model.sites.iter();
    let stated = stated.filter_map(|site| Some((site.variable, site.strategy.as_ref()?)));
    let chosen = copy.chosen.iter().map(|(site, strategy)| (*site, strategy));
    let strategies = chosen.chain(stated).collect();
    let all = peeled.model.sites.iter().map(|site| site.variable).chain(peeled.model.tracked.iter().copied());
    let reported: Vec<Variable> = all.filter(|variable| !given.contains_key(variable)).collect();
    let known: FxHashSet<Variable> = given.into_keys().collect();
    for site in &reported {
        // Of another copy.
        lowerer.variables.remove(site);
    }
    let needed = needed(program, peeled.model, &reported, &|site| known.contains(&site));
    let drawing =
        Drawing::Samples { path: copy.path.to_string(), indices: copy.indices.to_vec(), strategies };
    let mut forward = Forward { lowerer: lowerer.lent(), known, needed, drawing };
    let outcome = forward.statements(&peeled.model.body);
    *lowerer = forward.lowerer;
    outcome?;
    let named = reported.iter().map(|site| {
        let name = program.variables[site.0 as usize].name.to_string();
        (name, lowerer.bound(*site).expect("every site is drawn"))
    });
    Ok(nested("", ty, &named.collect()))
}

/// A record of values by the paths of their fields.
fn nested(path: &str, ty: &types::Type, named: &FxHashMap<String, Compound>) -> Compound {
    if let Some(value) = named.get(path) {
        return value.clone();
    }
    let types::Element::Record(fields) = &ty.element else { panic!("nothing draws `{path}`") };
    let part = |(name, ty): &(std::sync::Arc<str>, types::Type)| {
        let path = match path {
            // What is out of sight has names of its own.
            _ if types::is_hidden(name) => path.to_string(),
            "" => name.to_string(),
            _ => format!("{path}.{name}"),
        };
        (name.clone(), nested(&path, ty, named))
    };
    Compound::Record(fields.iter().map(part).collect())
}

/// A measure as a function that draws: (data, seed, number of the draw) -> the numbers of its value, field by field.
fn measure(program: &Program, expr: &Expr, known: &Known) -> Lowered<Simulation> {
    let mut lowerer = bound_values(program, SIMULATE, known)?;
    let [seed, draw] = [(); 2].map(|()| lowerer.builder.parameter(Type::i64(), Binding::Live));
    let depth = lowerer.builder.depth();
    lowerer.noise =
        Some(Noise { seed, site: VALUE.to_string(), indices: vec![draw], depth, drawn: 0, words: None });
    let results = lowerer.drawn(expr)?.leaves();
    let named = match &expr.ty.element {
        types::Element::Measure(of) => quantities_of(&lowerer, "", &of.value),
        _ => Vec::new(),
    };
    let element = |value: &Value| lowerer.builder.type_of(*value).element;
    let values = named.into_iter().zip(results.iter().map(element)).collect();
    let Lowerer { mut module, origins, builder, .. } = lowerer;
    module.insert(builder.finish(results));
    Ok(Simulation { module, origins, values })
}

/// The numbers of a site or tracked value.
fn quantities(lowerer: &Lowerer, variable: Variable) -> Vec<Quantity> {
    let row = &lowerer.program.variables[variable.0 as usize];
    quantities_of(lowerer, &row.name, &row.ty)
}

/// The numbers of a value, by the paths of their fields in what has this name.
fn quantities_of(lowerer: &Lowerer, name: &str, ty: &types::Type) -> Vec<Quantity> {
    let mut named = Vec::new();
    name_numbers(name, ty, &mut named);
    named.into_iter().map(|(name, ty)| Quantity { name, shape: lowerer.sizes(&ty.shape) }).collect()
}

/// The name of a measure's draw that has no fields.
const VALUE: &str = "value";

/// The numbers of a value by the paths of their fields, with the types of the whole arrays.
fn name_numbers(path: &str, ty: &types::Type, into: &mut Vec<(String, types::Type)>) {
    match &ty.element {
        types::Element::Record(fields) => fields.iter().for_each(|(name, field)| {
            let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            name_numbers(&path, &field.stacked(&ty.shape), into);
        }),
        _ if ty.is_numeric() => {
            into.push((if path.is_empty() { VALUE.to_string() } else { path.to_string() }, ty.clone()));
        }
        _ => {}
    }
}

/// How a site gets its value.
enum Drawing<'p> {
    /// A draw, made of noise.
    Draws {
        /// The seed of all.
        seed: Value,
        /// The number of this one.
        draw: Value,
    },
    /// A sample of an expectation, whose gradient is estimated.
    Samples {
        /// What stands before the names of the sites.
        path: String,
        /// Indices of the copy of the model.
        indices: Vec<Value>,
        /// The strategies that the program states.
        strategies: FxHashMap<Variable, &'p Strategy>,
    },
}

struct Forward<'p> {
    lowerer: Lowerer<'p>,
    /// Sites that have their values from elsewhere.
    known: FxHashSet<Variable>,
    /// What is given back, and all that it is made of.
    needed: FxHashSet<Variable>,
    drawing: Drawing<'p>,
}

impl<'p> Forward<'p> {
    fn new(mut lowerer: Lowerer<'p>, target: Conditioned<'p>, seed: Value, draw: Value) -> Lowered<Self> {
        lowerer.bind_sizes(&target.model.sizes, target.sizes);
        lowerer.bind_arguments(&target.model.parameters, target.arguments, &[])?;
        for (site, value) in target.given {
            let value = lowerer.compound(value)?;
            lowerer.bind(*site, value);
        }
        let known = target.given.iter().map(|(site, _)| *site).collect();
        Ok(Self { lowerer, known, needed: FxHashSet::default(), drawing: Drawing::Draws { seed, draw } })
    }

    /// Makes a site's value a parameter.
    fn pass(&mut self, site: Variable) {
        let of = self.lowerer.ir_type(&self.lowerer.program.variables[site.0 as usize].ty);
        let value = self.lowerer.builder.parameter(of, Binding::Live);
        self.lowerer.variables.insert(site, value);
        self.known.insert(site);
    }

    fn finish(self, reported: &[Variable]) -> Lowered<Simulation> {
        let Self { lowerer, .. } = self;
        let (mut results, mut values) = (Vec::new(), Vec::new());
        for variable in reported {
            let numbers = lowerer.bound(*variable).expect("what is reported is drawn").leaves();
            for (quantity, value) in quantities(&lowerer, *variable).into_iter().zip(numbers) {
                values.push((quantity, lowerer.builder.type_of(value).element));
                results.push(value);
            }
        }
        let Lowerer { mut module, origins, builder, .. } = lowerer;
        module.insert(builder.finish(results));
        Ok(Simulation { module, origins, values })
    }

    fn statements(&mut self, block: &'p Block) -> Lowered<()> {
        block.statements.iter().try_for_each(|statement| self.statement(statement))
    }

    /// Whether a site has its value from its own statement.
    fn is_drawn(&self, site: Variable) -> bool {
        self.needed.contains(&site) && !self.known.contains(&site)
    }

    fn statement(&mut self, statement: &'p Statement) -> Lowered<()> {
        let mut is_needed = false;
        made(statement, &mut |variable| is_needed |= self.needed.contains(&variable));
        if !is_needed {
            return Ok(());
        }
        self.lowerer.at(statement.span);
        match &statement.kind {
            StatementKind::Let { .. } | StatementKind::Assign { .. } | StatementKind::Update { .. } => {
                self.lowerer.statement(statement)
            }
            StatementKind::For { body, .. } if !scores(body) => self.lowerer.statement(statement),
            StatementKind::If { yes, no, .. } if !scores(yes) && !scores(no) => {
                self.lowerer.statement(statement)
            }
            StatementKind::Draw { .. } => unreachable!("a model has sites"),
            StatementKind::Site { variable, .. } if !self.is_drawn(*variable) => Ok(()),
            StatementKind::Site { variable, indices, measure } => self.site(*variable, indices, measure),
            // What depends on draws cannot be simulated; the rest changes none.
            StatementKind::Observe { .. } | StatementKind::Factor(_) => Ok(()),
            StatementKind::For { generators, guard, body } => self.repeated(generators, guard.as_ref(), body),
            StatementKind::If { condition, yes, no } => self.branches(condition, Some(yes), Some(no)),
        }
    }

    fn site(&mut self, variable: Variable, indices: &'p [Expr], measure: &'p Expr) -> Lowered<()> {
        let indices = indices.iter().map(|index| self.lowerer.value(index)).collect::<Lowered<Vec<_>>>()?;
        let name = self.lowerer.program.variables[variable.0 as usize].name.to_string();
        let value = match &self.drawing {
            Drawing::Draws { seed, draw } => {
                let of_draw = [&[*draw], indices.as_slice()].concat();
                let (seed, depth) = (*seed, self.lowerer.builder.depth());
                let noise = Noise { seed, site: name, indices: of_draw, depth, drawn: 0, words: None };
                self.lowerer.noise = Some(noise);
                let value = self.lowerer.drawn(measure);
                self.lowerer.noise = None;
                value?
            }
            Drawing::Samples { path, indices: copy, strategies } => {
                let indices = [copy.as_slice(), &indices].concat();
                let strategy = strategies.get(&variable).copied();
                let site = expect::Site { name: format!("{path}{name}"), indices, strategy };
                self.lowerer.sampled_whole(measure, &site)?
            }
        };
        match value {
            Compound::Value(value) => self.set(variable, &indices, value),
            record => {
                self.lowerer.bind(variable, record);
                Ok(())
            }
        }
    }

    /// Makes a value the entry of an array of sites, or all of the site.
    fn set(&mut self, variable: Variable, indices: &[Value], value: Value) -> Lowered<()> {
        let fixed = self.lowerer.rows.get(&variable).copied().unwrap_or(0);
        let indices = &indices[fixed..];
        let value = match indices.is_empty() {
            true => value,
            false => {
                let before = self.array(variable);
                self.lowerer.updated(before, indices, value)?
            }
        };
        self.lowerer.variables.insert(variable, value);
        Ok(())
    }

    /// An array of sites as it is so far: zero where nothing is declared.
    fn array(&mut self, variable: Variable) -> Value {
        if let Some(array) = self.lowerer.variables.get(&variable) {
            return *array;
        }
        let fixed = self.lowerer.rows.get(&variable).copied().unwrap_or(0);
        let of = self.lowerer.program.variables[variable.0 as usize].ty.indexed(fixed);
        let (element, shape) = (self.lowerer.ir_type(&of).element, self.lowerer.sizes(&of.shape));
        let array = self.lowerer.map_over(&shape, |lowerer, _| Ok(zero(&mut lowerer.builder, element)));
        let array = array.expect("zero has code");
        self.lowerer.variables.insert(variable, array);
        array
    }
}

fn zero(builder: &mut Builder, element: Element) -> Value {
    builder.constant(match element {
        Element::F64 => Constant::F64(0.0),
        Element::F32 => Constant::F32(0.0),
        Element::I64 => Constant::I64(0),
        Element::Bool => Constant::Bool(false),
    })
}
