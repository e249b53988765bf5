//! Colours of numbers: cividis (Nuñez, Anderton and Renslow, PLOS ONE 2018), which people with and without colour blindness
//! see alike, and grows brighter with the number.

/// Cividis at nine places from 0 to 1.
const ANCHORS: [[u8; 3]; 9] = [
    [0, 34, 78],
    [18, 53, 112],
    [59, 73, 108],
    [87, 93, 109],
    [112, 113, 115],
    [138, 134, 120],
    [166, 157, 117],
    [196, 182, 108],
    [254, 232, 56],
];

/// The colour of a height from 0 to 1.
pub fn colour(height: f64) -> [u8; 3] {
    let place = height.clamp(0.0, 1.0) * (ANCHORS.len() - 1) as f64;
    let below = (place.floor() as usize).min(ANCHORS.len() - 2);
    let part = place - below as f64;
    std::array::from_fn(|channel| {
        let [from, to] = [ANCHORS[below], ANCHORS[below + 1]].map(|anchor| f64::from(anchor[channel]));
        (from + part * (to - from)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greater_numbers_are_brighter() {
        let brightness = |height: f64| {
            let [red, green, blue] = colour(height).map(f64::from);
            0.299 * red + 0.587 * green + 0.114 * blue
        };
        let all: Vec<f64> = (0..=100).map(|part| brightness(f64::from(part) / 100.0)).collect();
        assert!(all.windows(2).all(|pair| pair[1] >= pair[0] - 1.0), "{all:?}");
        assert!(all[100] > all[0] + 150.0);
    }
}
