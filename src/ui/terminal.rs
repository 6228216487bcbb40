//! The terminal's settings: nothing that is typed at a question without echo is seen, and the terminal is left as it was found.

use std::{
    fs::File,
    io::{self, IsTerminal},
};

#[cfg(not(unix))]
pub use other::{Settings, ask_silently};
#[cfg(unix)]
pub use unix::{Settings, ask_silently};

/// The terminal itself, whatever the standard streams are.
#[cfg(unix)]
const TERMINAL: &str = "/dev/tty";
#[cfg(windows)]
const TERMINAL: &str = "CONIN$";

/// Opens the terminal for reading.
pub fn open() -> io::Result<File> {
    File::open(TERMINAL)
}

/// Whether a person sees what is told, and can answer.
pub fn is_there() -> bool {
    io::stderr().is_terminal() && open().is_ok()
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::File,
        io::{self, Read, Write},
    };

    use rpassword::ConfigBuilder;
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
    };

    /// The settings of the terminal at standard input, if there is one.
    #[derive(Clone)]
    pub struct Settings(Option<Termios>);

    impl Settings {
        pub fn save() -> Self {
            Self(tcgetattr(io::stdin()).ok())
        }

        pub fn restore(&self) {
            if let Some(settings) = &self.0 {
                tcsetattr(io::stdin(), OptionalActions::Now, settings).ok();
            }
        }
    }

    /// Shows a question and reads a line that nobody sees.
    ///
    /// The terminal is silent before the question stands there: whoever sees it may type at once. Left to itself, rpassword
    /// asks first and silences then.
    pub fn ask_silently(question: &str) -> io::Result<String> {
        let mut tty = (File::options().read(true).write(true)).open(super::TERMINAL)?;
        let silent = Silent::new(tty.try_clone()?)?;
        let config = ConfigBuilder::new().input_reader(silent).build();
        let answer = rpassword::prompt_password_with_config(question, config);
        // The key that ended the line was not shown. The question stands at the terminal, wherever standard error goes.
        writeln!(tty).ok();
        answer
    }

    /// A terminal that gives key by key, shows none, and makes no signals of them, until it is dropped.
    struct Silent {
        tty: File,
        before: Termios,
    }

    impl Silent {
        fn new(tty: File) -> io::Result<Self> {
            let before = tcgetattr(&tty)?;
            let mut silent = before.clone();
            silent.local_modes -=
                LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
            silent.special_codes[SpecialCodeIndex::VMIN] = 1;
            silent.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(&tty, OptionalActions::Now, &silent)?;
            Ok(Self { tty, before })
        }
    }

    impl Read for Silent {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.tty.read(buffer)
        }
    }

    impl Drop for Silent {
        fn drop(&mut self) {
            tcsetattr(&self.tty, OptionalActions::Now, &self.before).ok();
        }
    }
}

#[cfg(not(unix))]
mod other {
    use std::io;

    /// A console's modes are the prompt's business.
    #[derive(Clone)]
    pub struct Settings;

    impl Settings {
        pub fn save() -> Self {
            Self
        }

        pub fn restore(&self) {}
    }

    /// Shows a question and reads a line that nobody sees.
    pub fn ask_silently(question: &str) -> io::Result<String> {
        rpassword::prompt_password(question)
    }
}
