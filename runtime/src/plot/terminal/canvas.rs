//! A grid of characters, each of them a glyph or two by four dots.

use crate::plot::picture::{Cells, Ink};

/// Shades of cells, the least first.
pub const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];
/// Bars by eighths of a line.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Braille patterns begin here; bits of dots are by column and row.
const BRAILLE: u32 = 0x2800;
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// One character.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    dots: u8,
    glyph: Option<char>,
    ink: Option<Ink>,
}

/// What panels are painted on.
#[derive(Debug)]
pub struct Canvas {
    width: usize,
    height: usize,
    ranges: [[f64; 2]; 2],
    places: Vec<Place>,
}

impl Canvas {
    /// An empty canvas of so many columns and lines, which shows these ranges.
    pub fn new([width, height]: [usize; 2], ranges: [[f64; 2]; 2]) -> Canvas {
        Canvas { width, height, ranges, places: vec![Place::default(); width * height] }
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Where a value lies along an axis, from 0 to 1 inside the canvas.
    fn part(&self, axis: usize, value: f64) -> f64 {
        let [first, last] = self.ranges[axis];
        (value - first) / (last - first)
    }

    /// One of `count` equal parts of an axis; none outside.
    fn slot(&self, axis: usize, value: f64, count: usize) -> Option<usize> {
        const SLACK: f64 = 1e-9;
        let part = self.part(axis, value);
        let inside = (-SLACK..=1.0 + SLACK).contains(&part);
        inside.then(|| ((part * count as f64) as usize).min(count - 1))
    }

    /// The column of a value.
    pub fn column_of(&self, value: f64) -> Option<usize> {
        self.slot(0, value, self.width)
    }

    /// The line of a value, from above.
    pub fn line_of(&self, value: f64) -> Option<usize> {
        Some(self.height - 1 - self.slot(1, value, self.height)?)
    }

    /// A point.
    pub fn dot(&mut self, [x, y]: [f64; 2], ink: Ink) {
        let across = self.slot(0, x, 2 * self.width);
        let up = self.slot(1, y, 4 * self.height);
        if let (Some(across), Some(up)) = (across, up) {
            let down = 4 * self.height - 1 - up;
            let place = &mut self.places[(down / 4) * self.width + across / 2];
            place.dots |= DOTS[across % 2][down % 4];
            place.ink = Some(ink);
        }
    }

    /// A straight line.
    pub fn segment(&mut self, from: [f64; 2], to: [f64; 2], ink: Ink) {
        if from.iter().chain(&to).any(|coordinate| !coordinate.is_finite()) {
            return;
        }
        let dots = [2 * self.width, 4 * self.height];
        let long =
            |axis: usize| (self.part(axis, to[axis]) - self.part(axis, from[axis])).abs() * dots[axis] as f64;
        let most = (4 * (dots[0] + dots[1])) as f64;
        let steps = long(0).max(long(1)).ceil().clamp(1.0, most) as usize;
        for step in 0..=steps {
            let part = step as f64 / steps as f64;
            let between = |axis: usize| from[axis] * (1.0 - part) + to[axis] * part;
            self.dot([between(0), between(1)], ink);
        }
    }

    /// A line through values.
    pub fn line_of_values(&mut self, x: &[f64], y: &[f64], ink: Ink) {
        let points: Vec<[f64; 2]> = x.iter().zip(y).map(|(x, y)| [*x, *y]).collect();
        points.windows(2).for_each(|pair| self.segment(pair[0], pair[1], ink));
    }

    /// Bars on zero; each column shows the bar at its middle.
    pub fn bars(&mut self, edges: &[f64], heights: &[f64], ink: Ink) {
        let [first, last] = self.ranges[0];
        let zero = self.part(1, 0.0).max(0.0) * self.height as f64;
        for column in 0..self.width {
            let x = first + (last - first) * (column as f64 + 0.5) / self.width as f64;
            let bar = edges.windows(2).position(|ends| x >= ends[0] && x < ends[1]);
            let Some(height) = bar.map(|bar| heights[bar]).filter(|height| height.is_finite()) else {
                continue;
            };
            let top = (self.part(1, height) * self.height as f64).clamp(0.0, self.height as f64);
            for up in 0..self.height {
                let filled = (top - up as f64).clamp(0.0, 1.0);
                if filled > 0.0 && (up as f64) + 1.0 > zero {
                    let eighths = EIGHTHS[(8.0 * filled).ceil() as usize];
                    self.put(column, self.height - 1 - up, eighths, ink);
                }
            }
        }
    }

    /// The cells of a matrix, the first row above.
    pub fn cells(&mut self, cells: &Cells) {
        if cells.rows * cells.columns == 0 {
            return;
        }
        for line in 0..self.height {
            for column in 0..self.width {
                let row = line * cells.rows / self.height;
                let of = column * cells.columns / self.width;
                let shade = cells.height(row, of).map(|height| (height * SHADES.len() as f64) as usize);
                if let Some(shade) = shade {
                    self.put(column, line, SHADES[shade.min(SHADES.len() - 1)], Ink::Series(0));
                }
            }
        }
    }

    /// Words in the middle.
    pub fn note(&mut self, words: &str) {
        let length = words.chars().count().min(self.width);
        let (start, line) = ((self.width - length) / 2, self.height / 2);
        for (column, c) in words.chars().take(length).enumerate() {
            self.put(start + column, line, c, Ink::Quiet);
        }
    }

    fn put(&mut self, column: usize, line: usize, glyph: char, ink: Ink) {
        self.places[line * self.width + column] = Place { dots: 0, glyph: Some(glyph), ink: Some(ink) };
    }

    /// The lines, from above.
    pub fn lines(&self, colour: bool) -> Vec<String> {
        let glyph = |place: &Place| match (place.dots, place.glyph) {
            (0, glyph) => glyph.unwrap_or(' '),
            (dots, _) => char::from_u32(BRAILLE + u32::from(dots)).expect("Braille patterns are characters"),
        };
        let line = |places: &[Place]| {
            let runs = places.chunk_by(|a, b| a.ink == b.ink);
            let run = |run: &[Place]| {
                let text: String = run.iter().map(glyph).collect();
                run[0].ink.map_or(text.clone(), |ink| painted(&text, ink, colour))
            };
            let text: String = runs.map(run).collect();
            text.trim_end().to_owned()
        };
        self.places.chunks(self.width).map(line).collect()
    }
}

/// A text in its ink, if colours are shown.
pub fn painted(text: &str, ink: Ink, colour: bool) -> String {
    /// Blue, yellow, green, magenta, cyan and white.
    const CODES: [u8; 6] = [34, 33, 32, 35, 36, 37];
    let code = match ink {
        Ink::Series(number) => CODES[number % CODES.len()],
        Ink::Quiet => 90,
        Ink::Warning => 31,
    };
    if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// A line with blanks up to a width; what sets colours takes no room.
pub fn padded(line: &str, width: usize) -> String {
    let mut shown = 0;
    let mut escape = false;
    for c in line.chars() {
        match c {
            '\x1b' => escape = true,
            'm' if escape => escape = false,
            _ if !escape => shown += 1,
            _ => {}
        }
    }
    format!("{line}{}", " ".repeat(width.saturating_sub(shown)))
}
