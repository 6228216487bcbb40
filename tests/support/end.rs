//! How a process ended, and what the tests ask of that.

use serde_json::Value;

/// Exit code and all that was said. Code -1 means that a signal ended it.
#[derive(Debug, Clone)]
pub struct End {
    pub code: i32,
    pub out: String,
    pub err: String,
    pub(super) shown: String,
}

impl End {
    /// Fails unless it ended with this code and this standard output.
    #[track_caller]
    pub fn is(&self, code: i32, out: &str) -> &Self {
        assert_eq!((self.code, self.out.as_str()), (code, out), "{self}");
        self
    }

    /// Fails unless standard error holds this text.
    #[track_caller]
    pub fn tells(&self, text: &str) -> &Self {
        assert!(self.err.contains(text), "expected {text:?} in {self}");
        self
    }

    /// Fails unless the last words on standard error are an error as the manual wants it.
    #[track_caller]
    pub fn is_clear(&self) -> &Self {
        if let Some(why) = self.unclear() {
            panic!("{why} in {self}");
        }
        self
    }

    /// What is wrong with the error on standard error, if anything is: it has one or two lines, apart from the compiler's
    /// excerpt, and nothing that only a developer understands.
    pub fn unclear(&self) -> Option<String> {
        let Some(start) = self.err.find("error: ") else {
            return Some("no error".into());
        };
        let mut lines = self.err[start..].lines();
        let has_excerpt = (lines.next()).is_some_and(|line| line.ends_with("has an error"));
        let more = lines.filter(|line| line.starts_with("hint: ") || !has_excerpt);
        if more.count() > 1 {
            return Some("an error of more than two lines".into());
        }
        let odd = ["panicked at", "RUST_BACKTRACE", "unwrap", "Some(", "Err("];
        let odd = odd.iter().find(|odd| self.err.contains(**odd))?;
        Some(format!("{odd:?}"))
    }

    /// The events on standard output, each of version 1.
    #[track_caller]
    pub fn events(&self) -> Vec<Value> {
        let event = |line: &str| {
            let event: Value = serde_json::from_str(line)
                .unwrap_or_else(|e| panic!("{line:?} is no JSON ({e}) in {self}"));
            assert_eq!(event["v"], 1, "in {self}");
            event
        };
        self.out.lines().map(event).collect()
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            code,
            out,
            err,
            shown,
        } = self;
        write!(f, "{shown}\nexit code {code}, stdout:\n{out}stderr:\n{err}")
    }
}
