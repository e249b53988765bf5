//! A calibration in words, and as a picture.

use std::fmt;

use super::{Bands, Calibration, FALSE_ALARMS};
use crate::output::number::grouped;
use crate::plot::{Axis, Ink, Mark, Panel, Picture};

/// Quantities that are shown, in words and in pictures.
const SHOWN: usize = 6;

impl Calibration {
    /// What is to be said about it, a sentence or two each.
    pub fn verdict(&self) -> Vec<String> {
        let mut said = vec![self.judgement()];
        let replicates = |count: usize| {
            if count == 1 {
                "1 replicate".to_owned()
            } else {
                format!("{} replicates", grouped(count as u64))
            }
        };
        if let (count, Some(reason)) = &self.failed {
            said.push(format!("{} could not be sampled: {reason}.", replicates(*count)));
        }
        if self.ranks.len() + self.failed.0 < self.settings.replicates {
            let asked = grouped(self.settings.replicates as u64);
            said.push(format!("It was ended early: {} of {asked} are ranked.", replicates(self.ranks.len())));
        }
        if self.correlated > 0 {
            let count = replicates(self.correlated);
            said.push(format!(
                "{count} had correlated draws, whose ranks are too extreme: the posterior mixes slowly."
            ));
        }
        if self.divergent > 0 {
            let count = replicates(self.divergent);
            said.push(format!(
                "{count} had divergent transitions: the sampler may miss a part of the posterior."
            ));
        }
        said
    }

    fn judgement(&self) -> String {
        let count = grouped(self.ranks.len() as u64);
        if self.ranks.is_empty() || self.labels.is_empty() {
            return "Nothing is ranked.".to_owned();
        }
        let uneven: Vec<usize> = self.by_p_value().into_iter().filter(|at| self.is_uneven(*at)).collect();
        if uneven.is_empty() {
            let worst = self.by_p_value()[0];
            return format!(
                "Calibrated: over {count} replicates the ranks of {} are uniform; the smallest p is {:.2}, of {}. One in {:.0} \
                 calibrations that are right raises a false alarm.",
                several(self.labels.len(), "quantity", "quantities"),
                self.p_values[worst],
                self.labels[worst],
                1.0 / FALSE_ALARMS
            );
        }
        let told = uneven.iter().take(SHOWN).map(|at| format!("{} ({})", self.labels[*at], self.fault(*at)));
        let more =
            if uneven.len() > SHOWN { format!(" and {} more", uneven.len() - SHOWN) } else { String::new() };
        format!(
            "Not calibrated: over {count} replicates the ranks of {} of {} are not uniform: {}{more}.",
            uneven.len(),
            several(self.labels.len(), "quantity", "quantities"),
            told.collect::<Vec<_>>().join(", ")
        )
    }

    /// What is wrong with the posterior of a quantity.
    fn fault(&self, quantity: usize) -> String {
        const FAR: f64 = 3.0;
        let count = self.ranks.len() as f64;
        let middle = |rank: usize| (rank as f64 + 0.5) / (self.settings.draws + 1) as f64 - 0.5;
        let places: Vec<f64> = self.ranks_of(quantity).into_iter().map(middle).collect();
        // Standard scores of the mean and the mean square of uniform numbers around their middle.
        let mean = places.iter().sum::<f64>() / count * (12.0 * count).sqrt();
        let spread = (places.iter().map(|place| place * place).sum::<f64>() / count - 1.0 / 12.0)
            * (180.0 * count).sqrt();
        let mut faults = Vec::new();
        if mean.abs() > FAR {
            faults.push(if mean > 0.0 {
                "its posterior lies too low"
            } else {
                "its posterior lies too high"
            });
        }
        if spread.abs() > FAR {
            faults.push(if spread > 0.0 {
                "its posterior is too narrow"
            } else {
                "its posterior is too wide"
            });
        }
        let p_value = format!("p = {:.1e}", self.p_values[quantity]);
        if faults.is_empty() { p_value } else { format!("{}, {p_value}", faults.join(" and ")) }
    }

    /// The quantities, that with the least p first.
    fn by_p_value(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by(|a, b| self.p_values[*a].total_cmp(&self.p_values[*b]));
        order
    }

    /// How far the distribution functions of ranks are from that of uniform ones, with the bands that hold 95 per cent of such
    /// lines; the quantities with the least p.
    pub fn picture(&self) -> Picture {
        let bands = Bands::new(self.ranks.len(), self.settings.draws);
        let ends = bands.ends(0.05);
        let part = |rank: usize| (rank + 1) as f64 / (self.settings.draws + 1) as f64;
        let panel = |quantity: usize| {
            let ranks = self.ranks_of(quantity);
            let share = |rank: usize| {
                ranks.iter().filter(|other| **other <= rank).count() as f64 / ranks.len().max(1) as f64
            };
            let points = (0..self.settings.draws).map(|rank| [part(rank), share(rank) - part(rank)]);
            let x: Vec<f64> = (0..self.settings.draws).map(part).collect();
            let end = |which: usize| ends.iter().zip(&x).map(|(ends, part)| ends[which] - part).collect();
            let band = Mark::Band { lower: end(0), upper: end(1), x: x.clone(), ink: Ink::Quiet };
            let ink = if self.is_uneven(quantity) { Ink::Warning } else { Ink::Series(0) };
            let line = Mark::Line { points: points.collect(), ink };
            let x = Axis { label: "rank".to_owned(), range: Some([0.0, 1.0]), bare: false };
            Panel { title: self.labels[quantity].clone(), x, marks: vec![band, line], ..Panel::default() }
        };
        let panels: Vec<Panel> = self.by_p_value().into_iter().take(SHOWN).map(panel).collect();
        let columns = panels.len().clamp(1, 2);
        let legend =
            vec![(Ink::Quiet, "where the whole line of uniform ranks lies, 95 times in 100".to_owned())];
        Picture { panels, columns, size: [460.0, 260.0], legend, ..Picture::default() }
    }
}

fn several(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count as u64), if count == 1 { one } else { many })
}

impl fmt::Display for Calibration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.verdict().join("\n"))
    }
}
