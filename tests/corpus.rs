//! Replays the fuzzer's corpus: what it once found interesting stays harmless.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::{fs, path::Path};

fn replay(name: &str, target: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("fuzz/corpus").join(name);
    let files = fs::read_dir(folder).expect("a corpus");
    let mut count = 0;
    for file in files {
        let file = file.expect("an entry").path();
        target(&fs::read(file).expect("a file"));
        count += 1;
    }
    assert!(count > 0, "an empty corpus");
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
