//! A laboratory program that checks its scale every morning: it has the weighings, the model does the inference.
//!
//! The model stands in a file of its own, which the binary holds; it is compiled and bound to the weighings when the program
//! runs. What the program wants is one number with its error: how much of a substance lies on the scale when it shows 120.5 g.

use std::error::Error;
use std::io::Write;

use ansatz::output::Summary;
use ansatz::{Engine, Input, Limits, Settings};

const MODEL: &str = include_str!("calibration.anz");

/// A weighing of a known weight, in grams.
struct Weighing {
    mass: f64,
    shown: f64,
}

fn weighings() -> Vec<Weighing> {
    let pairs = [(10.0, 11.9), (20.0, 21.7), (50.0, 52.6), (100.0, 103.1), (150.0, 153.9), (200.0, 204.4)];
    pairs.into_iter().map(|(mass, shown)| Weighing { mass, shown }).collect()
}

/// The mean of the mass when the scale shows `reading`, and its standard deviation.
fn mass(weighings: &[Weighing], reading: f64, out: &mut dyn Write) -> Result<(f64, f64), Box<dyn Error>> {
    let engine = Engine::new().limits(Limits { memory: 100_000_000, ..Limits::default() });
    let program = engine.compile(("calibration.anz", MODEL))?;
    let column = |of: fn(&Weighing) -> f64| weighings.iter().map(of).collect::<Vec<f64>>();
    let data = Input::new().set("mass", column(|it| it.mass)).set("shown", column(|it| it.shown));
    let posterior = program.bind_named("calibration", data)?;

    // A program with a window would draw a bar here, and give `false` when its user closes it.
    let mut asked = 0;
    let fit = posterior.sample_while(&Settings { seed: 1, ..Settings::default() }, |_| {
        asked += 1;
        asked < 1_000
    })?;
    writeln!(out, "{}", Summary::new(&fit))?;

    let [offset, gain] = ["offset", "gain"].map(|name| fit.draws.matrix(name).expect("it is a site"));
    let masses = offset.zip_map(&gain, |offset, gain| (reading - offset) / gain);
    Ok((masses.mean(), masses.variance().sqrt()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    let (mean, deviation) = mass(&weighings(), 120.5, &mut out)?;
    writeln!(out, "the mass is {mean:.2} g, give or take {deviation:.2} g")?;
    Ok(())
}
