//! The typed tree as text, for `explain --emit typed` and tests: written as the language, with what was found added.
//! Calls show the sizes that they bind in brackets, conversions are `int_to_real(..)`, proved indices have no mark and
//! the others a `?`. Values that have kinks or may jump say so: `// continuous`, `// branching`.

use super::smooth::{Recorded, Smoothness};
use super::tree::*;
use super::types::{Element, FunctionType, Type};
use crate::ir::{Polynomial, SizeVariable};
use ansatz_grammar::tree::ModelKind;
use std::fmt::{self, Display, Formatter};

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let show = Printer { program: self, recorded: Recorded::of(self) };
        for size in &self.data_sizes {
            writeln!(f, "data {}: size", size.name)?;
        }
        for data in &self.data {
            writeln!(f, "data {}", show.declared(data.variable))?;
        }
        for param in &self.params {
            let owner = param.owner.as_ref().map(|owner| format!("{owner}.")).unwrap_or_default();
            let start =
                param.start.as_ref().map(|start| format!(" = {}", show.expr(start))).unwrap_or_default();
            writeln!(f, "param {owner}{}{start}", show.declared(param.variable))?;
        }
        for (function, smoothness) in self.functions.iter().zip(&show.recorded.functions) {
            let text = show.function(function);
            let header = text.lines().next().unwrap_or_default();
            writeln!(f, "\n{header}{}{}", mark(Some(smoothness)), &text[header.len()..])?;
        }
        for distribution in &self.distributions {
            writeln!(f, "\n{}", show.distribution(distribution))?;
        }
        for model in &self.models {
            writeln!(f, "\n{}", show.model(model))?;
        }
        if !self.script.is_empty() {
            writeln!(f)?;
        }
        for step in &self.script {
            writeln!(f, "{}", show.step(step))?;
        }
        Ok(())
    }
}

/// A type as it is told to people: of a function that is declared, its headers.
pub fn type_text(program: &Program, ty: &Type) -> String {
    if let Element::Function(function) = &ty.element
        && let FunctionType::Declared { name, .. } = &**function
    {
        let show = Printer { program, recorded: Recorded::of(program) };
        let declared = program.functions.iter().filter(|function| function.name == *name);
        let headers: Vec<String> = declared.map(|function| show.function_header(function)).collect();
        if !headers.is_empty() {
            return headers.join("\n");
        }
    }
    ty.display(&program.sizes).to_string()
}

struct Printer<'p> {
    program: &'p Program,
    recorded: Recorded,
}

