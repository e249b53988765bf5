//! The binary as a user meets it: output, files, messages and exit codes.

mod long_runs;
mod sessions;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const EIGHT_SCHOOLS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/eight_schools/eight_schools.anz");

/// A folder of one test's own, removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("ansatz-cli-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The binary, in a folder where tests may write.
fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ansatz"));
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs the binary; its exit code, output and messages.
fn ansatz(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = binary().args(arguments).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code().expect("it was not killed"), text(stdout), text(stderr))
}

/// A program of two sites whose script is `script`.
fn small(script: &str) -> String {
    format!(
        "data N: size\ndata y: real[N]\nmodel m {{\n  mu ~ normal(0, 1)\n  s ~ half_normal(1)\n  y ~ normal(mu, s)[N]\n}}\n\
         let posterior = m given {{y}}\n{script}\n"
    )
}

const DATA: &str = r#"{"N": 3, "y": [0.5, -0.1, 0.3]}"#;

#[test]
fn tables_and_archives_of_arrays_are_data_and_fits_are_saved_as_both() {
    let folder = Folder::new("formats");
    let out = folder.path().join("out").display().to_string();
    let program = folder.write("m.anz", &small("let fit = nuts(posterior, seed = 1, draws = 20, warmup = 20)\n\
         save({y: y}, \"y.npz\")\nsave(fit, \"fit.npz\")\nsave(fit, \"fit.stan.csv\")\nsave(fit, \"fit.json\")"));
    let run = |data: &str| {
        let (code, _, messages) = ansatz(&["run", &program, "--data", data, "--out", &out]);
        assert_eq!(code, 0, "{messages}");
        let file = |name: &str| std::fs::read(Path::new(&out).join(name)).expect("saved");
        assert!(file("fit.json").starts_with(b"{\"schema\":\"ansatz-fit-1\""));
        [file("fit.npz"), file("fit_4.stan.csv")]
    };
    let from_table = run(&folder.write("y.csv", "y,unused\n0.5,a\n-0.1,b\n0.3,\n"));
    assert_eq!(from_table, run(&folder.write("y.json", DATA)));
    std::fs::copy(Path::new(&out).join("y.npz"), folder.path().join("y.npz")).expect("copied");
    assert_eq!(from_table, run(&folder.path().join("y.npz").display().to_string()));
    let bad = folder.write("bad.csv", "y\n0.5\nlow\n");
    let (code, _, messages) = ansatz(&["run", &program, "--data", &bad, "--out", &out]);
    assert_eq!(code, 1);
    assert!(messages.contains("bad.csv:3:1") && messages.contains("y[1]"), "{messages}");
}

#[test]
fn a_fit_is_told_on_one_page_and_pictures_are_files() {
    let folder = Folder::new("report");
    let out = folder.path().join("out");
    let script = "let fit = nuts(posterior, seed = 1, draws = 100, warmup = 100)\nsave(fit, \"fit.html\")\nplot trace(fit)";
    let (program, data) = (folder.write("m.anz", &small(script)), folder.write("m.json", DATA));
    let run = ["run", &program, "--data", &data, "--out", &out.display().to_string()];
    let (code, output, messages) = ansatz(&run);
    assert_eq!(code, 0, "{messages}");
    let page = std::fs::read_to_string(out.join("fit.html")).expect("saved");
    for part in [
        "<h1>m</h1>",
        "Prior and posterior",
        "Predictive check of y",
        ">prior<",
        ">observed<",
        "of 3 observations",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("Not shown"), "{page}");
    let picture = out.join("m-1-trace.svg");
    assert!(output.ends_with(&format!("{}\n", picture.display())) && !output.contains('\x1b'), "{output}");
    assert!(std::fs::read_to_string(picture).is_ok_and(|text| text.contains(">chain 3</text>")));
}

