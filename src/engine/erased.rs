//! One type for all channels. Polytune is generic over its channel; without this its protocol would be compiled anew for
//! each of them, which takes minutes. A message is worth the allocation of its future.

use futures::future::LocalBoxFuture;
use polytune::channel::Channel;

/// What the channel says of its error. An error type may borrow from its channel.
type Failure = String;

/// A channel of any type. See the [module](self).
pub(super) struct Erased(Box<dyn AnyChannel + Send>);

impl Erased {
    pub fn new(channel: impl Channel + Send + 'static) -> Self {
        Self(Box::new(channel))
    }
}

impl Channel for Erased {
    type SendError = Failure;
    type RecvError = Failure;

    async fn send_bytes_to(&self, party: usize, data: Vec<u8>, phase: &str) -> Result<(), Failure> {
        self.0.send(party, data, phase).await
    }

    async fn recv_bytes_from(&self, party: usize, phase: &str) -> Result<Vec<u8>, Failure> {
        self.0.recv(party, phase).await
    }
}

/// [`Channel`] with futures whose type does not depend on the channel.
trait AnyChannel {
    fn send<'a>(
        &'a self,
        party: usize,
        data: Vec<u8>,
        phase: &'a str,
    ) -> LocalBoxFuture<'a, Result<(), Failure>>;

    fn recv<'a>(
        &'a self,
        party: usize,
        phase: &'a str,
    ) -> LocalBoxFuture<'a, Result<Vec<u8>, Failure>>;
}

impl<C: Channel> AnyChannel for C {
    fn send<'a>(
        &'a self,
        party: usize,
        data: Vec<u8>,
        phase: &'a str,
    ) -> LocalBoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let sent = self.send_bytes_to(party, data, phase).await;
            sent.map_err(|error| format!("{error:?}"))
        })
    }

    fn recv<'a>(
        &'a self,
        party: usize,
        phase: &'a str,
    ) -> LocalBoxFuture<'a, Result<Vec<u8>, Failure>> {
        Box::pin(async move {
            let received = self.recv_bytes_from(party, phase).await;
            received.map_err(|error| format!("{error:?}"))
        })
    }
}
