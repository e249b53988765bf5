//! Expressions and measures as text, one form after the other.

use super::{Printer, joined};
use crate::ir::Polynomial;
use crate::typed::tree::*;
use crate::typed::types::Element;

impl Printer<'_> {
    pub(super) fn generators(&self, generators: &[Generator], guard: Option<&Expr>) -> String {
        let loops = joined(generators, |generator| {
            let domain = match &generator.domain {
                Domain::Range { start, end } => format!("{}..{}", self.expr(start), self.expr(end)),
                Domain::Rows(rows) => self.expr(rows),
            };
            let domain = if generator.reverse { format!("reverse({domain})") } else { domain };
            format!("{} in {domain}", self.name(generator.variable))
        });
        let guard = guard.map(|guard| format!(" if {}", self.expr(guard))).unwrap_or_default();
        loops + &guard
    }

    fn looped(&self, part: &Loop) -> String {
        let generators = self.generators(&part.generators, part.guard.as_ref());
        format!("for {generators}: {}", self.expr(&part.body))
    }

    fn scan(&self, scan: &Scan) -> String {
        let word = if scan.keeps { "scan" } else { "iterate" };
        let generators = self.generators(&scan.generators, scan.guard.as_ref());
        let (state, start, next) = (self.declared(scan.state), self.expr(&scan.start), self.expr(&scan.next));
        let emitted = scan.emitted.as_ref().map(|(_, kept)| format!(" emit {}", self.expr(kept)));
        format!("{word}({state} = {start}, for {generators}: {next}{})", emitted.unwrap_or_default())
    }

    pub(super) fn exprs(&self, values: &[Expr]) -> String {
        joined(values, |value| self.expr(value))
    }

    pub(super) fn expr(&self, value: &Expr) -> String {
        match &value.kind {
            ExprKind::Real(x) => format!("{x:?}"),
            ExprKind::Bool(b) => b.to_string(),
            ExprKind::Text(text) => format!("{text:?}"),
            ExprKind::Size(size) => self.size(size),
            ExprKind::Variable(variable) => self.name(*variable).to_string(),
            ExprKind::Convert(inner) => format!("{}({})", self.ty(&value.ty.plain()), self.expr(inner)),
            ExprKind::Apply { primitive, operands } => format!("{primitive}({})", self.exprs(operands)),
            ExprKind::Call { function, sizes, arguments, lift } => {
                let name = &self.program.functions[*function].name;
                self.applied(name, sizes, arguments, lift)
            }
            ExprKind::Product(left, right) => format!("({} @ {})", self.expr(left), self.expr(right)),
            ExprKind::Transpose(base) => format!("{}.T", self.expr(base)),
            ExprKind::Array(entries) => format!("[{}]", self.exprs(entries)),
            ExprKind::Comprehension(part) => format!("[{}]", self.looped(part)),
            ExprKind::Reduce { reduction, over } => {
                let over = match over {
                    Reduced::Array(array) => self.expr(array),
                    Reduced::Loop(part) => self.looped(part),
                };
                format!("{}({over})", format!("{reduction:?}").to_lowercase())
            }
            ExprKind::Index { base, indices } => {
                format!("{}[{}]", self.expr(base), joined(indices, |index| self.index(index)))
            }
            ExprKind::Record(fields) => {
                format!("{{{}}}", joined(fields, |(name, value)| format!("{name}: {}", self.expr(value))))
            }
            ExprKind::Field(base, name) => format!("{}.{name}", self.expr(base)),
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { condition, yes, no } => {
                format!("if {} {} else {}", self.expr(condition), self.block(yes), self.block(no))
            }
            ExprKind::Scan(scan) => self.scan(scan),
            ExprKind::Repeat(repeat) => {
                let (state, start) = (self.declared(repeat.state), self.expr(&repeat.start));
                let (condition, next) = (self.expr(&repeat.condition), self.expr(&repeat.next));
                format!("iterate({state} = {start}, while {condition}: {next})")
            }
            ExprKind::FixedPoint(point) => {
                let (state, start) = (self.declared(point.state), self.expr(&point.start));
                let (next, tolerance) = (self.expr(&point.next), self.expr(&point.tolerance));
                format!("fixpoint({state} = {start}: {next}, tol = {tolerance})")
            }
            ExprKind::Derivative(derived) => {
                let (variable, body) = (self.declared(derived.variable), self.expr(&derived.body));
                let along = derived.along.as_ref().map(|along| format!(", {}", self.expr(along)));
                let (name, at) = (derived.derivative.name(), self.expr(&derived.at));
                format!("{name}(fn({variable}) = {body})({at}{})", along.unwrap_or_default())
            }
            ExprKind::Demand(demanded) => format!(
                "demand({}, {}, {})",
                self.expr(&demanded.value),
                self.expr(&demanded.holds),
                demanded.demand.name()
            ),
            ExprKind::Numerical(inner) => format!("numerical({})", self.expr(inner)),
            ExprKind::Infinitesimal(inner) => format!("infinitesimal({})", self.expr(inner)),
            ExprKind::Stop(inner) => format!("stop_gradient({})", self.expr(inner)),
            ExprKind::Blank => "blank".to_string(),
            ExprKind::Function => self.ty(&value.ty),
            ExprKind::Measure(measure) => self.measure(measure),
            ExprKind::LogDensity(measure, value) => {
                format!("log_density({}, {})", self.expr(measure), self.expr(value))
            }
            ExprKind::Fact { fact, measure, at } => {
                let at = at.iter().map(|at| format!(", {}", self.expr(at))).collect::<String>();
                format!("{}({}{at})", fact.name(), self.expr(measure))
            }
            ExprKind::Model { model, sizes, arguments } => {
                let name = &self.program.models[*model].name;
                self.applied(name, sizes, arguments, &[])
            }
            ExprKind::Bijector(arguments) => {
                let Element::Bijector(of) = &value.ty.element else { unreachable!("its type names it") };
                self.applied(&self.program.bijectors[of.bijector].name, &of.sizes, arguments, &[])
            }
            ExprKind::Given { model, conditions } => {
                let conditions = joined(conditions, |condition| self.condition(condition));
                format!("{} given {{{conditions}}}", self.expr(model))
            }
            ExprKind::Marginal { model, out } => {
                format!("marginal({}, out = [{}])", self.expr(model), out.join(", "))
            }
            ExprKind::Kept { model, proposal, particles, kept } => {
                let names = self.program.kept[*kept].names.join(", ");
                let [model, proposal, particles] = [model, proposal, particles].map(|part| self.expr(part));
                format!("marginal({model}, keep = [{names}], via = importance({proposal}, {particles}))")
            }
            ExprKind::Bounded { value, exactness } => {
                format!("{}({})", exactness.name(), self.expr(value))
            }
            ExprKind::Script { value, .. } => format!("script({})", self.expr(value)),
            ExprKind::Predict(asked) => {
                let (fit, model, seed) =
                    (self.expr(&asked.fit), self.expr(&asked.model), self.expr(&asked.seed));
                format!("predict({fit}, {model}, sites = [{}], seed = {seed})", asked.wanted.join(", "))
            }
            ExprKind::Calibrate(asked) => {
                let numbers = [&asked.replicates, &asked.draws, &asked.seed].map(|number| self.expr(number));
                let (model, fitted) = (self.expr(&asked.model), self.expr(&asked.fitted));
                format!("calibrate({model}, {fitted}, {})", numbers.join(", "))
            }
            ExprKind::Simulate { model, draws, seed } => {
                let draws = draws.iter().map(|draws| format!("{}, ", self.expr(&draws.count)));
                let draws: String = draws.collect();
                format!("simulate({}, {draws}seed = {})", self.expr(model), self.expr(seed))
            }
            ExprKind::Strategy(strategy) => strategy.name().to_string(),
            ExprKind::Expect(expectation) => {
                let draws = joined(&expectation.draws, |draw| {
                    let by =
                        draw.strategy.as_ref().map(|by| format!(" by {}", by.name())).unwrap_or_default();
                    format!("{} ~ {}{by}", self.name(draw.variable), self.expr(&draw.measure))
                });
                format!("expect {draws} {}", self.block(&expectation.body))
            }
            ExprKind::Under { value, fit } => format!("({} under {})", self.expr(value), self.expr(fit)),
            ExprKind::Load(asked) => format!("load({})", self.expr(&asked.path)),
            ExprKind::Used(used) => {
                let options =
                    used.options.iter().map(|(name, value)| format!(", {name} = {}", self.expr(value)));
                let options: String = options.collect();
                format!("{}({}{options})", used.by.name(), self.expr(&used.objective))
            }
            ExprKind::Error => "?".to_string(),
        }
    }

    /// `y = e`, `y[0] = e`
    fn condition(&self, condition: &Condition) -> String {
        let indices: Vec<String> =
            condition.indices.iter().map(|index| index.display(&self.program.sizes).to_string()).collect();
        let place = match indices.is_empty() {
            true => String::new(),
            false => format!("[{}]", indices.join(", ")),
        };
        format!("{}{place} = {}", condition.site, self.expr(&condition.value))
    }

    /// `f[N](x)`, and `f(x) over [N]` where it is applied entry by entry.
    fn applied(&self, name: &str, sizes: &[Polynomial], arguments: &[Expr], lift: &[Polynomial]) -> String {
        let over = if lift.is_empty() { String::new() } else { format!(" over {}", self.shape(lift)) };
        format!("{name}{}({}){over}", self.shape(sizes), self.exprs(arguments))
    }

    pub(super) fn index(&self, index: &Index) -> String {
        let mark = |proved: bool| if proved { "" } else { "?" };
        match index {
            Index::At { index, proved } => self.expr(index) + mark(*proved),
            Index::Gather { indices, proved } => self.expr(indices) + mark(*proved),
            Index::Slice { start, length } => format!("{}, {} entries", self.expr(start), self.size(length)),
        }
    }

    fn measure(&self, measure: &Measure) -> String {
        match measure {
            Measure::Distribution { distribution, sizes, arguments, lift } => {
                let name = &self.program.distributions[*distribution].name;
                self.applied(name, sizes, arguments, lift)
            }
            Measure::Copies { base, shape } => format!("{}{}", self.expr(base), self.shape(shape)),
            Measure::Flat => "flat()".to_string(),
            Measure::Mixture { weights, components } => {
                format!("mixture({}, [{}])", self.expr(weights), self.exprs(components))
            }
            Measure::If { condition, yes, no } => {
                format!("if {} {} else {}", self.expr(condition), self.block(yes), self.block(no))
            }
            Measure::Random(value) => self.expr(value),
            Measure::Path(path) => self.expr(&path.draw),
            Measure::Sorted(base) => format!("sorted({})", self.expr(base)),
            Measure::Truncated { base, lower, upper } => {
                let end =
                    |end: &Option<Expr>, open: &str| end.as_ref().map_or(open.into(), |end| self.expr(end));
                format!("truncate({}, {}, {})", self.expr(base), end(lower, "-inf"), end(upper, "inf"))
            }
            Measure::Transformed { base, bijector, sizes, arguments, .. } => {
                let name = &self.program.bijectors[*bijector].name;
                format!("transformed({}, {})", self.expr(base), self.applied(name, sizes, arguments, &[]))
            }
        }
    }
}
