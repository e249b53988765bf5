//! The smallest form of an input that still breaks its law: pieces are left out, large ones first.

/// Tries of one shrinking.
const TRIES: usize = 3000;

/// A smaller input for which `breaks` still holds.
pub fn shrink(mut input: String, breaks: impl Fn(&str) -> bool) -> String {
    let mut tries = 0;
    let mut size = (input.chars().count() / 2).max(1);
    loop {
        let mut at = 0;
        let mut smaller = false;
        let mut letters: Vec<char> = input.chars().collect();
        while at < letters.len() && tries < TRIES {
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
        if tries >= TRIES || (size == 1 && !smaller) {
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
