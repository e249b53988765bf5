//! Which name was meant: the nearest of those that could stand there.

use std::cmp::Reverse;

/// The candidate nearest to `name`, if one is near: at most a third of its letters differ, but one may in any name of
/// two letters or more.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let letters = name.chars().count();
    let limit = (letters / 3).max(usize::from(letters > 1));
    let similar =
        |candidate: &&str| candidate.chars().count().abs_diff(letters) <= limit && *candidate != name;
    let ranked = candidates.filter(similar).filter_map(|candidate| {
        let distance = distance(name, candidate);
        // Letters are left out more often than put in: of two as near, the longer.
        (distance <= limit).then_some((distance, Reverse(candidate.len()), candidate))
    });
    ranked.min().map(|(_, _, candidate)| candidate)
}

/// The number of letters inserted, dropped, replaced or exchanged with their neighbour; case does not count.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (a, b) = (letters(a), letters(b));
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        let names = ["normal", "half_normal", "lognormal", "sigma", "J"];
        assert_eq!(nearest("nromal", names.into_iter()), Some("normal"));
        assert_eq!(nearest("Sigma", names.into_iter()), Some("sigma"));
        assert_eq!(nearest("theta", names.into_iter()), None);
        assert_eq!(nearest("j", names.into_iter()), Some("J"));
        assert_eq!(nearest("K", names.into_iter()), None);
        assert_eq!(nearest("tua", ["tau", "mu"].into_iter()), Some("tau"));
        assert_eq!(nearest("norml", ["norm", "normal"].into_iter()), Some("normal"));
    }
}
