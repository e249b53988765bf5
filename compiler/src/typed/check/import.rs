//! `use`: modules of the standard library, whose names every program sees, and files below the project's folder.
//!
//! A file's declarations are taken over once, where it is first used. The host reads files: the checker names them.

use super::Checker;
use ansatz_grammar::diagnostic::{Diagnostic, codes, nearest};
use ansatz_grammar::span::Span;
use ansatz_grammar::tree::{self, Ident, ItemKind, LetTarget, StatementKind, Use};

/// Reads a file of the project by its path below the project's folder; else says why it cannot.
pub type Files<'f> = &'f (dyn Fn(&str) -> Result<String, String> + Sync);

impl Checker<'_> {
    /// The items of a file, those of the files that it uses in front.
    pub(super) fn with_imports(&mut self, items: Vec<tree::Item>, open: &mut Vec<String>) -> Vec<tree::Item> {
        let mut all = Vec::new();
        for item in items {
            match &item.kind {
                ItemKind::Use(Use::File { path, span }) => all.extend(self.import(path, *span, open)),
                ItemKind::Use(Use::Module(name)) => self.module(name),
                _ => all.push(item),
            }
        }
        all
    }

    fn module(&mut self, name: &Ident) {
        let folders = || {
            ansatz_stdlib::FILES.iter().filter_map(|file| file.name.split_once('/')).map(|(folder, _)| folder)
        };
        if folders().any(|folder| folder == name.as_str()) {
            return;
        }
        let diagnostic = Diagnostic::error(
            codes::BAD_IMPORT,
            name.span,
            format!("the standard library has no module `{name}`"),
        );
        let diagnostic = match nearest(name.as_str(), folders()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => {
                diagnostic.help(format!("a file of the project is named in quotes: `use \"{name}.anz\"`"))
            }
        };
        self.report(diagnostic);
    }

    fn import(&mut self, path: &str, span: Span, open: &mut Vec<String>) -> Vec<tree::Item> {
        if !stays_below(path) {
            return self.refused(span, format!("`{path}` does not lie below the project's folder"));
        }
        if open.iter().any(|file| file == path) {
            return self.refused(
                span,
                format!("`{path}` uses itself: {}", [open.as_slice(), &[path.into()]].concat().join(" -> ")),
            );
        }
        if self.imported.iter().any(|file| file == path) {
            return Vec::new();
        }
        let text = match (self.files)(path) {
            Ok(text) => text,
            Err(reason) => return self.refused(span, format!("`{path}` cannot be read: {reason}")),
        };
        self.imported.push(path.to_string());
        let source = self.sources.add(path, &text);
        let parsed = ansatz_grammar::parse(source, &text);
        self.diagnostics.extend(parsed.diagnostics);
        open.push(path.to_string());
        let mut items = self.with_imports(parsed.tree.items, open);
        open.pop();
        items.retain(|item| self.declares(item));
        items
    }

    fn refused(&mut self, span: Span, message: String) -> Vec<tree::Item> {
        self.report(Diagnostic::error(codes::BAD_IMPORT, span, message));
        Vec::new()
    }

    /// Whether an item of a used file declares something; what only does something is for the program itself.
    fn declares(&mut self, item: &tree::Item) -> bool {
        let ItemKind::Statement(statement) = &item.kind else { return true };
        if let StatementKind::Let { target: LetTarget::Place(_), .. } | StatementKind::Error = &statement.kind
        {
            return true;
        }
        let diagnostic = Diagnostic::error(codes::BAD_IMPORT, item.span, "a file that is used only declares")
            .help("move this statement to the program that uses the file");
        self.report(diagnostic);
        false
    }
}

/// Whether a path is relative and never leaves its folder.
fn stays_below(path: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0']);
    !path.is_empty() && path.split('/').all(plain)
}
