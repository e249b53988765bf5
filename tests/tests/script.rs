//! Script files: small programs, what they print, and where they fail. A file holds programs under lines `// == name`; data
//! stand in a line `//< JSON`, what is printed in lines `//> text`, and a line whose statement fails as it runs, or does
//! not check, ends with `//~ CODE message`.

use ansatz::data::Input;
use ansatz_tests::session::session;
use std::fs;
use std::path::Path;

#[test]
fn every_script_prints_and_fails_as_its_lines_state() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/script"));
    let mut wrong = Vec::new();
    let mut programs = 0;
    for entry in fs::read_dir(folder).expect("tests/script is a folder") {
        let path = entry.expect("a folder lists its files").path();
        let text = fs::read_to_string(&path).expect("script files are text");
        let parts: Vec<&str> = text.split("// == ").skip(1).collect();
        assert!(!parts.is_empty(), "a script file that runs nothing: {}", path.display());
        for part in parts {
            let (name, program) = part.split_once('\n').expect("a name ends its line");
            programs += 1;
            let (stated, found) = (stated(program), found(program));
            if stated != found {
                let file = path.file_name().expect("a file has a name").to_string_lossy();
                let lines = |lines: &[String]| lines.join("\n    ");
                wrong.push(format!(
                    "{file}: {name}\n  stated\n    {}\n  found\n    {}",
                    lines(&stated),
                    lines(&found)
                ));
            }
        }
    }
    assert!(programs > 0, "there are no script files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the marks say: lines printed, then `line: CODE message`.
fn stated(program: &str) -> Vec<String> {
    let printed =
        program.lines().filter_map(|line| line.strip_prefix("//>")).map(|line| line.trim_start().to_owned());
    let failed = program.lines().enumerate().flat_map(|(line, text)| {
        text.split("//~ ").skip(1).map(move |mark| format!("{}: {}", line + 1, mark.trim()))
    });
    printed.chain(failed).collect()
}

/// What running it prints, then what it says.
fn found(text: &str) -> Vec<String> {
    let data = text.lines().find_map(|line| line.strip_prefix("//<"));
    let file = data.map(|data| ("data.json".to_owned(), data.into()));
    let session =
        session("test.anz", text, &Input { files: file.into_iter().collect(), settings: Vec::new() }, true);
    let said = session.diagnostics.iter().map(|fault| {
        let span = fault.span();
        let (line, _) = session.sources.line_and_column(span.source, span.start);
        format!("{line}: {} {}", fault.code, fault.message)
    });
    session.printed.lines().map(|line| line.trim_start().to_owned()).chain(said).collect()
}
