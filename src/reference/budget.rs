//! Bounds on the work of an evaluation.
//!
//! Programs and constants come from peers, and a few lines can ask for
//! arrays of arrays of any size. Each visited node and each touched element
//! is a step, each element of a new collection a cell; when either budget is
//! used up the evaluation ends with an error.

use super::Error;

/// How much work one evaluation may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Nodes visited plus elements compared or copied.
    pub steps: u64,
    /// Elements of all collections ever made, 32 bytes each at most.
    pub cells: u64,
}

impl Default for Limits {
    /// Room for a program of about a hundred million gates: some minutes and
    /// 2 GB at the very most.
    fn default() -> Self {
        Self {
            steps: 1_000_000_000,
            cells: 1 << 26,
        }
    }
}

/// What is left of the limits.
#[derive(Debug)]
pub(super) struct Budget(Limits);

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self(limits)
    }

    /// Pays for steps that are about to be done.
    pub(super) fn steps(&mut self, n: usize) -> Result<(), Error> {
        let left = self.0.steps.checked_sub(n as u64);
        self.0.steps = left.ok_or(Error::TooManySteps)?;
        Ok(())
    }

    /// Pays for the elements of a collection that is about to be made.
    pub(super) fn cells(&mut self, n: usize) -> Result<(), Error> {
        self.steps(n)?;
        let left = self.0.cells.checked_sub(n as u64);
        self.0.cells = left.ok_or(Error::TooLarge)?;
        Ok(())
    }
}
