//! Secure multi-party computation between people, as easily as sending a file.
//!
//! ```text
//! ticket -> endpoint -> lobby topic -> roster -> pair topics -> channel -> engine -> result
//! ```
//!
//! [`session::run`] is the whole journey. A [`program`] is read, lowered ([`lower`]) and optimised ([`circuit`]); a
//! [`ticket`] and a [`node`] bring the parties to the [`lobby`], whose machine is [`proto::roster`]; once they hold one
//! roster, a [`channel`] of links ([`proto::link`]) and seals ([`proto::seal`]) carries the messages of the [`engine`].
//! [`library`] holds the built-in programs. [`simulate`] runs all parties in one process. A [`receipt`] says who signed what was computed. [`mod@reference`] says what a program means, without a circuit.
//!
//! The library never prints, installs a subscriber, exits or handles signals; [`session::Notice`] and [`error::Error`] tell
//! its caller what happens.

pub mod channel;
pub mod circuit;
pub mod end;
pub mod engine;
pub mod error;
pub mod estimate;
pub mod guard;
pub mod library;
pub mod lobby;
pub mod lower;
pub mod node;
pub mod program;
pub mod proto;
pub mod receipt;
pub mod reference;
pub mod session;
pub mod simulate;
pub mod ticket;
pub mod transfer;
pub mod words;
