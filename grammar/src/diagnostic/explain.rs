//! What each code means, with an example of wrong and right: pages of Markdown by family, one section a code.
//!
//! A section is a text and fences named `wrong` and `right`: programs, and behind them the data (`wrong data`) or settings
//! (`wrong set`) that they are run with. `wrong 501 times` repeats its text.

use super::Code;
use std::fmt;

const PAGES: &[&str] = &[
    include_str!("explained/syntax.md"),
    include_str!("explained/names.md"),
    include_str!("explained/types.md"),
    include_str!("explained/shapes.md"),
    include_str!("explained/models.md"),
    include_str!("explained/data.md"),
    include_str!("explained/running.md"),
    include_str!("explained/dynamics.md"),
];

/// A small program, and what it is run with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// Its text, to be repeated `times`.
    pub program: &'static str,
    /// How often the text stands in the program.
    pub times: usize,
    /// Its data file, if it has one.
    pub data: Option<&'static str>,
    /// Its settings, `NAME=VALUE`, if it has some.
    pub settings: Option<&'static str>,
}

/// The page of a code. Prints as Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// Why it is refused, and what to do.
    pub text: &'static str,
    /// A program that gets this message.
    pub wrong: Example,
    /// The same, mended.
    pub right: Example,
}

impl Code {
    /// Its page.
    ///
    /// # Panics
    /// If it has none: a test finds one for every row of the table.
    pub fn explanation(self) -> Explanation {
        let title = format!("## {self}\n");
        let section = PAGES.iter().find_map(|page| page.split_once(title.as_str()).map(|(_, rest)| rest));
        let section = section.unwrap_or_else(|| panic!("{self} is explained"));
        let section = section.split("\n## ").next().unwrap_or(section);
        let text = section.split("```").next().unwrap_or(section).trim();
        Explanation { code: self, text, wrong: example(section, "wrong"), right: example(section, "right") }
    }
}

fn example(section: &'static str, kind: &str) -> Example {
    let mut example = Example { times: 1, ..Example::default() };
    for fence in section.split("```").skip(1).step_by(2) {
        let (title, text) = fence.split_once('\n').unwrap_or((fence, ""));
        let Some(attribute) = title.strip_prefix(kind) else { continue };
        match attribute.trim() {
            "" => example.program = text,
            "data" => example.data = Some(text),
            "set" => example.settings = Some(text.trim()),
            times => {
                example.program = text;
                let count = times.strip_suffix(" times").and_then(|count| count.parse().ok());
                example.times = count.unwrap_or_else(|| panic!("`{title}` is no title of a fence"));
            }
        }
    }
    example
}

impl Example {
    /// The whole program.
    pub fn text(&self) -> String {
        self.program.repeat(self.times)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "# {}: {}\n\n{}\n", self.code, self.code.title(), self.text)?;
        for (title, example, mark) in
            [("Wrong", &self.wrong, format!("bad {}", self.code)), ("Right", &self.right, "check".into())]
        {
            let times = if example.times > 1 { format!(", {} times", example.times) } else { String::new() };
            let alone = example.times == 1 && example.settings.is_none();
            let mark = if alone { mark.as_str() } else { "fragment" };
            write!(out, "\n{title}{times}:\n\n```ansatz {mark}\n{}```\n", example.program)?;
            if let Some(data) = example.data {
                write!(out, "\nwith the data\n\n```json\n{data}```\n")?;
            }
            if let Some(settings) = example.settings {
                write!(out, "\nwith `--set {settings}`\n")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;
    use crate::parse;
    use crate::span::SourceId;

    #[test]
    fn every_code_has_a_text_and_both_examples() {
        for code in Code::all() {
            let page = code.explanation();
            assert!(page.text.ends_with('.') && !page.text.contains("##"), "{page}");
            assert!(!page.wrong.program.is_empty() && !page.right.program.is_empty(), "{page}");
            assert!(page.wrong != page.right, "{page}");
        }
    }

    #[test]
    fn a_page_shows_what_is_wrong_and_what_is_right() {
        let page = codes::CHAINED_COMPARISON.explanation();
        assert_eq!(parse(SourceId(0), &page.wrong.text()).diagnostics[0].code, codes::CHAINED_COMPARISON);
        let drawn = codes::TOO_DEEP.explanation().to_string();
        assert!(drawn.starts_with("# A0005: nested too deeply\n"), "{drawn}");
        assert!(drawn.contains("Wrong, 501 times:\n\n```ansatz fragment\nif true {\n```\n"), "{drawn}");
    }
}
