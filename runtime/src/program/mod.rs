//! Programs: text, checked; bound to data; a posterior of theirs as a target.
//!
//! The seam between the compiler and inference: everything the compiler knows enters here, and samplers see a
//! [`crate::target::Target`].

mod declared;
mod posterior;

pub use posterior::{Posterior, PosteriorError};

use crate::data::{self, Data, Declared, Input};
use ansatz_compiler::codegen::ResultBuffer;
use ansatz_compiler::ir::{Polynomial, SizeVariable};
use ansatz_compiler::typed;
use ansatz_compiler::typed::tree;
use ansatz_grammar::diagnostic::{Diagnostic, render};
use ansatz_grammar::span::{SourceId, Sources};

/// A program that was read and checked, without its data.
#[derive(Debug)]
pub struct Program {
    /// The texts that messages point into.
    pub sources: Sources,
    /// What checking made of it.
    pub typed: tree::Program,
    /// What is wrong or doubtful.
    pub diagnostics: Vec<Diagnostic>,
}

impl Program {
    /// Reads and checks a program.
    pub fn compile(name: &str, text: &str) -> Program {
        Program::compile_with_files(name, text, &|_| Err("there is no such file".to_owned()))
    }

    /// Reads and checks a program that may use files: what gives a file's text by its path below the project's folder.
    pub fn compile_with_files(name: &str, text: &str, files: typed::Files) -> Program {
        let mut sources = Sources::default();
        let source = sources.add(name, text);
        let parsed = ansatz_grammar::parse(source, text);
        let mut diagnostics = parsed.diagnostics;
        let (typed, more) = typed::check_with_files(parsed.tree, &mut sources, files);
        diagnostics.extend(more);
        Program { sources, typed, diagnostics }
    }

    /// Whether anything stands in the way of running it.
    pub fn is_faulty(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The tree of its text, as text that parses to the same tree.
    pub fn tree_text(&self) -> String {
        let source = SourceId(0);
        ansatz_grammar::print(&ansatz_grammar::parse(source, &self.sources.get(source).text).tree)
    }

    /// Messages as text to show.
    pub fn render(&self, diagnostics: &[Diagnostic], colour: bool) -> String {
        render(diagnostics, &self.sources, colour)
    }

    /// What it expects to be given.
    pub fn declared(&self) -> Declared {
        declared::declared(&self.typed)
    }

    /// Reads and checks its data. The data's texts are added to the sources.
    pub fn bind(&mut self, input: &Input) -> Result<Bound, Vec<Diagnostic>> {
        let data = data::bind(&self.declared(), input, &mut self.sources)?;
        Ok(Bound::new(&self.typed, &data))
    }
}

/// Data in the form that compiled code takes.
#[derive(Clone, Debug)]
pub struct Bound {
    /// A number for each size that data declare, in order.
    sizes: Vec<i64>,
    /// An array for each datum, in order.
    arrays: Vec<ResultBuffer>,
}

impl Bound {
    /// The value of a size of the script, where the data's sizes decide it.
    pub fn size(&self, typed: &tree::Program, size: &Polynomial) -> Option<i64> {
        let mut values = vec![None; typed.sizes.len()];
        for (row, value) in typed.data_sizes.iter().zip(&self.sizes) {
            values[row.symbol.0 as usize] = Some(*value);
        }
        let known = |symbol: &SizeVariable| values[symbol.0 as usize].is_some();
        if !size.terms().all(|(symbols, _)| symbols.iter().all(known)) {
            return None;
        }
        let values: Vec<i64> = values.iter().map(|value| value.unwrap_or(0)).collect();
        size.evaluate(&values)
    }

    fn new(typed: &tree::Program, data: &Data) -> Bound {
        let sizes = typed.data_sizes.iter().map(|size| data.sizes[size.symbol.0 as usize].unwrap_or(0));
        let arrays = data.arrays.iter().map(|array| match &array.values {
            data::Values::Real(values) => ResultBuffer::F64(values.clone()),
            data::Values::Int(values) => ResultBuffer::I64(values.clone()),
            data::Values::Bool(values) => ResultBuffer::Bool(values.clone()),
        });
        Bound { sizes: sizes.collect(), arrays: arrays.collect() }
    }
}
