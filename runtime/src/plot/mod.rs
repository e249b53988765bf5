//! Pictures: what is drawn, as axes and marks, and two backends that draw it, as SVG and as text for a terminal.
//!
//! The kept plotting libraries for Rust were looked at: they write fixed colours into every element, so that a picture cannot
//! follow a light or dark page, or need a script or a font at run time, and none draws the same scene in a terminal; the few
//! marks that posteriors need are fewer lines than the glue.

mod fit;
mod heat;
mod kinds;
mod picture;
mod svg;
mod terminal;
#[cfg(test)]
mod tests;
mod ticks;

pub use fit::{fit_pairs, scalars};
pub use kinds::{
    Scalar, density, density_panel, fan, heatmap, histogram, histogram_bars, lines, pairs, ranks, smoothed,
    traces,
};
pub use picture::{Axis, Ink, Mark, Panel, Picture};
pub(crate) use svg::escaped;
pub use svg::{STYLE, inline, standalone};
pub use terminal::{Screen, draw};
