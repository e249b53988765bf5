//! Sessions: entries from a pipe, and typed at a terminal, which tmux is where there is one.

use super::{Folder, binary};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a session prints and tells about entries from a pipe, and its exit code.
fn piped(folder: &Folder, entries: &str) -> (i32, String, String) {
    let mut command = binary();
    command.current_dir(folder.path()).arg("repl");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut session = command.spawn().expect("it runs");
    let mut input = session.stdin.take().expect("it is piped");
    input.write_all(entries.as_bytes()).expect("it reads");
    drop(input);
    let done = session.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (done.status.code().expect("it was not killed"), text(done.stdout), text(done.stderr))
}

#[test]
fn entries_see_those_before_them_and_run_once() {
    let folder = Folder::new("session");
    folder.write("y.json", r#"{"y": [1, 2, 3]}"#);
    folder.write("twice.anz", "fn twice(x: real) = 2 * x\nprint \"loaded\"\n");
    let entries = "let x = 2.5\nx * 2\nmodel m {\n  mu ~ normal(0, 1)\n\n  y ~ normal(mu, 1)\n}\n\
        :data y.json\ndata N: size\ndata y: real[N]\nsum(y)\n\
        let fit = nuts(m given {y = y[0]}, seed = 1, draws = 50, warmup = 50)\n:shape fit.mu\n\
        let x = 3.5\nx\nlet z =\n  x + 1\nz\n:load twice.anz\ntwice(z)\n:grad x^2\n:type y\n:quit\nprint 7\n";
    let (code, printed, told) = piped(&folder, entries);
    assert_eq!(code, 0, "{told}");
    assert!(told.lines().all(|line| line.starts_with("these data are not given yet")), "{told}");
    assert_eq!(printed, "5.0\n6.0\n[200]\n3.5\n4.5\nloaded\n9.0\nx: 7.0\nreal[N]\n");
}

#[test]
fn an_entry_that_is_wrong_changes_nothing() {
    let folder = Folder::new("session-wrong");
    let entries = "var a = [1.0, 2.0]\na[0] = norml(1)\na[5] = 1\na\nassert a[0] == 2 within 0.1\n:nonsense\n\
        data N: size\nlet b = a[1]\nmean(a) + b\n:data N=3\nN + 1\n:data no.json\n";
    let (code, printed, told) = piped(&folder, entries);
    assert_eq!((code, printed.as_str()), (1, "[1.0, 2.0]\n3.5\n4\n"), "{told}");
    for message in [
        "entry-2:1:8",
        "`norml` is not declared",
        "index",
        "assertion",
        "no command `:nonsense`",
        "no.json cannot be read",
    ] {
        assert!(told.contains(message), "{message}: {told}");
    }
}

/// What has no text of its own is told by its type; commands fit what they are asked about.
#[test]
fn functions_are_shown_by_their_types_and_arrays_by_fitting_pictures() {
    let folder = Folder::new("session-shown");
    let entries = "fn f(x: real) = x^2\nf\n:grad f(3)\nlet x = 3.0\n:grad f(x)\n:plot [[1.0, 2.0], [3.0, 4.0]]\n\
        :plot [[[1.0]]]\n";
    let (_, printed, told) = piped(&folder, entries);
    assert!(printed.starts_with("fn f(x: real) -> interval(0, inf)\nx: 6.0\n"), "{printed}");
    assert!(printed.trim_end().ends_with("heatmap.svg"), "{printed}");
    for message in ["name the number first", "no picture fits 3 axes"] {
        assert!(told.contains(message), "{message}: {told}");
    }
}

/// A terminal of tmux's with a session in it.
struct Terminal {
    name: String,
}

impl Terminal {
    /// None where there is no tmux.
    #[allow(clippy::print_stderr, reason = "a skipped check says why")]
    fn new(folder: &Folder) -> Option<Terminal> {
        let terminal = Terminal { name: format!("ansatz-{}", std::process::id()) };
        let home = format!("HOME={}", folder.path().display());
        let begun = Command::new("tmux")
            .args(["-L", &terminal.name, "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40"])
            .args(["-c", &folder.path().display().to_string()])
            .args(["env", &home, env!("CARGO_BIN_EXE_ansatz"), "repl", "--max-memory", "100TB"])
            .status();
        if !begun.is_ok_and(|status| status.success()) {
            eprintln!("skipped: there is no tmux");
            return None;
        }
        Some(terminal)
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output =
            Command::new("tmux").args(["-L", &self.name]).args(arguments).output().expect("tmux runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Types a text once there is a prompt, and presses keys once it is seen: what is typed ahead is lost.
    fn types(&self, text: &str, keys: &[&str]) {
        let last = |screen: &str| screen.trim_end().lines().last().unwrap_or_default().trim().to_owned();
        self.waits("a prompt", |screen| last(screen) == ">");
        self.tmux(&["send-keys", "-l", text]);
        self.waits(text, |screen| last(screen) == format!("> {text}"));
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Waits until a line of the screen begins like this.
    fn shows(&self, text: &str) {
        self.waits(text, |screen| screen.lines().any(|line| line.starts_with(text)));
    }

    fn waits(&self, what: &str, holds: impl Fn(&str) -> bool) {
        for _ in 0..300 {
            if holds(&self.screen()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("`{what}` is not shown:\n{}", self.screen());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

#[test]
fn at_a_terminal_words_are_completed_lines_go_on_and_an_interrupt_keeps_the_session() {
    let folder = Folder::new("session-terminal");
    let Some(terminal) = Terminal::new(&folder) else { return };
    terminal.shows("Ansatz. Statements run");
    terminal.types("let heap_size = 4.25", &["Enter"]);
    terminal.types("heap_", &["Tab", "Enter"]);
    terminal.shows("4.25");
    terminal.types("[heap_size,", &["Enter", "8.5]", "Enter"]);
    terminal.shows("[4.25, 8.5]");
    terminal.types("model m { x ~ normal(0, 1)[2] }", &["Enter"]);
    terminal.types("let fit = nuts(m, seed = 1, chains = 1, draws = 900_000_000)", &["Enter"]);
    terminal.shows("chain 0");
    terminal.tmux(&["send-keys", "C-c"]);
    terminal.shows("interrupted: sampling ended early");
    terminal.types("2 * heap_size + 0 * fit.x[0, 0]", &["Enter"]);
    terminal.shows("8.5");
    // So does a statement that would never end.
    terminal.types("iterate(s = 0.0, while s < 1: s * 0.5)", &["Enter"]);
    std::thread::sleep(Duration::from_millis(500));
    terminal.tmux(&["send-keys", "C-c"]);
    terminal.shows("interrupted");
    terminal.types("3 * heap_size", &["Enter"]);
    terminal.shows("12.75");
    terminal.types(":quit", &["Enter"]);
    let history = folder.path().join(".ansatz_history");
    let kept = || std::fs::read_to_string(&history).unwrap_or_default();
    for _ in 0..100 {
        if kept().contains(":quit") {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(kept().contains("let heap_size = 4.25") && kept().contains(":quit"), "{}", kept());
}
