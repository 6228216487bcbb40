// Do the cases most similar to mine have the illness?
//
// Seats: a patient with three measured values, and two clinics with four known cases each: three values and whether the
//   illness was found.
// Computes: whether it was found in at least two of the three cases that are nearest to the patient's values; distance is
//   the sum of the differences. Among equally near ones the earlier case counts.
// Reveals: yes or no to every output party; no values, no distances, and not which cases are near.
// Does not protect: the clinics against many questions: each answer says something about the cases near to it. Agree on how
//   often it may be asked. Eight cases are an example, not a diagnosis.
//
// vector: [100, 50, 20] | [Case {values: [98, 52, 21], ill: true}, Case {values: [10, 200, 90], ill: false}, Case {values: [105, 47, 30], ill: false}, Case {values: [60, 60, 60], ill: false}] | [Case {values: [101, 50, 19], ill: true}, Case {values: [200, 10, 10], ill: true}, Case {values: [90, 90, 90], ill: false}, Case {values: [0, 0, 0], ill: true}] -> true
// vector: [0, 0, 0] | [Case {values: [255, 255, 255], ill: true}, Case {values: [1, 0, 0], ill: false}, Case {values: [255, 255, 254], ill: true}, Case {values: [0, 2, 0], ill: false}] | [Case {values: [255, 255, 255], ill: true}, Case {values: [255, 255, 255], ill: true}, Case {values: [255, 255, 255], ill: true}, Case {values: [0, 0, 3], ill: true}] -> false
// vector: [9, 9, 9] | [Case {values: [9, 9, 9], ill: true}, Case {values: [9, 9, 9], ill: true}, Case {values: [9, 9, 9], ill: false}, Case {values: [9, 9, 9], ill: false}] | [Case {values: [9, 9, 9], ill: false}, Case {values: [9, 9, 9], ill: false}, Case {values: [9, 9, 9], ill: false}, Case {values: [9, 9, 9], ill: false}] -> true
// vector: [255, 0, 255] | [Case {values: [0, 255, 0], ill: true}, Case {values: [0, 255, 0], ill: true}, Case {values: [0, 255, 0], ill: true}, Case {values: [0, 255, 0], ill: true}] | [Case {values: [0, 255, 0], ill: true}, Case {values: [0, 255, 0], ill: true}, Case {values: [0, 255, 0], ill: false}, Case {values: [255, 0, 254], ill: false}] -> true

struct Case {
    values: [u8; 3],
    ill: bool,
}

pub fn main(patient: [u8; 3], east: [Case; 4], west: [Case; 4]) -> bool {
    let mut nearest = [(0u16, false); 8];
    for i in 0usize..4usize {
        nearest[i] = (distance(patient, east[i].values), east[i].ill);
        nearest[i + 4usize] = (distance(patient, west[i].values), west[i].ill);
    }
    // The three nearest go to the front, one in each turn; the rest needs no order.
    for front in 0usize..3usize {
        for turn in 0usize..7usize {
            let i = 7usize - turn;
            if i > front {
                let (a, b) = (nearest[i - 1usize], nearest[i]);
                if b.0 < a.0 {
                    nearest[i - 1usize] = b;
                    nearest[i] = a;
                }
            }
        }
    }
    let (a, b, c) = (nearest[0].1, nearest[1].1, nearest[2].1);
    // The majority of three by a single AND.
    ((a ^ c) & (b ^ c)) ^ c
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u16 {
    let mut sum = 0u16;
    for i in 0usize..3usize {
        let difference = if a[i] > b[i] { a[i] - b[i] } else { b[i] - a[i] };
        sum = sum + difference as u16;
    }
    sum
}
