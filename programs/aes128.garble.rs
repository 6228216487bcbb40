// What is this block, encrypted with a key that nobody else may see (AES-128)?
//
// Seats: the owner of the key and the owner of the block, sixteen bytes each.
// Computes: AES-128 of the block (FIPS 197). The S-box is that of Boyar and Peralta ("A new combinational logic minimization
//   technique with applications to cryptology", SEA 2010) with 32 AND gates, in the form of 113 gates in all that their
//   group published later; 200 of them are all that costs.
// Reveals: the encrypted block to every output party.
// Does not protect: the key against a block's owner who asks for many chosen blocks any more than AES does; nor the block
//   from the key's owner if that one is an output party, who can decrypt it: then set `--output-parties 1`.
//
// vector: [43, 126, 21, 22, 40, 174, 210, 166, 171, 247, 21, 136, 9, 207, 79, 60] | [50, 67, 246, 168, 136, 90, 48, 141, 49, 49, 152, 162, 224, 55, 7, 52] -> [57, 37, 132, 29, 2, 220, 9, 251, 220, 17, 133, 151, 25, 106, 11, 50]
// vector: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] | [0, 17, 34, 51, 68, 85, 102, 119, 136, 153, 170, 187, 204, 221, 238, 255] -> [105, 196, 224, 216, 106, 123, 4, 48, 216, 205, 183, 128, 112, 180, 197, 90]
// vector: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] | [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] -> [102, 233, 75, 212, 239, 138, 44, 59, 136, 76, 250, 89, 202, 52, 43, 46]

pub fn main(key: [u8; 16], block: [u8; 16]) -> [u8; 16] {
    let mut round_key = key;
    let mut constant = 1u8;
    let mut state = added(block, key);
    for round in 1usize..11usize {
        round_key = next_key(round_key, constant);
        constant = doubled(constant);
        state = shifted(substituted(state));
        if round < 10usize {
            state = mixed(state);
        }
        state = added(state, round_key);
    }
    state
}

fn added(a: [u8; 16], b: [u8; 16]) -> [u8; 16] {
    let mut sum = a;
    for i in 0usize..16usize {
        sum[i] = a[i] ^ b[i];
    }
    sum
}

fn substituted(state: [u8; 16]) -> [u8; 16] {
    let mut result = state;
    for i in 0usize..16usize {
        result[i] = sbox(state[i]);
    }
    result
}

// Row r of the four columns moves by r places.
fn shifted(state: [u8; 16]) -> [u8; 16] {
    let mut result = state;
    for i in 0usize..16usize {
        result[i] = state[(i * 5usize) % 16usize];
    }
    result
}

fn mixed(state: [u8; 16]) -> [u8; 16] {
    let mut result = state;
    for column in 0usize..4usize {
        let at = column * 4usize;
        let all = state[at] ^ state[at + 1usize] ^ state[at + 2usize] ^ state[at + 3usize];
        for row in 0usize..4usize {
            let this = state[at + row];
            let next = state[at + (row + 1usize) % 4usize];
            result[at + row] = this ^ all ^ doubled(this ^ next);
        }
    }
    result
}

fn next_key(key: [u8; 16], constant: u8) -> [u8; 16] {
    let mut next = key;
    next[0] = key[0] ^ sbox(key[13]) ^ constant;
    next[1] = key[1] ^ sbox(key[14]);
    next[2] = key[2] ^ sbox(key[15]);
    next[3] = key[3] ^ sbox(key[12]);
    for i in 4usize..16usize {
        next[i] = key[i] ^ next[i - 4usize];
    }
    next
}

// Times x in the field of 256 elements.
fn doubled(a: u8) -> u8 {
    let carry = (a >> 7u8) as bool;
    (a << 1u8) ^ (if carry { 27u8 } else { 0u8 })
}

