//! Pictures as SVG: one text without scripts, fonts or other files, which follows a light or dark page.

use std::fmt::Write;

use super::heat;
use super::picture::{Axis, Cells, Ink, Mark, Panel, Picture};
use super::ticks::{Tick, ticks};

/// The style of all pictures: of a file of its own, or once for a page of them.
pub const STYLE: &str = "\
.ansatz{font:12px system-ui,sans-serif}\
.ansatz text{fill:#333}.ansatz .t{font-weight:600}.ansatz .paper{fill:#fff}\
.ansatz .axis{stroke:#999;fill:none}.ansatz .grid{stroke:#e8e8e8;fill:none}\
.ansatz .l{fill:none;stroke-width:1.5;stroke-linejoin:round}.ansatz .faint{stroke-width:1;stroke-opacity:.35}.ansatz .p{fill-opacity:.55}\
.ansatz .b{fill-opacity:.75}.ansatz .band{fill-opacity:.22}\
.ansatz .l0{stroke:#0072b2}.ansatz .f0{fill:#0072b2}.ansatz .l1{stroke:#d55e00}.ansatz .f1{fill:#d55e00}\
.ansatz .l2{stroke:#009e73}.ansatz .f2{fill:#009e73}.ansatz .l3{stroke:#b0588e}.ansatz .f3{fill:#b0588e}\
.ansatz .l4{stroke:#3a9ad9}.ansatz .f4{fill:#3a9ad9}.ansatz .l5{stroke:#b58900}.ansatz .f5{fill:#b58900}\
.ansatz .lq{stroke:#777;stroke-dasharray:4 3}.ansatz .fq{fill:#999}\
.ansatz .lw{stroke:#c1121f}.ansatz .fw{fill:#c1121f;fill-opacity:1}\
@media(prefers-color-scheme:dark){.ansatz text{fill:#d8d8d8}.ansatz .paper{fill:#16181d}\
.ansatz .axis{stroke:#777}.ansatz .grid{stroke:#2b2e36}\
.ansatz .l0{stroke:#4aa8e0}.ansatz .f0{fill:#4aa8e0}.ansatz .l1{stroke:#f08a3c}.ansatz .f1{fill:#f08a3c}\
.ansatz .l2{stroke:#35c79a}.ansatz .f2{fill:#35c79a}.ansatz .l3{stroke:#e39ac6}.ansatz .f3{fill:#e39ac6}\
.ansatz .l4{stroke:#8ccbf5}.ansatz .f4{fill:#8ccbf5}.ansatz .l5{stroke:#e3c04f}.ansatz .f5{fill:#e3c04f}\
.ansatz .lq{stroke:#999}.ansatz .fq{fill:#888}.ansatz .lw{stroke:#ff5a5f}.ansatz .fw{fill:#ff5a5f}}";

/// Inks of series; more take them again.
const SERIES: usize = 6;
/// Height of a line of text, and width of a character in the mean.
const LINE: f64 = 16.0;
const CHARACTER: f64 = 6.6;
/// Rows and columns of cells that are drawn.
const MOST_CELLS: usize = 160;
/// Colours of cells.
const SHADES: usize = 64;

/// A picture as a file of its own.
pub fn standalone(picture: &Picture) -> String {
    let style = format!("<style>{STYLE}</style>");
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", drawn(picture, &style))
}

/// A picture as a part of a page that has the [`STYLE`].
pub fn inline(picture: &Picture) -> String {
    drawn(picture, "")
}

fn drawn(picture: &Picture, style: &str) -> String {
    let columns = picture.columns.clamp(1, picture.panels.len().max(1));
    let rows = picture.panels.len().div_ceil(columns);
    let [wide, high] = picture.size;
    let title = if picture.title.is_empty() { 0.0 } else { LINE + 10.0 };
    let legend = if picture.legend.is_empty() { 0.0 } else { LINE + 6.0 };
    let (width, height) = (columns as f64 * wide, title + legend + rows as f64 * high);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ansatz\" role=\"img\" width=\"{width:.0}\" \
         height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">{style}<rect class=\"paper\" width=\"100%\" \
         height=\"100%\"/>"
    );
    if title > 0.0 {
        text(&mut out, [10.0, LINE + 3.0], "class=\"t\" font-size=\"14\"", &picture.title);
    }
    if legend > 0.0 {
        legend_row(&mut out, title, &picture.legend);
    }
    let margins = aligned(picture, columns);
    for (position, panel) in picture.panels.iter().enumerate().filter(|(_, panel)| !panel.marks.is_empty()) {
        let (row, column) = (position / columns, position % columns);
        let corner = [column as f64 * wide, title + legend + row as f64 * high];
        let _ = write!(out, "<g transform=\"translate({:.0} {:.0})\">", corner[0], corner[1]);
        Frame::new(panel, [wide, high], margins[position]).draw(panel, &mut out);
        out.push_str("</g>");
    }
    out.push_str("</svg>");
    out
}

