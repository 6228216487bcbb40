// How are our patients' ages distributed over three clinics?
//
// Seats: three clinics, each with its own counts for six age classes.
// Computes: the sum of the counts for each class, or 0 where it is below five or a clinic has nobody in it.
// Reveals: those six numbers to every output party. A 0 stands for any number that is not shown.
// Does not protect: a clinic from the two others together: its counts are the difference. Nor a person when clinics come
//   back with one patient more; agree on how often it may be run.
//
// vector: [1, 20, 15, 9, 3, 0] | [2, 11, 30, 12, 1, 4] | [1, 9, 22, 1, 1, 7] -> [0, 40, 67, 22, 5, 0]
// vector: [0, 0, 0, 0, 0, 0] | [0, 0, 0, 0, 0, 0] | [0, 0, 0, 0, 0, 0] -> [0, 0, 0, 0, 0, 0]
// vector: [65535, 65535, 1, 2, 2, 1] | [65535, 0, 1, 2, 1, 1] | [65535, 65535, 3, 0, 1, 2] -> [196605, 0, 5, 0, 0, 0]

const CLASSES: usize = 6usize;
const LEAST: u32 = 5u32;

pub fn main(east: [u16; CLASSES], west: [u16; CLASSES], north: [u16; CLASSES]) -> [u32; CLASSES] {
    let mut shown = [0u32; CLASSES];
    for class in 0usize..6usize {
        let a = east[class];
        let b = west[class];
        let c = north[class];
        let sum = a as u32 + b as u32 + c as u32;
        if (a != 0u16) & (b != 0u16) & (c != 0u16) & (sum >= LEAST) {
            shown[class] = sum;
        }
    }
    shown
}
