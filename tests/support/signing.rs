//! A party that computes honestly, and signs what a test wants. If it is the first that learns the result, it draws the salt.

use std::sync::{Arc, Mutex};

use iroh::{SecretKey, Signature};
use iroh_mpc::{
    channel::{self, Pairs},
    end::SessionEnd,
    engine::{self, Job},
    lobby::{Command, News},
    program::{Backend, Compiled, Outcome, Program},
    proto::{
        attest::{Salt, Statement},
        roster::Event,
        wire::{Attestation, Digest, Terms, Transport, VERSIONS},
    },
    ticket::Ticket,
};
use polytune::channel::Channel;

use crate::{process::BOUND, seated::Member};

/// More than any engine of these tests sends.
const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// What the party says after the computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Right,
    /// Rightly signed, but of another result.
    OtherCommitment,
    /// The right thing, signed by somebody else.
    OtherKey,
    Nonsense,
    /// The right thing, and then once more.
    Twice,
    Nothing,
    /// Nothing either, and before it a salt that is none.
    NoSalt,
}

/// What it draws.
const SALT: [u8; 32] = [9; 32];

pub struct Signing {
    program: Program,
    compiled: Arc<Compiled>,
    output_parties: Vec<usize>,
}

impl Signing {
    pub fn of(program: Program, output_parties: Vec<usize>) -> Self {
        let compiled = program.compile(Backend::Optimized).expect("a circuit");
        Self {
            program,
            compiled: compiled.into(),
            output_parties,
        }
    }

    /// Takes the lowest free seat. Gives all messages that it received.
    pub async fn take_part(self, ticket: &Ticket, literal: &str, said: Said) -> Vec<Vec<u8>> {
        let mut member = Member::seated(ticket).await;
        let party = (member.roster.seat(&member.node.id())).expect("a seat of its own");
        let config = channel::Config {
            party,
            transport: Transport::Gossip,
            max_message: MAX_MESSAGE_BYTES,
            peer_timeout: BOUND,
            stall_timeout: BOUND,
        };
        let end = SessionEnd::default();
        let pairs = Pairs::connect(&member.node, &member.roster, &member.key, config, end).await;
        let pairs = pairs.expect("pairs");
        member.lobby.tell(Command::Confirm(self.compiled.digest()));
        let seed = loop {
            if let News::Event(Event::Start { seed }) = member.lobby.next().await.expect("a lobby")
            {
                break seed;
            }
        };
        let (channel, lines) = pairs.start(seed);
        let received = Arc::new(Mutex::default());
        let channel = Recording(channel, received.clone());
        let input = self.program.parse_input(party, literal);
        let job = Job {
            compiled: self.compiled.clone(),
            input: input.expect("an input"),
            party,
            evaluator: 0,
            output_parties: self.output_parties.clone(),
            spill: None,
        };
        let (first, others) = self.output_parties.split_first().expect("an output party");
        let draws = *first == party;
        if draws {
            let bytes = if said == Said::NoSalt { 31 } else { 32 };
            for other in others {
                lines.say(*other, SALT[..bytes].to_vec()).await;
            }
        }
        if said == Said::NoSalt {
            // The others end the session for that.
            let ended = |news: &News| matches!(news, News::Event(Event::Fault(_)));
            while !ended(&member.lobby.next().await.expect("a lobby")) {}
            return vec![];
        }
        let computed = engine::run(job, channel).await;
        let bits = computed.expect("an honest run");
        lines.computed();
        let right = if draws {
            self.commitment(&bits)
        } else {
            let heard = lines.hear(*first).await.expect("an attestation");
            let right = Attestation::decode(&heard).expect("an attestation");
            received.lock().expect("no panic").push(heard);
            right.commitment
        };
        let statement = |commitment| {
            let terms = self.terms(ticket);
            Statement::new(&member.roster, terms, self.compiled.digest(), commitment)
        };
        let sign = |commitment, secret: &SecretKey| {
            let signature: Signature = statement(commitment).sign(secret);
            Attestation {
                commitment,
                signature,
            }
            .encode()
        };
        let words = sign(right, &member.secret);
        match said {
            Said::Right => lines.finish(Some(&words)).await,
            Said::OtherCommitment => lines.finish(Some(&sign([1; 32], &member.secret))).await,
            Said::OtherKey => {
                let key = SecretKey::generate();
                lines.finish(Some(&sign(right, &key))).await;
            }
            Said::Nonsense => lines.finish(Some(&words[1..])).await,
            Said::Twice => {
                for peer in (0..lines.parties()).filter(|peer| *peer != party) {
                    lines.say(peer, words.clone()).await;
                }
                lines.finish(Some(&words)).await;
            }
            Said::Nothing => lines.finish(None).await,
            Said::NoSalt => unreachable!("the session has ended"),
        }
        lines.finish_known().await;
        received.lock().expect("no panic").clone()
    }

    fn commitment(&self, bits: &[bool]) -> Digest {
        let salt = Salt::decode(&SALT).expect("a salt");
        match self.compiled.decode(bits) {
            Some(Outcome::Value(value)) => salt.commit(Some(&value)),
            other => panic!("no value: {other:?}"),
        }
    }

    fn terms(&self, ticket: &Ticket) -> Terms {
        Terms {
            versions: VERSIONS.into(),
            program: ticket.program,
            parties: self.program.parties() as u16,
            output_parties: self.output_parties.iter().map(|it| *it as u16).collect(),
            evaluator: 0,
            optimize: true,
            transport: Transport::Gossip,
        }
    }
}

/// Writes down what an engine receives.
struct Recording<C>(C, Arc<Mutex<Vec<Vec<u8>>>>);

impl<C: Channel> Channel for Recording<C> {
    type SendError = C::SendError;
    type RecvError = C::RecvError;

    async fn send_bytes_to(
        &self,
        party: usize,
        data: Vec<u8>,
        phase: &str,
    ) -> Result<(), Self::SendError> {
        self.0.send_bytes_to(party, data, phase).await
    }

    async fn recv_bytes_from(&self, party: usize, phase: &str) -> Result<Vec<u8>, Self::RecvError> {
        let message = self.0.recv_bytes_from(party, phase).await?;
        self.1.lock().expect("no panic").push(message.clone());
        Ok(message)
    }
}
