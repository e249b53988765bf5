//! Random numbers as a fast hand would make them: xoshiro256++ (Blackman and Vigna 2019) and the ziggurat of Marsaglia and Tsang
//! (2000) with 256 layers.

/// Layers of the ziggurat.
const LAYERS: usize = 256;
/// Where the tail begins, and the area of each layer (Doornik 2005, table 1).
const TAIL: f64 = 3.654_152_885_361_008_8;
const AREA: f64 = 0.004_928_673_233_99;

/// Standard normal numbers.
pub struct Normals {
    state: [u64; 4],
    x: [f64; LAYERS + 1],
    f: [f64; LAYERS + 1],
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp()
}

impl Normals {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Normals {
        let mut word = seed;
        let state = [0; 4].map(|_: u64| {
            word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        });
        let mut x = [0.0; LAYERS + 1];
        (x[0], x[1]) = (AREA / density(TAIL), TAIL);
        for layer in 2..LAYERS {
            x[layer] = (-2.0 * (AREA / x[layer - 1] + density(x[layer - 1])).ln()).sqrt();
        }
        Normals { state, x, f: x.map(density) }
    }

    #[inline(always)]
    fn word(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    #[inline(always)]
    fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 * 2.0_f64.powi(-53)
    }

    /// The next.
    #[inline(always)]
    pub fn next(&mut self) -> f64 {
        loop {
            let word = self.word();
            let layer = (word & 0xff) as usize;
            let u = 2.0 * ((word >> 11) as f64 * 2.0_f64.powi(-53)) - 1.0;
            let x = u * self.x[layer];
            if x.abs() < self.x[layer + 1] {
                return x;
            }
            if let Some(x) = self.edge(layer, x, u) {
                return x;
            }
        }
    }

    #[cold]
    fn edge(&mut self, layer: usize, x: f64, u: f64) -> Option<f64> {
        if layer > 0 {
            let height = self.f[layer + 1] + (self.f[layer] - self.f[layer + 1]) * self.uniform();
            return (height < density(x)).then_some(x);
        }
        loop {
            let (a, b) = (-(1.0 - self.uniform()).ln() / TAIL, -(1.0 - self.uniform()).ln());
            if 2.0 * b > a * a {
                return Some((TAIL + a).copysign(u));
            }
        }
    }
}
