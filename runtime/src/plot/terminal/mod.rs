//! Pictures as text: lines and points as dots of Braille patterns, bars as eighths of blocks, cells as shades.

mod canvas;

use super::picture::{Ink, Mark, Panel, Picture};
use canvas::Canvas;

/// Where a picture is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Its width in characters.
    pub columns: usize,
    /// Whether it shows colours.
    pub colour: bool,
}

impl Default for Screen {
    /// A page of text.
    fn default() -> Screen {
        Screen { columns: 72, colour: false }
    }
}

/// The widest that a picture grows, the narrowest panel, and lines of a panel alone and of one among several.
const WIDEST: usize = 100;
const NARROWEST: usize = 24;
const LINES: [usize; 2] = [14, 7];

/// A picture as lines of text.
pub fn draw(picture: &Picture, screen: Screen) -> String {
    let room = screen.columns.clamp(NARROWEST, WIDEST);
    let columns = picture.columns.clamp(1, picture.panels.len().max(1)).min(room / NARROWEST);
    let width = room / columns - usize::from(columns > 1);
    let lines = LINES[usize::from(picture.panels.len() > 1)];
    let mut out: Vec<String> = Vec::new();
    if !picture.title.is_empty() {
        out.push(picture.title.clone());
    }
    if !picture.legend.is_empty() {
        let entry =
            |(ink, name): &(Ink, String)| format!("{} {name}", canvas::painted("■", *ink, screen.colour));
        out.push(picture.legend.iter().map(entry).collect::<Vec<_>>().join("  "));
    }
    for row in picture.panels.chunks(columns) {
        let panels: Vec<Vec<String>> =
            row.iter().map(|panel| panel_lines(panel, [width, lines], screen.colour)).collect();
        let height = panels.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let parts = panels.iter().map(|panel| panel.get(line).map_or("", String::as_str));
            let parts: Vec<String> = parts.map(|part| canvas::padded(part, width)).collect();
            out.push(parts.join(" ").trim_end().to_owned());
        }
    }
    out.join("\n")
}

/// A panel: its title, the lines of its marks with labels to the left, and labels below.
fn panel_lines(panel: &Panel, [width, lines]: [usize; 2], colour: bool) -> Vec<String> {
    if panel.marks.is_empty() {
        return Vec::new();
    }
    let ranges = panel.ranges();
    let vertical = panel.ticks(1, (lines / 3).max(2));
    let margin = vertical.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
    let inner = width.saturating_sub(margin + 2).max(4);
    let mut canvas = Canvas::new([inner, lines], ranges);
    panel.marks.iter().for_each(|mark| paint(&mut canvas, mark, panel));
    let mut labels = vec![String::new(); lines];
    for (value, label) in &vertical {
        if let Some(line) = canvas.line_of(*value) {
            labels[line].clone_from(label);
        }
    }
    let title = [&panel.title, &panel.y.label].into_iter().find(|title| !title.is_empty());
    let mut out: Vec<String> = title.map(|title| cut(title, width)).into_iter().collect();
    for (label, line) in labels.iter().zip(canvas.lines(colour)) {
        let mark = if label.is_empty() { '│' } else { '┤' };
        out.push(format!("{label:>margin$}{mark}{line}"));
    }
    if !panel.x.bare {
        out.extend(below(panel, &canvas, margin));
    }
    if let Some(cells) = panel.cells() {
        out.push(format!(
            "{:margin$} {} {} to {} {}",
            "",
            canvas::SHADES[0],
            short(cells.low),
            short(cells.high),
            canvas::SHADES[4]
        ));
    }
    out
}

/// The horizontal axis with its labels.
fn below(panel: &Panel, canvas: &Canvas, margin: usize) -> Vec<String> {
    let width = canvas.width();
    let horizontal = panel.ticks(0, (width / 12).max(2));
    let mut rule = vec!['─'; width];
    let mut labels = vec![' '; margin + 1 + width];
    let mut free = 0;
    for (value, label) in &horizontal {
        let Some(column) = canvas.column_of(*value) else { continue };
        rule[column] = '┬';
        let length = label.chars().count();
        let start = (margin + 1 + column).saturating_sub(length / 2).min(labels.len().saturating_sub(length));
        if start >= free {
            labels[start..].iter_mut().zip(label.chars()).for_each(|(place, c)| *place = c);
            free = start + length + 1;
        }
    }
    let rule: String = rule.into_iter().collect();
    let mut out =
        vec![format!("{:margin$}└{rule}", ""), labels.into_iter().collect::<String>().trim_end().to_owned()];
    if !panel.x.label.is_empty() {
        out.push(format!("{:margin$} {:^width$}", "", cut(&panel.x.label, width)).trim_end().to_owned());
    }
    out
}