impl Printer<'_> {
    fn name(&self, variable: Variable) -> &str {
        &self.program.variables[variable.0 as usize].name
    }

    fn ty(&self, ty: &Type) -> String {
        ty.display(&self.program.sizes).to_string()
    }

    fn size(&self, size: &Polynomial) -> String {
        size.display(&self.program.sizes).to_string()
    }

    fn shape(&self, shape: &[Polynomial]) -> String {
        if shape.is_empty() {
            return String::new();
        }
        format!("[{}]", joined(shape, |size| self.size(size)))
    }

    fn declared(&self, variable: Variable) -> String {
        let row = &self.program.variables[variable.0 as usize];
        format!("{}: {}", row.name, self.ty(&row.ty))
    }

    fn header(&self, sizes: &[SizeVariable], parameters: &[Parameter]) -> String {
        let inferred =
            |size: &&SizeVariable| parameters.iter().all(|parameter| parameter.size != Some(**size));
        let symbols: Vec<Polynomial> =
            sizes.iter().filter(inferred).map(|size| Polynomial::variable(*size)).collect();
        let parameters = joined(parameters, |parameter| match parameter.size {
            Some(_) => format!("{}: size", parameter.name),
            None => self.declared(parameter.variable),
        });
        format!("{}({parameters})", self.shape(&symbols))
    }

    fn function_header(&self, function: &Function) -> String {
        let header = self.header(&function.sizes, &function.parameters);
        format!("fn {}{header} -> {}", function.name, self.ty(&function.result))
    }

    fn function(&self, function: &Function) -> String {
        let body = match &function.body {
            Body::Expr(body) => self.expr(body),
            Body::Intrinsic(name) => format!("intrinsic(\"{name}\")"),
            Body::Noise(name) => format!("noise(\"{name}\")"),
            Body::Runtime(name) => format!("runtime(\"{name}\")"),
        };
        format!("{} = {body}", self.function_header(function))
    }

    fn distribution(&self, row: &Distribution) -> String {
        let header = self.header(&row.sizes, &row.parameters);
        let entries = [
            ("log_density", Some(&row.log_density)),
            ("sample", row.sample.as_ref()),
            ("mvd", row.mvd.as_ref()),
        ];
        let entries = entries.into_iter().filter_map(|(name, entry)| Some((name, entry?)));
        let entries: String =
            entries.map(|(name, entry)| format!("  {name} = {}\n", self.expr(entry))).collect();
        format!("distribution {}{header} on {} {{\n{entries}}}", row.name, self.declared(row.variable))
    }

    fn model(&self, model: &Model) -> String {
        let header = self.header(&model.sizes, &model.parameters);
        let sites = model.sites.iter().map(|site| format!("  // site {}\n", self.declared(site.variable)));
        let sites: String = sites.collect();
        let word = match model.kind {
            ModelKind::Model => "model",
            ModelKind::Guide => "guide",
        };
        format!("{word} {}{header} {{\n{sites}{}}}", model.name, indent(&self.statements(&model.body)))
    }

    fn step(&self, step: &Step) -> String {
        match &step.kind {
            StepKind::Let { variable, value, bound, .. } => {
                let when = if *bound { "  // bound" } else { "" };
                format!("let {} = {}{when}", self.declared(*variable), self.expr(value))
            }
            StepKind::Assign { variable, value } => {
                format!("{} = {}", self.name(*variable), self.expr(value))
            }
            StepKind::Update { variable, indices, add, value } => {
                let place = joined(indices, |index| self.index(index));
                let sign = if *add { "+=" } else { "=" };
                format!("{}[{place}] {sign} {}", self.name(*variable), self.expr(value))
            }
            StepKind::For { generators, guard, body } => {
                format!("for {} {}", self.generators(generators, guard.as_ref()), self.steps(body))
            }
            StepKind::If { condition, yes, no } => {
                format!("if {} {} else {}", self.expr(condition), self.steps(yes), self.steps(no))
            }
            StepKind::Print(values) => format!("print {}", self.exprs(values)),
            StepKind::Plot(picture) => format!("plot {}", self.expr(picture)),
            StepKind::Assert(assertion) => format!("assert {}", self.assertion(assertion)),
            StepKind::Expression(value) => self.expr(value),
        }
    }

    fn steps(&self, steps: &[Step]) -> String {
        format!("{{\n{}}}", indent(&steps.iter().map(|step| self.step(step) + "\n").collect::<String>()))
    }

    fn assertion(&self, assertion: &Assertion) -> String {
        match assertion {
            Assertion::True(value) => self.expr(value),
            Assertion::Compared { left, right, comparison } => {
                let (left, right) = (self.expr(left), self.expr(right));
                match &**comparison {
                    Comparison::By(primitive) => format!("{primitive}({left}, {right})"),
                    Comparison::Within(bound) => format!("{left} == {right} within {}", self.expr(bound)),
                    Comparison::WithinErrors(count) => {
                        format!("{left} == {right} within {} se", self.expr(count))
                    }
                }
            }
        }
    }

    fn statements(&self, block: &Block) -> String {
        let mut text: String =
            block.statements.iter().map(|statement| self.statement(&statement.kind) + "\n").collect();
        if let Some(value) = &block.value {
            text += &(self.expr(value) + "\n");
        }
        text
    }

    fn block(&self, block: &Block) -> String {
        if block.statements.is_empty()
            && let Some(value) = &block.value
        {
            return format!("{{ {} }}", self.expr(value));
        }
        format!("{{\n{}}}", indent(&self.statements(block)))
    }

    fn statement(&self, statement: &StatementKind) -> String {
        match statement {
            StatementKind::Let { variable, value } => {
                let word = match self.program.variables[variable.0 as usize].role {
                    Role::Tracked => "track",
                    Role::Changing => "var",
                    _ => "let",
                };
                let mark = mark(self.recorded.variables.get(variable));
                format!("{word} {} = {}{mark}", self.declared(*variable), self.expr(value))
            }
            StatementKind::Assign { variable, value } => {
                format!("{} = {}", self.name(*variable), self.expr(value))
            }
            StatementKind::Update { variable, indices, add, value } => {
                let place =
                    format!("{}[{}]", self.name(*variable), joined(indices, |index| self.index(index)));
                format!("{place} {} {}", if *add { "+=" } else { "=" }, self.expr(value))
            }
            StatementKind::Site { variable, indices, measure } => {
                let place = match indices.as_slice() {
                    [] => String::new(),
                    indices => format!("[{}]", joined(indices, |index| self.expr(index))),
                };
                format!("{}{place} ~ {}", self.name(*variable), self.expr(measure))
            }
            StatementKind::Draw { variable, measure } => {
                format!("{} ~ {}", self.declared(*variable), self.expr(measure))
            }
            StatementKind::Observe { value, measure } => {
                format!("observe {} ~ {}", self.expr(value), self.expr(measure))
            }
            StatementKind::Factor(value) => format!("factor {}", self.expr(value)),
            StatementKind::For { generators, guard, body } => {
                format!("for {} {}", self.generators(generators, guard.as_ref()), self.block(body))
            }
            StatementKind::If { condition, yes, no } => {
                format!("if {} {} else {}", self.expr(condition), self.block(yes), self.block(no))
            }
        }
    }

    fn generators(&self, generators: &[Generator], guard: Option<&Expr>) -> String {
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

    fn exprs(&self, values: &[Expr]) -> String {
        joined(values, |value| self.expr(value))
    }

    fn expr(&self, value: &Expr) -> String {
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

    fn index(&self, index: &Index) -> String {
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

/// What is said of a value that is neither smooth nor fixed.
fn mark(smoothness: Option<&Smoothness>) -> String {
    match smoothness {
        Some(rough @ (Smoothness::Continuous | Smoothness::Branching)) => format!("  // {rough}"),
        _ => String::new(),
    }
}

fn joined<T>(parts: &[T], show: impl Fn(&T) -> String) -> String {
    parts.iter().map(show).collect::<Vec<String>>().join(", ")
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
