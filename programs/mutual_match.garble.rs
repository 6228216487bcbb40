// Which of us like each other?
//
// Seats: four people, each with four times yes or no: whether they like the person at seat 0, 1, 2, 3. What somebody says
//   of themselves does not matter.
// Computes: for each pair whether both said yes.
// Reveals: the pairs that match to every output party, in the order 0-1, 0-2, 0-3, 1-2, 1-3, 2-3. A yes that is not returned
//   stays hidden from all, even from the one it was meant for.
// Does not protect: a no: whoever said yes and sees no match knows that it was not returned. Saying yes to everybody shows who
//   likes you.
//
// vector: [false, true, false, true] | [true, false, false, false] | [true, true, false, true] | [true, false, true, false] -> [true, false, true, false, false, true]
// vector: [true, false, false, false] | [false, true, false, false] | [false, false, true, false] | [false, false, false, true] -> [false, false, false, false, false, false]
// vector: [false, true, true, true] | [true, false, true, true] | [true, true, false, true] | [true, true, true, false] -> [true, true, true, true, true, true]
// vector: [false, true, true, true] | [false, false, false, false] | [false, false, false, false] | [false, false, false, false] -> [false, false, false, false, false, false]

pub fn main(ann: [bool; 4], ben: [bool; 4], cem: [bool; 4], dot: [bool; 4]) -> [bool; 6] {
    [
        ann[1] & ben[0],
        ann[2] & cem[0],
        ann[3] & dot[0],
        ben[2] & cem[1],
        ben[3] & dot[1],
        cem[3] & dot[2],
    ]
}
