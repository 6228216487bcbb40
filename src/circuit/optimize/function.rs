//! Boolean functions of at most six variables as truth tables: bit x of the table is the value at
//! the point x.

/// The number of variables of the largest functions.
pub(super) const VARIABLES: usize = 6;

/// The truth table of each variable.
pub(super) const VARIABLE: [u64; VARIABLES] = [
    0xaaaa_aaaa_aaaa_aaaa,
    0xcccc_cccc_cccc_cccc,
    0xf0f0_f0f0_f0f0_f0f0,
    0xff00_ff00_ff00_ff00,
    0xffff_0000_ffff_0000,
    0xffff_ffff_0000_0000,
];

/// A function of all six variables, of which those from `variables` on do not matter, from its
/// first 2^`variables` values.
pub(super) fn widen(table: u64, variables: usize) -> u64 {
    let mut table = table & low_bits(variables);
    for variable in variables..VARIABLES {
        table |= table << (1 << variable);
    }
    table
}

/// The first 2^`variables` values of a table.
pub(super) fn low_bits(variables: usize) -> u64 {
    if variables == VARIABLES {
        u64::MAX
    } else {
        (1 << (1u32 << variables)) - 1
    }
}

/// The function x -> f(x + `direction`).
pub(super) fn translate(mut table: u64, direction: usize) -> u64 {
    for (variable, mask) in VARIABLE.iter().enumerate() {
        if direction >> variable & 1 == 1 {
            let distance = 1 << variable;
            table = (table & mask) >> distance | (table & !mask) << distance;
        }
    }
    table
}

/// The derivative x -> f(x) + f(x + `direction`).
pub(super) fn derivative(table: u64, direction: usize) -> u64 {
    table ^ translate(table, direction)
}

/// The coefficients of the algebraic normal form; bit s belongs to the product of the variables in
/// the set s. The map is its own inverse (Möbius transform).
pub(super) fn normal_form(mut table: u64) -> u64 {
    for (variable, mask) in VARIABLE.iter().enumerate() {
        table ^= (table & !mask) << (1 << variable);
    }
    table
}

/// The coefficients of degree 0 and 1 of a normal form.
pub(super) const AFFINE: u64 = 1 | 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16 | 1 << 32;

/// The highest degree in a normal form; 0 for a constant.
pub(super) fn degree(form: u64) -> u32 {
    (0..64u32)
        .filter(|&set| form >> set & 1 == 1)
        .map(u32::count_ones)
        .max()
        .unwrap_or(0)
}

/// The function y -> f(y_0 `columns[0]` + y_1 `columns[1]` + ..), widened.
pub(super) fn substitute(table: u64, columns: &[usize]) -> u64 {
    let mut result = 0;
    let mut point = 0;
    for index in 0..1usize << columns.len() {
        // In the order of the Gray code one column changes at a time.
        if index > 0 {
            point ^= columns[index.trailing_zeros() as usize];
        }
        let gray = index ^ index >> 1;
        result |= (table >> point & 1) << gray;
    }
    widen(result, columns.len())
}

/// Row i of the inverse of the invertible matrix with these columns, as a set of variables: y_i as
/// a sum of the x_j.
pub(super) fn inverse_rows(columns: &[usize]) -> Vec<usize> {
    let size = columns.len();
    // Gauss and Jordan on the rows of (matrix | identity).
    let mut rows: Vec<(usize, usize)> = (0..size)
        .map(|row| {
            let entries = (0..size).filter(|&column| columns[column] >> row & 1 == 1);
            (entries.fold(0, |set, column| set | 1 << column), 1 << row)
        })
        .collect();
    for column in 0..size {
        let Some(pivot) = (column..size).find(|&row| rows[row].0 >> column & 1 == 1) else {
            continue;
        };
        rows.swap(column, pivot);
        let (left, right) = rows[column];
        for (row, entry) in rows.iter_mut().enumerate() {
            if row != column && entry.0 >> column & 1 == 1 {
                entry.0 ^= left;
                entry.1 ^= right;
            }
        }
    }
    rows.into_iter().map(|(_, right)| right).collect()
}

/// Unit vectors that together with the independent `vectors` span all `size` dimensions, followed
/// by the `vectors`.
pub(super) fn completed(vectors: &[usize], size: usize) -> Vec<usize> {
    let mut echelon: Vec<usize> = Vec::with_capacity(size);
    let reduce = |echelon: &[usize], mut vector: usize| {
        for &row in echelon {
            vector = vector.min(vector ^ row);
        }
        vector
    };
    let insert = |echelon: &mut Vec<usize>, vector: usize| {
        let rest = reduce(echelon, vector);
        if rest != 0 {
            echelon.push(rest);
        }
        rest != 0
    };
    for &vector in vectors {
        insert(&mut echelon, vector);
    }
    let mut basis: Vec<usize> = (0..size)
        .map(|bit| 1 << bit)
        .filter(|&unit| insert(&mut echelon, unit))
        .collect();
    basis.extend_from_slice(vectors);
    basis
}
