//! Writes random programs: a model of four coordinates whose density is a smooth function of them, made of functions,
//! loops, branches, records, arrays, `var` and derivatives. Every value stays of the order of one.

use crate::generate::Chance;
use std::fmt::Write;

/// Entries of every vector.
const LENGTH: usize = 3;

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Real,
    /// A `var`, which no function sees.
    Changing,
    Vector,
    /// A `var` that is a vector.
    Sums,
    Matrix,
    /// `{x: real, v: real[3]}`
    Record,
    /// An index below [`LENGTH`].
    Index,
}

/// What a `var` holds.
fn changing(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::Changing => Some(Kind::Real),
        Kind::Sums => Some(Kind::Vector),
        _ => None,
    }
}

/// The text of a seed.
pub fn source(seed: u64) -> String {
    let mut writer = Writer { chance: Chance::new(seed), scope: Vec::new(), names: 0, functions: 0 };
    writer.program()
}

struct Writer {
    chance: Chance,
    /// Names in scope, the innermost last.
    scope: Vec<(String, Kind)>,
    names: usize,
    /// Functions `f0(x: real, v: real[3]) -> real` and so on that may be called.
    functions: usize,
}

impl Writer {
    fn program(&mut self) -> String {
        let mut text = String::new();
        for number in 0..1 + self.chance.below(3) {
            let (body, _) = self.scoped(|writer| {
                writer.scope = vec![("x".into(), Kind::Real), ("v".into(), Kind::Vector)];
                writer.body(3)
            });
            let _ = writeln!(text, "fn f{number}(x: real, v: real[3]) -> real = {{\n{body}}}");
            self.functions += 1;
        }
        let (body, ()) = self.scoped(|writer| {
            writer.scope = vec![("a".into(), Kind::Real), ("b".into(), Kind::Vector)];
            let mut text = String::new();
            for _ in 0..3 {
                text += &writer.statement(3);
            }
            let _ = writeln!(text, "  factor {}", writer.real(3));
            (text, ())
        });
        let _ = write!(
            text,
            "model m {{\n  a: real ~ flat()\n  b ~ normal(0, 1)[3]\n{body}}}\nlet p = m given {{}}\n"
        );
        text
    }

    /// Writes something whose names end with it.
    fn scoped<T>(&mut self, write: impl FnOnce(&mut Self) -> (String, T)) -> (String, T) {
        let outer = self.scope.clone();
        let written = write(self);
        self.scope = outer;
        written
    }

    fn inside(&mut self, name: &str, kind: Kind, write: impl FnOnce(&mut Self) -> String) -> String {
        let outer = self.scope.len();
        self.scope.push((name.to_string(), kind));
        let text = write(self);
        self.scope.truncate(outer);
        text
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("n{}", self.names)
    }

    /// Statements, then a real number.
    fn body(&mut self, depth: usize) -> (String, ()) {
        let mut text = String::new();
        for _ in 0..1 + self.chance.below(3) {
            text += &self.statement(depth - 1);
        }
        let _ = writeln!(text, "  {}", self.real(depth));
        (text, ())
    }

    /// A statement that names something.
    fn statement(&mut self, depth: usize) -> String {
        let name = self.name();
        let (text, kind) = match self.chance.below(7) {
            0 => (format!("  let {name} = {}\n", self.vector(depth)), Kind::Vector),
            1 => (format!("  let {name} = {}\n", self.matrix(depth)), Kind::Matrix),
            2 => (format!("  let {name} = {}\n", self.record(depth)), Kind::Record),
            3 => (self.changing(&name, depth), Kind::Changing),
            4 => (self.accumulated(&name, depth), Kind::Sums),
            5 => (self.recurrence(&name, depth), Kind::Vector),
            _ => (format!("  let {name} = {}\n", self.real(depth)), Kind::Real),
        };
        self.scope.push((name, kind));
        text
    }

    /// A `var` that a loop and a branch change.
    fn changing(&mut self, name: &str, depth: usize) -> String {
        let start = self.real(depth.saturating_sub(1));
        let index = self.name();
        let step = self.inside(name, Kind::Changing, |writer| {
            writer.inside(&index, Kind::Index, |writer| {
                let (step, other) = (writer.real(1), writer.real(1));
                format!("    {name} = tanh({name} + {step})\n    if {index} < 2 {{ {name} += {other} }}\n")
            })
        });
        format!("  var {name} = {start}\n  for {index} in {LENGTH} {{\n{step}  }}\n")
    }

    /// An array to whose entries a loop adds.
    fn accumulated(&mut self, name: &str, depth: usize) -> String {
        let index = self.name();
        let entry = self.inside(&index, Kind::Index, |writer| writer.real(depth.saturating_sub(1)));
        let place = if self.chance.one_in(2) { index.clone() } else { format!("mod({index} + 1, {LENGTH})") };
        format!(
            "  var {name} = zeros({LENGTH})\n  for {index} in {LENGTH} {{ {name}[{place}] += {entry} }}\n"
        )
    }

    /// An array declared entry by entry.
    fn recurrence(&mut self, name: &str, depth: usize) -> String {
        let first = self.real(depth.saturating_sub(1));
        let index = self.name();
        let next = self.inside(&index, Kind::Index, |writer| writer.real(1));
        format!(
            "  let {name}[0] = {first}\n  for {index} in 1..{LENGTH} {{ let {name}[{index}] = tanh({name}[{index} - 1] + {next}) }}\n"
        )
    }

