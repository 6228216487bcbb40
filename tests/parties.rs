//! Any number of parties. A target of its own: sixteen parties in one process keep a small machine busy, and whatever runs
//! beside them would take the time that they need to answer each other.

#[path = "support/process.rs"]
mod process;

use process::{Folder, Line};

#[test]
fn any_number_of_parties_up_to_sixteen_is_right() {
    let folder = Folder::new();
    for parties in [2, 5, 8, 12, 16] {
        let source = format!(
            "pub fn main(xs: [u32; {parties}]) -> u32 {{
                let mut sum = 0u32;
                for x in xs {{ sum = sum + x; }}
                sum
            }}"
        );
        let program = folder.file("sum.garble.rs", &source);
        let inputs: Vec<String> = (1..=parties).map(|n| (n * n).to_string()).collect();
        let mut line = Line::new(&["simulate", &program]);
        for input in &inputs {
            line = line.and(&["--input", input]);
        }
        let sum: u32 = (1..=parties).map(|n| n * n).sum();
        let end = line.run();
        end.is(0, &format!("{sum}\n"));
        end.tells(&format!("{parties} parties"));
    }
}
