//! Polytune on a thread of its own: its stretches of pure computation, up to a second long, must not hold packets, and
//! its panics must not end the process.

mod erased;

use std::{any::Any, panic::AssertUnwindSafe, path::PathBuf, sync::Arc};

use polytune::channel::Channel;
use tokio::{runtime::Handle, sync::oneshot};

use self::erased::Erased;
use crate::program::{Compiled, Input};

/// Below this the evaluator's garbled gates fit in some 100 MB.
pub const SPILL_GATES: usize = 100_000;

/// What the engine is asked to compute.
#[derive(Debug, Clone)]
pub struct Job {
    /// The program whose circuit all parties have agreed on.
    pub compiled: Arc<Compiled>,
    /// Our input.
    pub input: Input,
    /// Our seat.
    pub party: usize,
    /// The seat that evaluates the garbled circuit.
    pub evaluator: usize,
    /// The seats that learn the result.
    pub output_parties: Vec<usize>,
    /// A folder for unlinked temporary files that hold shares and garbled gates instead of memory; costs some time.
    pub spill: Option<PathBuf>,
}

/// Where the evaluator of a circuit of so many gates keeps what would take a kilobyte of memory per gate. `None` for a
/// smaller circuit, for the other parties, who need far less, and where no temporary file can be made.
pub fn spill(compiled: &Compiled, is_evaluator: bool, from_gates: usize) -> Option<PathBuf> {
    let folder = std::env::temp_dir();
    let wanted = is_evaluator && compiled.and_gates() >= from_gates;
    (wanted && tempfile::tempfile_in(&folder).is_ok()).then_some(folder)
}

/// Why the engine gave no result. The channel knows of faults of the network; this is what is left.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// The protocol failed: a check found a party cheating, or the channel failed.
    #[error("the engine stopped: {0}")]
    Protocol(String),
    /// The engine panicked on what a party sent.
    #[error("the engine could not work with what a party sent")]
    Panicked,
    /// The thread could not be started.
    #[error("cannot start the engine's thread")]
    NoThread,
    /// Temporary files failed: the disk is full, for instance.
    #[error(
        "cannot keep the computation's temporary files ({0}): free space there, or set TMPDIR to another folder"
    )]
    TemporaryFiles(String),
}

/// Computes. Gives the output bits, none if this party learns nothing.
///
/// Dropping the future leaves the thread to end at its next message, which the channel refuses once the session is over.
pub async fn run<C>(job: Job, channel: C) -> Result<Vec<bool>, EngineError>
where
    C: Channel + Send + 'static,
{
    let channel = Erased::new(channel);
    let (done, result) = oneshot::channel();
    let runtime = Handle::current();
    std::thread::Builder::new()
        .name(format!("engine {}", job.party))
        .spawn(move || {
            let compute = || runtime.block_on(mpc(&job, &channel));
            let result = std::panic::catch_unwind(AssertUnwindSafe(compute))
                .unwrap_or_else(|panic| Err(panicked(&*panic)));
            done.send(result).ok();
        })
        .map_err(|_| EngineError::NoThread)?;
    result.await.unwrap_or(Err(EngineError::Panicked))
}

async fn mpc(job: &Job, channel: &Erased) -> Result<Vec<bool>, EngineError> {
    let result = polytune::mpc(
        channel,
        job.compiled.circuit(),
        job.input.bits(),
        job.evaluator,
        job.party,
        &job.output_parties,
        job.spill.as_deref(),
    );
    result.await.map_err(|error| match error {
        polytune::Error::TempFile(error) => EngineError::TemporaryFiles(error.to_string()),
        // What is read back is what we wrote ourselves.
        polytune::Error::TempFileSerDe(error) => EngineError::TemporaryFiles(error.to_string()),
        error => EngineError::Protocol(error.to_string()),
    })
}

fn panicked(panic: &(dyn Any + Send)) -> EngineError {
    let text = (panic.downcast_ref::<&str>().copied())
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::debug!(panic = text, "the engine panicked");
    EngineError::Panicked
}
