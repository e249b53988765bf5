//! What distributions declare of themselves.

/// What a distribution may declare of itself besides its log density.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// log P(X <= x).
    LogCdf,
    /// log P(X > x).
    LogSurvival,
    /// The value with probability `u` below it.
    Quantile,
    /// The value with probability `u` above it.
    UpperQuantile,
    /// The mean.
    Mean,
    /// The variance; of vectors, of each entry.
    Variance,
}

impl Fact {
    /// Every one.
    pub const ALL: [Fact; 6] =
        [Fact::LogCdf, Fact::LogSurvival, Fact::Quantile, Fact::UpperQuantile, Fact::Mean, Fact::Variance];

    /// How it is written.
    pub fn name(self) -> &'static str {
        match self {
            Fact::LogCdf => "log_cdf",
            Fact::LogSurvival => "log_survival",
            Fact::Quantile => "quantile",
            Fact::UpperQuantile => "upper_quantile",
            Fact::Mean => "mean",
            Fact::Variance => "variance",
        }
    }

    /// Whether it is a function of a probability.
    pub fn takes_probability(self) -> bool {
        matches!(self, Fact::Quantile | Fact::UpperQuantile)
    }

    /// Whether it is a function of a value.
    pub fn takes_value(self) -> bool {
        matches!(self, Fact::LogCdf | Fact::LogSurvival)
    }
}