/// What stands around the frame of a panel: labels and title.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Margins {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Margins {
    fn new(panel: &Panel, [_, high]: [f64; 2]) -> Margins {
        const BAR: f64 = 78.0;
        let label = |axis: &Axis| if axis.label.is_empty() { 0.0 } else { LINE };
        let top = if panel.title.is_empty() { 10.0 } else { LINE + 10.0 };
        let bottom = label(&panel.x) + if panel.x.bare { 8.0 } else { LINE + 6.0 };
        let widest = vertical_ticks(panel, high - top - bottom)
            .iter()
            .map(|(_, label)| label.chars().count())
            .max()
            .unwrap_or(0);
        let left = 12.0 + CHARACTER * widest as f64 + label(&panel.y);
        Margins { left, top, right: if panel.cells().is_some() { BAR } else { 12.0 }, bottom }
    }
}

/// The margins of each panel: frames of a column begin at one place, and those of a row are equally high.
fn aligned(picture: &Picture, columns: usize) -> Vec<Margins> {
    let own: Vec<Margins> = picture.panels.iter().map(|panel| Margins::new(panel, picture.size)).collect();
    let most = |of: fn(&Margins) -> f64, alike: &dyn Fn(usize) -> bool| {
        own.iter()
            .enumerate()
            .filter(|(at, _)| alike(*at))
            .map(|(_, margins)| of(margins))
            .fold(0.0, f64::max)
    };
    let one = |at: usize| Margins {
        left: most(|margins| margins.left, &|other| other % columns == at % columns),
        right: most(|margins| margins.right, &|other| other % columns == at % columns),
        top: most(|margins| margins.top, &|other| other / columns == at / columns),
        bottom: most(|margins| margins.bottom, &|other| other / columns == at / columns),
    };
    (0..own.len()).map(one).collect()
}

/// The ticks of a vertical axis that is so high.
fn vertical_ticks(panel: &Panel, height: f64) -> Vec<Tick> {
    panel.ticks(1, (height / 42.0).round().clamp(3.0, 9.0) as usize)
}

fn legend_row(out: &mut String, top: f64, legend: &[(Ink, String)]) {
    let mut x = 10.0;
    for (ink, name) in legend {
        let class = class(*ink);
        let _ = write!(
            out,
            "<rect class=\"f{class}\" x=\"{x:.0}\" y=\"{:.0}\" width=\"12\" height=\"10\"/>",
            top + 5.0
        );
        text(out, [x + 17.0, top + 14.0], "", name);
        x += 34.0 + CHARACTER * name.chars().count() as f64;
    }
}

fn class(ink: Ink) -> String {
    match ink {
        Ink::Series(number) => (number % SERIES).to_string(),
        Ink::Quiet => "q".to_owned(),
        Ink::Warning => "w".to_owned(),
    }
}

/// Text as XML has it; what it cannot hold is left out.
pub(crate) fn escaped(words: &str) -> String {
    let kept = words.chars().filter(|c| !c.is_control() && *c != '\u{fffe}' && *c != '\u{ffff}');
    let escaped = kept.map(|c| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        other => other.to_string(),
    });
    escaped.collect()
}

fn text(out: &mut String, [x, y]: [f64; 2], attributes: &str, words: &str) {
    let _ = write!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" {attributes}>{}</text>", escaped(words));
}

/// The rectangle of a panel in which its marks are drawn.
struct Frame {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    ranges: [[f64; 2]; 2],
    ticks: [Vec<Tick>; 2],
}

