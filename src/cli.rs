//! The command line: the only place where flags exist.

use std::{ffi::OsString, fmt, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use iroh::EndpointId;
use iroh_mpc::node::Relay;
use zeroize::Zeroizing;

/// Compute something together without showing each other your inputs.
///
/// One person runs `iroh-mpc new` and sends the printed ticket to the others; they run `iroh-mpc join TICKET`. Everybody
/// who may learn the result sees it on standard output.
#[derive(Debug, Parser)]
#[command(name = "iroh-mpc", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub session: SessionArgs,
    #[command(flatten)]
    pub terms: TermArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    pub general: GeneralArgs,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open a session and print the ticket that lets others join
    #[command(visible_alias = "open")]
    New,
    /// Join a session with a ticket
    Join {
        /// The ticket; `-` reads it from standard input
        ticket: String,
    },
    /// Run all parties of a program on this machine
    Simulate {
        /// A Garble program (.garble.rs), a circuit (.txt) or the name of a built-in program
        file: PathBuf,
        /// First hold the circuit against the reference evaluator, on these inputs and on random ones
        #[arg(long)]
        verify: bool,
    },
    /// Show what a program takes, gives and costs
    Check {
        /// A Garble program (.garble.rs), a circuit (.txt) or the name of a built-in program
        file: PathBuf,
        /// The round trip between the parties, for the estimate of the time
        #[arg(long, value_name = "DURATION", default_value = "50ms", value_parser = humantime::parse_duration)]
        rtt: Duration,
        /// What each party can send and receive in Mbit/s, for the estimate of the time
        #[arg(long, value_name = "MBIT", default_value = "100", value_parser = clap::value_parser!(u32).range(1..))]
        bandwidth: u32,
    },
    /// List the built-in programs, or print one; their names do for FILE wherever a program is asked for
    Programs {
        /// The program to print
        name: Option<String>,
    },
    /// Check a receipt: who signed what, and whether everybody did; with --program, whether it is for that program
    Verify {
        /// A file that --receipt wrote
        // Not `receipt`: that is the option, which every command has.
        #[arg(value_name = "RECEIPT")]
        file: PathBuf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Session")]
pub struct SessionArgs {
    /// A Garble program (.garble.rs), a circuit in Bristol Fashion (.txt) or the name of a built-in program, the same for
    /// everybody [default for join: the host's, shown before it runs]
    #[arg(long, value_name = "FILE", global = true)]
    pub program: Option<PathBuf>,
    /// The seat to take: its index or its parameter's name [default: 0 for new, the lowest free one for join]
    #[arg(long, value_name = "SEAT", global = true, allow_hyphen_values = true)]
    pub party: Option<String>,
    /// Your input, a Garble literal such as 2, -5i8 or [1, 2]; `-` reads it from standard input. `simulate` takes it once
    /// per seat, in order [default: asked for at the terminal, without echo]
    #[arg(long, value_name = "LITERAL", global = true, allow_hyphen_values = true, action = ArgAction::Append)]
    pub input: Vec<Literal>,
    /// Your input from a file: .json, .csv with a header row, or a literal in any other file
    #[arg(long, value_name = "FILE", global = true, action = ArgAction::Append)]
    pub input_file: Vec<PathBuf>,
    /// --input and --input-file in the order in which they were given
    #[arg(skip)]
    pub inputs: Vec<InputArg>,
    /// Sort the rows of your input where the program joins tables by key [default: refuse unsorted rows]
    #[arg(long, global = true)]
    pub sort_input: bool,
    /// A constant that the program wants: your own as ROWS=10; for `simulate` and `check`, which know all parties,
    /// PARTY_1::ROWS=10. The length of your input need not be given
    #[arg(long = "const", value_name = "NAME=VALUE", global = true, value_parser = parse_const, action = ArgAction::Append)]
    pub consts: Vec<Const>,
    /// Consent to the host's program, terms and parties without being asked; `new`, which sets them, never asks
    #[arg(long, global = true)]
    pub yes: bool,
    /// `new`: also write the ticket to a file, whole or not at all
    #[arg(long, value_name = "FILE", global = true)]
    pub ticket_file: Option<PathBuf>,
    /// `new` and `join`: after success write a receipt that all parties have signed to a file, whole or not at all. It holds the
    /// result if you learn it, under `opening`, which may be removed; see `iroh-mpc verify`
    #[arg(long, value_name = "FILE", global = true)]
    pub receipt: Option<PathBuf>,
}

/// An input on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputArg {
    Literal(Literal),
    File(PathBuf),
}

/// An input as it stands on the command line: never shown, and wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Literal(Zeroizing<String>);

impl Literal {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is to be read from standard input.
    pub fn is_stdin(&self) -> bool {
        self.as_str() == "-"
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Literal(<REDACTED>)")
    }
}

/// A constant on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Const {
    /// The seat that gives it, where all parties are here.
    pub party: Option<usize>,
    pub name: String,
    pub value: String,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Terms, set by the host")]
pub struct TermArgs {
    /// Who learns the result: `all`, or seats such as 0,2 [default: all]
    #[arg(long, value_name = "LIST", global = true, allow_hyphen_values = true)]
    pub output_parties: Option<String>,
    /// The seat that evaluates the garbled circuit [default: 0]
    #[arg(long, value_name = "SEAT", global = true, allow_hyphen_values = true)]
    pub evaluator: Option<String>,
    /// What joins the parties; `memory` for `simulate` only [default: gossip]
    #[arg(long, value_name = "T", global = true)]
    pub transport: Option<Transport>,
    /// The circuit as lowered, without the optimiser
    #[arg(long, global = true)]
    pub no_optimize: bool,
    /// `new`: only these endpoints may take a seat; repeatable. A party is told its id by `-v` [default: any ticket holder]
    #[arg(long, value_name = "ENDPOINT_ID", global = true, action = ArgAction::Append, value_parser = parse_endpoint)]
    pub allow: Vec<EndpointId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Transport {
    /// iroh-gossip, a topic for each pair
    Gossip,
    /// QUIC streams between each pair
    Direct,
    /// polytune's channel in memory
    Memory,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// `default` (n0's public relays), `disabled`, or a relay's URL [default: default]
    #[arg(long, value_name = "RELAY", global = true, value_parser = parse_relay)]
    pub relay: Option<Relay>,
    /// The socket to bind; may be given several times [default: any]
    #[arg(long, value_name = "ADDR:PORT", global = true)]
    pub bind: Vec<SocketAddr>,
    /// Give up unless all parties are there by then, e.g. 30s or 10m [default: wait until interrupted]
    #[arg(long, value_name = "DURATION", global = true, value_parser = humantime::parse_duration)]
    pub wait: Option<Duration>,
    /// A party that is silent for so long is lost [default: 30s]
    #[arg(long, value_name = "DURATION", global = true, value_parser = parse_peer_timeout)]
    pub peer_timeout: Option<Duration>,
    /// A party that is there but makes no progress while others wait for it [default: 5m]
    #[arg(long, value_name = "DURATION", global = true, value_parser = parse_stall_timeout)]
    pub stall_timeout: Option<Duration>,
    /// A file with a secret key, for a lasting identity; made if it isn't there. IROH_SECRET does the same [default: a
    /// fresh identity per session]
    #[arg(long, value_name = "FILE", global = true)]
    pub secret_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct GeneralArgs {
    /// One JSON object a line on standard output, instead of the result alone
    #[arg(long, global = true)]
    pub json: bool,
    /// Nothing on standard error but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// More on standard error: the engine's phases; twice: our log, three times: everybody's
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

impl Cli {
    /// Parses the command line.
    pub fn parse_from_args(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches_from(args)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        let indices = |id: &str| matches.indices_of(id).into_iter().flatten();
        let literals = cli.session.input.iter().cloned().map(InputArg::Literal);
        let files = cli.session.input_file.iter().cloned().map(InputArg::File);
        let literals = indices("input").zip(literals);
        let mut inputs: Vec<_> = literals.chain(indices("input_file").zip(files)).collect();
        inputs.sort_by_key(|(index, _)| *index);
        cli.session.inputs = inputs.into_iter().map(|(_, input)| input).collect();
        Ok(cli)
    }

    /// The options that were given but mean nothing to the command.
    pub fn misplaced(&self) -> Option<String> {
        let Self {
            session,
            terms,
            network,
            ..
        } = self;
        let is_new = matches!(self.command, Command::New);
        let is_join = matches!(self.command, Command::Join { .. });
        let is_simulate = matches!(self.command, Command::Simulate { .. });
        let is_check = matches!(self.command, Command::Check { .. });
        let is_verify = matches!(self.command, Command::Verify { .. });
        let in_session = is_new || is_join;
        let rules = [
            (
                "--program",
                session.program.is_some(),
                in_session || is_verify,
            ),
            ("--party", session.party.is_some(), in_session),
            (
                "--input",
                !session.input.is_empty(),
                in_session || is_simulate,
            ),
            (
                "--input-file",
                !session.input_file.is_empty(),
                in_session || is_simulate,
            ),
            (
                "--sort-input",
                session.sort_input,
                in_session || is_simulate,
            ),
            (
                "--const",
                !session.consts.is_empty(),
                in_session || is_simulate || is_check,
            ),
            ("--receipt", session.receipt.is_some(), in_session),
            ("--yes", session.yes, in_session),
            ("--allow", !terms.allow.is_empty(), is_new),
            ("--ticket-file", session.ticket_file.is_some(), is_new),
            (
                "--output-parties",
                terms.output_parties.is_some(),
                is_new || is_simulate || is_check,
            ),
            (
                "--evaluator",
                terms.evaluator.is_some(),
                is_new || is_simulate || is_check,
            ),
            (
                "--transport memory",
                terms.transport == Some(Transport::Memory),
                is_simulate,
            ),
            (
                "--transport",
                terms.transport.is_some(),
                is_new || is_simulate,
            ),
            ("--no-optimize", terms.no_optimize, is_new || is_simulate),
            ("--relay", network.relay.is_some(), in_session),
            ("--bind", !network.bind.is_empty(), in_session),
            ("--wait", network.wait.is_some(), in_session),
            (
                "--peer-timeout",
                network.peer_timeout.is_some(),
                in_session || is_simulate,
            ),
            (
                "--stall-timeout",
                network.stall_timeout.is_some(),
                in_session || is_simulate,
            ),
            (
                "--secret-key-file",
                network.secret_key_file.is_some(),
                in_session,
            ),
        ];
        let (option, ..) = rules.iter().find(|(_, given, fits)| *given && !fits)?;
        let command = match self.command {
            Command::New => "new",
            Command::Join { .. } => "join",
            Command::Simulate { .. } => "simulate",
            Command::Check { .. } => "check",
            Command::Programs { .. } => "programs",
            Command::Verify { .. } => "verify",
            Command::Completions { .. } => "completions",
        };
        Some(format!("{option} has no meaning for `{command}`"))
    }
}

fn parse_const(text: &str) -> Result<Const, String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let (party, name) = match name.trim().split_once("::") {
        None => (None, name.trim()),
        Some((party, name)) => {
            let seat = party.strip_prefix("PARTY_").and_then(|n| n.parse().ok());
            (Some(seat.ok_or("expected PARTY_0::NAME=VALUE")?), name)
        }
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err("expected NAME=VALUE".into());
    }
    Ok(Const {
        party,
        name: name.to_string(),
        value: value.trim().to_string(),
    })
}

fn parse_relay(text: &str) -> Result<Relay, String> {
    match text {
        "default" => Ok(Relay::Default),
        "disabled" => Ok(Relay::Disabled),
        url => (url.parse().map(Relay::Url))
            .map_err(|_| "expected `default`, `disabled` or a URL".into()),
    }
}

fn parse_endpoint(text: &str) -> Result<EndpointId, String> {
    (text.parse()).map_err(|_| "expected an endpoint id of 64 hex digits".into())
}

fn parse_peer_timeout(text: &str) -> Result<Duration, String> {
    // Parties speak about once a second.
    at_least(text, Duration::from_secs(3))
}

fn parse_stall_timeout(text: &str) -> Result<Duration, String> {
    at_least(text, Duration::from_secs(1))
}

fn at_least(text: &str, least: Duration) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|e| e.to_string())?;
    if duration < least {
        return Err(format!(
            "must be {} at least",
            humantime::format_duration(least)
        ));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Literal {
        Literal::from(text.to_string())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_may_stand_before_or_after_the_command() {
        for line in [
            "iroh-mpc --program=p --party=0 --input=2 new",
            "iroh-mpc open --program p --party 0 --input 2",
            "iroh-mpc --program p new --party 0 --input 2",
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(cli.session.input, [literal("2")], "{line}");
            assert_eq!(cli.session.party.as_deref(), Some("0"), "{line}");
        }
    }

    #[test]
    fn values_may_begin_with_a_minus() {
        let line = "iroh-mpc simulate f --input -5 --input -5i8 --input=-";
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        assert_eq!(cli.session.input, ["-5", "-5i8", "-"].map(literal));
    }

    #[test]
    fn inputs_keep_their_order() {
        let line = "iroh-mpc simulate f --input 1 --input-file 2.csv --input 3 --input-file 4";
        let cli = Cli::parse_from_args(line.split(' ').map(OsString::from)).unwrap();
        let given = |text: &str| InputArg::Literal(literal(text));
        let file = |text: &str| InputArg::File(text.into());
        let expected = [given("1"), file("2.csv"), given("3"), file("4")];
        assert_eq!(cli.session.inputs, expected);
    }

    #[test]
    fn inputs_are_never_shown() {
        let line = "iroh-mpc new --program p --input 4711";
        let cli = Cli::parse_from_args(line.split(' ').map(OsString::from)).unwrap();
        assert_eq!(cli.session.inputs.len(), 1);
        assert!(!format!("{cli:?}").contains("4711"));
    }

    #[test]
    fn options_of_other_commands_are_named() {
        let cli = Cli::try_parse_from("iroh-mpc join mpc --evaluator 1".split(' ')).unwrap();
        assert_eq!(
            cli.misplaced().unwrap(),
            "--evaluator has no meaning for `join`"
        );
    }
}
