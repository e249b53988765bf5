//! A fit as one page of HTML that needs nothing else: the verdict in words, the summary, pictures of the draws that are to be
//! trusted least, the prior against the posterior, and what was observed against what the posterior predicts.

mod check;
mod page;
mod pictures;

pub use check::Check;

use serde_json::Value;

use super::file::{Array, Saved, Table};
use super::summary::Summary;
use crate::mcmc::Fit;
use crate::plot::{fit_pairs, ranks, scalars, traces};
use page::Page;

/// What a page tells of a fit.
#[derive(Debug)]
pub struct Report<'f> {
    /// The program's name.
    pub name: String,
    /// The fit.
    pub fit: &'f Fit,
    /// Draws of each component of the fit from the prior, none of those that the prior does not tell; or why there are none.
    pub prior: Result<Vec<Option<Vec<f64>>>, String>,
    /// Observed sites against their replications, or why there are none.
    pub checks: Result<Vec<Check>, String>,
}

/// Quantities in pictures: along the run, in pairs, and of prior and posterior.
const DRAWN: usize = 6;
const PAIRED: usize = 4;
const COMPARED: usize = 12;
/// Rows of the table.
const MOST_ROWS: usize = 400;

impl<'f> Report<'f> {
    /// A report of the draws alone.
    pub fn new(fit: &'f Fit) -> Report<'f> {
        let untold = || "only the program that made the fit can draw anew".to_owned();
        Report { name: "A fit".to_owned(), fit, prior: Err(untold()), checks: Err(untold()) }
    }

    /// The page.
    pub fn html(&self) -> String {
        let summary = Summary::new(self.fit);
        let mut page = Page::new(&self.name);
        self.verdict(&mut page, &summary);
        page.section("Summary", "");
        page.table(&summary, MOST_ROWS);
        self.draws(&mut page, &summary);
        self.prior(&mut page, &summary);
        self.checks(&mut page);
        page.finish()
    }

    /// What is to be said, before anything is shown.
    fn verdict(&self, page: &mut Page, summary: &Summary) {
        for sentence in &summary.verdict {
            page.paragraph("verdict", sentence);
        }
        for check in self.checks.iter().flatten() {
            page.paragraph("verdict", &check.verdict());
        }
        page.paragraph("note", &format!("{}.", summary.cost));
    }

    fn draws(&self, page: &mut Page, summary: &Summary) {
        if self.fit.draws.is_empty() {
            return;
        }
        let worst = self.components(&summary.worst(DRAWN));
        let shown = scalars(self.fit, &worst);
        page.section(
            "Draws along the run",
            "The quantities to be trusted least. Chains that agree look like one band without trend.",
        );
        page.picture(&traces(&shown));
        page.section(
            "Ranks",
            "How often draws of each chain have a rank among all draws: level lines where chains agree.",
        );
        page.picture(&ranks(&shown));
        page.section("Densities", "The posterior as each chain sees it.");
        page.picture(&pictures::by_chain(&shown));
        if worst.len() > 1 {
            let note = "Divergent transitions, if any, are marked: where they lie, draws may be missing.";
            page.section("Pairs", note);
            page.picture(&fit_pairs(self.fit, &worst[..worst.len().min(PAIRED)]));
        }
    }

    fn prior(&self, page: &mut Page, summary: &Summary) {
        let note = "What the data have taught: the posterior beside the prior, of which the central nine tenths are shown.";
        match &self.prior {
            Err(reason) => {
                page.section("Prior and posterior", "");
                page.paragraph("note", &format!("Not shown: {reason}."));
            }
            Ok(prior) => {
                let all: Vec<String> = self.fit.draws.layout().labels().collect();
                let few = all.len() <= COMPARED;
                let components = self.components(&if few { all } else { summary.worst(COMPARED) });
                let known = components.into_iter().filter(|component| prior[*component].is_some());
                let posterior = scalars(self.fit, &known.clone().collect::<Vec<_>>());
                let draws: Vec<&[f64]> = known.filter_map(|component| prior[component].as_deref()).collect();
                if !draws.is_empty() {
                    page.section("Prior and posterior", note);
                    page.picture(&pictures::prior_and_posterior(&draws, &posterior));
                }
            }
        }
    }

    fn checks(&self, page: &mut Page) {
        match &self.checks {
            Err(reason) => {
                page.section("Predictive check", "");
                page.paragraph("note", &format!("Not shown: {reason}."));
            }
            Ok(checks) => {
                for check in checks {
                    page.section(&format!("Predictive check of {}", check.site), &check.verdict());
                    page.picture(&check.picture());
                    page.statistics(&check.statistics());
                }
            }
        }
    }

    /// The places of labels in a draw.
    fn components(&self, labels: &[String]) -> Vec<usize> {
        let all: Vec<String> = self.fit.draws.layout().labels().collect();
        labels.iter().filter_map(|label| all.iter().position(|known| known == label)).collect()
    }
}

impl Saved for Report<'_> {
    fn table(&self) -> Result<Table<'_>, String> {
        self.fit.table()
    }

    fn json(&self) -> Value {
        self.fit.json()
    }

    fn arrays(&self) -> Result<Vec<Array>, String> {
        self.fit.arrays()
    }

    fn chains(&self) -> Option<&Fit> {
        Some(self.fit)
    }

    fn page(&self) -> Option<String> {
        Some(self.html())
    }
}

#[cfg(test)]
mod tests;
