//! The second half of the journey: from the common start to the result, and to a good end for everybody.

use futures::{StreamExt, stream::FuturesUnordered};
use polytune::channel::Channel;
use tokio::time::timeout;

use super::{
    Interrupt, Notice, Notify,
    attest::{Attesting, share_salt},
    gather::{Table, farewell},
};
use crate::{
    channel::{IrohChannel, Lines},
    end::SessionEnd,
    engine::{self, EngineError, Job},
    error::{Error, Fault, FaultKind, RESULT},
    guard::Guarded,
    lobby::{Command, LobbyHandle, News},
    program::{Compiled, Outcome},
    proto::roster::Event,
};

/// Computes, tells the result, and stays until the others have theirs.
pub(super) async fn compute<C>(
    table: Table,
    notify: Notify<'_>,
    interrupt: &Interrupt,
    around: impl FnOnce(Guarded<IrohChannel>) -> C,
) -> Result<(), Error>
where
    C: Channel + Send + 'static,
{
    let Table {
        mut lobby,
        pairs,
        guard,
        seed,
        end,
        job,
        compiled,
        signer,
        peer_timeout,
    } = table;
    let (channel, lines) = pairs.start(seed);
    let channel = around(Guarded::new(channel, guard, end.clone()));
    let watch = Watch {
        lines: &lines,
        end: &end,
        interrupt,
        notify,
        party: job.party,
    };
    let output_parties = job.output_parties.clone();

    let compute = async {
        let salt = share_salt(&lines, &end, job.party, &output_parties).await?;
        let outcome = run_engine(&job, channel, &compiled, &end, &lines).await?;
        Ok((outcome, salt))
    };
    let computed = tokio::select! {
        computed = compute => computed,
        stopped = watch.until_end(&mut lobby) => Err(stopped),
    };
    let (outcome, salt) = match computed {
        Ok(computed) => computed,
        Err(stop) => return Err(stop.tell_others(&mut lobby).await),
    };
    tell(&outcome, &lines, notify);
    lines.computed();

    let mut attesting = Attesting::new(signer, outcome.as_ref().zip(salt));
    let finished = tokio::select! {
        // The end of the session ends the other one, too.
        biased;
        stopped = watch.until_end(&mut lobby) => Err(stopped),
        () = attesting.run(&lines) => end.fault().map(Stop::Seen).map_or(Ok(()), Err),
    };
    if let Err(stop) = finished {
        // What had come before the end.
        attesting.run(&lines).await;
        let unfinished = lines.unfinished();
        let others_lack_it = output_parties
            .iter()
            .any(|party| unfinished.contains(party));
        let error = stop.tell_others(&mut lobby).await;
        if outcome.is_none() && others_lack_it {
            return Err(error);
        }
        notify(Notice::Warning(format!("after the result: {error}")));
    } else {
        let known = timeout(peer_timeout, lines.finish_known());
        tokio::select! {
            known = known => if known.is_err() {
                tracing::debug!("not everybody has heard that we have finished");
            },
            // The result stands.
            () = interrupt.wait() => {}
        }
    }
    for warning in attesting.warnings() {
        notify(Notice::Warning(warning));
    }
    if let Some(party) = attesting.disputed() {
        return Err(Error::Ended(another_result(party)));
    }
    match outcome {
        // No success, so no receipt; but the others can't know, and have one.
        Some(Outcome::Panic(why)) => Err(Error::Panicked(why)),
        _ => {
            if let Some(receipt) = attesting.receipt() {
                notify(Notice::Receipt(Box::new(receipt)));
            }
            Ok(())
        }
    }
}

/// Runs the engine. Gives `None` if this party learns nothing.
async fn run_engine(
    job: &Job,
    channel: impl Channel + Send + 'static,
    compiled: &Compiled,
    end: &SessionEnd,
    lines: &Lines,
) -> Result<Option<Outcome>, Stop> {
    let bits = match engine::run(job.clone(), channel).await {
        Ok(bits) => bits,
        Err(error) => return Err(engine_failed(error, job, end, &lines.progress().phase())),
    };
    if !job.output_parties.contains(&job.party) {
        return Ok(None);
    }
    match compiled.decode(&bits) {
        Some(outcome) => Ok(Some(outcome)),
        None => Err(Stop::Seen(cheated(job, "output"))),
    }
}

