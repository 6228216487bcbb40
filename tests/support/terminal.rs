//! A process at a pseudo-terminal of its own, made by `script` (util-linux): it echoes, and control characters are signals.

use std::{
    io::{Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

/// A shell's line running at a terminal.
pub struct Terminal {
    child: Child,
    keys: ChildStdin,
    shared: Arc<(Mutex<Screen>, Condvar)>,
    /// What was looked at already.
    seen: usize,
}

#[derive(Default)]
struct Screen {
    text: Vec<u8>,
    ended: bool,
}

impl Terminal {
    /// Starts a line of the shell, with arguments that it finds in `"$@"`.
    pub fn start(line: &str, args: &[&str]) -> Self {
        let quoted: Vec<String> = (args.iter()).map(|arg| format!("'{arg}'")).collect();
        let line = format!("set -- {}; {line}", quoted.join(" "));
        let mut child = Command::new("script")
            .args(["-q", "-e", "-c", &line, "/dev/null"])
            .env_remove("IROH_SECRET")
            .env_remove("RUST_LOG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`script` starts");
        let keys = child.stdin.take().expect("a pipe");
        let mut screen = child.stdout.take().expect("a pipe");
        let shared = Arc::new((Mutex::new(Screen::default()), Condvar::new()));
        let writer = shared.clone();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let read = screen.read(&mut buffer).unwrap_or(0);
                let mut state = writer.0.lock().expect("no reader panics");
                state.text.extend_from_slice(&buffer[..read]);
                state.ended = read == 0;
                writer.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self {
            child,
            keys,
            shared,
            seen: 0,
        }
    }

    /// Waits until the terminal shows this, and gives all that it showed since the last time, this included.
    pub fn shows(&mut self, text: &str, bound: Duration) -> String {
        let found = |screen: &str| screen.find(text).map(|at| at + text.len());
        self.wait(bound, text, |screen, _| found(screen))
    }

    /// Types something.
    pub fn types(&mut self, keys: &str) {
        (self.keys.write_all(keys.as_bytes())).expect("the terminal takes it");
        self.keys.flush().expect("the terminal takes it");
    }

    /// Waits for the end: the rest of what it showed, and the exit code.
    pub fn ends(mut self, bound: Duration) -> (String, i32) {
        let rest = self.wait(bound, "its end", |screen, ended| {
            ended.then_some(screen.len())
        });
        let status = self.child.wait().expect("our own child");
        (rest, status.code().unwrap_or(-1))
    }

    fn wait(
        &mut self,
        bound: Duration,
        what: &str,
        found: impl Fn(&str, bool) -> Option<usize>,
    ) -> String {
        let deadline = Instant::now() + bound;
        let mut screen = self.shared.0.lock().expect("no writer panics");
        loop {
            let text = String::from_utf8_lossy(&screen.text[self.seen..]).into_owned();
            if let Some(end) = found(&text, screen.ended) {
                self.seen += end;
                return text[..end].to_string();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!screen.ended && !left.is_zero(), "no {what:?} in {text}");
            let waited = self.shared.1.wait_timeout(screen, left);
            screen = waited.expect("no writer panics").0;
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended, or its test fails; its terminal goes with it, and so does what runs there.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
