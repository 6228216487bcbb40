//! A real `iroh-mpc` process under test: its lines as they come, its end, and signals on the way.
//!
//! Every wait is for a thing (a line, an event, the end) and bounded; a bound that passes fails the test. A child never
//! outlives its test. When a test fails, all that its children said is printed.

// Not every test target uses all of it; and what a test prints is shown if it fails.
#![allow(dead_code, clippy::print_stderr)]

use std::{
    ffi::OsStr,
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

mod end;
pub use end::End;

/// A wait that takes longer has failed. Far above what an idle machine needs: it tells a hang from a slow machine.
pub const BOUND: Duration = Duration::from_secs(120);

/// What every session of these tests is started with: the loopback interface and nothing else.
pub const LOCAL: [&str; 4] = ["--relay", "disabled", "--bind", "127.0.0.1:0"];

/// One of the programs that come with the crate.
pub fn shipped(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("programs").join(format!("{name}.garble.rs"));
    path.to_str().expect("a path in UTF-8").to_string()
}

/// A folder for one test's files, gone when dropped.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and gives its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a file in a temporary folder");
        path.to_str().expect("a path in UTF-8").to_string()
    }
}

/// The command line of a party that is not started yet.
pub struct Line {
    command: Command,
    shown: String,
    stdin: String,
}

impl Line {
    /// `iroh-mpc` with these arguments.
    pub fn new(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_iroh-mpc"));
        command.env_remove("IROH_SECRET").env_remove("RUST_LOG");
        let line = Self {
            command,
            shown: String::from("iroh-mpc"),
            stdin: String::new(),
        };
        line.and(args)
    }

    /// `iroh-mpc new` on the loopback interface.
    pub fn host(args: &[&str]) -> Self {
        Self::new(&["new"]).and(&LOCAL).and(args)
    }

    /// `iroh-mpc join` on the loopback interface.
    pub fn join(ticket: &str, args: &[&str]) -> Self {
        Self::new(&["join", ticket]).and(&LOCAL).and(args)
    }

    pub fn and(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        for arg in args {
            let _ = write!(self.shown, " {arg}");
        }
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = text.to_string();
        self
    }

    /// Starts the process.
    pub fn start(mut self) -> Party {
        let mut child = (self.command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let shared = Arc::new(Shared::default());
        let mut stdin = child.stdin.take().expect("a piped stdin");
        // A child that has failed already reads nothing; its exit code tells.
        stdin.write_all(self.stdin.as_bytes()).ok();
        drop(stdin);
        let out = follow(child.stdout.take(), &shared, |heard| &mut heard.out);
        let err = follow(child.stderr.take(), &shared, |heard| &mut heard.err);
        let pid = child.id();
        thread::spawn({
            let shared = shared.clone();
            move || {
                let status = child.wait().expect("our own child");
                // Nothing is lost: both streams end with the process.
                out.join().expect("a reader");
                err.join().expect("a reader");
                // A process that a signal ended has no code.
                shared.change(|heard| heard.code = Some(status.code().unwrap_or(-1)));
            }
        });
        Party {
            shown: self.shown,
            pid,
            shared,
            seen: [0; 2],
            ticket: None,
        }
    }

    /// Starts the process and waits for its end.
    pub fn run(self) -> End {
        self.start().end()
    }
}

/// Which of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

/// A running process.
pub struct Party {
    shown: String,
    pid: u32,
    shared: Arc<Shared>,
    /// Lines of each stream that were looked at already.
    seen: [usize; 2],
    ticket: Option<String>,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<Heard>,
    changed: Condvar,
}

#[derive(Default)]
struct Heard {
    out: String,
    err: String,
    code: Option<i32>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn change(&self, change: impl FnOnce(&mut Heard)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

/// Takes lines off a stream as they come.
fn follow(
    stream: Option<impl Read + Send + 'static>,
    shared: &Arc<Shared>,
    place: fn(&mut Heard) -> &mut String,
) -> thread::JoinHandle<()> {
    let mut reader = BufReader::new(stream.expect("a piped stream"));
    let shared = shared.clone();
    thread::spawn(move || {
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line).replace("\r\n", "\n");
            shared.change(|heard| place(heard).push_str(&text));
            line.clear();
        }
    })
}

impl Party {
    /// The ticket, from the line that a person would paste.
    pub fn ticket(&mut self) -> String {
        if let Some(ticket) = &self.ticket {
            return ticket.clone();
        }
        let line = self.says("iroh-mpc join mpc");
        let ticket = line.split(' ').find(|word| word.starts_with("mpc"));
        let ticket = ticket.expect("a ticket in the line").to_string();
        self.ticket = Some(ticket.clone());
        ticket
    }

