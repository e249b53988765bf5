//! Pictures of a report that are made of several densities.

use crate::plot::{Axis, Ink, Mark, Panel, Picture, Scalar, density_panel, smoothed};

/// Width and height of a panel among three in a row.
const SIZE: [f64; 2] = [312.0, 190.0];
const COLUMNS: usize = 3;

/// A density of each chain.
pub fn by_chain(scalars: &[Scalar]) -> Picture {
    let panel = |scalar: &Scalar| {
        let groups: Vec<(String, Vec<f64>)> =
            scalar.chains.iter().map(|chain| (String::new(), chain.clone())).collect();
        Panel { title: scalar.label.clone(), ..density_panel(&groups) }
    };
    grid(scalars.iter().map(panel).collect(), Vec::new())
}

/// The density of each quantity before and after the data.
pub fn prior_and_posterior(prior: &[&[f64]], posterior: &[Scalar]) -> Picture {
    let panel = |(prior, posterior): (&&[f64], &Scalar)| {
        let after = posterior.chains.concat();
        let mut marks = vec![Mark::Line { points: vec![], ink: Ink::Quiet }];
        let before = central(prior, &after);
        let share = before.len() as f64 / prior.len() as f64;
        let scaled = |points: Vec<[f64; 2]>| points.into_iter().map(|[x, y]| [x, share * y]).collect();
        marks.extend(smoothed(&before).map(|points| Mark::Line { points: scaled(points), ink: Ink::Quiet }));
        marks.extend(smoothed(&after).map(|points| Mark::Line { points, ink: Ink::Series(0) }));
        if marks.len() == 1 {
            marks.push(Mark::Note("no density: the values are alike".to_owned()));
        }
        Panel {
            title: posterior.label.clone(),
            y: Axis { bare: true, ..Axis::default() },
            marks,
            ..Panel::default()
        }
    };
    let panels = prior.iter().zip(posterior).map(panel).collect();
    grid(panels, vec![(Ink::Quiet, "prior".to_owned()), (Ink::Series(0), "posterior".to_owned())])
}

/// The draws of a prior that lie among its central nine tenths, or where the posterior does.
fn central(prior: &[f64], posterior: &[f64]) -> Vec<f64> {
    let mut ascending: Vec<f64> = prior.iter().copied().filter(|value| value.is_finite()).collect();
    ascending.sort_unstable_by(f64::total_cmp);
    let Some(last) = ascending.len().checked_sub(1) else { return Vec::new() };
    let at = |part: f64| ascending[(part * last as f64).round() as usize];
    let (low, high) = posterior
        .iter()
        .filter(|value| value.is_finite())
        .fold((at(0.05), at(0.95)), |(low, high), value| (low.min(*value), high.max(*value)));
    ascending.into_iter().filter(|value| (low..=high).contains(value)).collect()
}

/// Panels in rows of three.
pub fn grid(panels: Vec<Panel>, legend: Vec<(Ink, String)>) -> Picture {
    let columns = panels.len().clamp(1, COLUMNS);
    Picture { panels, columns, size: SIZE, legend, ..Picture::default() }
}
