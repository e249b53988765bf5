//! Runs that take their time: killed and resumed, interrupted, out of time, and run again when a file is saved.

use super::{DATA, Folder, ansatz, binary, small};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that samples twice and saves, with its data.
struct Saving {
    folder: Folder,
    program: String,
    data: String,
}

impl Saving {
    fn new(name: &str) -> Saving {
        let folder = Folder::new(name);
        let program = folder.write(
            "m.anz",
            "data N: size\ndata y: real[N]\nmodel m {\n  a ~ normal(0, 1)\n  b ~ normal(0, 1)\n  \
             for i in N { y[i] ~ student_t(4, a + b * sin(a * y[i]), 1) }\n}\n\
             let first = nuts(m given {y}, seed = 1, chains = 2, draws = 300, warmup = 300)\n\
             let fit = nuts(m given {y}, seed = 2, chains = 3, draws = 300, warmup = 300, metric = \"dense\")\n\
             save({a: first.a, b: fit.b}, \"ab.json\")\nsave(fit, \"fit.stan.csv\")\n",
        );
        let numbers: Vec<String> = (0..400).map(|i| format!("{:.3}", (f64::from(i) * 0.7).sin())).collect();
        let data = folder.write("m.json", &format!("{{\"y\": [{}]}}", numbers.join(",")));
        Saving { folder, program, data }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, out: &Path, more: &[&str]) -> Child {
        let mut command = binary();
        command.args(["run", &self.program, "--data", &self.data, "--checkpoint-every", "0.01", "--out"]);
        command.arg(out).args(more).stderr(Stdio::null());
        command.spawn().expect("the binary runs")
    }

    /// Runs until it is killed after each of some times, each `--resume` from what the one before left, then to the end. How
    /// often it was killed.
    fn run_killed(&self, out: &Path, times: &mut dyn Iterator<Item = Duration>) -> usize {
        let mut kills = 0;
        for time in times {
            let mut child = self.run(out, if kills == 0 { &[] } else { &["--resume"] });
            std::thread::sleep(time);
            if child.try_wait().expect("it is known").is_some() {
                return kills;
            }
            child.kill().expect("it runs");
            child.wait().expect("it ends");
            kills += 1;
        }
        assert!(self.run(out, &["--resume"]).wait().expect("it ends").success());
        kills
    }

    fn saved(out: &Path) -> [Vec<u8>; 2] {
        ["ab.json", "fit_3.stan.csv"].map(|name| std::fs::read(out.join(name)).expect("it was saved"))
    }
}

/// Killed again and again, and resumed each time, a run ends with the bytes of one that was left alone.
#[test]
fn a_killed_run_resumes_to_the_same_bytes() {
    let saving = Saving::new("resume");
    let (alone, killed) = (saving.out("alone"), saving.out("killed"));
    let begun = Instant::now();
    assert!(saving.run(&alone, &[]).wait().expect("it ends").success());
    let time = begun.elapsed();
    let mut times = [5, 3, 7, 4, 6, 3, 5].into_iter().map(|part| time * part / 10);
    assert!(saving.run_killed(&killed, &mut times) > 0, "the run was killed");
    assert_eq!(Saving::saved(&alone), Saving::saved(&killed));
    assert!(!killed.join(".ansatz").exists(), "what was kept is removed");
}

/// The same for two hundred kills, at moments spread over the whole run by the golden ratio.
#[test]
#[ignore = "takes minutes; the long command runs it"]
fn two_hundred_kills_change_no_byte() {
    const KILLS: usize = 200;
    let saving = Saving::new("kills");
    let alone = saving.out("alone");
    let begun = Instant::now();
    assert!(saving.run(&alone, &[]).wait().expect("it ends").success());
    let time = begun.elapsed();
    let mut times = (1..).map(|turn| time.mul_f64((f64::from(turn) * 0.618_033_988_749_895).fract()));
    let mut kills = 0;
    for turn in 0.. {
        if kills >= KILLS {
            break;
        }
        let out = saving.out(&format!("killed{turn}"));
        kills += saving.run_killed(&out, &mut times.by_ref().take(5));
        assert_eq!(Saving::saved(&alone), Saving::saved(&out), "after {kills} kills");
    }
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
