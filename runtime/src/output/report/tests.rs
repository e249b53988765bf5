//! Reports of ordinary and of extreme fits: their parts, in order, and that they are well formed and small.

use super::*;
use crate::draws::{Draws, Layout};
use crate::output::verdict::testing::fit;

/// A fit of these draws of one quantity, by chain.
fn fit_of(name: &str, shape: Vec<usize>, chains: Vec<Vec<f64>>) -> Fit {
    fit(|fit| {
        fit.chains.truncate(chains.len());
        fit.draws = Draws::new(Layout::new([(name.to_owned(), shape)]), chains.clone());
        let length = fit.draws.length();
        fit.chains.iter_mut().for_each(|chain| chain.transitions.truncate(length));
    })
}

/// The headings of a page whose tags are all closed.
fn headings(page: &str) -> Vec<&str> {
    let mut open = Vec::new();
    let body = page.strip_prefix("<!DOCTYPE html>").expect("it says what it is");
    for tag in body.split('<').skip(1) {
        let tag = tag.split('>').next().expect("a tag ends");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{tag}"),
            None if tag.ends_with('/') => {}
            None => open.extend(tag.split(' ').next()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    body.split("<h2>").skip(1).filter_map(|rest| rest.split("</h2>").next()).collect()
}

fn check() -> Check {
    let replicated =
        (0..100).map(|draw| (0..20).map(|entry| f64::from(draw * entry % 7)).collect()).collect();
    Check {
        site: "y".to_owned(),
        whole: true,
        observed: (0..20).map(|entry| f64::from(entry % 5)).collect(),
        replicated,
    }
}

#[test]
fn a_page_has_the_verdict_first_and_every_part() {
    let fit = fit(|_| {});
    let prior = vec![Some((0..500).map(|draw| f64::from(draw) / 50.0 - 5.0).collect()), None, None];
    let report =
        Report { name: "schools".to_owned(), fit: &fit, prior: Ok(prior), checks: Ok(vec![check()]) };
    let page = report.html();
    let parts = [
        "Summary",
        "Draws along the run",
        "Ranks",
        "Densities",
        "Pairs",
        "Prior and posterior",
        "Predictive check of y",
    ];
    assert_eq!(headings(&page), parts);
    let place = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words}"));
    assert!(
        place("<h1>schools</h1>") < place("No divergences; R-hat")
            && place("No divergences") < place("<h2>Summary")
    );
    assert_eq!(page.matches("<svg xmlns").count(), 6);
    assert_eq!(page.matches("<tr>").count(), 1 + 3 + 1 + 4);
    // Nothing is fetched or run.
    let fetching = ["<script", "<link", "<img", "src=", "@import", "url("];
    assert!(fetching.iter().all(|word| !page.contains(word)));
    assert!(page.len() < 400_000, "{}", page.len());
}

#[test]
fn what_cannot_be_drawn_anew_is_said() {
    let fit = fit(|_| {});
    let page = Report::new(&fit).html();
    assert!(page.contains("Not shown: only the program that made the fit can draw anew."));
    assert_eq!(headings(&page).last(), Some(&"Predictive check"));
}

#[test]
fn extreme_fits_have_pages_too() {
    let draws = || (0..50).map(|draw| f64::from(draw).sin());
    let many =
        |_| (0..50).flat_map(|draw| (0..200).map(move |entry| f64::from(draw * 7 + entry).sin())).collect();
    let cases = [
        fit_of("constant", vec![], vec![vec![3.0; 50]; 4]),
        fit_of("single", vec![], vec![vec![1.0]]),
        fit_of("<b>&\"", vec![], vec![draws().map(|x| if x > 0.9 { f64::NAN } else { x }).collect(); 2]),
        fit_of(
            "infinite",
            vec![],
            vec![draws().map(|x| if x > 0.9 { f64::INFINITY } else { x }).collect(); 2],
        ),
        fit_of("many", vec![200], (0..4).map(many).collect()),
        fit_of("none", vec![0], vec![]),
    ];
    for fit in cases {
        let page = Report::new(&fit).html();
        assert!(headings(&page).contains(&"Summary"));
        assert!(!page.contains("<b>") && page.len() < 600_000, "{}", page.len());
    }
}

#[test]
fn a_model_that_misses_what_was_observed_is_told() {
    let far = Check { observed: vec![40.0; 20], ..check() };
    assert!(
        check().verdict().starts_with("The model reproduces y: 2 of 20 observations"),
        "{}",
        check().verdict()
    );
    let told = far.verdict();
    assert!(
        told.starts_with("The model does not reproduce y: its mean, least entry and greatest entry"),
        "{told}"
    );
    assert!(told.contains("20 of 20 observations"), "{told}");
}

#[test]
fn a_single_observation_has_a_check() {
    let one = Check {
        whole: false,
        observed: vec![0.5],
        replicated: (0..50).map(|draw| vec![f64::from(draw)]).collect(),
        ..check()
    };
    assert_eq!((one.statistics().len(), one.picture().panels.len()), (1, 1));
    let constant =
        Check { whole: false, observed: vec![2.0; 3], replicated: vec![vec![2.0; 3]; 4], ..check() };
    assert!(constant.verdict().contains("0 of 3"));
}
