//! A predictive check: an observed site against sites drawn from the posterior's predictions (Gelman, Meng and Stern 1996).

use crate::plot::{Axis, Ink, Mark, Panel, Picture, histogram_bars, smoothed};

/// An observed site, and replications of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its name.
    pub site: String,
    /// Whether its entries are whole numbers.
    pub whole: bool,
    /// Its entries.
    pub observed: Vec<f64>,
    /// As many entries, for each of some draws of the posterior.
    pub replicated: Vec<Vec<f64>>,
}

/// A statistic of what was observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub observed: f64,
    /// Where the central nine tenths of the replications have it.
    pub ends: [f64; 2],
    /// The share of replications with a greater value, those with an equal one counted half.
    pub above: f64,
}

impl Statistic {
    /// Whether replications rarely have such a value.
    pub fn is_far(&self) -> bool {
        const RARE: f64 = 0.01;
        self.above < RARE || self.above > 1.0 - RARE
    }
}

type Of = fn(&[f64]) -> f64;

const STATISTICS: [(&str, Of); 4] = [
    ("mean", mean),
    ("sd", sd),
    ("least entry", |values| values.iter().copied().fold(f64::INFINITY, f64::min)),
    ("greatest entry", |values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
];

/// Replications that are drawn, and entries that are drawn one by one.
const DRAWN: usize = 30;
const MOST_ENTRIES: usize = 120;
/// Fewer entries have no density to speak of.
const FEWEST_OF_DENSITY: usize = 20;

impl Check {
    /// Statistics that one entry has too.
    pub fn statistics(&self) -> Vec<Statistic> {
        let several = self.observed.len() > 1;
        let of = |(name, of): &(&'static str, Of)| {
            let observed = of(&self.observed);
            let replicated: Vec<f64> = self.replicated.iter().map(|values| of(values)).collect();
            Statistic {
                name,
                observed,
                ends: [0.05, 0.95].map(|part| quantile(&replicated, part)),
                above: above(&replicated, observed),
            }
        };
        STATISTICS.iter().take(if several { 4 } else { 1 }).map(of).collect()
    }

    /// How many entries lie where few of their own replications do.
    fn outside(&self) -> usize {
        let is_outside = |entry: &usize| {
            let values: Vec<f64> = self.replicated.iter().map(|values| values[*entry]).collect();
            let (low, high) = (quantile(&values, 0.025), quantile(&values, 0.975));
            !(low..=high).contains(&self.observed[*entry])
        };
        (0..self.observed.len()).filter(is_outside).count()
    }

    /// The check in words.
    pub fn verdict(&self) -> String {
        let far: Vec<&str> = self
            .statistics()
            .iter()
            .filter(|statistic| statistic.is_far())
            .map(|statistic| statistic.name)
            .collect();
        let (outside, all) = (self.outside(), self.observed.len());
        let rate = format!(
            "{outside} of {all} observations lie outside of the interval that holds 95 % of their replications \
             (one in twenty would be expected)"
        );
        let names = match far.as_slice() {
            [] => return format!("The model reproduces {}: {rate}.", self.site),
            [only] => (*only).to_owned(),
            [others @ .., last] => format!("{} and {last}", others.join(", ")),
        };
        format!(
            "The model does not reproduce {}: its {names} would be rare among replications; {rate}. Look at what the \
             model leaves out.",
            self.site,
        )
    }

    /// The distribution of all entries, and each entry with its replications where they are few.
    pub fn picture(&self) -> Picture {
        let mut panels = Vec::new();
        if (2..=MOST_ENTRIES).contains(&self.observed.len()) && !self.is_binary() {
            panels.push(self.entries());
        }
        if panels.is_empty() || self.observed.len() >= FEWEST_OF_DENSITY {
            panels.insert(0, if self.whole { self.counts() } else { self.densities() });
        }
        let legend = vec![(Ink::Series(0), "replicated".to_owned()), (Ink::Series(1), "observed".to_owned())];
        Picture { columns: panels.len(), panels, size: [470.0, 280.0], legend, ..Picture::default() }
    }

    /// Whether there are two values only, which intervals do not tell apart.
    fn is_binary(&self) -> bool {
        self.whole
            && self
                .observed
                .iter()
                .chain(self.replicated.iter().flatten())
                .all(|value| [0.0, 1.0].contains(value))
    }

    fn densities(&self) -> Panel {
        let step = self.replicated.len().div_ceil(DRAWN).max(1);
        let shown = self.replicated.iter().step_by(step);
        let faint = shown
            .filter_map(|values| smoothed(values))
            .map(|points| Mark::Faint { points, ink: Ink::Series(0) });
        let observed = smoothed(&self.observed).map(|points| Mark::Line { points, ink: Ink::Series(1) });
        let mut marks: Vec<Mark> = faint.chain(observed).collect();
        if marks.is_empty() {
            // One observation has no density: where its replications lie.
            let all: Vec<f64> = self.replicated.concat();
            marks.push(histogram_bars(&all, None, Ink::Series(0), true));
            marks.push(Mark::Line {
                points: vec![[self.observed[0], 0.0], [self.observed[0], tallest(&marks)]],
                ink: Ink::Series(1),
            });
        }
        let x = Axis { label: self.site.clone(), ..Axis::default() };
        Panel { title: "all entries".to_owned(), x, y: Axis { bare: true, ..Axis::default() }, marks }
    }

    /// How often each whole number occurs, or each step of them.
    fn counts(&self) -> Panel {
        let all: Vec<f64> = self.replicated.iter().flatten().chain(&self.observed).copied().collect();
        let Mark::Bars { edges, .. } = histogram_bars(&all, None, Ink::Series(1), false) else {
            return self.densities();
        };
        let counted = |values: &[f64]| -> Vec<f64> {
            let within = |ends: &[f64]| {
                values.iter().filter(|value| (ends[0]..ends[1]).contains(value)).count() as f64
            };
            let mut heights: Vec<f64> = edges.windows(2).map(within).collect();
            // The last step holds its end.
            let last = edges[edges.len() - 1];
            *heights.last_mut().expect("there is a step") +=
                values.iter().filter(|value| **value == last).count() as f64;
            heights
        };
        let replicated: Vec<Vec<f64>> = self.replicated.iter().map(|values| counted(values)).collect();
        let bars = Mark::Bars { edges: edges.clone(), heights: counted(&self.observed), ink: Ink::Series(1) };
        let interval = |(step, ends): (usize, &[f64])| {
            let heights: Vec<f64> = replicated.iter().map(|heights| heights[step]).collect();
            let x = (ends[0] + ends[1]) / 2.0;
            let points = vec![[x, quantile(&heights, 0.05)], [x, quantile(&heights, 0.95)]];
            Mark::Line { points, ink: Ink::Series(0) }
        };
        let marks = [bars].into_iter().chain(edges.windows(2).enumerate().map(interval)).collect();
        let x = Axis { label: self.site.clone(), ..Axis::default() };
        Panel { title: "counts of all entries".to_owned(), x, marks, ..Panel::default() }
    }

    /// Each entry, and where nine tenths of its replications lie.
    fn entries(&self) -> Panel {
        let interval = |entry: usize| {
            let values: Vec<f64> = self.replicated.iter().map(|values| values[entry]).collect();
            let points = [0.05, 0.95].map(|part| [entry as f64, quantile(&values, part)]);
            Mark::Line { points: points.to_vec(), ink: Ink::Series(0) }
        };
        let points = self.observed.iter().enumerate().map(|(entry, value)| [entry as f64, *value]).collect();
        let marks =
            (0..self.observed.len()).map(interval).chain([Mark::Points { points, ink: Ink::Series(1) }]);
        let x = Axis { label: "entry".to_owned(), ..Axis::default() };
        Panel {
            title: "entries, and 90 % of their replications".to_owned(),
            x,
            marks: marks.collect(),
            ..Panel::default()
        }
    }
}

fn tallest(marks: &[Mark]) -> f64 {
    let heights = marks.iter().flat_map(|mark| match mark {
        Mark::Bars { heights, .. } => heights.clone(),
        _ => Vec::new(),
    });
    heights.fold(0.0, f64::max)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn sd(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)).sqrt()
}

fn quantile(values: &[f64], part: f64) -> f64 {
    let mut ascending = values.to_vec();
    ascending.sort_unstable_by(f64::total_cmp);
    match ascending.len() {
        0 => f64::NAN,
        count => ascending[(part * (count - 1) as f64).round() as usize],
    }
}

/// The share of values above another, those equal to it counted half.
fn above(values: &[f64], than: f64) -> f64 {
    let weight = |value: &f64| {
        if *value > than {
            1.0
        } else if *value == than {
            0.5
        } else {
            0.0
        }
    };
    values.iter().map(weight).sum::<f64>() / values.len() as f64
}
