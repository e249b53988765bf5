//! A page of HTML with its style: text that anyone may have written is escaped, and nothing is fetched.

use std::fmt::Write;

use super::check::Statistic;
use crate::output::number::{grouped, to_scale};
use crate::output::summary::{COLUMNS, Row, Summary};
use crate::plot::{self, Picture, escaped};

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2em auto;padding:0 1em;\
background:#fff;color:#222}h1{font-size:1.6em;margin-bottom:.4em}h2{font-size:1.15em;margin:2em 0 .2em}\
.verdict{border-left:4px solid #0072b2;padding:.3em .9em;margin:.5em 0;background:#f3f7fa}\
.note{color:#666;margin:.2em 0 .8em}.scroll{overflow-x:auto}svg.ansatz{max-width:100%;height:auto;display:block}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.6em 0}\
th,td{padding:.15em .8em;text-align:right}th:first-child,td:first-child{text-align:left}\
thead th{border-bottom:1px solid #999}tbody tr:nth-child(even){background:#f6f6f6}td.bad{color:#c1121f;font-weight:600}\
@media(prefers-color-scheme:dark){body{background:#16181d;color:#ddd}.verdict{background:#1e242d;border-color:#4aa8e0}\
.note{color:#999}tbody tr:nth-child(even){background:#1d2027}td.bad{color:#ff5a5f}}";

/// A page as it is written.
pub struct Page {
    out: String,
}

impl Page {
    /// A page of this title.
    pub fn new(title: &str) -> Page {
        let title = escaped(title);
        let out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" \
             content=\"width=device-width,initial-scale=1\"/>\n<title>{title}</title>\n<style>{STYLE}{}</style>\n</head>\n\
             <body>\n<h1>{title}</h1>\n",
            plot::STYLE
        );
        Page { out }
    }

    /// A heading, with what is to be looked for.
    pub fn section(&mut self, title: &str, note: &str) {
        let _ = writeln!(self.out, "<h2>{}</h2>", escaped(title));
        if !note.is_empty() {
            self.paragraph("note", note);
        }
    }

    /// A paragraph.
    pub fn paragraph(&mut self, class: &str, words: &str) {
        let _ = writeln!(self.out, "<p class=\"{class}\">{}</p>", escaped(words));
    }

    /// A picture.
    pub fn picture(&mut self, picture: &Picture) {
        let _ = writeln!(self.out, "<div class=\"scroll\">{}</div>", plot::inline(picture));
    }

    /// The summary's rows, no more than `most`; figures that are bad stand out.
    pub fn table(&mut self, summary: &Summary, most: usize) {
        self.head(COLUMNS.iter().copied());
        for row in summary.rows.iter().take(most) {
            let bad = bad_columns(row);
            let cells = row.cells();
            let cells =
                cells.iter().enumerate().map(|(at, cell)| (cell.as_str(), bad.contains(&COLUMNS[at])));
            self.row(cells);
        }
        self.out.push_str("</tbody></table></div>\n");
        if summary.rows.len() > most {
            let more = grouped((summary.rows.len() - most) as u64);
            self.paragraph(
                "note",
                &format!("{more} more quantities are not shown: save the summary as .csv."),
            );
        }
        if !summary.undefined.is_empty() {
            let names = summary.undefined.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
            self.paragraph("note", &format!("Without figures: {names}."));
        }
    }

    /// What is observed of statistics, and where most replications have them.
    pub fn statistics(&mut self, statistics: &[Statistic]) {
        self.head(["", "observed", "q5 of replications", "q95", "share above"].into_iter());
        for statistic in statistics {
            let scale = (statistic.ends[1] - statistic.ends[0]).abs().max(1e-3 * statistic.observed.abs());
            let [observed, low, high] = [statistic.observed, statistic.ends[0], statistic.ends[1]]
                .map(|value| to_scale(value, scale, 3));
            let above = format!("{:.2}", statistic.above);
            let cells = [statistic.name, &observed, &low, &high, &above];
            self.row(cells.into_iter().enumerate().map(|(at, cell)| (cell, at == 4 && statistic.is_far())));
        }
        self.out.push_str("</tbody></table></div>\n");
    }

    fn head<'c>(&mut self, columns: impl Iterator<Item = &'c str>) {
        let cells: String = columns.map(|column| format!("<th>{column}</th>")).collect();
        let _ = writeln!(self.out, "<div class=\"scroll\"><table><thead><tr>{cells}</tr></thead><tbody>");
    }

    fn row<'c>(&mut self, cells: impl Iterator<Item = (&'c str, bool)>) {
        let cell = |(words, bad): (&str, bool)| {
            format!("<td{}>{}</td>", if bad { " class=\"bad\"" } else { "" }, escaped(words))
        };
        let _ = writeln!(self.out, "<tr>{}</tr>", cells.map(cell).collect::<String>());
    }

    /// The whole page.
    pub fn finish(self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        format!("{}<p class=\"note\">Made by Ansatz {version}.</p>\n</body>\n</html>\n", self.out)
    }
}

/// The columns of a row whose figures say that its draws are not to be trusted.
fn bad_columns(row: &Row) -> Vec<&'static str> {
    const LARGEST_RHAT: f64 = 1.01;
    const LEAST_SIZE: f64 = 400.0;
    let small = |size: Option<f64>| size.is_some_and(|size| size < LEAST_SIZE);
    let all = [
        ("rhat", row.rhat.is_some_and(|rhat| rhat > LARGEST_RHAT)),
        ("ess_bulk", small(row.ess_bulk)),
        ("ess_tail", small(row.ess_tail)),
    ];
    all.into_iter().filter(|(_, bad)| *bad).map(|(name, _)| name).collect()
}
