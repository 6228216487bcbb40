//! Honest messages of real runs pass, one by one and in order; whatever else is refused.

use std::sync::{Arc, Mutex};

use futures::future;
use garble_lang::register_circuit::{And, Circuit, Input, Inst, Op, Reg, Xor};
use polytune::channel::SimpleChannel;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// A message as an engine received it.
#[derive(Debug, Clone)]
struct Received {
    peer: usize,
    phase: String,
    message: Vec<u8>,
}

struct Recording {
    channel: SimpleChannel,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Channel for Recording {
    type SendError = <SimpleChannel as Channel>::SendError;
    type RecvError = <SimpleChannel as Channel>::RecvError;

    async fn send_bytes_to(
        &self,
        party: usize,
        data: Vec<u8>,
        phase: &str,
    ) -> Result<(), Self::SendError> {
        self.channel.send_bytes_to(party, data, phase).await
    }

    async fn recv_bytes_from(&self, peer: usize, phase: &str) -> Result<Vec<u8>, Self::RecvError> {
        let message = self.channel.recv_bytes_from(peer, phase).await?;
        self.received.lock().unwrap().push(Received {
            peer,
            phase: phase.into(),
            message: message.clone(),
        });
        Ok(message)
    }
}

/// Each party has two bits; then so many AND gates in a row, and three output bits, of which two are the same.
fn circuit(parties: u32, and_gates: usize) -> Circuit {
    let mut insts = Vec::new();
    let mut put = |op| {
        let out = Reg(insts.len() as u32);
        insts.push(Inst { out, op });
        out
    };
    let inputs = (0..parties).flat_map(|party| [0, 1].map(|input| Input { party, input }));
    let inputs: Vec<_> = inputs.map(|input| put(Op::Input(input))).collect();
    let mut last = put(Op::Xor(Xor(inputs[0], inputs[1])));
    for gate in 0..and_gates {
        let other = inputs[gate % inputs.len()];
        let and = put(Op::And(And(last, other)));
        last = put(Op::Xor(Xor(and, inputs[(gate + 1) % inputs.len()])));
    }
    Circuit {
        input_regs: vec![2; parties as usize],
        max_reg_count: insts.len(),
        insts,
        output_regs: vec![last, inputs[1], last],
        and_ops: and_gates,
    }
}

/// Runs all engines; gives what each party received.
fn record(circuit: &Circuit, evaluator: usize, output_parties: &[usize]) -> Vec<Vec<Received>> {
    let channels = SimpleChannel::channels(circuit.input_regs.len());
    let recordings: Vec<_> = (channels.into_iter())
        .map(|channel| Recording {
            channel,
            received: Arc::default(),
        })
        .collect();
    let engines = recordings.iter().enumerate().map(|(party, channel)| {
        let inputs = [party % 2 == 0, true];
        async move {
            polytune::mpc(
                channel,
                circuit,
                &inputs,
                evaluator,
                party,
                output_parties,
                None,
            )
            .await
        }
    });
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build().unwrap();
    runtime.block_on(future::try_join_all(engines)).unwrap();
    let received = recordings
        .iter()
        .map(|r| r.received.lock().unwrap().clone());
    received.collect()
}

/// The guard of a party lets every message of a recorded run pass, expects no more, and is exact about the longest.
fn accepts(circuit: &Circuit, evaluator: usize, output_parties: &[usize]) -> Vec<Vec<Received>> {
    let recorded = record(circuit, evaluator, output_parties);
    for (party, received) in recorded.iter().enumerate() {
        let guard = Guard::new(&Setting {
            circuit,
            party,
            evaluator,
            output_parties,
        });
        let mut longest = 0;
        for Received {
            peer,
            phase,
            message,
        } in received
        {
            let checked = guard.check(*peer, phase, message);
            assert_eq!(checked, Ok(()), "{phase} from party {peer} to {party}");
            longest = longest.max(message.len());
        }
        let rest: Vec<_> = (guard.peers.iter())
            .flat_map(|script| script.lock().unwrap().clone())
            .collect();
        assert_eq!(rest, [], "party {party} waits for messages that never come");
        assert_eq!(guard.max_message_bytes(), longest);
    }
    recorded
}

#[test]
fn honest_messages_pass() {
    for parties in 2..=5 {
        for and_gates in [0, 1, 7] {
            let everybody: Vec<_> = (0..parties as usize).collect();
            let circuit = circuit(parties, and_gates);
            accepts(&circuit, 0, &everybody);
            accepts(&circuit, parties as usize - 1, &[0]);
            accepts(&circuit, 1, &everybody[1..]);
        }
    }
}

#[test]
fn honest_messages_of_many_batches_pass() {
    // Batches of 1000 and a rest; one batch just full; batches of a ninth, whose buckets are smaller.
    for and_gates in [2_500, 1_000, 9_100] {
        accepts(&circuit(2, and_gates), 1, &[0, 1]);
    }
    accepts(&circuit(3, 1_001), 2, &[1, 2]);
}

#[test]
fn batches_and_buckets_are_those_of_the_engine() {
    let batches = |total| script::batches(total).collect::<Vec<_>>();
    assert_eq!(batches(0), [0; 0]);
    assert_eq!(batches(999), [999]);
    assert_eq!(batches(2_001), [1_000, 1_000, 1]);
    assert_eq!(batches(90_000), [10_000; 9]);
    assert_eq!(batches(90_001).iter().sum::<usize>(), 90_001);
    assert_eq!(
        [3_099, 3_100, 279_999, 280_000].map(script::bucket_size),
        [5, 4, 4, 3]
    );
}

/// Checks the last of a party's recorded messages of a phase, after all that came before it.
struct Replay<'a> {
    setting: Setting<'a>,
    received: &'a [Received],
}

