//! The pieces of work that are measured.

use crate::by_hand::eight_schools::EightSchools;
use crate::by_hand::sum_exp::sum_exp;
use crate::posteriors::gradients;
use crate::timing::{Pair, once, pair};
use ansatz::data::Input;
use ansatz::mcmc::{Progress, Settings, sample};
use ansatz::program::{Posterior, Program};
use ansatz::target::Target;
use ansatz_compiler::codegen::{Argument, Compiled, ResultBuffer};
use ansatz_compiler::ir::{Binding, Bound, Builder, Element, Function, Reduction, Type};
use ansatz_compiler::kernel::Kernel;
use ansatz_compiler::pipeline::Unobserved;
use ansatz_compiler::typed::tree::StepKind;
use std::hint::black_box;
use std::process::Command;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/eight_schools/eight_schools");

/// Rubin (1981), table 1.
const Y: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
const SIGMA: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];

/// Entries of the array whose exponentials are summed: it stays in the first cache.
pub const ELEMENTS: usize = 2048;

/// What asks this program to do one run and tell of its memory.
pub const MEMORY: &str = "--memory";

fn file(ending: &str) -> String {
    let path = format!("{EXAMPLE}.{ending}");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// From the files to a target.
fn eight_schools() -> Posterior {
    target(&file("anz"), file("json"))
}

/// From text and data to the target that the script names first.
pub fn target(text: &str, data: String) -> Posterior {
    let mut program = Program::compile("program.anz", text);
    assert!(!program.is_faulty(), "the program is right");
    let input = Input { files: vec![("data.json".into(), data.into())], settings: Vec::new() };
    let bound = program.read(&input).expect("the data are right");
    let StepKind::Let { value, .. } = &program.typed.script[0].kind else {
        panic!("a posterior comes first")
    };
    Posterior::new(&program, value, &bound, &mut Unobserved).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Log density and gradient, ours and by hand.
pub fn eight_schools_gradient() -> Pair {
    gradients(&eight_schools(), &mut EightSchools::new(Y, SIGMA))
}

/// `reduce add (i < n) { exp(x[i]) }`.
fn sum_exp_program(n: usize) -> Function {
    let mut builder = Builder::new("sum_exp", Vec::new());
    let x = builder.parameter(Type::array(Element::F64, vec![(n as i64).into()]), Binding::Live);
    let sum =
        builder.reduce(Reduction::Add, vec![Bound::Size((n as i64).into())], vec![], |builder, index| {
            let entry = builder.index(x, index, ansatz_compiler::ir::kind::Check::Proved);
            vec![builder.primitive("exp", &[entry])]
        });
    builder.finish(sum)
}

fn compiled(function: &Function) -> Compiled {
    let kernel = Kernel::new(function).unwrap_or_else(|refusal| panic!("{refusal}"));
    Compiled::new(&kernel).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// The sum of exponentials, ours and by hand.
pub fn sum_of_exponentials() -> Pair {
    let x: Vec<f64> = (0..ELEMENTS).map(|i| (i as f64 * 0.37).sin() * 5.0).collect();
    let code = compiled(&sum_exp_program(ELEMENTS));
    let mut workspace = code.workspace();
    let mut results = code.result_buffers();
    let mut ours = || code.run(&mut workspace, &[Argument::F64(black_box(&x))], &mut results).is_ok();
    assert!(ours(), "the program runs");
    let pair = pair(
        || {
            black_box(ours());
        },
        || {
            black_box(sum_exp(black_box(&x)));
        },
    );
    let ResultBuffer::F64(found) = &results[0] else { panic!("a real number") };
    let expected = sum_exp(&x);
    assert!((found[0] - expected).abs() < 1e-11 * expected, "{} {expected}", found[0]);
    pair
}

/// Seconds from text and data to native density and gradient.
pub fn compile_time() -> f64 {
    once(21, || {
        black_box(eight_schools().dimension());
    })
}

/// Seconds from the files to the first transition of one chain.
pub fn file_to_first_draw() -> f64 {
    let settings = Settings { chains: 1, warmup: 0, draws: 1, threads: 1, ..Settings::default() };
    once(21, || {
        let fit = sample(&eight_schools(), &settings, &Progress::new(1));
        black_box(fit.is_ok());
    })
}

/// A program of so many lines: models with parameters, loops and functions, and a script that conditions each.
fn long_program(lines: usize) -> String {
    let mut text = String::from("data N: size\ndata y: real[N]\n");
    for number in 0.. {
        if text.lines().count() >= lines {
            break;
        }
        text += &format!(
            "\nfn slope_{number}(x: real, by: positive) = x / by + log1p(exp(x))\n\n\
             model m_{number} {{\n  mu ~ normal(0, 5)\n  tau ~ half_cauchy(5)\n  eta ~ normal(0, 1)[N]\n  \
             track theta = [for i in N: slope_{number}(mu, tau) + tau * eta[i]]\n  \
             for i in 1..N {{ y[i] ~ normal(theta[i - 1], tau) }}\n  y[0] ~ normal(0, 1)\n}}\n\
             let p_{number} = m_{number} given {{y}}\n"
        );
    }
    text
}

/// Seconds to check a program of 1,000 lines.
pub fn check_time() -> f64 {
    let text = long_program(1_000);
    once(11, || {
        let program = Program::compile("long.anz", &text);
        assert!(!program.is_faulty(), "{}", program.render(&program.diagnostics, false));
        black_box(program.typed.models.len());
    })
}

/// Seconds of a default run, compilation excluded.
pub fn default_run() -> f64 {
    let posterior = eight_schools();
    once(7, || {
        let settings = Settings::default();
        let fit = sample(&posterior, &settings, &Progress::new(settings.chains));
        black_box(fit.is_ok());
    })
}

/// What this program prints when it is run with these arguments.
pub fn of_own_process(arguments: &[&str]) -> String {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).args(arguments).output().expect("this program runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A default run of eight schools, text to fit.
pub fn run_once() {
    let settings = Settings::default();
    let fit = sample(&eight_schools(), &settings, &Progress::new(settings.chains));
    assert!(fit.is_ok(), "the run ends");
}

/// The greatest resident memory of this process so far, where the system tells.
pub fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    kilobytes.map_or("unknown".to_owned(), |kilobytes| format!("{:.0} MB", kilobytes / 1024.0))
}

/// Seconds to compile a chain of so many operations.
pub fn compile_many(operations: usize) -> f64 {
    let mut builder = Builder::new("many", Vec::new());
    let x = builder.parameter(Type::f64(), Binding::Live);
    let names = ["add", "mul", "sub"];
    let mut recent = [x; 8];
    for position in 0..operations {
        let operands = [recent[position % 8], recent[(position * 5 + 3) % 8]];
        recent[position % 8] = builder.primitive(names[position % 3], &operands);
    }
    let function = builder.finish(recent.to_vec());
    once(3, || {
        black_box(compiled(&function).workspace_bytes());
    })
}

/// How much longer a loop over 10^6 entries takes to compile than one over 10^3.
pub fn trip_count_ratio() -> f64 {
    let (long, short) = (sum_exp_program(1_000_000), sum_exp_program(1_000));
    pair(
        || {
            black_box(compiled(&long).workspace_bytes());
        },
        || {
            black_box(compiled(&short).workspace_bytes());
        },
    )
    .ratio
}

/// Two hidden states with explicit values, which elimination turns into the forward algorithm.
fn hidden_chain(steps: usize) -> Posterior {
    let text = "data N: size\ndata y: real[N]\nmodel hmm {
  theta ~ dirichlet(ones(2))[2]
  mu ~ normal([3, 10], 1)
  z[0] ~ categorical(p = [0.5, 0.5])
  for t in 1..N { z[t] ~ categorical(p = theta[z[t - 1]]) }
  y ~ normal(mu[z], 1)
}
let posterior = marginal(hmm, out = [z]) given {y}";
    let y: Vec<f64> = (0..steps).map(|t| 6.0 + 4.0 * (0.1 * t as f64).sin()).collect();
    target(text, format!("{{\"N\": {steps}, \"y\": {y:?}}}"))
}

/// Seconds from text and data of 1,000 steps to native density and gradient, elimination included.
pub fn compile_chain() -> f64 {
    once(11, || {
        black_box(hidden_chain(1_000).dimension());
    })
}

/// A gradient over ten thousand steps, and one over a thousand.
pub fn chain_gradients() -> Pair {
    let targets = [10_000, 1_000].map(hidden_chain);
    let [mut long, mut short] = targets.each_ref().map(|target| {
        let mut evaluator = target.evaluator();
        move || {
            let mut gradient = [0.0; 4];
            let value = evaluator.log_density_gradient(black_box(&[0.3, -0.2, 3.0, 9.0]), &mut gradient);
            black_box(value.is_ok());
        }
    });
    pair(&mut long, &mut short)
}
