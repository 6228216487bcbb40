// When can we all meet?
//
// Seats: four people, each with twelve times yes or no: whether they are free in slot 0, 1, ..., 11.
// Computes: the first slot in which all are free.
// Reveals: `At(slot)` or `Never` to every output party. All learn that somebody is busy in each slot before; nothing of later
//   slots, and not who is busy when.
// Does not protect: when everybody else is free in an earlier slot, from the one who was busy then and whoever knows it.
//   Claiming to be free always makes the others' common slot known.
//
// vector: [true, true, false, true, true, false, false, true, true, true, false, true] | [false, true, true, true, true, true, false, false, true, true, true, true] | [true, false, true, true, true, true, true, true, true, true, true, true] | [true, true, true, false, true, false, true, false, true, false, true, false] -> Slot::At(4)
// vector: [true, false, false, false, false, false, false, false, false, false, false, false] | [true, true, true, true, true, true, true, true, true, true, true, true] | [true, true, true, true, true, true, true, true, true, true, true, true] | [true, true, true, true, true, true, true, true, true, true, true, true] -> Slot::At(0)
// vector: [true, true, true, true, true, true, false, false, false, false, false, false] | [false, false, false, false, false, false, true, true, true, true, true, true] | [true, true, true, true, true, true, true, true, true, true, true, true] | [true, true, true, true, true, true, true, true, true, true, true, true] -> Slot::Never
// vector: [false, false, false, false, false, false, false, false, false, false, false, true] | [true, true, true, true, true, true, true, true, true, true, true, true] | [true, true, true, true, true, true, true, true, true, true, true, true] | [true, true, true, true, true, true, true, true, true, true, true, true] -> Slot::At(11)

enum Slot {
    Never,
    At(u8),
}

pub fn main(ann: [bool; 12], ben: [bool; 12], cem: [bool; 12], dot: [bool; 12]) -> Slot {
    let mut found = false;
    let mut at = 0u8;
    for slot in 0usize..12usize {
        let is_first = ann[slot] & ben[slot] & cem[slot] & dot[slot] & !found;
        // At most one slot is the first, so that XOR, which is free, does for OR and for choosing.
        found = found ^ is_first;
        at = at ^ (if is_first { slot as u8 } else { 0u8 });
    }
    if found {
        Slot::At(at)
    } else {
        Slot::Never
    }
}
