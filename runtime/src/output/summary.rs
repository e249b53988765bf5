//! The summary of a fit: a line per scalar, the verdict, and what the run cost.

use std::fmt;

use serde_json::{Value, json};

use super::file::{Array, Cell, Saved, Table};
use super::number::{duration, grouped, to_scale};
use super::verdict::verdict;
use crate::diagnostics::{Sample, samples};
use crate::mcmc::{Fit, Made};

/// One scalar of a posterior. What the draws do not determine is absent.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name, with indices from 0.
    pub label: String,
    /// Posterior mean.
    pub mean: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// Monte Carlo standard error of the mean.
    pub mcse: Option<f64>,
    /// Quantiles at 5, 50 and 95 per cent.
    pub quantiles: [f64; 3],
    /// Effective sample size of the centre.
    pub ess_bulk: Option<f64>,
    /// Effective sample size of the tails.
    pub ess_tail: Option<f64>,
    /// Rank-normalised split R-hat.
    pub rhat: Option<f64>,
}

/// The summary of a fit. Displays as an aligned table with the verdict below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// A row per scalar of the draws, in their order.
    pub rows: Vec<Row>,
    /// Scalars with too few draws, or draws that are not numbers.
    pub undefined: Vec<String>,
    /// What is to be said about the run, a sentence or two each.
    pub verdict: Vec<String>,
    /// Draws, time and cost of a gradient, in words.
    pub cost: String,
}

impl Summary {
    /// Summarises a fit.
    pub fn new(fit: &Fit) -> Summary {
        let mut summary = Summary { rows: vec![], undefined: vec![], verdict: vec![], cost: cost(fit) };
        for (label, sample) in fit.draws.layout().labels().zip(samples(&fit.draws)) {
            match sample {
                Some(sample) => summary.rows.push(Row::new(label, &sample)),
                None => summary.undefined.push(label),
            }
        }
        summary.verdict = verdict(fit, &summary);
        summary
    }

    /// Labels of the quantities whose draws are to be trusted least, no more than `count`, the worst first; without figures, the
    /// first quantities.
    pub fn worst(&self, count: usize) -> Vec<String> {
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.sd > 0.0).collect();
        let size =
            |row: &Row| row.ess_bulk.unwrap_or(f64::INFINITY).min(row.ess_tail.unwrap_or(f64::INFINITY));
        rows.sort_by(|a, b| size(a).total_cmp(&size(b)));
        let others =
            self.rows.iter().filter(|row| row.sd <= 0.0).map(|row| &row.label).chain(&self.undefined);
        rows.iter().map(|row| &row.label).chain(others).take(count).cloned().collect()
    }

    /// The row of this label.
    pub fn row(&self, label: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.label == label)
    }
}

impl Row {
    fn new(label: String, sample: &Sample) -> Row {
        Row {
            label,
            mean: sample.mean(),
            sd: sample.sd(),
            mcse: sample.mcse_mean(),
            quantiles: [0.05, 0.5, 0.95].map(|p| sample.quantile(p)),
            ess_bulk: sample.ess_bulk(),
            ess_tail: sample.ess_tail(),
            rhat: sample.rhat(),
        }
    }

    /// Its cells as they are shown.
    pub(super) fn cells(&self) -> [String; COLUMNS.len()] {
        let scaled = |value: f64| to_scale(value, self.sd, 3);
        let or_dash = |value: Option<f64>, show: fn(f64) -> String| value.map_or("-".to_owned(), show);
        let [q5, q50, q95] = self.quantiles.map(scaled);
        [
            self.label.clone(),
            scaled(self.mean),
            scaled(self.sd),
            or_dash(self.mcse, |error| to_scale(error, error, 2)),
            q5,
            q50,
            q95,
            or_dash(self.ess_bulk, |size| grouped(size.round() as u64)),
            or_dash(self.ess_tail, |size| grouped(size.round() as u64)),
            or_dash(self.rhat, |rhat| format!("{rhat:.3}")),
        ]
    }
}

/// The names of the columns; the first is that of the labels.
pub(super) const COLUMNS: [&str; 10] =
    ["", "mean", "sd", "mcse", "q5", "q50", "q95", "ess_bulk", "ess_tail", "rhat"];