    /// A name in scope of this kind.
    fn named(&mut self, kind: Kind) -> Option<String> {
        let fits = |own: Kind| own == kind || changing(own) == Some(kind);
        let fitting: Vec<&String> =
            self.scope.iter().filter(|(_, own)| fits(*own)).map(|(name, _)| name).collect();
        match fitting.len() {
            0 => None,
            count => Some(fitting[self.chance.below(count)].clone()),
        }
    }

    /// An index below [`LENGTH`].
    fn index(&mut self) -> String {
        match self.named(Kind::Index) {
            Some(name) if !self.chance.one_in(3) => name,
            _ => self.chance.below(LENGTH).to_string(),
        }
    }

    fn literal(&mut self) -> String {
        let tenths = 1 + self.chance.below(19);
        format!("{}.{}", tenths / 10, tenths % 10)
    }

    fn real(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.named(Kind::Real) {
                Some(name) if !self.chance.one_in(4) => name,
                _ => self.literal(),
            };
        }
        let inner = depth - 1;
        match self.chance.below(16) {
            0 => format!("tanh({} + {})", self.real(inner), self.real(inner)),
            1 => format!("({} - {}) / 2", self.real(inner), self.real(inner)),
            2 => format!("sin({} * {})", self.real(inner), self.real(inner)),
            3 => format!("exp(-sq({}))", self.real(inner)),
            4 => format!("log1p(sq({}))", self.real(inner)),
            5 => format!("-{}", self.real(0)),
            6 => format!(
                "(if {} < 1 {{ {} }} else {{ {} }})",
                self.index(),
                self.real(inner),
                self.real(inner)
            ),
            7 => self.looped(inner),
            8 => format!("tanh(dot({}, {}))", self.vector(inner), self.vector(inner)),
            9 => format!("({})[{}]", self.vector(inner), self.index()),
            10 => format!("({})[{}, {}]", self.matrix(inner), self.index(), self.index()),
            11 => format!("({}).x", self.record(inner)),
            12 => {
                let name = self.name();
                let start = self.real(inner);
                let step = self.inside(&name, Kind::Real, |writer| writer.real(1));
                format!("iterate({name} = {start}, for {name}i in 3: tanh({step}))")
            }
            13 if self.functions > 0 => {
                let function = self.chance.below(self.functions);
                format!("tanh(f{function}({}, {}))", self.real(inner), self.vector(inner))
            }
            14 => {
                let name = self.name();
                let outer = self.scope.clone();
                self.scope.retain(|(_, kind)| changing(*kind).is_none());
                let of = self.inside(&name, Kind::Real, |writer| writer.real(1));
                self.scope = outer;
                format!("tanh(grad(fn({name}: real) = {of})({}))", self.real(inner))
            }
            _ => {
                let name = self.name();
                let value = self.real(inner);
                let rest = self.inside(&name, Kind::Real, |writer| writer.real(inner));
                format!("{{ let {name} = {value}; {rest} }}")
            }
        }
    }

    /// A reduction of a loop.
    fn looped(&mut self, depth: usize) -> String {
        let index = self.name();
        let reduction = self.chance.choose(&["mean", "logsumexp", "sum"]);
        let guard = if reduction == "sum" && self.chance.one_in(2) {
            format!(" if {index} != 1")
        } else {
            String::new()
        };
        let entry = self.inside(&index, Kind::Index, |writer| writer.real(depth));
        format!("tanh({reduction}(for {index} in {LENGTH}{guard}: {entry}))")
    }

    fn vector(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.named(Kind::Vector) {
                Some(name) => name,
                None => format!("[{}, {}, {}]", self.real(0), self.real(0), self.real(0)),
            };
        }
        let inner = depth - 1;
        match self.chance.below(9) {
            0 => format!("[{}, {}, {}]", self.real(inner), self.real(0), self.real(0)),
            1 => format!("sin({} + {})", self.vector(inner), self.vector(inner)),
            2 => format!("({} * {})", self.real(inner), self.vector(inner)),
            3 => format!("tanh({} @ {})", self.matrix(inner), self.vector(inner)),
            4 => format!("({})[{}]", self.matrix(inner), self.index()),
            5 => format!("({})[:, {}]", self.matrix(inner), self.index()),
            6 => format!("({}).v", self.record(inner)),
            7 => {
                let name = self.name();
                let start = self.real(0);
                let step = self.inside(&name, Kind::Real, |writer| writer.real(1));
                format!("scan({name} = {start}, for {name}i in {LENGTH}: tanh({step}))")
            }
            _ => {
                let index = self.name();
                let entry = self.inside(&index, Kind::Index, |writer| writer.real(inner));
                format!("[for {index} in {LENGTH}: {entry}]")
            }
        }
    }

    fn matrix(&mut self, depth: usize) -> String {
        match self.named(Kind::Matrix) {
            Some(name) if depth == 0 || self.chance.one_in(2) => {
                if self.chance.one_in(2) {
                    name
                } else {
                    format!("{name}.T")
                }
            }
            _ => {
                let (i, j) = (self.name(), self.name());
                let entry = self.inside(&i, Kind::Index, |writer| {
                    writer.inside(&j, Kind::Index, |writer| writer.real(depth.saturating_sub(1)))
                });
                format!("[for {i} in {LENGTH}, {j} in {LENGTH}: {entry}]")
            }
        }
    }

    fn record(&mut self, depth: usize) -> String {
        let inner = depth.saturating_sub(1);
        match self.named(Kind::Record) {
            Some(name) if depth == 0 || self.chance.one_in(2) => match self.chance.below(3) {
                0 => format!("{{..{name}, x: {}}}", self.real(inner)),
                1 => format!("0.5 * {name}"),
                _ => name,
            },
            _ => format!("{{x: {}, v: {}}}", self.real(inner), self.vector(inner)),
        }
    }
}
