//! The end of a session, for whatever cause: every wait of a session can be woken by it.

use tokio::sync::watch;

use crate::error::Fault;

/// A handle on the session's end. The first fault wins; clones share it.
#[derive(Debug, Clone, Default)]
pub struct SessionEnd(watch::Sender<Option<Fault>>);

impl SessionEnd {
    /// Ends the session. Returns whether this was the first cause.
    pub fn fail(&self, fault: Fault) -> bool {
        self.0.send_if_modified(|first| {
            let is_first = first.is_none();
            if is_first {
                tracing::debug!(%fault, "the session ends");
                *first = Some(fault);
            }
            is_first
        })
    }

    /// The cause, if the session has ended.
    pub fn fault(&self) -> Option<Fault> {
        self.0.borrow().clone()
    }

    /// Waits for the end.
    pub async fn ended(&self) -> Fault {
        let mut end = self.0.subscribe();
        loop {
            if let Some(fault) = end.borrow_and_update().clone() {
                return fault;
            }
            // The sender lives in `self`, so this can't fail while we wait.
            if end.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
