//! The user's wish to stop, heard by a session and by what comes before it.

use iroh_mpc::{
    error::Error,
    session::{Interrupt, Interrupter},
};
use tokio::task::spawn_blocking;

/// Tells everybody who listens that it is time to stop.
pub struct Stop {
    interrupter: Interrupter,
    interrupt: Interrupt,
}

impl Stop {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        let (interrupter, interrupt) = Interrupter::new();
        Self {
            interrupter,
            interrupt,
        }
    }

    /// Asks everybody to stop.
    pub fn ask(&self) {
        self.interrupter.interrupt();
    }

    /// What a session listens to.
    pub fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Does what may wait for somebody or take long, unless it is time to stop. Its thread can't be ended: it is left alone,
    /// and the process does not wait for it.
    pub async fn or<T, E>(
        &self,
        phase: &str,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        E: Into<Error> + Send + 'static,
    {
        match self.interrupt.or(phase, spawn_blocking(work)).await? {
            Ok(result) => result.map_err(Into::into),
            Err(_) => Err(Error::Local(format!(
                "{phase} failed by a fault of iroh-mpc; RUST_LOG=error tells more"
            ))),
        }
    }
}