// x0 and s0 are the highest bits.
fn sbox(byte: u8) -> u8 {
    let x0 = (byte >> 7u8) as bool;
    let x1 = (byte >> 6u8) as bool;
    let x2 = (byte >> 5u8) as bool;
    let x3 = (byte >> 4u8) as bool;
    let x4 = (byte >> 3u8) as bool;
    let x5 = (byte >> 2u8) as bool;
    let x6 = (byte >> 1u8) as bool;
    let x7 = byte as bool;
    // A linear layer.
    let y14 = x3 ^ x5;
    let y13 = x0 ^ x6;
    let y9 = x0 ^ x3;
    let y8 = x0 ^ x5;
    let t0 = x1 ^ x2;
    let y1 = t0 ^ x7;
    let y4 = y1 ^ x3;
    let y12 = y13 ^ y14;
    let y2 = y1 ^ x0;
    let y5 = y1 ^ x6;
    let y3 = y5 ^ y8;
    let t1 = x4 ^ y12;
    let y15 = t1 ^ x5;
    let y20 = t1 ^ x1;
    let y6 = y15 ^ x7;
    let y10 = y15 ^ t0;
    let y11 = y20 ^ y9;
    let y7 = x7 ^ y11;
    let y17 = y10 ^ y11;
    let y19 = y10 ^ y8;
    let y16 = t0 ^ y11;
    let y21 = y13 ^ y16;
    let y18 = x0 ^ y16;
    // Inversion in the field.
    let t2 = y12 & y15;
    let t3 = y3 & y6;
    let t4 = t3 ^ t2;
    let t5 = y4 & x7;
    let t6 = t5 ^ t2;
    let t7 = y13 & y16;
    let t8 = y5 & y1;
    let t9 = t8 ^ t7;
    let t10 = y2 & y7;
    let t11 = t10 ^ t7;
    let t12 = y9 & y11;
    let t13 = y14 & y17;
    let t14 = t13 ^ t12;
    let t15 = y8 & y10;
    let t16 = t15 ^ t12;
    let t17 = t4 ^ t14;
    let t18 = t6 ^ t16;
    let t19 = t9 ^ t14;
    let t20 = t11 ^ t16;
    let t21 = t17 ^ y20;
    let t22 = t18 ^ y19;
    let t23 = t19 ^ y21;
    let t24 = t20 ^ y18;
    let t25 = t21 ^ t22;
    let t26 = t21 & t23;
    let t27 = t24 ^ t26;
    let t28 = t25 & t27;
    let t29 = t28 ^ t22;
    let t30 = t23 ^ t24;
    let t31 = t22 ^ t26;
    let t32 = t31 & t30;
    let t33 = t32 ^ t24;
    let t34 = t23 ^ t33;
    let t35 = t27 ^ t33;
    let t36 = t24 & t35;
    let t37 = t36 ^ t34;
    let t38 = t27 ^ t36;
    let t39 = t29 & t38;
    let t40 = t25 ^ t39;
    let t41 = t40 ^ t37;
    let t42 = t29 ^ t33;
    let t43 = t29 ^ t40;
    let t44 = t33 ^ t37;
    let t45 = t42 ^ t41;
    let z0 = t44 & y15;
    let z1 = t37 & y6;
    let z2 = t33 & x7;
    let z3 = t43 & y16;
    let z4 = t40 & y1;
    let z5 = t29 & y7;
    let z6 = t42 & y11;
    let z7 = t45 & y17;
    let z8 = t41 & y10;
    let z9 = t44 & y12;
    let z10 = t37 & y3;
    let z11 = t33 & y4;
    let z12 = t43 & y13;
    let z13 = t40 & y5;
    let z14 = t29 & y2;
    let z15 = t42 & y9;
    let z16 = t45 & y14;
    let z17 = t41 & y8;
    // A linear layer again, the affine map included.
    let tc1 = z15 ^ z16;
    let tc2 = z10 ^ tc1;
    let tc3 = z9 ^ tc2;
    let tc4 = z0 ^ z2;
    let tc5 = z1 ^ z0;
    let tc6 = z3 ^ z4;
    let tc7 = z12 ^ tc4;
    let tc8 = z7 ^ tc6;
    let tc9 = z8 ^ tc7;
    let tc10 = tc8 ^ tc9;
    let tc11 = tc6 ^ tc5;
    let tc12 = z3 ^ z5;
    let tc13 = z13 ^ tc1;
    let tc14 = tc4 ^ tc12;
    let s3 = tc3 ^ tc11;
    let tc16 = z6 ^ tc8;
    let tc17 = z14 ^ tc10;
    let tc18 = tc13 ^ tc14;
    let s7 = !(z12 ^ tc18);
    let tc20 = z15 ^ tc16;
    let tc21 = tc2 ^ z11;
    let s0 = tc3 ^ tc16;
    let s6 = !(tc10 ^ tc18);
    let s4 = tc14 ^ s3;
    let s1 = !(s3 ^ tc16);
    let tc26 = tc17 ^ tc20;
    let s2 = !(tc26 ^ z17);
    let s5 = tc21 ^ tc17;
    ((s0 as u8) << 7u8) ^ ((s1 as u8) << 6u8) ^ ((s2 as u8) << 5u8) ^ ((s3 as u8) << 4u8)
        ^ ((s4 as u8) << 3u8) ^ ((s5 as u8) << 2u8) ^ ((s6 as u8) << 1u8) ^ (s7 as u8)
}
