//! Nothing that is given to the parser makes it panic, overflow its stack, or lose what stands beside a fault.

use ansatz_grammar::diagnostic::{codes, render};
use ansatz_grammar::span::{SourceId, Sources};
use ansatz_grammar::{Parse, parse, print};
use std::{fs, path::Path};

fn read(text: &str) -> Parse {
    parse(SourceId(0), text)
}

fn too_deep(name: &str, text: &str) {
    let parsed = read(text);
    let told = &parsed.diagnostics;
    assert!(told.iter().any(|said| said.code == codes::TOO_DEEP), "{name} is told to be too deep: {told:?}");
    assert!(told.len() <= 2, "{name} is told once: {told:?}");
}

#[test]
fn open_brackets_without_end_are_told() {
    for open in ["(", "[", "{", "{x: ", "f(", "{ let a = ", "if c { ", "[for i in ", "fn(x) = (", "!(-("] {
        too_deep(open, &format!("let x = {}", open.repeat(100_000)));
    }
    too_deep("type", &format!("data x: {}", "fn(".repeat(100_000)));
    too_deep("closed", &format!("let x = {}1{}", "(".repeat(100_000), ")".repeat(100_000)));
}

#[test]
fn chains_without_end_are_told() {
    let links =
        [" + 1", " * x", " ^ 2", " || c", ".x", "(1)", "[0]", " given {y}", " under f", " @ A + B", " \\ b"];
    for link in links {
        too_deep(link, &format!("let x = a{}", link.repeat(200_000)));
    }
    for link in ["-", "!", "2 ^ -", "fn(x) = "] {
        too_deep(link, &format!("let x = {}1", link.repeat(200_000)));
    }
    too_deep("?", &format!("data x: real{}", "?".repeat(200_000)));
    too_deep("->", &format!("data x: {}real", "fn() -> ".repeat(200_000)));
}

#[test]
fn long_lists_are_not_deep() {
    let array = format!("let x = [{}1]", "1, ".repeat(200_000));
    let branches = format!("if a {{ 1 }}{} else {{ 3 }}", " else if b { 2 }".repeat(20_000));
    let sum = format!("let x = 1{}", " + 1".repeat(400));
    let nested = format!("let x = {}1{}", "f(".repeat(400), ")".repeat(400));
    for text in [array, branches, sum, nested] {
        let parsed = read(&text);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        assert!(read(&print(&parsed.tree)).diagnostics.is_empty());
    }
}

#[test]
fn statements_beside_faults_are_kept() {
    let text = "data y real\nlet a = 1 +\nlet b = 2\nmodel m {\n  mu ~ normal(0 5)\n  tau ~ flat()\n  for i in N { x[i] ~ }\n}\n\
                model k q {\n  z ~ flat()\n}\nstruct S { a: real; b real; c: int }\nprint b\n";
    let kept = "<error>\n<error>\nlet b = 2\nmodel m {\n  <error>\n  tau ~ flat()\n  for i in N {\n    <error>\n  }\n}\n\
                <error>\nstruct S {\n  a: real\n  c: int\n}\nprint b\n";
    assert_eq!(print(&read(text).tree), kept);
    assert_eq!(read(text).diagnostics.len(), 6);
}

#[test]
fn a_doc_comment_goes_to_what_is_below_it() {
    let text = "/// One.\n///\n/// Two.\nlet a = 1 // no\n/// Three.\n\nfn f(x: real) {\n  /// Four.\n  let b = x\n  b\n}\n";
    let printed =
        "/// One.\n///\n/// Two.\nlet a = 1\n/// Three.\nfn f(x: real) {\n  /// Four.\n  let b = x\n  b\n}\n";
    let parsed = read(text);
    assert_eq!(print(&parsed.tree), printed);
    assert_eq!(parsed.comments.iter().filter(|comment| comment.doc).count(), 5);
    assert_eq!(parsed.comments.len(), 6);
}

/// The programs of every form, and the sources of the fault pages.
fn texts() -> Vec<String> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"));
    let folders = [folder.join("programs"), folder.join("faults")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("the folder is there"));
    entries
        .map(|entry| fs::read_to_string(entry.expect("an entry is there").path()).expect("it is text"))
        .collect()
}

