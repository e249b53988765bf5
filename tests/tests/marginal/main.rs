//! Discrete sites summed out: equal to enumeration over all their values, the same natively, with gradients that agree
//! with differences; drawn from their exact conditionals; chains by the forward algorithm.

mod case;
mod chain;
mod densities;
mod draws;
mod refusals;
mod shared;
mod table;
mod tails;