impl Replay<'_> {
    fn check(&self, at: usize, message: &[u8]) -> Result<(), Refusal> {
        let guard = Guard::new(&self.setting);
        let Received { peer, phase, .. } = &self.received[at];
        let before = self.received[..at].iter().filter(|r| r.peer == *peer);
        for earlier in before {
            guard
                .check(*peer, &earlier.phase, &earlier.message)
                .unwrap();
        }
        guard.check(*peer, phase, message)
    }
}

#[test]
fn any_other_length_or_layout_is_refused() {
    let circuit = circuit(3, 2);
    let recorded = record(&circuit, 0, &[0, 1, 2]);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for (party, received) in recorded.iter().enumerate() {
        let replay = Replay {
            setting: Setting {
                circuit: &circuit,
                party,
                evaluator: 0,
                output_parties: &[0, 1, 2],
            },
            received,
        };
        for (at, Received { phase, message, .. }) in received.iter().enumerate() {
            let refused = |message: &[u8]| replay.check(at, message).is_err();
            let cut = rng.random_range(0..message.len());
            for length in [0, 1, 7, 8, cut, message.len() - 1] {
                assert!(refused(&message[..length]), "{phase}, {length} bytes");
            }
            for more in [1, 16, rng.random_range(1..1000)] {
                let longer = [&message[..], &vec![0; more]].concat();
                assert!(refused(&longer), "{phase}, {more} bytes more");
            }
            // The length in front, a byte of it at a time, with the message as long as before.
            for byte in 0..8 {
                let mut message = message.clone();
                message[byte] ^= 1 << rng.random_range(0..8);
                assert!(refused(&message), "{phase}, byte {byte} of the length");
            }
        }
    }
}

/// The attack on the engine: a share that is missing is neither checked nor used.
#[test]
fn missing_shares_are_refused_wherever_they_are() {
    let circuit = circuit(3, 2);
    let recorded = record(&circuit, 0, &[0, 1, 2]);
    let setting = Setting {
        circuit: &circuit,
        party: 1,
        evaluator: 0,
        output_parties: &[0, 1, 2],
    };
    let replay = Replay {
        setting,
        received: &recorded[1],
    };
    let sparse = [
        "wire shares",
        "masked inputs",
        "output wire shares",
        "lambda",
    ];
    for phase in sparse {
        let shares = |received: &Received| received.phase == phase;
        let at = recorded[1].iter().position(shares).unwrap();
        let message = &recorded[1][at].message;
        // Up to the first that is there, tags are all there is.
        let first = (8..message.len()).find(|byte| message[*byte] == 1);
        let mut without = message.clone();
        without[first.unwrap()] = 0;
        assert!(replay.check(at, &without).is_err(), "{phase}");
    }
    let at = recorded[1]
        .iter()
        .position(|r| r.phase == "output wire shares");
    let at = at.unwrap();
    // All are missing, and the message is as long as such a message is.
    let mut nothing = vec![0; 8 + circuit.max_reg_count];
    nothing[..8].copy_from_slice(&(circuit.max_reg_count as u64).to_le_bytes());
    assert!(replay.check(at, &nothing).is_err());
    // One is missing, and another stands where none belongs.
    let mut moved = recorded[1][at].message.clone();
    let first = 8 + moved[8..].iter().position(|tag| *tag == 1).unwrap();
    moved[first - 1..first + 18].rotate_left(1);
    assert_eq!(
        replay.check(at, &moved),
        Err(Refusal::Misshapen(Misshapen::Option { at: first - 1 }))
    );
}

/// A vector of MACs that is too short would skip the check of its bits.
#[test]
fn short_vectors_inside_of_entries_are_refused() {
    let circuit = circuit(2, 3);
    let recorded = record(&circuit, 0, &[0, 1]);
    let replay = Replay {
        setting: Setting {
            circuit: &circuit,
            party: 0,
            evaluator: 0,
            output_parties: &[0, 1],
        },
        received: &recorded[0],
    };
    let inner = [
        ("dvalue", 8),
        ("dvalue", 20),
        ("fashare ver", 8),
        ("preprocessed gates", 8),
    ];
    for (phase, at_length) in inner {
        let at = recorded[0].iter().position(|r| r.phase == phase).unwrap();
        let mut message = recorded[0][at].message.clone();
        message[at_length] -= 1;
        let at_length = Misshapen::Length { at: at_length };
        assert_eq!(
            replay.check(at, &message),
            Err(Refusal::Misshapen(at_length)),
            "{phase}"
        );
    }
}

#[test]
fn the_engine_is_held_to_the_script_too() {
    let circuit = circuit(2, 0);
    let guard = Guard::new(&Setting {
        circuit: &circuit,
        party: 0,
        evaluator: 0,
        output_parties: &[0],
    });
    assert_eq!(guard.check(1, "lambda", &[]), Err(Refusal::OffScript));
    assert_eq!(guard.check(0, "RNG comm", &[]), Err(Refusal::OffScript));
    assert_eq!(guard.check(9, "RNG comm", &[]), Err(Refusal::OffScript));
}