impl Frame {
    fn new(panel: &Panel, [wide, high]: [f64; 2], margins: Margins) -> Frame {
        let ranges = panel.ranges();
        let Margins { left, top, right, bottom } = margins;
        let (width, height) = ((wide - left - right).max(20.0), (high - top - bottom).max(20.0));
        let across = panel.ticks(0, (width / 75.0).round().clamp(2.0, 9.0) as usize);
        Frame { left, top, width, height, ranges, ticks: [across, vertical_ticks(panel, height)] }
    }

    /// Where a value of an axis stands inside the frame.
    fn along(&self, which: usize, value: f64) -> f64 {
        let [first, last] = self.ranges[which];
        let part = (value - first) / (last - first);
        let place = if which == 0 { part * self.width } else { (1.0 - part) * self.height };
        // Beyond the frame nothing is seen: numbers stay short.
        place.clamp(-9e3, 9e3)
    }

    fn point(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        (x.is_finite() && y.is_finite()).then(|| [self.along(0, x), self.along(1, y)])
    }

    fn draw(&self, panel: &Panel, out: &mut String) {
        let Frame { left, top, width, height, .. } = self;
        if !panel.title.is_empty() {
            text(out, [*left, LINE], "class=\"t\"", &panel.title);
        }
        self.axes(panel, out);
        // A picture in the picture: what lies outside the frame is cut off.
        let _ = write!(
            out,
            "<svg x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" overflow=\"hidden\">"
        );
        for mark in &panel.marks {
            self.mark(mark, panel, out);
        }
        out.push_str("</svg>");
        let _ = write!(
            out,
            "<rect class=\"axis\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        );
        if let Some(cells) = panel.cells() {
            self.bar(&cells, out);
        }
    }

    fn axes(&self, panel: &Panel, out: &mut String) {
        let Frame { left, top, width, height, .. } = self;
        let bottom = top + height;
        let mut grid = String::new();
        for (value, label) in &self.ticks[0] {
            let x = left + self.along(0, *value);
            let _ = write!(grid, "M{x:.1} {top:.1}V{bottom:.1}");
            text(out, [x, bottom + LINE], "text-anchor=\"middle\"", label);
        }
        for (value, label) in &self.ticks[1] {
            let y = top + self.along(1, *value);
            let _ = write!(grid, "M{left:.1} {y:.1}H{:.1}", left + width);
            text(out, [left - 5.0, y + 4.0], "text-anchor=\"end\"", label);
        }
        let _ = write!(out, "<path class=\"grid\" d=\"{grid}\"/>");
        if !panel.x.label.is_empty() {
            let under = if panel.x.bare { 3.0 } else { LINE };
            let at = [left + width / 2.0, bottom + LINE + under];
            text(out, at, "text-anchor=\"middle\"", &panel.x.label);
        }
        if !panel.y.label.is_empty() {
            let (x, y) = (LINE, top + height / 2.0);
            let turned = format!("text-anchor=\"middle\" transform=\"rotate(-90 {x:.1} {y:.1})\"");
            text(out, [x, y], &turned, &panel.y.label);
        }
    }

    fn mark(&self, mark: &Mark, panel: &Panel, out: &mut String) {
        match mark {
            Mark::Line { points, ink } => self.line(points, "l", *ink, out),
            Mark::Faint { points, ink } => self.line(points, "l faint", *ink, out),
            Mark::Points { points, ink } => {
                const MANY: usize = 150;
                let few = points.len() <= MANY;
                let radius = if few || *ink == Ink::Warning { 2.6 } else { 1.8 };
                let _ = write!(out, "<g class=\"{} f{}\">", if few { "few" } else { "p" }, class(*ink));
                for [x, y] in points.iter().filter_map(|point| self.point(*point)) {
                    let _ = write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>");
                }
                out.push_str("</g>");
            }
            Mark::Bars { edges, heights, ink } => self.bars(edges, heights, *ink, out),
            Mark::Band { x, lower, upper, ink } => {
                let ends = x.iter().zip(lower.iter().zip(upper));
                let ends = ends.filter_map(|(x, (lower, upper))| {
                    Some((self.point([*x, *lower])?, self.point([*x, *upper])?))
                });
                let (below, above): (Vec<_>, Vec<_>) = ends.unzip();
                let corners = above.into_iter().chain(below.into_iter().rev());
                let corners: Vec<String> = corners.map(|[x, y]| format!("{x:.1} {y:.1}")).collect();
                if !corners.is_empty() {
                    let _ =
                        write!(out, "<path class=\"band f{}\" d=\"M{}Z\"/>", class(*ink), corners.join("L"));
                }
            }
            Mark::Cells { .. } => self.cells(&panel.cells().expect("the panel has these cells"), out),
            Mark::Note(words) => {
                let middle = [self.width / 2.0, self.height / 2.0];
                text(out, middle, "text-anchor=\"middle\"", words);
            }
        }
    }

    fn line(&self, points: &[[f64; 2]], weight: &str, ink: Ink, out: &mut String) {
        let mut path = String::new();
        let mut begun = false;
        for point in points {
            let Some([x, y]) = self.point(*point) else {
                begun = false;
                continue;
            };
            let _ = write!(path, "{}{x:.1} {y:.1}", if begun { 'L' } else { 'M' });
            begun = true;
        }
        let _ = write!(out, "<path class=\"{weight} l{}\" d=\"{path}\"/>", class(ink));
    }

    fn bars(&self, edges: &[f64], heights: &[f64], ink: Ink, out: &mut String) {
        let _ = write!(out, "<g class=\"b f{}\">", class(ink));
        for (ends, height) in edges.windows(2).zip(heights) {
            let corners = [self.point([ends[0], 0.0]), self.point([ends[1], *height])];
            let [Some([left, zero]), Some([right, top])] = corners else { continue };
            let (width, high) = ((right - left - 0.5).max(0.5), (zero - top).abs());
            if high > 0.0 {
                let _ = write!(
                    out,
                    "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{high:.1}\"/>",
                    top.min(zero)
                );
            }
        }
        out.push_str("</g>");
    }

    /// Cells of one colour are one path; neighbours of a row are one step of it.
    fn cells(&self, cells: &Cells, out: &mut String) {
        let (rows, columns, values) = cells.coarse(MOST_CELLS);
        let shown = Cells { rows, columns, values: &values, ..*cells };
        let mut paths = vec![String::new(); SHADES];
        for row in 0..rows {
            let shade = |column: usize| {
                Some((shown.height(row, column)? * (SHADES - 1) as f64).round().min((SHADES - 1) as f64)
                    as usize)
            };
            let mut column = 0;
            while column < columns {
                let own = shade(column);
                let run = (column..columns).take_while(|next| shade(*next) == own).count();
                if let Some(own) = own {
                    let _ = write!(paths[own], "M{column} {row}h{run}v1h-{run}z");
                }
                column += run;
            }
        }
        let _ = write!(
            out,
            "<g shape-rendering=\"crispEdges\" transform=\"scale({:.6} {:.6})\">",
            self.width / columns.max(1) as f64,
            self.height / rows.max(1) as f64
        );
        for (shade, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
            let _ = write!(out, "<path fill=\"{}\" d=\"{path}\"/>", shade_colour(shade));
        }
        out.push_str("</g>");
    }

    /// What the colours of cells stand for.
    fn bar(&self, cells: &Cells, out: &mut String) {
        const WIDTH: f64 = 12.0;
        let x = self.left + self.width + 10.0;
        let step = self.height / SHADES as f64;
        out.push_str("<g shape-rendering=\"crispEdges\">");
        for shade in 0..SHADES {
            let y = self.top + self.height - (shade + 1) as f64 * step;
            let _ = write!(
                out,
                "<rect fill=\"{}\" x=\"{x:.1}\" y=\"{y:.2}\" width=\"{WIDTH}\" height=\"{:.2}\"/>",
                shade_colour(shade),
                step + 0.3
            );
        }
        out.push_str("</g>");
        for (value, label) in ticks([cells.low, cells.high], 4, 0.0) {
            let part = (value - cells.low) / (cells.high - cells.low);
            let y = self.top + (1.0 - part) * self.height;
            text(out, [x + WIDTH + 5.0, y + 4.0], "", &label);
        }
    }
}

fn shade_colour(shade: usize) -> String {
    let [red, green, blue] = heat::colour(shade as f64 / (SHADES - 1) as f64);
    format!("#{red:02x}{green:02x}{blue:02x}")
}