/// The engine fails because the session ends, or because a check found a party cheating. It can't say which party; of
/// two it is the other one.
fn engine_failed(error: EngineError, job: &Job, end: &SessionEnd, phase: &str) -> Stop {
    tracing::debug!(%error);
    match (end.fault(), error) {
        (Some(fault), _) => Stop::Seen(fault),
        // Our own machine's fault is nobody's cheating.
        (None, error @ (EngineError::NoThread | EngineError::TemporaryFiles(_))) => {
            Stop::Own(Error::Local(error.to_string()))
        }
        (None, EngineError::Protocol(_) | EngineError::Panicked) => Stop::Seen(cheated(job, phase)),
    }
}

fn cheated(job: &Job, phase: &str) -> Fault {
    let parties = job.compiled.circuit().input_regs.len();
    Fault {
        kind: FaultKind::BrokeProtocol,
        party: (parties == 2).then_some(1 - job.party.min(1)),
        phase: phase.into(),
        started: true,
        reported_by: None,
    }
}

/// Two honest parties can have different results only if somebody has cheated the engine.
fn another_result(party: usize) -> Fault {
    Fault {
        kind: FaultKind::Differs,
        party: Some(party),
        phase: RESULT.into(),
        started: true,
        reported_by: None,
    }
}

fn tell(outcome: &Option<Outcome>, lines: &Lines, notify: Notify<'_>) {
    let value = match outcome {
        Some(Outcome::Value(value)) => Some(value.clone()),
        Some(Outcome::Panic(_)) => return,
        None => None,
    };
    notify(Notice::Result {
        value,
        bytes_sent: lines.progress().bytes(),
    });
}

/// Why the computation stops early.
pub(super) enum Stop {
    /// We saw a fault ourselves, or the user stopped us.
    Seen(Fault),
    /// We failed.
    Own(Error),
    /// Another party told us.
    Told(Fault),
    /// The user stopped us.
    Interrupted { party: usize, phase: String },
}

impl Stop {
    /// Tells the others why we leave, unless they know, and gives the error for the user.
    async fn tell_others(self, lobby: &mut LobbyHandle) -> Error {
        let own = |kind, party, phase: &str| Fault {
            kind,
            party,
            phase: phase.into(),
            started: true,
            reported_by: None,
        };
        let (fault, error) = match self {
            Self::Told(fault) => return Error::Ended(fault),
            Self::Seen(fault) => (fault.clone(), Error::Ended(fault)),
            Self::Own(error) => (own(FaultKind::Failed, None, "engine"), error),
            Self::Interrupted { party, phase } => (
                own(FaultKind::Interrupted, Some(party), &phase),
                Error::Interrupted(phase),
            ),
        };
        lobby.tell(Command::Abort(fault));
        farewell(lobby).await;
        error
    }
}

/// Everything that may end a computation from outside of the engine.
struct Watch<'a> {
    lines: &'a Lines,
    end: &'a SessionEnd,
    interrupt: &'a Interrupt,
    notify: Notify<'a>,
    party: usize,
}

impl Watch<'_> {
    /// Follows the lobby, the lines and the user until one of them ends the session.
    async fn until_end(&self, lobby: &mut LobbyHandle) -> Stop {
        let progress = self.lines.progress();
        let mut phases = progress.phases();
        let parties = 0..self.lines.parties();
        let heard = |party| async move {
            self.lines.heard(party).await;
            party
        };
        let mut first_words: FuturesUnordered<_> = parties.map(heard).collect();
        let stall = self.lines.watch_for_stall();
        tokio::pin!(stall);
        let mut lobby_open = true;
        loop {
            tokio::select! {
                // What the lobby tells has a name and a cause; what the lines see may be its consequence.
                biased;
                news = lobby.next(), if lobby_open => match news {
                    Some(News::Event(Event::Fault(fault))) => {
                        self.end.fail(fault.clone());
                        return Stop::Told(fault);
                    }
                    Some(_) => {}
                    None => lobby_open = false,
                },
                () = self.interrupt.wait() => {
                    let phase = progress.phase();
                    self.end.fail(Fault {
                        kind: FaultKind::Interrupted,
                        party: Some(self.party),
                        phase: phase.clone(),
                        started: true,
                        reported_by: None,
                    });
                    return Stop::Interrupted { party: self.party, phase };
                }
                fault = self.end.ended() => return Stop::Seen(fault),
                fault = &mut stall => return Stop::Seen(fault),
                (party, via) = self.lines.rerouted() => {
                    (self.notify)(Notice::Route { party, via });
                }
                Some(party) = first_words.next() => lobby.tell(Command::Linked(party)),
                Ok(()) = phases.changed() => {
                    let phase = phases.borrow_and_update().clone();
                    (self.notify)(Notice::Phase(phase));
                }
            }
        }
    }
}
