//! What others overhear tells them nothing of the result.
//!
//! The masked outputs and everybody's shares of the masks make the result if they are XORed: the engine takes it for granted
//! that nobody sees them but their addressee. So the attack is run on all that a party outside of the output parties and a
//! ticket holder without a seat receive in real sessions; and on all that goes over the wires, where it works.

#[path = "support/attacker.rs"]
mod attacker;
#[path = "support/member.rs"]
mod member;
#[path = "support/mesh.rs"]
mod mesh;
#[path = "support/process.rs"]
mod process;

use std::{
    sync::{Arc, Mutex, mpsc},
    thread,
};

use attacker::Attacker;
use futures::future::join_all;
use garble_lang::register_circuit::Circuit;
use iroh::SecretKey;
use iroh_mpc::{
    program::{Backend, Compiled, Program, Source},
    proto::{
        signed::{Context, Signed, decode},
        wire::{Body, Envelope, MAX_LOBBY_BYTES},
    },
    session::{self, Interrupter},
    ticket::Ticket,
};
use member::joiner;
use mesh::Mesh;
use polytune::channel::Channel;
use process::{BOUND, Folder, Line};
use tokio::runtime::Runtime;

const PROGRAM: &str = "pub fn main(a: u64, b: u64, c: u64) -> u64 { (a & b) ^ c }";

/// Inputs whose bytes are nowhere by chance, and the result.
const INPUTS: [u64; 3] = [
    0x1dea_5ca1_ab1e_0b0e,
    0xfeed_c0de_beef_1234,
    0x0123_4567_89ab_cdef,
];
const RESULT: u64 = (INPUTS[0] & INPUTS[1]) ^ INPUTS[2];

/// A message of an engine to another.
#[derive(Debug, Clone)]
struct Overheard {
    from: usize,
    to: usize,
    phase: String,
    message: Vec<u8>,
}

type Transcript = Arc<Mutex<Vec<Overheard>>>;

/// Writes down what an engine receives.
struct Recording<C> {
    channel: C,
    party: usize,
    transcript: Transcript,
}

impl<C: Channel> Channel for Recording<C> {
    type SendError = C::SendError;
    type RecvError = C::RecvError;

    async fn send_bytes_to(
        &self,
        party: usize,
        data: Vec<u8>,
        phase: &str,
    ) -> Result<(), Self::SendError> {
        self.channel.send_bytes_to(party, data, phase).await
    }

    async fn recv_bytes_from(&self, party: usize, phase: &str) -> Result<Vec<u8>, Self::RecvError> {
        let message = self.channel.recv_bytes_from(party, phase).await?;
        self.transcript.lock().expect("no panic").push(Overheard {
            from: party,
            to: self.party,
            phase: phase.into(),
            message: message.clone(),
        });
        Ok(message)
    }
}

/// The bits at the output registers in a message of optional bits with a MAC or a label each.
fn output_bits(circuit: &Circuit, message: &[u8]) -> Option<Vec<bool>> {
    let mut registers = vec![None; circuit.max_reg_count];
    let mut rest = message.get(8..)?;
    for register in &mut registers {
        let (tag, behind) = rest.split_first()?;
        rest = behind;
        if *tag == 1 {
            *register = Some(*rest.first()? == 1);
            rest = rest.get(17..)?;
        }
    }
    let outputs = circuit.output_regs.iter();
    outputs
        .map(|register| registers[register.0 as usize])
        .collect()
}

/// XORs the masked outputs and everybody's shares of the masks, if they are all there.
fn xor_attack(circuit: &Circuit, transcript: &[Overheard]) -> Option<Vec<bool>> {
    let lambda = transcript
        .iter()
        .find(|overheard| overheard.phase == "lambda")?;
    let mut result = output_bits(circuit, &lambda.message)?;
    for party in 0..circuit.input_regs.len() {
        let shares = |o: &&Overheard| o.phase == "output wire shares" && o.from == party;
        let shares = transcript.iter().find(shares)?;
        for (bit, share) in result
            .iter_mut()
            .zip(output_bits(circuit, &shares.message)?)
        {
            *bit ^= share;
        }
    }
    Some(result)
}

fn program() -> (Program, Compiled) {
    let program = Program::check(Source::new("bits", PROGRAM)).expect("a program");
    let compiled = program.compile(Backend::Optimized).expect("a circuit");
    (program, compiled)
}

/// What each party receives, in memory.
fn in_memory(evaluator: usize, output_parties: &[usize]) -> (Compiled, Vec<Transcript>) {
    let (program, compiled) = program();
    let runtime = Runtime::new().expect("a runtime");
    let transcripts: Vec<_> = (0..3).map(|_| Transcript::default()).collect();
    let engines = Mesh::channels(3)
        .into_iter()
        .enumerate()
        .map(|(party, channel)| {
            let literal = INPUTS[party].to_string();
            let input = program.parse_input(party, &literal).expect("an input");
            let (circuit, transcript) = (compiled.circuit(), transcripts[party].clone());
            async move {
                let channel = Recording {
                    channel,
                    party,
                    transcript,
                };
                let bits = input.bits();
                polytune::mpc(
                    &channel,
                    circuit,
                    bits,
                    evaluator,
                    party,
                    output_parties,
                    None,
                )
                .await
            }
        });
    let results = runtime.block_on(join_all(engines));
    assert!(results.iter().all(Result::is_ok));
    (compiled, transcripts)
}

