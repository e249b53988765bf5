//! Check files: small programs and the messages that they must get. A file holds programs under lines `// == name`; a line
//! that a message points at ends with `//~ CODE message`. A program without such marks must be free of mistakes.

#![allow(clippy::print_stderr, reason = "a skipped check says why")]

use ansatz_compiler::typed::check;
use ansatz_grammar::span::Sources;
use std::fs;
use std::path::Path;

#[test]
fn every_program_gets_exactly_the_messages_that_its_lines_state() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/check"));
    let mut wrong = Vec::new();
    let mut programs = 0;
    for entry in fs::read_dir(folder).expect("tests/check is a folder") {
        let path = entry.expect("a folder lists its files").path();
        let text = fs::read_to_string(&path).expect("check files are text");
        for (name, program) in sections(&text) {
            programs += 1;
            let (stated, found) = (stated(program), found(program));
            if stated != found {
                let file = path.file_name().expect("a file has a name").to_string_lossy();
                let lines = |messages: &[String]| messages.join("\n    ");
                wrong.push(format!(
                    "{file}: {name}\n  stated\n    {}\n  found\n    {}",
                    lines(&stated),
                    lines(&found)
                ));
            }
        }
    }
    assert!(programs > 0, "there are no check files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The programs of a file, by name.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = text.split("// == ").collect();
    assert!(parts.len() > 1, "a check file that checks nothing");
    parts[1..].iter().map(|part| part.split_once('\n').expect("a name ends its line")).collect()
}

/// What the marks say, as `line: CODE message`.
fn stated(program: &str) -> Vec<String> {
    let marked = program.lines().enumerate().flat_map(|(line, text)| {
        text.split("//~ ").skip(1).map(move |mark| format!("{}: {}", line + 1, mark.trim()))
    });
    sorted(marked.collect())
}

/// What checking says.
fn found(program: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let source = sources.add("test.anz", program);
    let parse = ansatz_grammar::parse(source, program);
    let (_, diagnostics) = check(parse.tree, &mut sources);
    let found = parse.diagnostics.iter().chain(&diagnostics).map(|diagnostic| {
        let span = diagnostic.span();
        let (line, _) = sources.line_and_column(span.source, span.start);
        let file = &sources.get(span.source).name;
        assert_eq!(file, "test.anz", "a message points into the library: {diagnostic:?}");
        format!("{line}: {} {}", diagnostic.code, diagnostic.message)
    });
    sorted(found.collect())
}

fn sorted(mut messages: Vec<String>) -> Vec<String> {
    messages.sort();
    messages
}
