//! What the library declares, read from its files.

use ansatz_grammar::parse;
use ansatz_grammar::span::SourceId;
use ansatz_grammar::tree::{DefinitionsKind, Item, ItemKind};
use ansatz_stdlib::{FILES, File};
use std::fmt;

/// A declaration of the library. Prints as Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Its name.
    pub name: String,
    /// The file it stands in.
    pub file: &'static str,
    /// How it is called, and what it gives.
    pub header: String,
    /// Its doc comment.
    pub doc: String,
    /// What a distribution or bijector defines, by name.
    pub entries: Vec<String>,
}

impl fmt::Display for Declaration {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "```ansatz fragment\n{}\n```\n\n{}\n", self.header, self.doc)?;
        if self.entries.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nDefines {}.", self.entries.join(", "))
    }
}

/// The files of the library.
pub fn files() -> &'static [File] {
    FILES
}

/// Where the page of a file stands below the manual's folder.
pub fn path(file: &str) -> Option<String> {
    let (folder, name) = file.split_once('/')?;
    let name = name.strip_suffix(".anz")?;
    let folder = if folder == "prelude" { "functions" } else { folder };
    Some(format!("{folder}/{name}.md"))
}

/// A distribution's name in words; of other files, what the first comment says up to a point or colon.
pub fn title(file: &File) -> String {
    if let Some(name) = file.name.strip_prefix("distributions/") {
        let words = name.trim_end_matches(".anz").replace('_', " ");
        let (first, rest) = words.split_at(1);
        return first.to_uppercase() + rest;
    }
    let comment: Vec<&str> = file.text.lines().map_while(|line| line.strip_prefix("// ")).collect();
    let comment = comment.join(" ");
    comment.split(['.', ':']).next().unwrap_or_default().to_string()
}

/// Every declaration of the library, file by file.
pub fn declarations() -> Vec<Declaration> {
    FILES.iter().flat_map(of_file).collect()
}

fn of_file(file: &'static File) -> Vec<Declaration> {
    let tree = parse(SourceId(0), file.text).tree;
    tree.items.iter().filter_map(|item| declaration(file, item)).collect()
}

fn declaration(file: &'static File, item: &Item) -> Option<Declaration> {
    let text = |start: u32, end: u32| &file.text[start as usize..end as usize];
    let (name, header, entries) = match &item.kind {
        ItemKind::Function(function) => {
            let header = text(function.name.span.start, function.body.span.start);
            (&function.name, header.trim_end().trim_end_matches('=').trim_end(), Vec::new())
        }
        ItemKind::Objective(objective) => {
            let header = text(objective.name.span.start, objective.body.span.start);
            (&objective.name, header.trim_end().trim_end_matches('=').trim_end(), Vec::new())
        }
        ItemKind::Definitions(definitions) => {
            let header = text(definitions.name.span.start, definitions.variable.ty.span.end);
            let named = |name: &str| format!("`{name}`");
            let entries = definitions.entries.iter().map(|entry| named(entry.name.as_str())).collect();
            let distribution = definitions.kind == DefinitionsKind::Distribution;
            (&definitions.name, header, if distribution { entries } else { Vec::new() })
        }
        _ => return None,
    };
    let header = header
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("( ", "(")
        .replace(", )", ")")
        .replace(" )", ")");
    let doc = item.doc.as_deref().unwrap_or_default().to_string();
    Some(Declaration { name: name.to_string(), file: file.name, header, doc, entries })
}
