//! Every kind of picture of any numbers: well formed, with finite numbers, not large.

use super::{
    Picture, Scalar, Screen, density, draw, fan, heatmap, histogram, lines, pairs, ranks, standalone, traces,
};

/// What an XML text holds, from its tags alone: each must be closed by one of its name.
fn names(text: &str) -> Vec<String> {
    let (mut open, mut found): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    for tag in text.split('<').skip(1) {
        let (tag, words) = tag.split_once('>').expect("a tag ends");
        assert!(
            words.split('&').skip(1).all(|rest| rest.split(';').next().is_some_and(|name| name.len() < 5)),
            "{words}"
        );
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.split([' ', '/']).find(|word| !word.is_empty()).expect("a tag has a name");
        match tag {
            _ if tag.starts_with('?') => {}
            _ if tag.starts_with('/') => assert_eq!(open.pop(), Some(name), "{tag}"),
            _ => {
                found.push(name.to_owned());
                if !tag.ends_with('/') {
                    open.push(name);
                }
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    found
}

fn scalar(values: Vec<f64>) -> Scalar {
    Scalar { label: "a < b & \"c\"".to_owned(), chains: vec![values.clone(), values] }
}

/// Every kind of picture of these values.
fn all_kinds(values: &[f64]) -> Vec<Picture> {
    let column = || ("x".to_owned(), values.to_vec());
    let places: Vec<f64> = (0..values.len()).map(|place| place as f64).collect();
    vec![
        lines(&places, &[values.to_vec()]),
        histogram(values, None),
        histogram(values, Some(7)),
        density(&[column(), column()]),
        heatmap(1, values.len(), values),
        traces(&[scalar(values.to_vec())]),
        ranks(&[scalar(values.to_vec())]),
        pairs(&[column(), column()], &vec![true; values.len()], "divergent"),
        fan(&places, &[values.to_vec(), values.to_vec()]),
    ]
}

#[test]
fn pictures_of_any_values_are_well_formed_with_finite_numbers() {
    let many: Vec<f64> = (0..5_000).map(|n| f64::from(n).sin()).collect();
    let cases = [
        vec![],
        vec![1.5],
        vec![2.0; 50],
        vec![f64::NAN; 4],
        vec![f64::NAN, 1.0, f64::INFINITY, -2.0],
        vec![f64::MAX, f64::MIN, 0.0],
        vec![5e-324, 1e-323, 0.0],
        vec![1e17, 1e17 + 16.0],
        many,
    ];
    for values in cases {
        for picture in all_kinds(&values) {
            let text = standalone(&picture);
            names(&text);
            let numbers = text.replace("finite", "");
            assert!(!numbers.contains("NaN") && !numbers.contains("inf"), "{text}");
            assert!(text.len() < 400_000, "{}", text.len());
            assert!(!draw(&picture, Screen::default()).is_empty() || values.is_empty());
        }
    }
}

#[test]
fn a_histogram_is_a_rectangle_for_each_bar_and_a_label_for_each_tick() {
    let text = standalone(&histogram(&[0.0, 1.0, 1.0, 2.0], None));
    let names = names(&text);
    let count = |name: &str| names.iter().filter(|found| *found == name).count();
    // The paper, the frame and three bars.
    assert_eq!(count("rect"), 5, "{text}");
    assert_eq!((count("svg"), count("style")), (2, 1));
    assert!(text.contains(">count</text>"));
}

#[test]
fn words_of_users_are_escaped() {
    let mut picture = traces(&[scalar(vec![1.0, 2.0])]);
    picture.title = "<script>\u{1}alert(1)</script>".to_owned();
    let text = standalone(&picture);
    assert!(!text.contains("<script>") && text.contains("&lt;script&gt;alert(1)"), "{text}");
    assert!(text.contains("a &lt; b &amp; &quot;c&quot;"));
}

#[test]
fn a_picture_of_two_hundred_panels_is_drawn() {
    let scalars: Vec<Scalar> = (0..200).map(|_| scalar(vec![1.0, 3.0, 2.0])).collect();
    assert_eq!(names(&standalone(&traces(&scalars))).iter().filter(|name| *name == "g").count(), 200);
}
