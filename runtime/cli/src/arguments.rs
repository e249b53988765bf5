//! What may be written on the command line.

use std::path::PathBuf;
use std::time::Duration;

use ansatz::script::Stage;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Probabilistic models, compiled.
#[derive(Debug, Parser)]
#[command(name = "ansatz", version, about, after_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    the program or its data have errors
  2    wrong usage
  3    a failure at run time
  130  interrupted; the draws so far are kept";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check, compile and run a program.
    Run(Run),
    /// Run a program, and again whenever it, a program beside it or its data are saved.
    Watch(Run),
    /// Enter statements that are run one by one.
    Repl(Repl),
    /// Check a program without its data.
    Check(Check),
    /// Explain a message's code, such as A0101, or show a program as one stage of the compiler sees it.
    Explain(Explain),
    /// Show the manual's page about a distribution, a function, a word of the language or a message's code.
    Doc(Doc),
    /// Bring programs into the one style of the language.
    Fmt(Format),
    /// Make a folder with a program that runs, its data, and a comment on every line.
    New(New),
    /// Write what a shell needs to complete commands and options.
    Completions(Completions),
}

/// How messages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people: the source line, underlined.
    #[default]
    Text,
    /// For programs: an object a line, on the error stream.
    Json,
}

/// `ansatz run`, `ansatz watch`
#[derive(Args, Debug)]
pub struct Run {
    /// The program, a file that ends in .anz.
    pub file: PathBuf,
    #[command(flatten)]
    pub common: Common,
    /// End sampling after so many seconds, as Ctrl-C does: the draws so far are kept.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Go on with a run that was stopped or killed, to the same draws as if it had not been.
    #[arg(long)]
    pub resume: bool,
    /// How often chains are kept for `--resume`, in seconds; a run that ends sooner writes nothing.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub checkpoint_every: Duration,
    /// How messages are written.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: Form,
}

/// `ansatz repl`
#[derive(Args, Debug)]
pub struct Repl {
    #[command(flatten)]
    pub common: Common,
}

/// What runs and sessions have in common.
#[derive(Args, Debug)]
pub struct Common {
    /// A file of data that ends in .json, .csv, .tsv, .npy, .npz or .parquet; may be repeated. Without it, a run takes the file
    /// of the program's name with one of these endings, if there is one.
    #[arg(long, value_name = "FILE")]
    pub data: Vec<PathBuf>,
    /// A value of the data, which goes before that of the file: `--set J=8`. May be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
    /// A seed that takes the place of those the program names.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Greatest number of threads, all processors if not given. Changes no number in the results.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Memory that the draws of one fit may take, as in 500MB.
    #[arg(long, value_name = "SIZE", default_value = "4GB", value_parser = bytes)]
    pub max_memory: u64,
    /// The folder that the program may write to.
    #[arg(long, default_value = ".")]
    pub out: PathBuf,
}

/// `ansatz check`
#[derive(Args, Debug)]
pub struct Check {
    /// The program, a file that ends in .anz.
    pub file: PathBuf,
    /// How messages are written.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: Form,
}

/// `ansatz doc`
#[derive(Args, Debug)]
pub struct Doc {
    /// Such as `normal`, `given` or `A0301`.
    pub name: String,
}

/// `ansatz fmt`
#[derive(Args, Debug)]
pub struct Format {
    /// The programs, which are rewritten where they lie; `-` is the standard input.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Write nothing; name the files that would change, and exit with 1 if there are any.
    #[arg(long)]
    pub check: bool,
}

/// `ansatz new`
#[derive(Args, Debug)]
pub struct New {
    /// The folder, which must not be there yet; the program has its name.
    pub folder: PathBuf,
}

/// `ansatz completions`
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell.
    pub shell: Shell,
}

/// `ansatz explain`
#[derive(Args, Debug)]
pub struct Explain {
    /// The code of a message, or a program, a file that ends in .anz.
    #[arg(value_name = "CODE|FILE")]
    pub file: PathBuf,
    /// The stage to show.
    #[arg(long, value_enum, default_value = "tree")]
    pub emit: Emit,
    /// The data, for stages that are made for their sizes; found as by `run`.
    #[arg(long, value_name = "FILE")]
    pub data: Vec<PathBuf>,
    /// A value of the data, as for `run`.
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
}

/// The stages that can be shown.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Emit {
    /// The syntax tree, as text that parses again.
    Tree,
    /// Names, types and shapes.
    Typed,
    /// The intermediate representation.
    Ir,
    /// Loop nests over buffers.
    Kernel,
    /// What Cranelift is given.
    Clif,
}

impl From<Emit> for Stage {
    fn from(emit: Emit) -> Stage {
        match emit {
            Emit::Tree => Stage::Tree,
            Emit::Typed => Stage::Typed,
            Emit::Ir => Stage::Ir,
            Emit::Kernel => Stage::Kernel,
            Emit::Clif => Stage::Clif,
        }
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("a setting is written NAME=VALUE".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "a time is a number of seconds".to_owned())
}

/// A number of bytes: a whole number and a unit.
fn bytes(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 5] =
        [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1)];
    let unit = UNITS.iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, size)));
    let (count, size) = unit.ok_or("a size is written as a number and B, kB, MB, GB or TB")?;
    let count: u64 = count.trim().parse().map_err(|_| "a size is a whole number of its unit")?;
    count.checked_mul(*size).ok_or_else(|| "no machine has so much memory".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn settings_are_names_and_values() {
        assert_eq!(setting("J = 8"), Ok(("J".to_owned(), "8".to_owned())));
        assert_eq!(setting("y=[1, 2]"), Ok(("y".to_owned(), "[1, 2]".to_owned())));
        assert!(setting("J").is_err() && setting("=8").is_err());
    }

    #[test]
    fn sizes_are_numbers_and_units() {
        assert_eq!(bytes("512B"), Ok(512));
        assert_eq!(bytes("4 GB"), Ok(4_000_000_000));
        assert!(bytes("4").is_err() && bytes("-1GB").is_err() && bytes("99999999999TB").is_err());
    }

    #[test]
    fn zero_threads_are_refused() {
        assert!(Arguments::try_parse_from(["ansatz", "run", "a.anz", "--threads", "0"]).is_err());
        assert!(Arguments::try_parse_from(["ansatz", "run", "a.anz", "--threads", "3"]).is_ok());
    }
}
