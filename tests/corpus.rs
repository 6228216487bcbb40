//! Replays the fuzzer's corpus: what it once found interesting stays harmless. And a little fuzzing of its own, the same in
//! every run: changed, cut, doubled and spliced files of the corpus.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::{fs, path::Path};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Changed files for each target.
const CHANGED: usize = 2_000;

fn replay(name: &str, target: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("fuzz/corpus").join(name);
    let entries = fs::read_dir(folder).expect("a corpus");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let files: Vec<_> = files
        .iter()
        .map(|file| fs::read(file).expect("a file"))
        .collect();
    assert!(!files.is_empty(), "an empty corpus");
    files.iter().for_each(|file| target(file));
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for _ in 0..CHANGED {
        target(&changed(&files, &mut rng));
    }
}

fn changed(files: &[Vec<u8>], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = files[rng.random_range(0..files.len())].clone();
    for _ in 0..rng.random_range(1..5) {
        let at = rng.random_range(0..=bytes.len());
        match rng.random_range(0..5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, rng.random()),
            2 => bytes.extend_from_within(at..),
            3 => {
                let other = &files[rng.random_range(0..files.len())];
                let from = rng.random_range(0..=other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ if at < bytes.len() => {
                let odd = [0, 1, 0x7f, 0x80, 0xff, rng.random()];
                bytes[at] = odd[rng.random_range(0..odd.len())];
            }
            _ => {}
        }
    }
    bytes
}

#[test]
fn tickets() {
    replay("ticket", targets::ticket);
}

#[test]
fn lobby_messages() {
    replay("lobby", targets::lobby);
}

#[test]
fn link_frames() {
    replay("link", targets::link);
}

#[test]
fn engine_messages() {
    replay("guard", targets::guard);
}
