//! The typed tree as text, for `explain --emit typed` and tests: written as the language, with what was found added.
//! Calls show the sizes that they bind in brackets, conversions are `int_to_real(..)`, proved indices have no mark and
//! the others a `?`. Values that have kinks or may jump say so: `// continuous`, `// branching`.

mod expression;

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
            Body::Keyed(name) => format!("keyed_noise(\"{name}\")"),
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
