//! Smoothness: what is smooth, what has kinks and what may jump is recorded, and shown with the typed tree.

use ansatz::program::Program;

/// The lines of a function's or model's printed form that say more than that a value is smooth.
fn marked(text: &str) -> Vec<String> {
    let program = Program::compile("smooth.anz", text);
    assert!(!program.is_faulty(), "{}", program.render(&program.diagnostics, false));
    let shown = program.typed.to_string();
    let user = |line: &&str| line.contains("// continuous") || line.contains("// branching");
    let named = shown.lines().filter(user).map(|line| {
        let name =
            line.trim().trim_start_matches("fn ").trim_start_matches("let ").trim_start_matches("var ");
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
        let mark = line.rsplit("// ").next().expect("it is marked");
        format!("{} {mark}", &name[..end])
    });
    let mut named: Vec<String> = named.collect();
    named.sort();
    named
}

#[test]
fn kinks_and_jumps_are_recorded() {
    let text = "data n: int
fn smooth(x: real) -> real = if n > 2 { exp(x) } else { x }
fn kinked(x: real) -> real = abs(x) + 1
fn jumping(x: real) -> real = if x > 0 { 1.0 } else { 2.0 }
fn called(x: real) -> real = smooth(kinked(x))
fn chosen(x: real, v: real[3]) -> real = v[if x > 0 { 1 } else { 2 }]
fn slope(x: real) -> real = grad(kinked)(x)
fn counted(k: int, v: real[3]) -> real = if k > 2 { v[0] } else { v[1] }
";
    let expected = [
        "abs continuous",
        "called continuous",
        "chosen branching",
        "jumping branching",
        "kinked continuous",
        "slope branching",
    ];
    assert_eq!(marked(text), expected);
}

#[test]
fn loops_and_functions_as_arguments_pass_it_on() {
    let text = "fn twice(f: fn(real) -> real, x: real) -> real = f(f(x))
fn looped(x: real) -> real = iterate(s = x, for t in 3: max([s, 0.5 * x]))
fn carried(x: real) -> real {
  var a = x
  var b = x
  for t in 3 { b = a; if b > 1 { a = 0 } }
  b
}
fn sees(x: real) -> real {
  let y = abs(x)
  twice(fn(t) = t + y, x)
}
fn plain(x: real) -> real = twice(fn(t) = t * x, x)
";
    let found = marked(text);
    for expected in ["carried branching", "looped continuous", "sees continuous", "y continuous"] {
        assert!(found.contains(&expected.to_string()), "{expected} is not among {found:?}");
    }
    assert!(found.iter().all(|line| !line.starts_with("plain")), "{found:?}");
}
