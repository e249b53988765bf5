//! The manual's pages about one thing: a distribution or function of the library, a construct, the code of a message.
//!
//! Those of the library are made from its declarations, those of constructs are the manual's own files.

mod construct;
mod library;

use ansatz_grammar::diagnostic::{Code, nearest};
use std::fmt::Write;

pub use library::{Declaration, declarations};

/// A page of the manual that is made, not written: its path below the manual's folder, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Below `docs/manual`.
    pub path: String,
    /// Markdown.
    pub text: String,
}

/// The page about a name: a code, what the library declares, or a construct.
pub fn page(name: &str) -> Option<String> {
    if let Some(code) = Code::from_text(name) {
        return Some(code.explanation().to_string());
    }
    let found: Vec<String> =
        declarations().iter().filter(|row| row.name == name).map(Declaration::to_string).collect();
    if !found.is_empty() {
        return Some(format!("# {name}\n\n{}", found.join("\n")));
    }
    construct::page(name).map(str::to_string)
}

/// The names that have pages, codes apart.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = declarations().into_iter().map(|row| row.name).collect();
    names.extend(construct::words().map(str::to_string));
    names
}

/// The name nearest to one that has no page.
pub fn near(name: &str) -> Option<String> {
    let names = names();
    nearest(name, names.iter().map(String::as_str)).map(str::to_string)
}

/// Every page that is made.
pub fn pages() -> Vec<Page> {
    let declarations = declarations();
    let mut pages = Vec::new();
    for file in library::files() {
        let rows: Vec<&Declaration> = declarations.iter().filter(|row| row.file == file.name).collect();
        let Some(path) = library::path(file.name).filter(|_| !rows.is_empty()) else { continue };
        let mut text = format!("# {}\n", library::title(file));
        for row in rows {
            let _ = write!(text, "\n## {}\n\n{row}", row.name);
        }
        pages.push(Page { path, text });
    }
    let families = ["A00", "A01", "A02", "A03", "A04", "A05", "A06", "A07"];
    let titles = ["Syntax", "Names", "Types", "Shapes", "Models", "Data", "Running", "Dynamics"];
    for (family, title) in families.iter().zip(titles) {
        let codes: Vec<String> = Code::all()
            .filter(|code| code.to_string().starts_with(family))
            .map(|code| code.explanation().to_string().replacen("# ", "## ", 1))
            .collect();
        let text = format!("# Messages: {}\n\n{}", title.to_lowercase(), codes.join("\n"));
        pages.push(Page { path: format!("codes/{}.md", title.to_lowercase()), text });
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_page_of_what_it_is() {
        let starts = |name: &str, text: &str| {
            let page = page(name).unwrap_or_else(|| panic!("{name} has a page"));
            assert!(page.starts_with(text), "{page}");
        };
        starts("A0301", "# A0301: ");
        starts(
            "half_normal",
            "# half_normal\n\n```ansatz fragment\nhalf_normal(sd: positive) on x: positive\n```\n",
        );
        starts("exp", "# exp\n\n```ansatz fragment\nexp(x: real) -> positive\n```\n");
        starts("given", "# `given`");
        starts("predict", "# Predictions");
        assert_eq!(page("no_such_thing"), None);
        assert_eq!(near("half_nromal").as_deref(), Some("half_normal"));
    }

    #[test]
    fn rivals_share_a_page() {
        let page = page("gamma").expect("it has a page");
        assert!(page.contains("rate: positive") && page.contains("scale: positive"), "{page}");
    }
}
