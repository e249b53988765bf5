//! The text form of modules, functions and operations, in both dialects; [`super::read()`] reads exactly this form.
//!
//! What inference decides is not printed: only the results of kinds that name functions carry their types, so that a
//! function can be read without its module. Nothing here trusts its input: the verifier prints broken programs.

use super::data::{Binding, Block, Distribution, Function, Module, Operation, Value};
use super::kind::{Bound, Constant, Contraction, Kind, Sample, Strategy, View};
use super::size::Polynomial;
use super::types::{Dimension, Type};
use std::fmt::{self, Display, Formatter, Write};

impl Display for Module {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let distributions = self.distributions.iter().map(|(name, bundle)| distribution(name, bundle));
        let functions = self.functions.values().map(Function::to_string);
        f.write_str(&distributions.chain(functions).collect::<Vec<_>>().join("\n"))
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut text = Text { function: self, out: String::new(), indent: 0, whole: true };
        text.function();
        f.write_str(&text.out)
    }
}

/// An operation on one line, its regions as `{..}`: for messages.
pub fn operation_line(function: &Function, operation: &Operation) -> String {
    let mut text = Text { function, out: String::new(), indent: 0, whole: false };
    text.operation(operation);
    text.out
}

impl Type {
    /// Prints with the function's names for its sizes.
    pub fn display<'a>(&'a self, names: &'a [String]) -> impl Display + 'a {
        TypeText { of: self, names }
    }
}

struct TypeText<'a> {
    of: &'a Type,
    names: &'a [String],
}

impl Display for TypeText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = if self.of.accumulator { "acc " } else { "" };
        write!(f, "{kind}{}", self.of.element.name())?;
        if self.of.shape.is_empty() {
            return Ok(());
        }
        let extents = self.of.shape.iter().map(|dimension| match dimension {
            Dimension::Size(size) => size.display(self.names).to_string(),
            Dimension::Run => "*".to_string(),
        });
        write!(f, "[{}]", extents.collect::<Vec<_>>().join(", "))
    }
}

/// A name that may stand without quotes after `@`, or (`word`) anywhere.
pub(super) fn is_bare(name: &str, word: bool) -> bool {
    let first = name.chars().next();
    let begins = first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || (!word && c.is_ascii_digit()));
    begins && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.'".contains(c))
}

fn quoted(name: &str, word: bool) -> String {
    if is_bare(name, word) {
        return name.to_string();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn at(name: &str) -> String {
    format!("@{}", quoted(name, false))
}

fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

fn distribution(name: &str, bundle: &Distribution) -> String {
    let mut out = format!("distribution {} {{\n", at(name));
    let mut line = |word: &str, function: &Option<String>| {
        if let Some(function) = function {
            out.push_str(&format!("  {word} {}\n", at(function)));
        }
    };
    line("log_density", &Some(bundle.log_density.clone()));
    line("sample", &Some(bundle.sample.clone()));
    line("support_size", &bundle.support_size);
    line("measure_valued", &bundle.measure_valued);
    if bundle.reparameterized {
        out.push_str("  reparameterized\n");
    }
    out + "}\n"
}

/// A literal as it reads back, bit for bit.
fn literal(constant: Constant) -> String {
    match constant {
        Constant::F64(x) if x.is_nan() && x.to_bits() != f64::NAN.to_bits() => {
            format!("f64 {:#x}", x.to_bits())
        }
        Constant::F32(x) if x.is_nan() && x.to_bits() != f32::NAN.to_bits() => {
            format!("f32 {:#x}", x.to_bits())
        }
        Constant::F64(x) => format!("{x:?}"),
        Constant::F32(x) => format!("f32 {x:?}"),
        Constant::I64(n) => n.to_string(),
        Constant::Bool(b) => b.to_string(),
    }
}

impl Display for Contraction {
    /// Labels are letters where they can be, else numbers in angle brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = |f: &mut fmt::Formatter<'_>, axes: &[u8]| {
            axes.iter().try_for_each(|label| match label {
                b'a'..=b'z' | b'A'..=b'Z' => f.write_char(char::from(*label)),
                _ => write!(f, "<{label}>"),
            })
        };
        labels(f, &self.left)?;
        f.write_char(',')?;
        labels(f, &self.right)?;
        f.write_str("->")?;
        labels(f, &self.result)
    }
}

struct Text<'a> {
    function: &'a Function,
    out: String,
    indent: usize,
    whole: bool,
}

