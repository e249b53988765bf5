//! Runs that take their time: killed and resumed, interrupted, out of time, and run again when a file is saved.

use super::{DATA, Folder, ansatz, binary, small};
use ansatz_tests::kills::{Saving, moments};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Killed again and again, and resumed each time, a run ends with the bytes of one that was left alone. The long check `kills`
/// does so two hundred times.
#[test]
fn a_killed_run_resumes_to_the_same_bytes() {
    let folder = Folder::new("resume");
    let saving = Saving::new(Path::new(env!("CARGO_BIN_EXE_ansatz")), folder.path());
    let told = saving.killed(4, &mut moments()).unwrap_or_else(|fault| panic!("{fault}"));
    assert!(told.kills >= 4, "{told:?}");
}

/// Waits until the file of what a process writes has a text; gives up after half a minute.
#[cfg(unix)]
fn wait_for(path: &Path, text: &str) {
    let has = || std::fs::read_to_string(path).is_ok_and(|written| written.contains(text));
    for _ in 0..300 {
        if has() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("`{text}` is not written: {:?}", std::fs::read_to_string(path));
}

#[test]
#[cfg(unix)]
fn what_is_watched_runs_again_when_it_is_saved() {
    let folder = Folder::new("watch");
    let program = folder.write("m.anz", "print 10 + 1\n");
    let written = folder.path().join("written");
    let file = std::fs::File::create(&written).expect("it can be made");
    let errors = file.try_clone().expect("it can be shared");
    let mut watch = binary().args(["watch", &program]).stdout(file).stderr(errors).spawn().expect("it runs");
    wait_for(&written, "watching");
    folder.write("m.anz", "print 10 + 12\nprint nothing\n");
    wait_for(&written, "`nothing` is not declared");
    folder.write("m.anz", "print 10 + 123\n");
    wait_for(&written, "133");
    let told = Command::new("kill").args(["-INT", &watch.id().to_string()]).status().expect("kill runs");
    assert!(told.success());
    assert_eq!(watch.wait().expect("it ends").code(), Some(130));
    assert!(std::fs::read_to_string(&written).expect("it is there").starts_with("11\n"));
}

#[test]
fn a_run_whose_time_is_up_keeps_the_draws_so_far_and_exits_with_130() {
    let folder = Folder::new("timeout");
    let script = "let fit = nuts(posterior, seed = 1, draws = 1_000_000_000, chains = 1)\nprint summary(fit)";
    let program = folder.write("m.anz", &small(script));
    folder.write("m.json", DATA);
    let out = folder.path().display().to_string();
    let (code, output, messages) =
        ansatz(&["run", &program, "--timeout", "0.3", "--max-memory", "100TB", "--out", &out]);
    assert_eq!(code, 130, "{messages}");
    assert!(output.contains("The run was ended early"), "{output}");
    assert_eq!(ansatz(&["run", &program, "--timeout", "soon"]).0, 2);
}

/// Whatever a statement does, it ends soon once the time is up, and what there is of its work is kept.
#[test]
fn every_long_statement_ends_when_the_time_is_up() {
    const MANY: &str = "1_000_000_000";
    let folder = Folder::new("statements");
    let out = folder.path().display().to_string();
    let cases = [
        (
            format!("print map(posterior, seed = 1, starts = {MANY}).log_density"),
            "the search for modes ended early",
        ),
        (
            format!("print laplace_approximation(posterior, seed = 1, starts = {MANY}).log_evidence"),
            "interrupted",
        ),
        ("print calibrate(m, data = [y], replicates = 20_000).report".to_owned(), "ended early"),
        (
            "let x = iterate(s = 0.0, while s < 1: s * 0.5)\nprint x".to_owned(),
            "nothing was running whose results",
        ),
        (format!("var a = 0\nfor i in {MANY} {{ a = a + 1 }}\nprint a"), "nothing was running whose results"),
    ];
    for (script, told) in cases {
        let program = folder.write("m.anz", &small(&script));
        folder.write("m.json", DATA);
        let begun = Instant::now();
        let (code, output, messages) = ansatz(&["run", &program, "--timeout", "0.5", "--out", &out]);
        assert_eq!(code, 130, "{script}: {output}{messages}");
        assert!(format!("{output}{messages}").contains(told), "{script}: {output}{messages}");
        // Two hundred milliseconds on a quiet machine.
        assert!(begun.elapsed() < Duration::from_secs(5), "{script}: {:?}", begun.elapsed());
    }
}

/// The run would take an hour; it is interrupted as soon as it tells its progress.
#[cfg(unix)]
#[test]
fn an_interrupt_keeps_the_draws_so_far_and_exits_with_130() {
    use std::io::{BufRead, BufReader, Read};

    let folder = Folder::new("interrupt");
    let script = "let fit = nuts(posterior, seed = 1, draws = 1_000_000_000, chains = 1)\nprint summary(fit)";
    let program = folder.write("m.anz", &small(script));
    folder.write("m.json", DATA);
    let mut command = binary();
    let mut run = command
        .args(["run", &program, "--max-memory", "100TB", "--out", &folder.path().display().to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut messages = BufReader::new(run.stderr.take().expect("it is piped"));
    let mut line = String::new();
    messages.read_line(&mut line).expect("text");
    assert!(line.contains("iterations"), "{line}");
    let killed = Command::new("kill").args(["-INT", &run.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let mut output = String::new();
    run.stdout.take().expect("it is piped").read_to_string(&mut output).expect("text");
    messages.read_to_string(&mut line).expect("text");
    assert_eq!(run.wait().expect("it ended").code(), Some(130));
    assert!(line.contains("the draws so far are kept"), "{line}");
    assert!(output.contains("The run was ended early"), "{output}");
}
