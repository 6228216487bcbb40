//! Statements with their author's signature.
//!
//! A statement is signed by an endpoint's key over a context, the session and the bytes, so that it can't be moved to
//! another place or another session.

use iroh::{EndpointId, SecretKey, Signature};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::wire::Digest;

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// An [`Envelope`](super::wire::Envelope).
    Lobby,
    /// An [`Announcement`](super::wire::Announcement).
    Announcement,
    /// A [`Statement`](super::attest::Statement) on how a session ended.
    Attestation,
}

impl Context {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Lobby => b"iroh-mpc 1 lobby message",
            Self::Announcement => b"iroh-mpc 1 announcement",
            Self::Attestation => b"iroh-mpc 1 attestation",
        }
    }
}

/// Bytes with their author's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The author.
    pub from: EndpointId,
    /// What it says, encoded.
    pub bytes: Vec<u8>,
    signature: Signature,
}

impl Signed {
    /// Signs a statement for one session.
    pub fn new<T: Serialize>(
        secret: &SecretKey,
        context: Context,
        session: &Digest,
        what: &T,
    ) -> Self {
        // Plain data into memory can't fail to serialize; if it did, no one could decode it.
        let bytes = postcard::to_stdvec(what).unwrap_or_default();
        let signature = secret.sign(&signed_bytes(context, session, &bytes));
        Self {
            from: secret.public(),
            bytes,
            signature,
        }
    }

    /// What was signed, if the signature is right and the bytes are one whole statement.
    pub fn open<T: DeserializeOwned>(&self, context: Context, session: &Digest) -> Option<T> {
        let message = signed_bytes(context, session, &self.bytes);
        self.from.verify(&message, &self.signature).ok()?;
        decode(&self.bytes)
    }
}

/// Signs what its readers know already, so that the signature alone need travel.
pub fn sign<T: Serialize>(
    secret: &SecretKey,
    context: Context,
    session: &Digest,
    what: &T,
) -> Signature {
    Signed::new(secret, context, session, what).signature
}

/// Whether a [signature](sign) is somebody's for a statement.
pub fn is_signed<T: Serialize>(
    from: &EndpointId,
    signature: &Signature,
    context: Context,
    session: &Digest,
    what: &T,
) -> bool {
    let bytes = postcard::to_stdvec(what).unwrap_or_default();
    let message = signed_bytes(context, session, &bytes);
    from.verify(&message, signature).is_ok()
}

fn signed_bytes(context: Context, session: &Digest, bytes: &[u8]) -> Vec<u8> {
    [context.label(), session, bytes].concat()
}

/// Decodes one value that takes up all of the bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}
