//! Runs of the binary that are killed and resumed: they end with the bytes of one that was left alone.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that samples twice and saves, with its data, in a folder; and the binary that runs it.
pub struct Saving {
    binary: PathBuf,
    folder: PathBuf,
}

const PROGRAM: &str = "data N: size
data y: real[N]
model m {
  a ~ normal(0, 1)
  b ~ normal(0, 1)
  for i in N { y[i] ~ student_t(4, a + b * sin(a * y[i]), 1) }
}
let first = nuts(m given {y}, seed = 1, chains = 2, draws = 300, warmup = 300)
let fit = nuts(m given {y}, seed = 2, chains = 3, draws = 300, warmup = 300, metric = \"dense\")
save({a: first.a, b: fit.b}, \"ab.json\")
save(fit, \"fit.stan.csv\")
";

/// What happened to runs that were killed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Runs that went to their end.
    pub runs: usize,
    /// How often they were killed before.
    pub kills: usize,
}

impl Saving {
    /// Writes program and data into a folder.
    ///
    /// # Panics
    /// If they cannot be written.
    pub fn new(binary: &Path, folder: &Path) -> Saving {
        let numbers: Vec<String> = (0..400).map(|i| format!("{:.3}", (f64::from(i) * 0.7).sin())).collect();
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("it is written");
        write("m.anz", PROGRAM);
        write("m.json", &format!("{{\"y\": [{}]}}", numbers.join(",")));
        Saving { binary: binary.to_owned(), folder: folder.to_owned() }
    }

    fn run(&self, out: &Path, more: &[&str]) -> Child {
        let mut command = Command::new(&self.binary);
        command.current_dir(&self.folder).args(["run", "m.anz", "--checkpoint-every", "0.01", "--out"]);
        command.arg(out).args(more).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the binary runs")
    }

    fn ends(&self, out: &Path, more: &[&str]) -> Result<(), String> {
        match self.run(out, more).wait().expect("it ends").success() {
            true => Ok(()),
            false => Err(format!("the run {more:?} failed")),
        }
    }

    fn saved(out: &Path) -> Result<[Vec<u8>; 2], String> {
        let read = |name: &str| std::fs::read(out.join(name)).map_err(|fault| format!("{name}: {fault}"));
        Ok([read("ab.json")?, read("fit_3.stan.csv")?])
    }

    /// Runs until it is killed after each of some times, each `--resume` from what the one before left, then to the end. How
    /// often it was killed.
    fn run_killed(&self, out: &Path, times: &mut dyn Iterator<Item = Duration>) -> Result<usize, String> {
        let mut kills = 0;
        for time in times {
            let mut child = self.run(out, if kills == 0 { &[] } else { &["--resume"] });
            std::thread::sleep(time);
            if child.try_wait().expect("it is known").is_some() {
                return Ok(kills);
            }
            child.kill().expect("it runs");
            child.wait().expect("it ends");
            kills += 1;
        }
        self.ends(out, &["--resume"]).map(|()| kills)
    }

    /// Kills runs so often at least, at moments that are parts of the time that a whole one takes, a few times each, and compares
    /// what they save with what one saves that is left alone.
    pub fn killed(&self, least: usize, parts: &mut dyn Iterator<Item = f64>) -> Result<Told, String> {
        const EACH: usize = 5;
        let alone = self.folder.join("alone");
        let begun = Instant::now();
        self.ends(&alone, &[])?;
        let time = begun.elapsed();
        let mut times = parts.map(|part| time.mul_f64(part));
        let mut told = Told::default();
        while told.kills < least {
            let out = self.folder.join(format!("killed{}", told.runs));
            told.kills += self.run_killed(&out, &mut times.by_ref().take(EACH))?;
            told.runs += 1;
            if Saving::saved(&alone)? != Saving::saved(&out)? {
                return Err(format!("other bytes after {} kills", told.kills));
            }
            if out.join(".ansatz").exists() {
                return Err("what was kept is still there".to_owned());
            }
        }
        Ok(told)
    }
}

/// Parts of a run, spread over all of it by the golden ratio.
pub fn moments() -> impl Iterator<Item = f64> {
    (1..).map(|turn| (f64::from(turn) * 0.618_033_988_749_895).fract())
}
