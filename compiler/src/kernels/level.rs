//! Which vector instructions this machine has, found once; nothing but speed depends on the answer.

use std::fmt;
use std::sync::OnceLock;

/// A compilation of the tile kernels. Every level gives the same bits; a higher one is wider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 128-bit vectors with fused multiply-add: all aarch64 machines. Never chosen on x86-64, but tests run
    /// it there.
    Baseline,
    /// x86-64-v3: 256-bit vectors.
    Avx2,
    /// x86-64-v4: 512-bit vectors.
    Avx512,
}

/// The processor lacks fused multiply-add or AVX2, so it cannot run what is generated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsupportedProcessor;

impl fmt::Display for UnsupportedProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this processor is too old: x86-64 with AVX2 and FMA (2013 on), or aarch64, is needed")
    }
}

impl std::error::Error for UnsupportedProcessor {}

/// The widest level of this machine, found at the first call.
pub fn level() -> Result<Level, UnsupportedProcessor> {
    static LEVEL: OnceLock<Option<Level>> = OnceLock::new();
    let least = if cfg!(target_arch = "x86_64") { Level::Avx2 } else { Level::Baseline };
    let widest = || Level::supported().last().filter(|widest| *widest >= least);
    LEVEL.get_or_init(widest).ok_or(UnsupportedProcessor)
}

impl Level {
    /// All levels, narrowest first.
    pub const ALL: [Level; 3] = [Level::Baseline, Level::Avx2, Level::Avx512];

    /// The levels that this machine can run, narrowest first: what tests compare.
    pub fn supported() -> impl Iterator<Item = Level> {
        Level::ALL.into_iter().filter(|level| level.is_supported())
    }

    /// True when this machine can run the level.
    #[cfg(target_arch = "x86_64")]
    pub fn is_supported(self) -> bool {
        let fused = is_x86_feature_detected!("fma");
        match self {
            Level::Baseline => fused,
            Level::Avx2 => fused && is_x86_feature_detected!("avx2"),
            Level::Avx512 => {
                Level::Avx2.is_supported()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
        }
    }

    /// True when this machine can run the level.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn is_supported(self) -> bool {
        self == Level::Baseline
    }
}

/// One value for each level, most often a pointer to a function compiled for it.
#[derive(Clone, Copy, Debug)]
pub struct PerLevel<T> {
    pub(crate) baseline: T,
    pub(crate) avx2: T,
    pub(crate) avx512: T,
}

impl<T: Copy> PerLevel<T> {
    /// The entry of `level`. Panics when this machine cannot run it, so that what is returned may be called.
    pub fn get(&self, level: Level) -> T {
        assert!(level.is_supported(), "{level:?} kernels asked for on a machine without them");
        match level {
            Level::Baseline => self.baseline,
            Level::Avx2 => self.avx2,
            Level::Avx512 => self.avx512,
        }
    }
}

/// Compiles one body for every level: defines the functions `baseline`, `avx2` and `avx512` around
/// an `#[inline(always)]` function of the given signature.
macro_rules! for_each_level {
    ($body:path, fn($($name:ident: $kind:ty),* $(,)?) $(-> $output:ty)?) => {
        #[cfg_attr(target_arch = "x86_64", target_feature(enable = "fma"))]
        pub(super) unsafe extern "C" fn baseline($($name: $kind),*) $(-> $output)? {
            // Safety: the caller's promises are the body's.
            unsafe { $body($($name),*) }
        }
        #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2,fma"))]
        pub(super) unsafe extern "C" fn avx2($($name: $kind),*) $(-> $output)? {
            // Safety: the caller's promises are the body's.
            unsafe { $body($($name),*) }
        }
        #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma"))]
        pub(super) unsafe extern "C" fn avx512($($name: $kind),*) $(-> $output)? {
            // Safety: the caller's promises are the body's.
            unsafe { $body($($name),*) }
        }
    };
}

/// The [`PerLevel`] of the functions that `for_each_level!` defined in a module.
macro_rules! per_level {
    ($module:ident, $kind:ty) => {
        $crate::kernels::level::PerLevel {
            baseline: $module::baseline as $kind,
            avx2: $module::avx2 as $kind,
            avx512: $module::avx512 as $kind,
        }
    };
}

pub(crate) use {for_each_level, per_level};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_of_this_machine_is_supported_and_widest() {
        let level = level().expect("the tests need a supported processor");
        assert!(Level::supported().all(|other| other <= level && other.is_supported()));
        assert_eq!(Level::supported().next(), Some(Level::Baseline));
    }
}