fn cost(fit: &Fit) -> String {
    if let Made::Approximated(_) = fit.made {
        return format!(
            "{} independent draws of a normal at the mode, seed {}, in {}",
            grouped((fit.draws.chains() * fit.draws.length()) as u64),
            fit.settings.seed,
            duration(fit.time.as_secs_f64()),
        );
    }
    let gradients: u64 = fit.chains.iter().map(|chain| chain.gradients).sum();
    let busy: f64 =
        fit.chains.iter().map(|chain| (chain.warmup_time + chain.sampling_time).as_secs_f64()).sum();
    format!(
        "{} chains of {} draws after {} of warm-up, seed {}, in {}: {} gradients, {} for each",
        fit.draws.chains(),
        grouped(fit.draws.length() as u64),
        grouped(fit.settings.warmup as u64),
        fit.settings.seed,
        duration(fit.time.as_secs_f64()),
        grouped(gradients),
        duration(busy / gradients as f64),
    )
}

impl Row {
    /// Its numbers, in the order of the columns.
    fn numbers(&self) -> [Option<f64>; COLUMNS.len() - 1] {
        let [q5, q50, q95] = self.quantiles.map(Some);
        [Some(self.mean), Some(self.sd), self.mcse, q5, q50, q95, self.ess_bulk, self.ess_tail, self.rhat]
    }
}

impl Saved for Summary {
    /// A row per scalar, with all digits; an empty cell where the draws do not determine a figure.
    fn table(&self) -> Result<Table<'_>, String> {
        let header = std::iter::once("name").chain(COLUMNS[1..].iter().copied()).map(str::to_owned).collect();
        let rows = self.rows.iter().map(|row| {
            let cells = row.numbers().map(|number| number.map_or(Cell::Empty, Cell::Real));
            std::iter::once(Cell::Text(row.label.clone())).chain(cells).collect()
        });
        Ok(Table { header, rows: Box::new(rows) })
    }

    /// An object with an object of figures for each scalar.
    fn json(&self) -> Value {
        let figures = |row: &Row| {
            COLUMNS[1..].iter().map(|name| (*name).to_owned()).zip(row.numbers().map(|n| json!(n)))
        };
        let rows = self.rows.iter().map(|row| (row.label.clone(), Value::Object(figures(row).collect())));
        Value::Object(rows.collect())
    }

    /// An array of each figure, an entry for each scalar; NaN where the draws do not determine it.
    fn arrays(&self) -> Result<Vec<Array>, String> {
        let array = |(column, name): (usize, &&str)| {
            let entry = |row: &Row| row.numbers()[column].unwrap_or(f64::NAN).to_le_bytes();
            let entries = self.rows.iter().map(entry).collect();
            Array { name: (*name).to_owned(), shape: vec![self.rows.len()], code: "f8", entries }
        };
        Ok(COLUMNS[1..].iter().enumerate().map(array).collect())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = COLUMNS.map(str::to_owned);
        let table: Vec<_> = std::iter::once(header).chain(self.rows.iter().map(Row::cells)).collect();
        let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
        for row in &table {
            write!(out, "{:<width$}", row[0], width = widths[0])?;
            for (cell, width) in row.iter().zip(&widths).skip(1) {
                write!(out, "  {cell:>width$}")?;
            }
            writeln!(out)?;
        }
        writeln!(out)?;
        for sentence in &self.verdict {
            writeln!(out, "{sentence}")?;
        }
        write!(out, "{}", self.cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::verdict::testing::fit;

    #[test]
    fn the_table_is_aligned_and_ends_with_verdict_and_cost() {
        let text = Summary::new(&fit(|_| {})).to_string();
        let lines: Vec<&str> = text.lines().collect();
        let header = ["mean", "sd", "mcse", "q5", "q50", "q95", "ess_bulk", "ess_tail", "rhat"];
        assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), header);
        assert!(lines[1].starts_with("mu     "), "{text}");
        assert!(lines[2].starts_with("eta[0] "), "{text}");
        assert!(lines[1..4].iter().all(|line| line.chars().count() == lines[0].chars().count()), "{text}");
        assert!(lines[4].is_empty());
        assert!(lines[6].starts_with(
            "4 chains of 250 draws after 100 of warm-up, seed 1, in 0.50 s: 4,000 gradients, 0.25 us"
        ));
    }

    #[test]
    fn what_is_undefined_is_named_and_not_tabled() {
        let summary = Summary::new(&fit(|fit| {
            fit.draws = crate::draws::Draws::new(fit.draws.layout().clone(), vec![])
        }));
        assert!(summary.rows.is_empty());
        assert_eq!(summary.undefined, ["mu", "eta[0]", "eta[1]"]);
    }
}
