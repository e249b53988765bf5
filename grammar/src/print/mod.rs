//! Trees to text that parses back to the same tree, but for its places. One statement a line, two spaces a level;
//! parentheses only where precedence needs them. Comments other than `///` are not in the tree and so not printed.

mod expression;
mod item;
mod statement;
mod types;

use crate::tree::{Doc, Program};

/// A program as text.
pub fn print(program: &Program) -> String {
    let mut printer = Printer::default();
    for item in &program.items {
        printer.item(item);
        printer.text.push('\n');
    }
    printer.text
}

#[derive(Default)]
struct Printer {
    text: String,
    indent: usize,
}

impl Printer {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn new_line(&mut self) {
        self.text.push('\n');
        for _ in 0..self.indent {
            self.text.push_str("  ");
        }
    }

    /// The doc comment above what follows, each line with its own mark.
    fn doc(&mut self, doc: &Doc) {
        for line in doc.iter().flat_map(|doc| doc.split('\n')) {
            self.put("///");
            if !line.is_empty() {
                self.put(" ");
                self.put(line);
            }
            self.new_line();
        }
    }

    fn list<T>(&mut self, parts: &[T], mut print: impl FnMut(&mut Self, &T)) {
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.put(", ");
            }
            print(self, part);
        }
    }

    /// Parts between braces, each on its line.
    fn lines<T>(&mut self, parts: &[T], mut print: impl FnMut(&mut Self, &T)) {
        self.put("{");
        self.indent += 1;
        for part in parts {
            self.new_line();
            print(self, part);
        }
        self.indent -= 1;
        self.new_line();
        self.put("}");
    }

    /// What may be missing, after its sign.
    fn after<T>(&mut self, sign: &str, part: &Option<T>, print: impl FnOnce(&mut Self, &T)) {
        if let Some(part) = part {
            self.put(sign);
            print(self, part);
        }
    }
}