impl Text<'_> {
    fn put(&mut self, text: impl Display) {
        write!(self.out, "{text}").expect("a string takes every write");
    }

    fn new_line(&mut self) {
        self.put("\n");
        self.out.extend(std::iter::repeat_n("  ", self.indent));
    }

    fn size(&self, size: &Polynomial) -> String {
        size.display(&self.function.sizes).to_string()
    }

    fn sizes(&self, sizes: &[Polynomial]) -> String {
        if sizes.is_empty() {
            return String::new();
        }
        format!("[{}]", list(sizes.iter().map(|size| self.size(size))))
    }

    fn type_of(&self, value: Value) -> String {
        let found = self.function.types.get(value.0 as usize);
        found.map_or("?".to_string(), |of| of.display(&self.function.sizes).to_string())
    }

    fn function(&mut self) {
        let function = self.function;
        let parameters = function.parameters.iter().map(|parameter| {
            let binding = match parameter.binding {
                Binding::Bound => "bound",
                Binding::Live => "live",
            };
            format!("{}: {} {binding}", parameter.value, self.type_of(parameter.value))
        });
        let results = list(function.body.results.iter().map(|value| self.type_of(*value)));
        let sizes =
            if function.sizes.is_empty() { String::new() } else { format!("[{}]", list(&function.sizes)) };
        let head = format!("fn {}{sizes}({}) -> ({results})", at(&function.name), list(parameters));
        self.put(head);
        self.block(&function.body);
        self.put("\n");
    }

    /// ` with (captures) { .. }`.
    fn block(&mut self, block: &Block) {
        if !self.whole {
            return self.put(" {..}");
        }
        if !block.captures.is_empty() {
            self.put(format_args!(" with ({})", list(&block.captures)));
        }
        self.put(" {");
        self.indent += 1;
        for operation in &block.operations {
            self.new_line();
            self.operation(operation);
        }
        self.new_line();
        self.put("yield");
        if !block.results.is_empty() {
            self.put(format_args!(" {}", list(&block.results)));
        }
        self.indent -= 1;
        self.new_line();
        self.put("}");
    }

    fn operation(&mut self, operation: &Operation) {
        if !operation.results.is_empty() {
            let typed = operation.kind.names_functions();
            let results = operation.results.iter().map(|value| match typed {
                true => format!("{value}: {}", self.type_of(*value)),
                false => value.to_string(),
            });
            let results = list(results);
            self.put(format_args!("{results} = "));
        }
        let head = self.head(operation);
        self.put(head);
        self.regions(operation);
        if operation.origin.0 != 0 {
            self.put(format_args!(" !{}", operation.origin.0));
        }
    }

    /// Everything before the first region's captures.
    fn head(&self, operation: &Operation) -> String {
        let all = list(&operation.operands);
        let (first, rest) = split(&operation.operands);
        match &operation.kind {
            Kind::Constant(constant) => format!("constant {}", literal(*constant)),
            Kind::Size(size) => format!("size {}", self.size(size)),
            Kind::Primitive(primitive) => format!("{primitive} {all}"),
            Kind::Index(check) => format!("{first}[{rest}]{}", check.suffix()),
            Kind::View(view) => self.view(view, &first),
            Kind::Length(axis) => format!("len {first}, {axis}"),
            Kind::AddTo => {
                let (value, target) =
                    operation.operands.split_last().map_or((None, &[][..]), |(v, t)| (Some(v), t));
                let (sum, indices) = split(target);
                format!("add {sum}[{indices}], {}", list(value))
            }
            Kind::Contract(contraction) => format!("contract {contraction} {all}"),
            Kind::Cholesky => format!("cholesky {all}"),
            Kind::TriangularSolve(triangular) => {
                let side = if triangular.lower { "lower" } else { "upper" };
                let transposed = if triangular.transposed { " transposed" } else { "" };
                format!("solve {side}{transposed} {all}")
            }
            Kind::Bits { site } => format!("bits {first}, site {site}, ({rest})"),
            Kind::Stop => format!("stop {all}"),
            Kind::Demand(demand) => format!("demand {} {all}", demand.name()),
            Kind::Score => format!("score {all}"),
            Kind::Track(name) => format!("track {all} as {}", quoted(name, true)),
            Kind::Sample(sample) => sample_head(sample, &operation.operands),
            Kind::Map(_) | Kind::Reduce(..) | Kind::Scan { .. } | Kind::While { .. } => {
                self.loop_head(operation)
            }
            Kind::If => format!("if {all}"),
            Kind::Expect => format!("expect {all}"),
            Kind::Accumulate(_) => format!("accumulate ({})", list(self.sums(operation))),
            _ => self.named_head(operation),
        }
    }

    /// Kinds that name functions.
    fn named_head(&self, operation: &Operation) -> String {
        let all = list(&operation.operands);
        let derivation = |word: &str, of: &super::kind::Derivation| {
            let active = list(of.active.iter().map(|active| u8::from(*active)));
            format!("{word} {}{} active ({active}) ({all})", at(&of.function), self.sizes(&of.sizes))
        };
        match &operation.kind {
            Kind::Call { function, sizes } => format!("call {}{}({all})", at(function), self.sizes(sizes)),
            Kind::Jvp(of) => derivation("jvp", of),
            Kind::Vjp(of) => derivation("vjp", of),
            Kind::Custom(custom) => {
                let adjoint =
                    custom.adjoint.as_ref().map_or(String::new(), |name| format!(" adjoint {}", at(name)));
                let function = at(&custom.function) + &self.sizes(&custom.sizes);
                format!("custom {function} with jvp {}{adjoint} ({all})", at(&custom.jvp))
            }
            Kind::Linear(pair) => {
                let function = at(&pair.apply) + &self.sizes(&pair.sizes);
                format!("linear {function} transpose {} last {} ({all})", at(&pair.transpose), pair.linear)
            }
            other => unreachable!("{other:?} names no function"),
        }
    }

    fn view(&self, view: &View, source: &str) -> String {
        let all = |sizes: &[Polynomial]| list(sizes.iter().map(|size| self.size(size)));
        let offset = match view.offset.as_constant() {
            Some(0) => String::new(),
            _ => format!(" offset {}", self.size(&view.offset)),
        };
        format!("view {source} [{}]{offset} strides ({})", all(&view.shape), all(&view.strides))
    }

    /// `%p < bound` for the first region's leading parameters; the rest of the operands comes back.
    fn bounds<'a>(&self, bounds: &[Bound], operation: &'a Operation) -> (Vec<String>, &'a [Value]) {
        let mut operands = operation.operands.as_slice();
        let text = bounds.iter().enumerate().map(|(position, bound)| {
            let far = match bound {
                Bound::Size(size) => self.size(size),
                Bound::Run => take(&mut operands),
            };
            format!("{} < {far}", parameter(operation, position))
        });
        (text.collect(), operands)
    }

    fn loop_head(&self, operation: &Operation) -> String {
        match &operation.kind {
            Kind::Map(bounds) => format!("map ({})", list(self.bounds(bounds, operation).0)),
            Kind::Reduce(reduction, bounds) => {
                format!("reduce {} ({})", reduction.name(), list(self.bounds(bounds, operation).0))
            }
            Kind::Scan { bound, reverse, .. } => {
                let (mut head, initial) = self.bounds(std::slice::from_ref(bound), operation);
                head.extend(states(operation, 1, initial));
                format!("scan ({}){}", list(head), if *reverse { " reverse" } else { "" })
            }
            Kind::While { slots } => {
                let (limit, initial) =
                    operation.operands.split_first().map_or((None, &[][..]), |(l, s)| (Some(l), s));
                let head = states(operation, 0, initial).chain([format!("at most {}", list(limit))]);
                let slots = slots.map_or(String::new(), |slots| {
                    format!(" slots {}{}", slots.count, if slots.filled { "" } else { " bare" })
                });
                format!("while ({}){slots}", list(head))
            }
            other => unreachable!("{other:?} is no loop"),
        }
    }

    fn sums(&self, operation: &Operation) -> impl Iterator<Item = String> {
        let parameters = operation.regions.first().map_or(&[][..], |region| &region.parameters);
        let mut lengths = operation.operands.iter();
        parameters.iter().map(move |value| {
            let runs = self.function.types.get(value.0 as usize).is_some_and(Type::runs);
            let length = if runs { lengths.next() } else { None };
            let length = length.map_or(String::new(), |length| format!(" len {length}"));
            format!("{value}: {}{length}", self.type_of(*value))
        })
    }

    /// The regions' captures and blocks; what stands between them depends on the kind.
    fn regions(&mut self, operation: &Operation) {
        for (position, region) in operation.regions.iter().enumerate() {
            match (&operation.kind, position) {
                (_, 0) => {}
                (Kind::While { .. }, _) => self.put(format_args!(" do ({})", list(&region.parameters))),
                _ => self.put(" else"),
            }
            self.block(region);
        }
    }
}

