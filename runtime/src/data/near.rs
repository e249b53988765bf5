//! Which name was meant: the nearest of those that could stand there.

/// The candidate nearest to `name`, if one differs in at most a third of its letters.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count() / 3;
    let ranked = candidates.filter(|candidate| *candidate != name).filter_map(|candidate| {
        let distance = distance(name, candidate);
        (distance <= limit).then_some((distance, candidate))
    });
    ranked.min().map(|(_, candidate)| candidate)
}

/// The number of letters inserted, dropped, replaced or exchanged with their neighbour; case does not count.
fn distance(from: &str, to: &str) -> usize {
    let letters = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (from, to) = (letters(from), letters(to));
    let mut rows = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        let names = ["y", "sigma", "height", "J"];
        assert_eq!(nearest("sigam", names.into_iter()), Some("sigma"));
        assert_eq!(nearest("Heigth", names.into_iter()), Some("height"));
        assert_eq!(nearest("j", names.into_iter()), Some("J"));
        assert_eq!(nearest("K", names.into_iter()), None);
        assert_eq!(nearest("weight", names.into_iter()), Some("height"));
    }
}
