//! The built-in programs: those of `programs/`, by name, so that `--program average` works on a machine that has the
//! binary and nothing else.

use crate::program::Source;

/// A program that comes with the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name: that of its file without `.garble.rs`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! built_ins {
    ($($name:literal)*) => {
        /// All of them, by name.
        pub const BUILT_INS: &[BuiltIn] = &[$(BuiltIn {
            name: $name,
            text: include_str!(concat!("../programs/", $name, ".garble.rs")),
        }),*];
    };
}

built_ins! {
    "add" "aes128" "approval_vote" "average" "credit_score" "double_auction" "fair_draw" "first_price" "genomic_match"
    "histogram" "k_nearest" "linear_regression" "median" "meeting_slot" "millionaires" "min_max" "mutual_match"
    "percentile" "psi" "psi_cardinality" "psi_sum" "ranked_vote" "veto" "vickrey" "vote" "wage_gap"
}

impl BuiltIn {
    /// Finds one by its name.
    pub fn find(name: &str) -> Option<Self> {
        BUILT_INS.iter().find(|it| it.name == name).copied()
    }

    /// The question that it answers: the first line of its header.
    pub fn question(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default();
        line.trim_start_matches('/').trim()
    }

    /// The program. Its digest is that of the file.
    pub fn source(&self) -> Source {
        Source::new(format!("{}.garble.rs", self.name), self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn every_program_of_the_folder_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
        let names = fs::read_dir(folder).unwrap().filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".garble.rs").map(str::to_string)
        });
        let names: BTreeSet<String> = names.collect();
        let built_in: Vec<String> = BUILT_INS.iter().map(|it| it.name.into()).collect();
        assert_eq!(built_in, names.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_program_is_found_by_its_name() {
        let average = BuiltIn::find("average").unwrap();
        assert!(
            average.question().contains("average"),
            "{}",
            average.question()
        );
        assert_eq!(BuiltIn::find("averag"), None);
        assert_eq!(BuiltIn::find("average.garble.rs"), None);
    }
}
