//! Speed, measured: `cargo bench --bench engine`. Every ratio is taken in one run, against the hand-written kernel in
//! `by_hand`. With the name of a table (`engine`, `dynamics`, `gradients`, `posteriors`, `variational`), that one only; with
//! `--write`, the tables replace those in docs/benchmarks.md.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]

mod by_hand;
mod dynamics;
mod posteriors;
mod timing;
mod variational;
mod work;

use ansatz_tests::corpus::shared;
use mimalloc::MiMalloc;
use std::fmt::Write;
use std::path::Path;

/// The binary's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// One line of the table.
struct Row {
    work: &'static str,
    measured: String,
    goal: &'static str,
    must: &'static str,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |asked: &str| arguments.iter().skip_while(|given| *given != asked).nth(1);
    let asked = |argument: &str| arguments.iter().any(|given| given == argument);
    if let Some(name) = after(posteriors::SAMPLE) {
        return println!("{}", posteriors::sampled(name));
    }
    if asked(work::MEMORY) {
        work::run_once();
        return println!("{}", work::memory());
    }
    let shared = shared("posteriors");
    let of_posteriors = |table: fn(&Path) -> String| shared.as_deref().map(table);
    type Table<'a> = (&'a str, &'a dyn Fn() -> Option<String>);
    let tables: [Table; 5] = [
        ("dynamics", &|| Some(dynamics::table())),
        ("engine", &|| Some(engine())),
        ("gradients", &|| of_posteriors(posteriors::ratios)),
        ("posteriors", &|| of_posteriors(posteriors::runs)),
        ("variational", &|| Some(variational::table())),
    ];
    let all = !tables.iter().any(|(name, _)| asked(name));
    for (name, measure) in tables.iter().filter(|(name, _)| all || asked(name)) {
        let Some(table) = measure() else { continue };
        println!("{table}");
        if asked("--write") {
            write_table(name, &table);
        }
    }
}

/// The table of the engine.
fn engine() -> String {
    let mut table = String::from("| work | measured | goal | must |\n|---|---|---|---|\n");
    for Row { work, measured, goal, must } in rows() {
        writeln!(table, "| {work} | {measured} | {goal} | {must} |").expect("a string takes any text");
    }
    table
}

fn rows() -> Vec<Row> {
    let gradient = work::eight_schools_gradient();
    let exponentials = work::sum_of_exponentials();
    let first = work::file_to_first_draw();
    let run = work::default_run();
    let chain = work::chain_gradients();
    vec![
        Row {
            work: "eight schools: gradient over the kernel written by hand",
            measured: format!(
                "{:.2} ({:.0} ns over {:.0} ns)",
                gradient.ratio,
                gradient.ours * 1e9,
                gradient.theirs * 1e9
            ),
            goal: "1.2",
            must: "2",
        },
        Row {
            work: "sum of exp, per element, over the kernel written by hand",
            measured: format!(
                "{:.2} ({:.2} ns)",
                exponentials.ratio,
                exponentials.ours * 1e9 / work::ELEMENTS as f64
            ),
            goal: "1.15",
            must: "1.3",
        },
        Row {
            work: "eight schools: compile",
            measured: milliseconds(work::compile_time()),
            goal: "",
            must: "2 ms",
        },
        Row {
            work: "eight schools: file to first draw",
            measured: milliseconds(first),
            goal: "5 ms",
            must: "20 ms",
        },
        Row {
            work: "eight schools: default run, 4 chains of 1,000 + 1,000",
            measured: milliseconds(run),
            goal: "",
            must: "200 ms",
        },
        Row {
            work: "resident memory of a program that does one such run",
            measured: work::of_own_process(&[work::MEMORY]),
            goal: "20 MB",
            must: "50 MB",
        },
        Row {
            work: "a program of 1,000 lines: check",
            measured: milliseconds(work::check_time()),
            goal: "",
            must: "50 ms",
        },
        Row {
            work: "hidden Markov chain of 1,000 steps, states summed out: compile",
            measured: milliseconds(work::compile_chain()),
            goal: "",
            must: "milliseconds",
        },
        Row {
            work: "the same: gradient, per step, of 10,000 steps over that of 1,000",
            measured: format!("{:.2} ({:.0} ns)", chain.ratio / 10.0, chain.theirs * 1e6),
            goal: "1",
            must: "no dependence",
        },
        Row {
            work: "50,000 static operations: compile",
            measured: milliseconds(work::compile_many(50_000)),
            goal: "",
            must: "1 s",
        },
        Row {
            work: "sum of exp: compile for 10^6 entries over 10^3",
            measured: format!("{:.2}", work::trip_count_ratio()),
            goal: "1",
            must: "no dependence",
        },
    ]
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

/// Replaces what stands between the marks of docs/benchmarks.md for a table.
fn write_table(name: &str, table: &str) {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks.md");
    let page = std::fs::read_to_string(path).expect("docs/benchmarks.md is readable");
    let (before, rest) = page.split_once(&begin).expect("the page marks where the table begins");
    let (_, after) = rest.split_once(&end).expect("the page marks where the table ends");
    std::fs::write(path, format!("{before}{begin}{table}{end}{after}"))
        .expect("docs/benchmarks.md is writable");
}