fn paint(canvas: &mut Canvas, mark: &Mark, panel: &Panel) {
    match mark {
        Mark::Line { points, ink } | Mark::Faint { points, ink } => {
            for pair in points.windows(2) {
                canvas.segment(pair[0], pair[1], *ink);
            }
        }
        Mark::Points { points, ink } => points.iter().for_each(|point| canvas.dot(*point, *ink)),
        Mark::Bars { edges, heights, ink } => canvas.bars(edges, heights, *ink),
        Mark::Band { x, lower, upper, ink } => {
            canvas.line_of_values(x, lower, *ink);
            canvas.line_of_values(x, upper, *ink);
        }
        Mark::Cells { .. } => canvas.cells(&panel.cells().expect("the panel has these cells")),
        Mark::Note(words) => canvas.note(words),
    }
}

/// The beginning of a text that fits.
fn cut(words: &str, width: usize) -> String {
    match words.char_indices().nth(width) {
        Some((end, _)) => words[..end].to_owned(),
        None => words.to_owned(),
    }
}

fn short(number: f64) -> String {
    crate::output::number::to_scale(number, number.abs(), 3)
}

#[cfg(test)]
mod tests {
    use super::super::picture::Axis;
    use super::*;

    fn panel(marks: Vec<Mark>) -> Panel {
        let range = Some([0.0, 8.0]);
        Panel {
            marks,
            x: Axis { range, ..Axis::default() },
            y: Axis { range, ..Axis::default() },
            ..Panel::default()
        }
    }

    fn shown(panels: Vec<Panel>, columns: usize) -> String {
        draw(&Picture { panels, columns: 2, ..Picture::default() }, Screen { columns, colour: false })
    }

    #[test]
    fn a_line_is_dots_between_labelled_axes() {
        let line = Mark::Line { points: vec![[0.0, 0.0], [8.0, 8.0]], ink: Ink::Series(0) };
        let text = shown(vec![panel(vec![line])], 30);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 16, "{text}");
        assert_eq!(lines[0].trim_end(), "8┤                         ⡠⠊", "{text}");
        assert_eq!(lines[13], "0┤⡔⠁", "{text}");
        assert_eq!(lines[15], "  0               5", "{text}");
    }

    #[test]
    fn panels_stand_side_by_side_where_there_is_room() {
        let bars = || {
            panel(vec![Mark::Bars {
                edges: vec![0.0, 4.0, 8.0],
                heights: vec![8.0, 2.0],
                ink: Ink::Series(0),
            }])
        };
        assert_eq!(shown(vec![bars(), bars()], 72).lines().count(), 9);
        assert_eq!(shown(vec![bars(), bars()], 30).lines().count(), 18);
        assert!(shown(vec![bars()], 30).contains("██"));
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        let cells =
            Mark::Cells { rows: 2, columns: 3, values: vec![1e-300, 2.0, f64::NAN, 3.0, 4.0, -5e200] };
        for columns in [1, 24, 40, 80, 500] {
            let text =
                shown(vec![panel(vec![cells.clone(), Mark::Note("a note that is long".into())])], columns);
            assert!(
                text.lines().all(|line| line.chars().count() <= columns.clamp(24, 100)),
                "{columns}\n{text}"
            );
        }
    }

    #[test]
    fn colours_are_written_where_they_are_shown_only() {
        let line = Mark::Line { points: vec![[0.0, 0.0], [8.0, 8.0]], ink: Ink::Series(1) };
        let picture = Picture { panels: vec![panel(vec![line])], columns: 1, ..Picture::default() };
        assert!(!draw(&picture, Screen::default()).contains('\x1b'));
        assert!(draw(&picture, Screen { columns: 72, colour: true }).contains("\x1b[33m"));
    }
}