fn split(operands: &[Value]) -> (String, String) {
    operands
        .split_first()
        .map_or(("%?".into(), String::new()), |(first, rest)| (first.to_string(), list(rest)))
}

fn take(operands: &mut &[Value]) -> String {
    operands.split_off_first().map_or("%?".to_string(), Value::to_string)
}

fn parameter(operation: &Operation, position: usize) -> String {
    let found = operation.regions.first().and_then(|region| region.parameters.get(position));
    found.map_or("%?".to_string(), Value::to_string)
}

fn states(operation: &Operation, first: usize, initial: &[Value]) -> impl Iterator<Item = String> {
    initial
        .iter()
        .enumerate()
        .map(move |(position, value)| format!("{} = {value}", parameter(operation, first + position)))
}

fn sample_head(sample: &Sample, operands: &[Value]) -> String {
    let baseline = usize::from(sample.strategy == Some(Strategy::Reinforce { baseline: true }));
    let (rest, last) = operands.split_at(operands.len().saturating_sub(baseline));
    let (arguments, indices) = rest.split_at(rest.len().saturating_sub(sample.indices));
    let site = quoted(&sample.site, true);
    let indices = if indices.is_empty() { String::new() } else { format!("[{}]", list(indices)) };
    let strategy = match sample.strategy {
        None => String::new(),
        Some(strategy) => format!(" by {}", strategy.name()),
    };
    let baseline = if baseline == 1 { format!(" baseline {}", list(last)) } else { String::new() };
    format!(
        "sample {}({}) site {site}{indices}{strategy}{baseline}",
        at(&sample.distribution),
        list(arguments)
    )
}
