//! Ranks of draws, as normal scores.

use std::sync::Arc;

/// The normal score of every rank among so many values: the normal quantile of (rank - 3/8) / (size + 1/4) (Blom 1958;
/// Vehtari et al. 2021, equation 14). Cheap to copy.
#[derive(Clone, Debug)]
pub struct Scores(Arc<[f64]>);

impl Scores {
    /// The scores of ranks among `size` values.
    pub fn new(size: usize) -> Scores {
        Scores((1..=size).map(|rank| score(rank as f64, size)).collect())
    }

    /// The number of values.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The score of each value at its position, ties ranked alike. Values come in ascending order.
    pub fn of(&self, ascending: &[(f64, u32)]) -> Vec<f64> {
        assert_eq!(ascending.len(), self.size(), "scores of another number of values");
        let mut scores = vec![0.0; self.size()];
        let mut below = 0;
        for ties in ascending.chunk_by(|a, b| a.0 == b.0) {
            let score = match ties {
                [_] => self.0[below],
                _ => score(below as f64 + (ties.len() as f64 + 1.0) / 2.0, self.size()),
            };
            ties.iter().for_each(|&(_, position)| scores[position as usize] = score);
            below += ties.len();
        }
        scores
    }
}

fn score(rank: f64, size: usize) -> f64 {
    normal_quantile((rank - 0.375) / (size as f64 + 0.25))
}

/// Values with their positions, in ascending order.
pub fn ascending(values: &[f64]) -> Vec<(f64, u32)> {
    let mut pairs: Vec<(f64, u32)> = values.iter().copied().zip(0..).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    pairs
}

/// The median of an even number of values in ascending order.
pub fn median(ascending: &[(f64, u32)]) -> f64 {
    let middle = ascending.len() / 2;
    (ascending[middle - 1].0 + ascending[middle].0) / 2.0
}

/// Distances from `centre` in ascending order, given the values in ascending order: a merge outwards from the centre.
pub fn folded(ascending: &[(f64, u32)], centre: f64) -> Vec<(f64, u32)> {
    let (below, above) = ascending.split_at(ascending.partition_point(|pair| pair.0 < centre));
    let distance = |pair: &(f64, u32)| ((pair.0 - centre).abs(), pair.1);
    let (mut below, mut above) =
        (below.iter().rev().map(distance).peekable(), above.iter().map(distance).peekable());
    let mut merged = Vec::with_capacity(ascending.len());
    while let Some(nearest) = match (below.peek(), above.peek()) {
        (Some(left), Some(right)) if left.0 < right.0 => below.next(),
        (Some(_), None) => below.next(),
        _ => above.next(),
    } {
        merged.push(nearest);
    }
    merged
}

/// The standard normal quantile, to 1e-16 relative (Wichura 1988, algorithm AS 241, PPND16).
fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(&CENTRE, 0.180625 - q * q);
    }
    let r = (-p.min(1.0 - p).ln()).sqrt();
    let tail = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    tail.copysign(q)
}

/// Coefficients of numerator and denominator, from the constant up.
type Rational = [[f64; 8]; 2];

fn ratio(rational: &Rational, x: f64) -> f64 {
    let [numerator, denominator] = rational
        .map(|coefficients| coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient));
    numerator / denominator
}

const CENTRE: Rational = [
    [
        3.387_132_872_796_366_608_0,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083_0e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061_0e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561_0e3,
    ],
];

const MIDDLE: Rational = [
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_90,
        5.769_497_221_460_691_405_50,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_70e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_40e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_40,
        6.897_673_349_851_000_045_50e-1,
        1.481_039_764_274_800_745_90e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946_00e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
];

const FAR: Rational = [
    [
        6.657_904_643_501_103_777_20,
        5.463_784_911_164_114_369_90,
        1.784_826_539_917_291_335_80,
        2.965_605_718_285_048_912_30e-1,
        2.653_218_952_657_612_309_30e-2,
        1.242_660_947_388_078_438_60e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879_376_90e-1,
        1.369_298_809_227_358_053_10e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591_00e-4,
        1.846_318_317_510_054_681_80e-5,
        1.421_511_758_316_445_888_70e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.norm.ppf, scipy 1.17.1.
    #[test]
    fn quantiles_agree_with_scipy() {
        let known = [
            (0.5, 0.0),
            (0.07, -1.4757910281791706),
            (0.075, -1.4395314709384563),
            (0.3, -0.5244005127080409),
            (0.9999, 3.719016485455709),
            (1e-12, -7.034483825301131),
            (1e-300, -37.0470962993612),
        ];
        for (p, quantile) in known {
            let found = normal_quantile(p);
            assert!((found - quantile).abs() <= 1e-14 * f64::abs(quantile), "{p}: {found} is not {quantile}");
        }
    }

    #[test]
    fn ties_share_the_mean_of_their_ranks() {
        let scores = Scores::new(4).of(&ascending(&[7.0, 7.0, 1.0, 9.0]));
        assert_eq!(scores[0], scores[1]);
        assert_eq!(scores[0], normal_quantile((2.5 - 0.375) / 4.25));
        assert_eq!(scores[2], -scores[3]);
    }

    #[test]
    fn folding_sorts_by_the_distance_from_the_centre() {
        let values = [3.0, -1.0, 0.5, 8.0, 0.5, -2.0, 1.0];
        for centre in [-3.0, -2.0, 0.5, 0.7, 8.0, 9.0] {
            let distances: Vec<f64> = values.iter().map(|value: &f64| (value - centre).abs()).collect();
            let found: Vec<f64> = folded(&ascending(&values), centre).iter().map(|pair| pair.0).collect();
            let expected: Vec<f64> = ascending(&distances).iter().map(|pair| pair.0).collect();
            assert_eq!(found, expected, "around {centre}");
        }
    }
}
