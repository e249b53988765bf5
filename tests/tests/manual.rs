//! The manual: every code block does what its title says, pages that are made are current, and every page is listed.
//! `BLESS=1` rewrites the pages that are made.
//!
//! Titles of blocks: `ansatz run` (with the `json` block behind it as its data), `ansatz check`, `ansatz bad CODE`, and
//! `ansatz fragment`, which is only shown. Others, such as `sh`, are not of the language; those in Rust are
//! run with the documentation of the library.

use ansatz::data::Input;
use ansatz::manual::pages;
use ansatz_grammar::diagnostic::{Diagnostic, render};
use ansatz_tests::session::{Session, session};
use std::path::{Path, PathBuf};
use std::{env, fs};

fn folder() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/manual")).to_path_buf()
}

fn written(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the manual is there") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            written(&path, found);
        } else {
            found.push(path);
        }
    }
}

struct Block<'p> {
    title: &'p str,
    text: &'p str,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let fences = page.split("```").skip(1).step_by(2);
    fences
        .map(|fence| fence.split_once('\n').expect("a title ends its line"))
        .map(|(title, text)| Block { title, text })
        .collect()
}

/// What is wrong with a block, if anything is.
fn fault(block: &Block, data: Option<&Block>) -> Option<String> {
    let words: Vec<&str> = block.title.split(' ').collect();
    let told = |of: &Session| render(&of.diagnostics, &of.sources, false);
    let file = data.map(|data| ("data.json".to_string(), data.text.into()));
    let input = Input { files: file.into_iter().collect(), settings: Vec::new() };
    match words.as_slice() {
        ["ansatz", "run"] => {
            let done = session("block.anz", block.text, &input, true);
            (!done.diagnostics.is_empty()).then(|| told(&done))
        }
        ["ansatz", "check"] => {
            let program = ansatz::program::Program::compile("block.anz", block.text);
            (!program.diagnostics.is_empty()).then(|| program.render(&program.diagnostics, false))
        }
        ["ansatz", "bad", code] => {
            let done = session("block.anz", block.text, &input, true);
            let gets = |said: &Diagnostic| said.code.to_string() == *code;
            (!done.diagnostics.iter().any(gets)).then(|| format!("does not get {code}:\n{}", told(&done)))
        }
        ["ansatz", "fragment"] | ["sh" | "json" | "text" | "rust" | "python"] => None,
        _ => Some(format!("a block's title is not `{}`", block.title)),
    }
}

#[test]
fn every_block_does_what_its_title_says() {
    let mut found = Vec::new();
    written(&folder(), &mut found);
    let (mut faults, mut count) = (Vec::new(), 0);
    for path in found {
        let page = fs::read_to_string(&path).expect("a page is text");
        let blocks = blocks(&page);
        for (at, block) in blocks.iter().enumerate() {
            count += usize::from(block.title.starts_with("ansatz"));
            let data = blocks.get(at + 1).filter(|next| next.title == "json");
            if let Some(fault) = fault(block, data) {
                faults.push(format!("{}:\n{}\n{fault}", path.display(), block.text));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 60, "{count} blocks");
}

#[test]
fn a_block_that_does_something_else_is_noticed() {
    let block = |title, text| Block { title, text };
    assert!(fault(&block("ansatz check", "let a = b\n"), None).is_some());
    assert!(fault(&block("ansatz bad A0301", "let a = b\n"), None).is_some());
    assert!(fault(&block("ansatz bad A0101", "let a = b\n"), None).is_none());
    assert!(fault(&block("", "let a = 1\n"), None).is_some());
}

#[test]
fn pages_that_are_made_are_current() {
    let mut stale = Vec::new();
    for page in pages() {
        let path = folder().join(&page.path);
        if env::var_os("BLESS").is_some() {
            fs::create_dir_all(path.parent().expect("a page is in a folder")).expect("folders can be made");
            fs::write(&path, &page.text).expect("a page can be written");
        } else if fs::read_to_string(&path).ok().as_deref() != Some(page.text.as_str()) {
            stale.push(page.path);
        }
    }
    assert!(stale.is_empty(), "BLESS=1 writes these anew: {stale:?}");
}

/// The list's part about pages that are made.
const MADE: &str = "\n# Library and messages\n\n";

#[test]
fn the_list_ends_with_the_pages_that_are_made() {
    let path = folder().join("SUMMARY.md");
    let list = fs::read_to_string(&path).expect("the list is there");
    let head = list.split(MADE).next().expect("a text has a beginning").to_string();
    let title = |text: &str| text.lines().next().map(|line| line.trim_start_matches("# ").to_string());
    let lines = pages()
        .into_iter()
        .map(|page| format!("- [{}]({})\n", title(&page.text).unwrap_or_default(), page.path));
    let whole = head + MADE + &lines.collect::<String>();
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &whole).expect("the list can be written");
    } else {
        assert!(list == whole, "BLESS=1 writes the list anew");
    }
}

#[test]
fn every_page_is_listed_and_every_listed_page_is_there() {
    let summary = fs::read_to_string(folder().join("SUMMARY.md")).expect("the list is there");
    let mut found = Vec::new();
    written(&folder(), &mut found);
    for path in found {
        let name = path.strip_prefix(folder()).expect("it is in the manual").display().to_string();
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name} is not listed");
    }
    for link in summary.split("](").skip(1) {
        let name = link.split(')').next().expect("a link ends");
        assert!(folder().join(name).is_file(), "{name} is listed and not there");
    }
}
