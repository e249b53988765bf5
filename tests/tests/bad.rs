//! Bad programs, as pages: below each line of a program and of its data, what is said there. `BLESS=1` rewrites the pages.
//!
//! A page holds programs under lines `== title`; their data stand below `-- data`, a setting in a line `-- set NAME=VALUE`. A
//! line that begins with `^` is of a message: the first has the code, others what it expected, found and helps with.

use ansatz::data::Input;
use ansatz_grammar::diagnostic::{Diagnostic, Label};
use ansatz_grammar::span::{Sources, Span};
use ansatz_tests::session::{Session, session};
use std::{env, fs, path::Path};

/// A program with what it is run with.
#[derive(Default)]
struct Case {
    title: String,
    program: String,
    data: Option<String>,
    settings: Vec<(String, String)>,
}

fn cases(page: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in page.lines().filter(|line| !line.trim_start().starts_with('^')) {
        if let Some(title) = line.strip_prefix("== ") {
            cases.push(Case { title: title.to_string(), ..Case::default() });
            continue;
        }
        let case = cases.last_mut().expect("a page begins with a title");
        if line == "-- data" {
            case.data = Some(String::new());
        } else if let Some(setting) = line.strip_prefix("-- set ") {
            let (name, value) = setting.split_once('=').expect("a setting is NAME=VALUE");
            case.settings.push((name.to_string(), value.to_string()));
        } else {
            let text = case.data.as_mut().unwrap_or(&mut case.program);
            text.push_str(line);
            text.push('\n');
        }
    }
    cases
}

fn taken(case: &Case) -> Session {
    let file = case.data.clone().map(|data| ("data.json".to_string(), data.into()));
    let input = Input { files: file.into_iter().collect(), settings: case.settings.clone() };
    let calls = ["nuts(", "plot ", "calibrate(", "minimize(", "maximize(", "print solve("];
    let runs = calls.iter().any(|call| case.program.contains(call));
    session("program.anz", &case.program, &input, runs)
}

/// Something said about a place.
struct Said {
    span: Span,
    lines: Vec<String>,
}

fn said(diagnostic: &Diagnostic) -> Vec<Said> {
    let Diagnostic { code, message, expected, found, help, labels, .. } = diagnostic;
    let parts = [("expected", expected), ("found", found), ("help:", help)];
    let more = parts.iter().filter_map(|(what, text)| Some(format!("{what} {}", text.as_ref()?)));
    let mut lines: Vec<String> = vec![format!("{code} {message}")];
    lines.extend(labels[0].message.lines().map(str::to_string));
    lines.extend(more);
    let first = Said { span: diagnostic.span(), lines };
    let other = |label: &Label| Said { span: label.span, lines: vec![format!("-- {}", label.message)] };
    std::iter::once(first).chain(labels[1..].iter().map(other)).collect()
}

/// A text with what is said about it below its lines, what is said in order.
fn annotated(name: &str, text: &str, session: &Session) -> String {
    let all: Vec<Said> = session.diagnostics.iter().flat_map(said).collect();
    let mut page = String::new();
    for (number, line) in text.lines().enumerate() {
        page += &format!("{line}\n");
        for said in all.iter().filter(|said| is_in(name, said.span, &session.sources)) {
            let (row, column) = session.sources.line_and_column(said.span.source, said.span.start);
            let last = number + 1 == text.lines().count() && row > number;
            if row == number + 1 || last {
                page += &marks(said, column, line);
            }
        }
    }
    page
}

fn is_in(name: &str, span: Span, sources: &Sources) -> bool {
    sources.get(span.source).name == name
}

fn marks(said: &Said, column: usize, line: &str) -> String {
    let rest = line.chars().count().saturating_sub(column - 1).max(1);
    let width = said.span.range().len().clamp(1, rest);
    let space = " ".repeat(column - 1);
    let lines = said.lines.iter().enumerate();
    lines
        .map(|(at, line)| format!("{space}{} {line}\n", "^".repeat(if at == 0 { width } else { 1 })))
        .collect()
}

fn blessed(case: &Case, session: &Session) -> String {
    let mut page = format!("== {}\n{}", case.title, annotated("program.anz", &case.program, session));
    for (name, value) in &case.settings {
        page += &format!("-- set {name}={value}\n");
    }
    if let Some(data) = &case.data {
        page += &format!("-- data\n{}", annotated("data.json", data, session));
    }
    let elsewhere = session.diagnostics.iter().flat_map(said);
    let known = ["program.anz", "data.json"];
    for said in elsewhere.filter(|said| !known.iter().any(|name| is_in(name, said.span, &session.sources))) {
        let source = session.sources.get(said.span.source);
        page += &format!("^ in {} `{}`\n{}", source.name, source.text.trim(), marks(&said, 1, ""));
    }
    page
}

#[test]
fn bad_programs_get_the_messages_of_their_pages() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/bad"));
    let (mut wrong, mut count, mut helped) = (Vec::new(), 0, 0);
    for entry in fs::read_dir(folder).expect("the pages are there") {
        let path = entry.expect("a page is there").path();
        let page = fs::read_to_string(&path).expect("a page is text");
        let mut now = String::new();
        for case in cases(&page) {
            let session = taken(&case);
            if session.diagnostics.is_empty() {
                wrong.push(format!("{}: nothing is said", case.title));
            }
            now += &blessed(&case, &session);
            count += 1;
            helped += usize::from(session.diagnostics.iter().all(|said| said.help.is_some()));
        }
        if env::var_os("BLESS").is_some() {
            fs::write(&path, &now).expect("a page can be written");
        } else if now != page {
            wrong.push(format!("{}\n{now}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "these pages say otherwise:\n{}", wrong.join("\n"));
    assert!(count >= 100, "{count} bad programs");
    assert!(5 * helped >= 4 * count, "{helped} of {count} say a way out");
}

#[test]
fn a_page_shows_each_place_of_a_message() {
    let page = "== a title\ndata y: int\n-- data\n{\"y\": 1.5}\n";
    let case = cases(page).pop().expect("one case");
    let now = blessed(&case, &taken(&case));
    assert!(
        now.contains("{\"y\": 1.5}\n      ^^^ A0506 ") && now.contains("     ^ -- declared here"),
        "{now}"
    );
    assert_eq!(cases(&now)[0].program, case.program);
}
