//! Numbers as people read them.

/// `count` with a comma every three digits: 12,345.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `value` with as many decimals as show `digits` significant digits of `scale`. Powers of ten where that would be long.
pub fn to_scale(value: f64, scale: f64, digits: i32) -> String {
    const MOST_DECIMALS: i32 = 6;
    const LARGEST: f64 = 1e7;
    if !value.is_finite() {
        return value.to_string();
    }
    let scale = if scale.is_finite() && scale > 0.0 { scale } else { value.abs() };
    let decimals = if scale == 0.0 { digits - 1 } else { digits - 1 - scale.log10().floor() as i32 };
    if decimals > MOST_DECIMALS || value.abs() >= LARGEST {
        return format!("{value:.*e}", digits as usize - 1);
    }
    format!("{value:.*}", decimals.max(0) as usize)
}

/// A duration in seconds with a unit that fits: `48 ns`, `0.21 us`, `3.4 ms`, `12 s`.
pub fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1.0, "s"), (1e-3, "ms"), (1e-6, "us")];
    let fitting = UNITS.iter().find(|(size, _)| seconds >= 0.1 * size);
    let (size, unit) = fitting.unwrap_or(&(1e-9, "ns"));
    format!("{} {unit}", to_scale(seconds / size, seconds / size, 2))
}

/// A number of bytes with a unit that fits: `512 B`, `1.5 GB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [(f64, &str); 5] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
    let fitting = UNITS.iter().find(|(size, _)| bytes as f64 >= *size);
    let (size, unit) = fitting.unwrap_or(&(1.0, "B"));
    let count = bytes as f64 / size;
    if *unit == "B" || count.fract() == 0.0 {
        format!("{count} {unit}")
    } else {
        format!("{count:.1} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!([7, 999, 1_000, 1_234_567].map(grouped), ["7", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn decimals_follow_the_scale() {
        assert_eq!(to_scale(4.4123, 3.32, 3), "4.41");
        assert_eq!(to_scale(44_123.4, 3_320.0, 3), "44123");
        assert_eq!(to_scale(0.0012345, 0.00002, 3), "1.23e-3");
        assert_eq!(to_scale(3.5e9, 1e8, 3), "3.50e9");
        assert_eq!(to_scale(2.0, 0.0, 3), "2.00");
        assert_eq!(to_scale(0.0, 0.0, 3), "0.00");
        assert_eq!(to_scale(f64::INFINITY, f64::NAN, 3), "inf");
    }

    #[test]
    fn sizes_choose_their_unit() {
        assert_eq!([0, 512, 4_000_000_000, 1_540_000].map(size), ["0 B", "512 B", "4 GB", "1.5 MB"]);
    }

    #[test]
    fn durations_choose_their_unit() {
        assert_eq!(
            [42.0, 0.25, 0.0034, 2.1e-7, 4.8e-8].map(duration),
            ["42 s", "0.25 s", "3.4 ms", "0.21 us", "48 ns"]
        );
    }
}