#[test]
fn eight_schools_gives_the_same_bytes_for_any_number_of_threads() {
    let folder = Folder::new("threads");
    let run = |threads: &str| {
        let out = folder.path().join(threads).display().to_string();
        let (code, output, _) = ansatz(&["run", EIGHT_SCHOOLS, "--threads", threads, "--out", &out]);
        assert_eq!(code, 0);
        let table: Vec<String> = output.lines().take(19).map(str::to_owned).collect();
        (table, std::fs::read(Path::new(&out).join("schools.csv")).expect("saved"))
    };
    let one = run("1");
    assert!(one.0[1].starts_with("mu "), "{:?}", one.0);
    assert_eq!(one, run("2"));
    assert_eq!(one, run("7"));
}

#[test]
fn a_seed_on_the_command_line_takes_the_place_of_the_programs() {
    let folder = Folder::new("seed");
    let program =
        folder.write("m.anz", &small("print summary(nuts(posterior, seed = 1, draws = 50, warmup = 50))"));
    folder.write("m.json", DATA);
    let first_row = |arguments: &[&str]| ansatz(arguments).1.lines().nth(1).map(str::to_owned);
    let own = first_row(&["run", &program]);
    assert!(own.is_some());
    assert_eq!(own, first_row(&["run", &program, "--seed", "1"]));
    assert_ne!(own, first_row(&["run", &program, "--seed", "2"]));
}

#[test]
fn errors_of_the_program_and_its_data_exit_with_1() {
    let folder = Folder::new("errors");
    let misspelt = folder.write("misspelt.anz", "model m {\n  mu ~ nromal(0, 1)\n}\n");
    let (code, _, message) = ansatz(&["check", &misspelt]);
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("nromal"), "{message}");
    let program = folder.write("m.anz", &small("print 1"));
    let data = folder.write("data.json", r#"{"N": 4, "y": [1, 2, "x"]}"#);
    let (code, _, message) = ansatz(&["run", &program, "--data", &data]);
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("A0505") && message.contains("data.json"), "{message}");
    let (code, _, message) = ansatz(&["run", &program, "--set", "N=2", "--set", "y=[1, 2]"]);
    assert_eq!((code, message.as_str()), (0, ""));
}

