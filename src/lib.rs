//! Secure multi-party computation between people, as easily as sending a file.
pub mod channel;
pub mod circuit;
pub mod end;
pub mod engine;
pub mod error;
pub mod guard;
pub mod lobby;
pub mod lower;
pub mod node;
pub mod program;
pub mod proto;
pub mod reference;
pub mod session;
pub mod simulate;
pub mod ticket;