/// A linear congruence (Knuth 1997, MMIX): which mutation comes next.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % bound
    }
}

/// One piece of the text is taken out, doubled, or replaced by another.
fn mutate(text: &str, chance: &mut Chance) -> String {
    let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut piece = || {
        let start = chance.below(boundaries.len());
        let end = (start + 1 + chance.below(4)).min(boundaries.len() - 1);
        (boundaries[start], boundaries[end.max(start)])
    };
    let ((start, end), (other_start, other_end)) = (piece(), piece());
    let between = match chance.below(3) {
        0 => "",
        1 => &text[other_start..other_end],
        _ => ["}", "{", "(", "]", "\n", "=", "~", "fn ", "model m", "\"", "é", ";", "///"][chance.below(13)],
    };
    [&text[..start], between, &text[end..]].concat()
}

#[test]
fn mutated_programs_are_read_to_their_end() {
    let mut chance = Chance(1);
    for text in texts() {
        for _ in 0..200 {
            let mutated = mutate(&text, &mut chance);
            let parsed = read(&mutated);
            for label in parsed.diagnostics.iter().flat_map(|said| &said.labels) {
                assert!(mutated.get(label.span.range()).is_some(), "a label lies in the text");
            }
            if parsed.diagnostics.iter().all(|said| !said.is_error()) {
                let printed = print(&parsed.tree);
                let again = read(&printed);
                assert!(again.diagnostics.is_empty(), "{:?}\n{printed}", again.diagnostics);
            }
        }
    }
}

#[test]
fn a_mutation_gives_few_messages() {
    let mut chance = Chance(2);
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs/declarations.anz"));
    let text = fs::read_to_string(folder).expect("it is text");
    let trials = 400;
    let told: usize = (0..trials).map(|_| read(&mutate(&text, &mut chance)).diagnostics.len()).sum();
    assert!(told > trials / 4, "most mutations are faults");
    assert!(told < trials * 2, "{told} messages for {trials} mutations");
}

#[test]
fn a_message_is_drawn_below_its_line() {
    let mut sources = Sources::default();
    let source = sources.add("case.anz", "let x = a < b < c\n");
    let drawn = render(&parse(source, &sources.get(source).text).diagnostics, &sources, false);
    let page = "[A0010] Error: comparisons do not chain\n   ╭─[ case.anz:1:15 ]\n   │\n 1 │ let x = a < b < c\n   │               ┬\n   \
                │               ╰── here\n   │\n   │ Help: write `a < b && b < c`\n───╯\n";
    let trimmed: String = drawn.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    assert_eq!(trimmed, page);
}

#[test]
fn messages_are_drawn_with_their_places() {
    let mut sources = Sources::default();
    let library = sources.add("library.anz", "let a = 1\n");
    let program = sources.add("program.anz", "let α = 1\nlet b = (1 +\n");
    let mut diagnostics = parse(program, &sources.get(program).text).diagnostics;
    let place = parse(library, "let a = 1\n").tree.items[0].span;
    diagnostics[0] = diagnostics[0].clone().here("opened here").label(place, "like this");
    let drawn = render(&diagnostics, &sources, false);
    for part in
        ["[A0004] Error", "program.anz:2:9", "library.anz:1:1", "opened here", "like this", "expected `)`"]
    {
        assert!(drawn.contains(part), "{part} is in\n{drawn}");
    }
    assert!(!drawn.contains('\u{1b}'));
    assert!(render(&diagnostics, &sources, true).contains('\u{1b}'));
}

#[test]
fn many_messages_on_a_long_line_are_drawn_in_short() {
    let mut sources = Sources::default();
    let source = sources.add("long.anz", ") ".repeat(3_000));
    let diagnostics = parse(source, &sources.get(source).text).diagnostics;
    assert_eq!(diagnostics.len(), 3_000);
    let drawn = render(&diagnostics, &sources, false);
    assert_eq!(drawn.lines().count(), 51);
    assert!(drawn.starts_with("[A0003] long.anz:1:1: this `)` closes nothing: "), "{drawn}");
    assert!(drawn.ends_with("and 2950 more messages\n"), "{drawn}");
}
