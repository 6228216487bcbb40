//! The packet numbers received, as ranges: what is acknowledged, and what is a repeat.

/// Ranges remembered; of a number below the lowest it is no longer known whether it came, so it counts as a repeat.
/// Its sender has long declared it lost. Bounds memory and the cost of an insertion.
const KEPT_RANGES: usize = 64;

/// A set of packet numbers, as disjoint ranges that don't touch.
#[derive(Default)]
pub(super) struct Numbers {
    /// Inclusive, ascending.
    ranges: Vec<(u64, u64)>,
    /// Numbers below are forgotten.
    floor: u64,
}

impl Numbers {
    /// Adds a number; false if it is a repeat.
    pub(super) fn insert(&mut self, number: u64) -> bool {
        if number < self.floor {
            return false;
        }
        // Where the last range that begins at or below the number ends up; nearly always the last of all.
        let after = self.ranges.iter().rposition(|&(low, _)| low <= number);
        let next = after.map_or(0, |at| at + 1);
        if after.is_some_and(|at| number <= self.ranges[at].1) {
            return false;
        }
        let joins_below = after.filter(|&at| self.ranges[at].1.checked_add(1) == Some(number));
        let joins_above = self
            .ranges
            .get(next)
            .is_some_and(|&(low, _)| number.checked_add(1) == Some(low));
        match (joins_below, joins_above) {
            (Some(at), true) => {
                self.ranges[at].1 = self.ranges[next].1;
                self.ranges.remove(next);
            }
            (Some(at), false) => self.ranges[at].1 = number,
            (None, true) => self.ranges[next].0 = number,
            (None, false) => self.ranges.insert(next, (number, number)),
        }
        if self.ranges.len() > KEPT_RANGES {
            let (_, high) = self.ranges.remove(0);
            self.floor = high + 1;
        }
        true
    }

    /// The ranges, inclusive, largest first.
    pub(super) fn newest_first(&self) -> impl ExactSizeIterator<Item = (u64, u64)> {
        self.ranges.iter().rev().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_merge_in_any_order() {
        let mut numbers = Numbers::default();
        for number in [5, 3, 9, 4, 8, 0, 1, 2, u64::MAX, u64::MAX - 1] {
            assert!(numbers.insert(number), "{number}");
            assert!(!numbers.insert(number), "{number}");
        }
        let ranges: Vec<_> = numbers.newest_first().collect();
        assert_eq!(ranges, [(u64::MAX - 1, u64::MAX), (8, 9), (0, 5)]);
    }

    #[test]
    fn what_is_forgotten_counts_as_a_repeat() {
        let mut numbers = Numbers::default();
        for k in 0..1000 {
            assert!(numbers.insert(2 * k));
        }
        assert_eq!(numbers.newest_first().len(), KEPT_RANGES);
        assert!(!numbers.insert(1));
        assert!(numbers.insert(1997));
    }
}
