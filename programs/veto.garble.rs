// Does anybody object?
//
// Seats: four equal parties, each with `true` to object or `false`.
// Computes: whether nobody objects.
// Reveals: `true` if nobody objects, to every output party. Otherwise nobody learns who objects, or how many.
// Does not protect: a lone objector from the others if they compare notes; whoever objects learns nothing, whoever does not
//   learns whether somebody else does.
//
// vector: false | false | false | false -> true
// vector: false | true | false | false -> false
// vector: true | true | true | true -> false
// vector: false | false | false | true -> false

pub fn main(objects: [bool; 4]) -> bool {
    !(objects[0] | objects[1] | objects[2] | objects[3])
}