#[test]
fn messages_are_objects_where_programs_read_them() {
    let folder = Folder::new("json");
    let program =
        folder.write("m.anz", "data s: real\nmodel m {\n  x ~ normal(0, s)\n  y ~ nromal(0, 1)\n}\n");
    let (code, output, message) = ansatz(&["check", &program, "--format", "json"]);
    assert_eq!((code, output.as_str()), (1, ""));
    let codes: Vec<&str> = message.lines().map(|line| &line[..16]).collect();
    assert_eq!(codes, [r#"{"code":"A0205","#, r#"{"code":"A0101","#], "{message}");
    assert!(message.contains(r#""line":4,"column":7,"start":48,"end":54"#), "{message}");
    let sound = folder.write("sound.anz", &small("print 1"));
    let data = folder.write("data.json", r#"{"N": 2, "y": [1, "x"]}"#);
    let (code, _, message) = ansatz(&["run", &sound, "--data", &data, "--format", "json"]);
    assert_eq!(code, 1);
    assert!(message.contains("A0506") && message.contains("data.json"), "{message}");
}

#[test]
fn the_manual_has_pages_about_names() {
    let (code, text, _) = ansatz(&["doc", "normal"]);
    assert_eq!(code, 0);
    assert!(text.contains("normal(mean: real, sd: positive) on x: real"), "{text}");
    let (code, _, message) = ansatz(&["doc", "nromal"]);
    assert_eq!(code, 2);
    assert!(message.contains("is `normal` meant?"), "{message}");
}

#[test]
fn a_code_is_explained() {
    let (code, text, _) = ansatz(&["explain", "A0302"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("# A0302: ") && text.contains("Wrong:") && text.contains("Right:"), "{text}");
    assert_eq!(ansatz(&["explain", "A9999"]).0, 2);
}

#[test]
fn wrong_usage_exits_with_2() {
    assert_eq!(ansatz(&["run", "no/such/file.anz"]).0, 2);
    assert_eq!(ansatz(&["sample", EIGHT_SCHOOLS]).0, 2);
    assert_eq!(ansatz(&["run", EIGHT_SCHOOLS, "--set", "J"]).0, 2);
}

#[test]
fn fmt_rewrites_files_and_leaves_those_with_errors_alone() {
    let folder = Folder::new("fmt");
    let read = |path: &str| std::fs::read_to_string(path).expect("it is there");
    let loose = folder.write("loose.anz", "let a=1 // one\n");
    let faulty = folder.write("faulty.anz", "let a=(1\n");
    let (code, _, message) = ansatz(&["fmt", "--check", &loose]);
    assert_eq!((code, message), (1, format!("{loose} is not formatted\n")));
    let (code, _, message) = ansatz(&["fmt", &loose, &faulty]);
    assert_eq!(code, 1);
    assert!(message.contains("A0004") && message.contains("faulty.anz"), "{message}");
    assert_eq!((read(&loose).as_str(), read(&faulty).as_str()), ("let a = 1  // one\n", "let a=(1\n"));
    assert_eq!(ansatz(&["fmt", "--check", &loose]).0, 0);
    assert_eq!(ansatz(&["fmt", "no/such/file.anz"]).0, 2);
}

#[test]
fn a_new_project_runs_and_is_in_the_one_style() {
    let folder = Folder::new("new");
    let place = folder.path().join("first").display().to_string();
    let (code, output, _) = ansatz(&["new", &place]);
    assert!(code == 0 && output.contains("run it: ansatz run"), "{output}");
    let program = format!("{place}/first.anz");
    let (code, output, messages) = ansatz(&["run", &program, "--out", &place]);
    assert!(code == 0 && output.contains("slope") && messages.is_empty(), "{output}{messages}");
    assert!(Path::new(&place).join("draws.csv").is_file());
    assert_eq!(ansatz(&["fmt", "--check", &program]).0, 0);
    let bare = |line: &&str| !line.trim().is_empty() && *line != "}" && !line.contains("//");
    let text = std::fs::read_to_string(&program).expect("it was made");
    assert_eq!(text.lines().find(bare), None, "every line has its comment");
    // What is there is left alone.
    let (code, _, messages) = ansatz(&["new", &place]);
    assert!(code == 2 && messages.contains("is there already"), "{messages}");
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script, _) = ansatz(&["completions", shell]);
        assert!(code == 0 && script.contains("explain") && script.contains("max-memory"), "{shell}");
    }
}

#[test]
fn fmt_reads_the_standard_input() {
    use std::io::Write;
    use std::process::Stdio;

    let mut command = binary();
    let command = command.args(["fmt", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut run = command.spawn().expect("it runs");
    run.stdin.take().expect("it is piped").write_all(b"print  1+1;\n").expect("it listens");
    let Output { status, stdout, .. } = run.wait_with_output().expect("it ends");
    assert_eq!((status.code(), stdout.as_slice()), (Some(0), b"print 1 + 1\n".as_slice()));
}

#[test]
fn files_are_written_below_the_output_folder_only() {
    let folder = Folder::new("files");
    let out = folder.path().join("out").display().to_string();
    let save = |name: &str| {
        let script = format!("save(nuts(posterior, seed = 1, draws = 20, warmup = 20), \"{name}\")");
        let program = folder.write("m.anz", &small(&script));
        folder.write("m.json", DATA);
        ansatz(&["run", &program, "--out", &out])
    };
    assert_eq!(save("a/draws.json").0, 0);
    assert!(folder.path().join("out/a/draws.json").is_file());
    for (name, words) in [("../draws.csv", "not below the output folder"), ("draws.txt", ".svg and .html")] {
        let (code, _, message) = save(name);
        assert_eq!(code, 3, "{message}");
        assert!(message.contains("A0602") && message.contains(words), "{message}");
    }
}

#[test]
fn options_outside_their_range_are_refused_at_their_place() {
    let folder = Folder::new("options");
    folder.write("m.json", DATA);
    for option in ["delta = 1", "draws = 0", "chains = -1", "max_depth = 0"] {
        let program =
            folder.write("m.anz", &small(&format!("let fit = nuts(posterior, seed = 1, {option})")));
        let (code, _, message) = ansatz(&["run", &program]);
        assert_eq!(code, 1, "{option}: {message}");
        assert!(message.contains("A0603") && message.contains("expected a "), "{option}: {message}");
    }
}

#[test]
fn a_failed_assertion_exits_with_3_and_shows_both_sides() {
    let folder = Folder::new("assertion");
    folder.write("m.json", DATA);
    let program = folder.write("m.anz", &small("print mean(y)\nassert mean(y) == 1 within 0.5"));
    let (code, output, message) = ansatz(&["run", &program]);
    assert_eq!((code, output.lines().next()), (3, Some("0.23333333333333336")), "{message}");
    assert!(message.contains("A0606") && message.contains("at most 0.5 apart"), "{message}");
}

#[test]
fn draws_beyond_the_memory_allowed_are_refused_before_any_is_drawn() {
    let folder = Folder::new("memory");
    folder.write("m.json", DATA);
    let program = folder.write("m.anz", &small("let fit = nuts(posterior)\nsave(fit, \"fit.csv\")"));
    let (code, _, message) = ansatz(&["run", &program, "--max-memory", "50kB"]);
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("A0607") && message.contains("at most 50 kB"), "{message}");
}

#[test]
fn what_cannot_be_compiled_is_reported_by_check() {
    let folder = Folder::new("ahead");
    let program = folder.write("m.anz", "model m { x ~ bernoulli(p = 0.5) }\nlet fit = nuts(m)\n");
    let (code, _, message) = ansatz(&["check", &program]);
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("bernoulli"), "{message}");
}

#[test]
fn any_value_is_saved() {
    let folder = Folder::new("save");
    folder.write("m.json", DATA);
    let script = "save({a: y, b: 2 * y}, \"table.csv\")\nsave({a: y, n: N}, \"record.json\")\nsave({a: y, n: N}, \"record.csv\")";
    let program = folder.write("m.anz", &small(script));
    let out = folder.path().join("out").display().to_string();
    let (code, _, message) = ansatz(&["run", &program, "--out", &out]);
    let text = |name: &str| std::fs::read_to_string(Path::new(&out).join(name)).expect("it was saved");
    assert_eq!(text("table.csv"), "a,b\n0.5,1.0\n-0.1,-0.2\n0.3,0.6\n");
    assert_eq!(text("record.json"), "{\"a\":[0.5,-0.1,0.3],\"n\":3}\n");
    assert_eq!(code, 3);
    assert!(message.contains("A0602") && message.contains("`n` has 1"), "{message}");
}

#[test]
fn every_stage_can_be_shown() {
    for (stage, word) in [
        ("tree", "model schools"),
        ("typed", "data J: size"),
        ("ir", "fn @"),
        ("kernel", "log"),
        ("clif", "block0"),
    ] {
        let (code, text, message) = ansatz(&["explain", EIGHT_SCHOOLS, "--emit", stage]);
        assert_eq!(code, 0, "{stage}: {message}");
        assert!(text.contains(word), "{stage}: {text}");
    }
}

#[test]
fn a_posterior_without_a_starting_point_exits_with_3_and_blames_a_term() {
    let folder = Folder::new("start");
    let program =
        small("let fit = nuts(posterior, seed = 1)").replace("  y ~", "  factor log(mu - 100)\n  y ~");
    let program = folder.write("m.anz", &program);
    folder.write("m.json", DATA);
    let (code, _, message) = ansatz(&["run", &program]);
    assert_eq!(code, 3, "{message}");
    assert!(message.contains("A0601") && message.contains("the term of factor is NaN"), "{message}");
}
