//! What a program declares about its data.

use ansatz_compiler::ir::{Polynomial, SizeVariable};
use ansatz_grammar::span::Span;

/// Everything that a program expects to be given.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Names of the size symbols, by number.
    pub symbols: Vec<String>,
    /// `data J: size`, in order.
    pub sizes: Vec<DeclaredSize>,
    /// The other data, in order.
    pub variables: Vec<Declaration>,
}

/// `data J: size`
#[derive(Clone, Debug)]
pub struct DeclaredSize {
    /// Its symbol.
    pub symbol: SizeVariable,
    /// Its place in the program.
    pub span: Span,
}

/// `data y: real[J]`
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Its name in the program and in the file.
    pub name: String,
    /// Its place in the program.
    pub span: Span,
    /// What an entry is.
    pub element: Element,
    /// Extents, first axis first.
    pub shape: Vec<Polynomial>,
    /// The name of a support of the last axes together, such as `simplex`.
    pub structure: Option<String>,
    /// What the file calls the first index, for `fin`.
    pub first: i64,
    /// Whether entries may be missing.
    pub optional: bool,
}

/// What an entry is.
#[derive(Clone, Debug)]
pub enum Element {
    /// A real number in a range.
    Real(Range),
    /// An integer between two sizes, both included where given. For `fin(N)` they count from 0, whatever the file does.
    Int {
        /// The least.
        least: Option<Polynomial>,
        /// The greatest.
        greatest: Option<Polynomial>,
    },
    /// A truth value.
    Bool,
}

/// Real numbers between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end, infinite if there is none.
    pub lower: f64,
    /// The upper end, infinite if there is none.
    pub upper: f64,
    /// Whether the lower and the upper end themselves are excluded.
    pub open: [bool; 2],
}

impl Range {
    /// Every real number.
    pub const ANY: Range = Range { lower: f64::NEG_INFINITY, upper: f64::INFINITY, open: [true, true] };

    /// Whether the number lies in it.
    pub fn contains(&self, value: f64) -> bool {
        (if self.open[0] { value > self.lower } else { value >= self.lower })
            && (if self.open[1] { value < self.upper } else { value <= self.upper })
    }

    /// What lies in it, in words: `a number above 0`.
    pub fn describe(&self) -> String {
        let end = |value: f64, open: bool, strict: &str, loose: &str| {
            value.is_finite().then(|| format!("{} {value}", if open { strict } else { loose }))
        };
        let ends = [
            end(self.lower, self.open[0], "above", "at least"),
            end(self.upper, self.open[1], "below", "at most"),
        ];
        let words: Vec<String> = ends.into_iter().flatten().collect();
        if words.is_empty() { "a number".to_owned() } else { format!("a number {}", words.join(" and ")) }
    }
}

impl Declared {
    /// The value of a size, if the symbols in it are known and it is not negative.
    pub fn evaluate(&self, size: &Polynomial, known: &[Option<i64>]) -> Option<usize> {
        if size.terms().any(|(symbols, _)| symbols.iter().any(|symbol| known[symbol.0 as usize].is_none())) {
            return None;
        }
        let values: Vec<i64> = known.iter().map(|value| value.unwrap_or(0)).collect();
        size.evaluate(&values).and_then(|value| usize::try_from(value).ok())
    }

    /// Names of all data, sizes first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let sizes = self.sizes.iter().map(|size| self.symbol(size.symbol));
        sizes.chain(self.variables.iter().map(|variable| variable.name.as_str()))
    }

    /// The name of a symbol.
    pub fn symbol(&self, symbol: SizeVariable) -> &str {
        &self.symbols[symbol.0 as usize]
    }
}

/// The symbol that `size` is, if it is just one.
pub fn as_symbol(size: &Polynomial) -> Option<SizeVariable> {
    size.as_variable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_contain_what_they_say() {
        let positive = Range { lower: 0.0, upper: f64::INFINITY, open: [true, true] };
        assert_eq!([-1.0, 0.0, 1e-300].map(|x| positive.contains(x)), [false, false, true]);
        assert_eq!(positive.describe(), "a number above 0");
        let unit = Range { lower: 0.0, upper: 1.0, open: [false, false] };
        assert_eq!([-1e-9, 0.0, 1.0, 1.1].map(|x| unit.contains(x)), [false, true, true, false]);
        assert_eq!(unit.describe(), "a number at least 0 and at most 1");
        assert_eq!(Range::ANY.describe(), "a number");
    }

    #[test]
    fn a_size_is_known_once_its_symbols_are() {
        let declared = Declared { symbols: vec!["N".into(), "K".into()], ..Declared::default() };
        let [n, k] = [0, 1].map(|symbol| Polynomial::variable(SizeVariable(symbol)));
        let size = n.times(&k).minus(&1.into());
        assert_eq!(declared.evaluate(&size, &[Some(3), None]), None);
        assert_eq!(declared.evaluate(&size, &[Some(3), Some(4)]), Some(11));
        assert_eq!(declared.evaluate(&size, &[Some(3), Some(0)]), None);
        assert_eq!((as_symbol(&k), as_symbol(&size)), (Some(SizeVariable(1)), None));
    }
}
