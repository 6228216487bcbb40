//! The pure machines: no network, no clock, no ambient randomness. Time and randomness are parameters, so that every run
//! can be simulated and repeated from a seed.

pub mod attest;
pub mod forward;
pub mod link;
pub mod roster;
pub mod route;
pub mod seal;
pub mod signed;
pub mod wire;
