//! `use`: files are taken over once, messages stand in the file that they are about, and no file uses itself.

use ansatz::Engine;

/// A program with files beside it; each message with the name of its file.
fn messages(text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<(String, String)> =
        files.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
    let read = move |path: &str| {
        let found = files.iter().find(|(name, _)| name == path);
        found.map(|(_, text)| text.clone()).ok_or("there is no such file".to_string())
    };
    let program = Engine::new().files(read).check(("main.anz", text));
    let shown = program.diagnostics.iter().map(|diagnostic| {
        let source = &program.sources.get(diagnostic.span().source).name;
        format!("{source}: {} {}", diagnostic.code, diagnostic.message)
    });
    shown.collect()
}

#[test]
fn declarations_are_taken_over_once() {
    let files = [
        ("a.anz", "use \"lib/c.anz\"\nfn f(x: real) = g(x) + 1"),
        ("b.anz", "use \"lib/c.anz\"\nlet two = 2"),
        ("lib/c.anz", "fn g(x: real) = 2 * x"),
    ];
    let text = "use \"a.anz\"\nuse \"b.anz\"\nuse distributions\nlet y = f(two) + g(1)";
    assert_eq!(messages(text, &files), [""; 0]);
}

#[test]
fn a_message_stands_in_the_file_that_it_is_about() {
    let files = [("a.anz", "fn f(x: real) = y")];
    assert_eq!(messages("use \"a.anz\"", &files), ["a.anz: A0101 `y` is not declared"]);
    let files = [("a.anz", "let x = 1\nprint x")];
    assert_eq!(messages("use \"a.anz\"", &files), ["a.anz: A0108 a file that is used only declares"]);
}

#[test]
fn cycles_missing_files_and_paths_that_leave_the_folder_are_refused() {
    let files = [("a.anz", "use \"b.anz\""), ("b.anz", "use \"a.anz\"")];
    assert_eq!(
        messages("use \"a.anz\"", &files),
        ["b.anz: A0108 `a.anz` uses itself: main.anz -> a.anz -> b.anz -> a.anz"]
    );
    assert_eq!(
        messages("use \"main.anz\"", &[]),
        ["main.anz: A0108 `main.anz` uses itself: main.anz -> main.anz"]
    );
    assert_eq!(
        messages("use \"c.anz\"", &[]),
        ["main.anz: A0108 `c.anz` cannot be read: there is no such file"]
    );
    for path in ["../c.anz", "/etc/passwd", "a/../../b.anz", ""] {
        let said = messages(&format!("use \"{path}\""), &[]);
        assert_eq!(said, [format!("main.anz: A0108 `{path}` does not lie below the project's folder")]);
    }
    assert_eq!(messages("use distribution", &[]).len(), 1);
}