/// Whether bytes hold an input or the result, in either order of bytes or written out.
fn holds_a_secret(bytes: &[u8]) -> bool {
    let numbers = INPUTS.iter().chain([&RESULT]);
    let looks = numbers.flat_map(|number| {
        let text = number.to_string().into_bytes();
        [
            number.to_le_bytes().to_vec(),
            number.to_be_bytes().to_vec(),
            text,
        ]
    });
    { looks }.any(|look| bytes.windows(look.len()).any(|window| window == look))
}

#[test]
fn whoever_reads_all_wires_has_the_result() {
    for output_parties in [&[0, 1][..], &[0, 1, 2]] {
        let (compiled, transcripts) = in_memory(0, output_parties);
        let all: Vec<_> = (transcripts.iter())
            .flat_map(|transcript| transcript.lock().expect("no panic").clone())
            .collect();
        let bits = xor_attack(compiled.circuit(), &all).expect("all that it needs");
        let outcome = compiled.decode(&bits);
        let right = iroh_mpc::program::Outcome::Value(RESULT.to_string());
        assert_eq!(outcome, Some(right));
    }
}

#[test]
fn a_party_that_learns_nothing_receives_neither_shares_nor_masked_outputs() {
    for evaluator in 0..3 {
        let (compiled, transcripts) = in_memory(evaluator, &[0, 1]);
        let received = transcripts[2].lock().expect("no panic").clone();
        assert!(received.len() > 50, "{} messages", received.len());
        assert_eq!(xor_attack(compiled.circuit(), &received), None);
        for overheard in &received {
            assert!(!["lambda", "output wire shares"].contains(&overheard.phase.as_str()));
            assert_eq!(overheard.to, 2);
            assert!(!holds_a_secret(&overheard.message), "{}", overheard.phase);
        }
    }
}

/// In a real session: a party that learns nothing writes down what it receives, and a ticket holder without a seat all that
/// is said in the lobby.
#[test]
fn what_is_overheard_in_a_session_holds_no_secret() {
    let folder = Folder::new();
    let file = folder.file("bits.garble.rs", PROGRAM);
    let [a, b, _] = INPUTS.map(|input| input.to_string());
    let mut host =
        Line::host(&["--program", &file, "--input", &a, "--output-parties", "0,1"]).start();
    let ticket = host.ticket();
    let target = Ticket::parse(&ticket).expect("a ticket");
    let runtime = Runtime::new().expect("a runtime");
    let ((up, is_up), (said, lobby)) = (mpsc::channel(), mpsc::channel());
    let listener = target.clone();
    runtime.spawn(async move {
        Attacker::new(listener, SecretKey::generate())
            .await
            .listen(up, said)
            .await;
    });
    is_up
        .recv_timeout(BOUND)
        .expect("the attacker hears the lobby");
    let joiner = Line::join(
        &ticket,
        &["--program", &file, "--input", &b, "--party", "1"],
    )
    .start();
    let transcript = Transcript::default();
    let (invited, records) = (target.clone(), transcript.clone());
    let party = thread::spawn(move || {
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(take_part(invited, records));
    });
    for end in [host.end(), joiner.end()] {
        end.is(0, &format!("{RESULT}\n"));
    }
    party
        .join()
        .expect("it has nothing to learn, and the others have it");

    let received = transcript.lock().expect("no panic").clone();
    assert!(received.len() > 50, "{} messages", received.len());
    assert_eq!(xor_attack(program().1.circuit(), &received), None);
    assert!(
        received
            .iter()
            .all(|overheard| !holds_a_secret(&overheard.message))
    );

    // In the lobby are lobby messages and nothing else.
    let session = target.secret.lobby_topic();
    let mut starts = 0;
    for message in lobby.try_iter() {
        assert!(message.len() <= MAX_LOBBY_BYTES);
        assert!(!holds_a_secret(&message));
        let signed: Signed = decode(&message).expect("a signed message");
        let envelope: Envelope = signed
            .open(Context::Lobby, &session)
            .expect("a lobby message");
        starts += usize::from(matches!(envelope.body, Body::Ready { .. }));
    }
    assert!(starts > 0, "the whole way to the start was overheard");
}

async fn take_part(ticket: Ticket, transcript: Transcript) {
    let options = joiner(ticket, 2, program().0, &INPUTS[2].to_string());
    let (_interrupter, interrupt) = Interrupter::new();
    let records = |channel| Recording {
        channel,
        party: 2,
        transcript,
    };
    let run = session::run_over(options, &|_| {}, interrupt, records);
    run.await.expect("nothing to learn, and the others have it");
}
