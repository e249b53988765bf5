//! Sizes: given by name, or else read off the first array that has one as an extent.

use ansatz_compiler::ir::SizeVariable;
use ansatz_grammar::diagnostic::{Diagnostic, codes};
use ansatz_grammar::span::Span;

use super::declaration::{Declaration, Declared, as_symbol};
use super::json::{Fault, Kind, Node};
use super::shape::Shaped;

/// The sizes that are known, by symbol.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// Their values.
    pub known: Vec<Option<i64>>,
    origins: Vec<Option<Origin>>,
}

/// Where a size was read.
#[derive(Clone, Copy, Debug)]
struct Origin {
    place: Span,
    by_length: bool,
}

impl Sizes {
    /// None known of a program's.
    pub fn new(declared: &Declared) -> Sizes {
        let count = declared.symbols.len();
        Sizes { known: vec![None; count], origins: vec![None; count] }
    }

    /// Takes a size that is given by name.
    pub fn give(&mut self, declared: &Declared, symbol: SizeVariable, node: &Node) -> Result<(), Fault> {
        const LARGEST: f64 = 9_007_199_254_740_992.0;
        match node.kind {
            Kind::Number(value) if value >= 0.0 && value.fract() == 0.0 && value < LARGEST => {
                self.set(symbol, value as i64, Origin { place: node.span, by_length: false });
                Ok(())
            }
            _ => {
                let message = format!("the size `{}` is not a whole number", declared.symbol(symbol));
                let fault = Diagnostic::error(codes::BAD_SIZE, node.span, message);
                let found = match &node.kind {
                    Kind::Number(value) => value.to_string(),
                    other => other.describe().to_owned(),
                };
                let help = "a size counts entries; a size that is not given is read off the data";
                Err(fault.expected("a whole number, zero or above").found(found).help(help).into())
            }
        }
    }

    fn set(&mut self, symbol: SizeVariable, value: i64, origin: Origin) {
        self.known[symbol.0 as usize] = Some(value);
        self.origins[symbol.0 as usize] = Some(origin);
    }

    /// Reads sizes that are not known yet off the lengths of an array.
    pub fn infer(&mut self, variable: &Declaration, shaped: &Shaped, place: Span) {
        for (size, extent) in variable.shape.iter().zip(&shaped.extents) {
            if let (Some(symbol), Some(extent)) = (as_symbol(size), extent)
                && self.known[symbol.0 as usize].is_none()
            {
                self.set(symbol, *extent as i64, Origin { place, by_length: true });
            }
        }
    }

    /// The extents that the variable should have; nothing if a size in them is not known.
    pub fn extents(&self, declared: &Declared, variable: &Declaration) -> Option<Vec<usize>> {
        variable.shape.iter().map(|size| declared.evaluate(size, &self.known)).collect()
    }

    /// Checks the extents found against those declared.
    pub fn check(
        &self,
        declared: &Declared,
        variable: &Declaration,
        (shaped, place): (&Shaped, Span),
        extents: &[usize],
    ) -> Result<(), Fault> {
        let differs = |axis: &usize| shaped.extents[*axis].is_some_and(|found| found != extents[*axis]);
        let Some(axis) = (0..extents.len()).find(differs) else { return Ok(()) };
        let (expected, found) = (extents[axis], shaped.extents[axis].expect("it differs"));
        let what = if axis == 0 { "entries" } else { "entries in each row" };
        let size = variable.shape[axis].display(&declared.symbols).to_string();
        let fault = Diagnostic::error(
            codes::WRONG_SHAPE,
            place,
            format!("`{}` has {found} {what} where {expected} are declared", variable.name),
        )
        .label(variable.span, format!("declared with [{}] here", self.shape_in_words(declared, variable)));
        let fault = self.name_origins(fault, declared, variable, axis, place);
        let expected = if size == expected.to_string() { size } else { format!("{size} = {expected}") };
        let help = "mend the data, or declare another size for this axis";
        Err(fault.expected(format!("{expected} {what}")).found(found.to_string()).help(help).into())
    }

    fn shape_in_words(&self, declared: &Declared, variable: &Declaration) -> String {
        let sizes = variable.shape.iter().map(|size| size.display(&declared.symbols).to_string());
        sizes.collect::<Vec<_>>().join(", ")
    }

    /// Points at where the sizes of an axis come from, unless it is the array itself.
    fn name_origins(
        &self,
        mut fault: Diagnostic,
        declared: &Declared,
        variable: &Declaration,
        axis: usize,
        place: Span,
    ) -> Diagnostic {
        let mut symbols: Vec<SizeVariable> =
            variable.shape[axis].terms().flat_map(|(symbols, _)| symbols.to_vec()).collect();
        symbols.dedup();
        for symbol in symbols {
            let (name, index) = (declared.symbol(symbol), symbol.0 as usize);
            if let (Some(value), Some(origin)) = (self.known[index], self.origins[index])
                && origin.place != place
            {
                let by = if origin.by_length { "by the length of this" } else { "here" };
                fault = fault.label(origin.place, format!("{name} is {value} {by}"));
            }
        }
        fault
    }
}
