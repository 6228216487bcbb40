//! How deeply the checker calls itself: it checks a function where it meets the first call of it.

use std::collections::BTreeMap;

use super::reader::{Fault, Function};

/// How many times the depth of a single function the stack has to hold; without optimisation the checker takes some
/// 100 kB of it per level.
const CHAIN: usize = 2;

/// Refuses functions whose chains of calls are too deep for the stack.
pub(super) fn bound(
    functions: &BTreeMap<&str, Function<'_>>,
    max_depth: usize,
) -> Result<(), Fault> {
    let mut callers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, function) in functions {
        let callees = function.calls.iter().filter(|f| functions.contains_key(*f));
        let callees: Vec<&&str> = callees.collect();
        for callee in &callees {
            callers.entry(callee).or_default().push(name);
        }
        open.insert(name, callees.len());
    }
    // Functions all of whose callees are known; the depth of a function includes its callees.
    let mut ready: Vec<&str> = (open.iter().filter(|(_, open)| **open == 0))
        .map(|(name, _)| *name)
        .collect();
    let mut below: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut done, mut deepest, mut sum) = (0, 0, 0);
    while let Some(name) = ready.pop() {
        done += 1;
        let height = functions.get(name).map_or(0, |function| function.height);
        let depth = below.get(name).copied().unwrap_or(0).saturating_add(height);
        deepest = deepest.max(depth);
        for caller in callers.get(name).into_iter().flatten() {
            let below = below.entry(caller).or_default();
            *below = depth.max(*below);
            if let Some(open) = open.get_mut(caller) {
                *open -= 1;
                if *open == 0 {
                    ready.push(caller);
                }
            }
        }
    }
    if done < functions.len() {
        // Functions that call themselves: the checker refuses them, but walks through each of them once.
        for function in functions.values() {
            sum = function.height.saturating_add(sum);
        }
    }
    if deepest.max(sum) > max_depth.saturating_mul(CHAIN) {
        return Err(Fault::TooDeep);
    }
    Ok(())
}
