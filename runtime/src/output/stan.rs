//! Draws as CmdStan writes them, a file for each chain, so that whatever reads those reads these: ArviZ's `from_cmdstan`,
//! `posterior::read_cmdstan_csv`. Indices count from 1, the first axis fastest. No time stands in them: the same run
//! gives the same bytes.

use std::io::{self, Write};

use crate::draws::Quantity;
use crate::mcmc::{Chain, Fit, Transition};

struct Column {
    name: &'static str,
    value: fn(&Chain, &Transition) -> String,
}

const COLUMNS: [Column; 7] = [
    Column { name: "lp__", value: |_, it| format!("{:?}", it.log_density) },
    Column { name: "accept_stat__", value: |_, it| format!("{:?}", it.acceptance) },
    Column { name: "stepsize__", value: |chain, _| format!("{:?}", chain.step_size) },
    Column { name: "treedepth__", value: |_, it| it.depth.to_string() },
    Column { name: "n_leapfrog__", value: |_, it| it.leapfrogs.to_string() },
    Column { name: "divergent__", value: |_, it| u8::from(it.outcome.diverged()).to_string() },
    Column { name: "energy__", value: |_, it| format!("{:?}", it.energy) },
];

/// Writes the chain at this position among a fit's.
pub fn write_chain(fit: &Fit, position: usize, out: &mut dyn Write) -> io::Result<()> {
    let chain = &fit.chains[position];
    let own = [
        "model = ansatz".to_owned(),
        "method = sample".to_owned(),
        "  sample".to_owned(),
        format!("    num_samples = {}", fit.draws.length()),
        format!("    num_warmup = {}", fit.settings.warmup),
        "    save_warmup = 0".to_owned(),
        "    thin = 1".to_owned(),
        format!("id = {}", chain.number + 1),
        "random".to_owned(),
        format!("  seed = {}", fit.settings.seed),
        format!("written by Ansatz {}", env!("CARGO_PKG_VERSION")),
    ];
    own.iter().try_for_each(|line| writeln!(out, "# {line}"))?;
    let quantities = fit.draws.layout().quantities();
    let entries: Vec<(String, usize)> = quantities.iter().flat_map(entries).collect();
    let names = COLUMNS.iter().map(|column| column.name).chain(entries.iter().map(|(name, _)| name.as_str()));
    writeln!(out, "{}", names.collect::<Vec<_>>().join(","))?;
    writeln!(out, "# Adaptation terminated\n# Step size = {:?}", chain.step_size)?;
    let metric: Vec<String> = chain.inverse_metric.iter().map(|entry| format!("{entry:?}")).collect();
    writeln!(out, "# Diagonal elements of inverse mass matrix:\n# {}", metric.join(", "))?;
    for (draw, transition) in chain.transitions.iter().enumerate() {
        let values = fit.draws.draw(position, draw);
        let own = COLUMNS.iter().map(|column| (column.value)(chain, transition));
        let cells = own.chain(entries.iter().map(|(_, at)| number(values[*at])));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join(","))?;
    }
    Ok(())
}

fn number(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { format!("{value:?}") }
}

/// Names and places of a quantity's entries, the first axis fastest.
fn entries(quantity: &Quantity) -> Vec<(String, usize)> {
    let entry = |position: usize| {
        let (mut rest, mut indices) = (position, Vec::with_capacity(quantity.shape.len()));
        for extent in &quantity.shape {
            indices.push(rest % extent);
            rest /= extent;
        }
        let place =
            indices.iter().zip(&quantity.shape).fold(0, |place, (index, extent)| place * extent + index);
        let name = indices.iter().fold(quantity.name.clone(), |name, index| format!("{name}.{}", index + 1));
        (name, quantity.range().start + place)
    };
    (0..quantity.size()).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::{Draws, Layout};
    use crate::output::verdict::testing::fit;

    #[test]
    fn a_chain_has_columns_as_cmdstan_names_them() {
        let fit = fit(|fit| {
            let layout = Layout::new([("mu".to_owned(), vec![]), ("x".to_owned(), vec![2, 2])]);
            let chain = |chain: usize| (0..5).map(|i| (10 * chain + i) as f64).collect::<Vec<f64>>();
            fit.draws = Draws::new(layout, vec![chain(0), chain(1)]);
            fit.chains.truncate(2);
            fit.chains.iter_mut().for_each(|chain| chain.transitions.truncate(1));
        });
        let mut out = Vec::new();
        write_chain(&fit, 1, &mut out).expect("memory can be written");
        let text = String::from_utf8(out).expect("text");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let own = "lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__";
        assert_eq!(lines[0], format!("{own},mu,x.1.1,x.2.1,x.1.2,x.2.2"));
        assert!(lines[1].ends_with(",10.0,11.0,13.0,12.0,14.0"), "{text}");
        assert_eq!(lines.len(), 2);
        assert!(text.contains("# id = 2\n") && text.contains("#     num_samples = 1\n"), "{text}");
    }
}
