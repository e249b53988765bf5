//! The smallest form of an input that still breaks its law: pieces are left out, large ones first.

use std::time::{Duration, Instant};

/// Tries of one shrinking.
const TRIES: usize = 3000;

/// The time of one shrinking.
const TIME: Duration = Duration::from_secs(60);

/// A smaller input for which `breaks` still holds.
pub fn shrink(mut input: String, breaks: impl Fn(&str) -> bool) -> String {
    let (begun, mut tries) = (Instant::now(), 0);
    let mut size = (input.chars().count() / 2).max(1);
    loop {
        let mut at = 0;
        let mut smaller = false;
        let mut letters: Vec<char> = input.chars().collect();
        while at < letters.len() && tries < TRIES && begun.elapsed() < TIME {
            tries += 1;
            let end = (at + size).min(letters.len());
            let rest: String = letters[..at].iter().chain(&letters[end..]).collect();
            if breaks(&rest) {
                letters = rest.chars().collect();
                input = rest;
                smaller = true;
            } else {
                at = end;
            }
        }
        if tries >= TRIES || begun.elapsed() >= TIME || (size == 1 && !smaller) {
            return input;
        }
        size = (size / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_left_out() {
        let small = shrink("let a = 1\nlet b = (2 ? 3)\nlet c = 4\n".to_string(), |text| text.contains('?'));
        assert_eq!(small, "?");
    }
}