    /// Waits for the next line on standard error that holds `text`, and gives it.
    pub fn says(&mut self, text: &str) -> String {
        self.wait_for(Stream::Err, &format!("`{text}`"), |line| {
            line.contains(text).then(|| line.trim().to_string())
        })
    }

    /// Waits for the next event of this name on standard output (with `--json`).
    pub fn event(&mut self, name: &str) -> Value {
        self.wait_for(Stream::Out, &format!("the event {name}"), |line| {
            let event: Value = serde_json::from_str(line).ok()?;
            (event["event"] == name).then_some(event)
        })
    }

    /// Waits for the end.
    pub fn end(self) -> End {
        self.end_within(BOUND)
    }

    /// Waits for the end, no longer than `bound`.
    pub fn end_within(self, bound: Duration) -> End {
        let deadline = Instant::now() + bound;
        let mut heard = self.shared.lock();
        while heard.code.is_none() {
            heard = self.wait(heard, deadline, "its end");
        }
        let end = End {
            code: heard.code.unwrap_or_default(),
            out: heard.out.clone(),
            err: heard.err.clone(),
            shown: self.shown.clone(),
        };
        // Shown if the test fails.
        eprintln!("\n--- {end}---");
        drop(heard);
        end
    }

    /// The memory that it has now.
    #[cfg(target_os = "linux")]
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid));
        let status = status.expect("a living process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kilobytes: u64 = kilobytes.expect("its memory").parse().expect("a number");
        kilobytes << 10
    }

    /// Sends a signal by its name, such as `INT`.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        assert!(signal(self.pid, name), "no {name} to {}", self.shown);
    }

    /// The same, unless it has ended by itself.
    #[cfg(unix)]
    pub fn signal_if_alive(&self, name: &str) {
        assert!(
            signal(self.pid, name) || self.shared.lock().code.is_some(),
            "no {name} to {}",
            self.shown
        );
    }

    /// Ends the process at once, without a word to anybody.
    pub fn kill(&self) {
        assert!(kill(self.pid), "{} can't be killed", self.shown);
    }

    fn wait_for<T>(
        &mut self,
        stream: Stream,
        what: &str,
        mut found: impl FnMut(&str) -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + BOUND;
        let mut heard = self.shared.lock();
        loop {
            let text = match stream {
                Stream::Out => &heard.out,
                Stream::Err => &heard.err,
            };
            let lines: Vec<&str> = text.lines().collect();
            let seen = &mut self.seen[stream as usize];
            for line in lines.get(*seen..).unwrap_or_default() {
                *seen += 1;
                if let Some(found) = found(line) {
                    return found;
                }
            }
            assert!(heard.code.is_none(), "{} ended without {what}", self.shown);
            heard = self.wait(heard, deadline, what);
        }
    }

    fn wait<'a>(
        &self,
        heard: MutexGuard<'a, Heard>,
        deadline: Instant,
        what: &str,
    ) -> MutexGuard<'a, Heard> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            drop(heard);
            panic!("waited too long for {what} of {}", self.shown);
        }
        let (heard, _) = (self.shared.changed)
            .wait_timeout(heard, left)
            .unwrap_or_else(|e| e.into_inner());
        heard
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        let heard = self.shared.lock();
        if heard.code.is_none() {
            let (shown, Heard { out, err, .. }) = (&self.shown, &*heard);
            eprintln!("\n--- {shown}\nnot ended, stdout:\n{out}stderr:\n{err}---");
            // It may end by itself meanwhile.
            kill(self.pid);
        }
    }
}

#[cfg(unix)]
fn signal(pid: u32, name: &str) -> bool {
    // The shell's own `kill`: a small machine may have no other.
    let command = format!("kill -s {name} {pid} 2>/dev/null");
    let status = Command::new("sh").args(["-c", &command]).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(unix)]
fn kill(pid: u32) -> bool {
    signal(pid, "KILL")
}

#[cfg(windows)]
fn kill(pid: u32) -> bool {
    let taskkill = Command::new("taskkill")
        .args(["/F", "/PID", &pid.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    taskkill.is_ok_and(|status| status.success())
}
