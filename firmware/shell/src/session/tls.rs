//! TLS 1.3 with a broker that has proved who it is: nothing is said to any other.
//!
//! The handshake is `embedded-tls`'s. It goes on when there is no verifier, and when a server sends no certificate at all,
//! so what it reports as open counts only once [`Proof`] has seen a certificate of this campus *and* a signature of its
//! key over this handshake.

use super::certificate::{
    Certificate, POINT_BYTES, SIGNATURE_BYTES_MAX, Validity, read_key, verified, write_signature,
};
use super::client::Broken;
use crate::Identity;
use crate::random::Random;
use embedded_tls::alert::{AlertDescription, AlertLevel};
use embedded_tls::{
    Aes128GcmSha256, CertificateEntryRef, CertificateRef, CertificateVerifyRef, CryptoProvider,
    SignatureScheme, TlsError, TlsVerifier,
};
use node::identity::Secure;
use p256::ecdsa::signature::{Error, Signer, SignerMut};
use p256::ecdsa::{Signature, SigningKey};
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};

/// The one set of algorithms: every TLS 1.3 server has it (RFC 8446, 9.1).
pub type Suite = Aes128GcmSha256;

/// What a server signs: 64 spaces, these words, the hash of the handshake (RFC 8446, 4.4.3).
const WORDS: &[u8] = b"TLS 1.3, server CertificateVerify\0";

/// What the broker has proved so far.
pub struct Proof<'a> {
    identity: &'a Identity,
    utc_ms: Option<i64>,
    step: Step,
    validity: Option<Validity>,
    /// Why it was refused.
    refused: Option<Broken>,
}

enum Step {
    /// Nothing was shown.
    Nothing,
    /// A certificate of ours; a signature with its key has to follow, over this.
    Shown(Sha256, [u8; POINT_BYTES]),
    /// Both.
    Proved,
}

impl<'a> Proof<'a> {
    /// Nothing yet. `utc_ms` is the time of day, where it is known: without it dates cannot be looked at.
    pub fn new(identity: &'a Identity, utc_ms: Option<i64>) -> Self {
        Self { identity, utc_ms, step: Step::Nothing, validity: None, refused: None }
    }

    /// What to tell people of a handshake that ended like this; the validity of the broker's certificate if it proved
    /// who it is.
    pub fn judge(self, opened: Result<(), TlsError>) -> Result<Validity, Broken> {
        match (opened, self.refused, self.step, self.validity) {
            (Ok(()), None, Step::Proved, Some(validity)) => Ok(validity),
            (_, Some(refused), ..) => Err(refused),
            (Ok(()), ..) => Err(Broken::Unproved),
            (Err(TlsError::InvalidPrivateKey), ..) => Err(Broken::Identity),
            // Nothing that looks like TLS 1.3 came before it ended.
            (Err(_), None, Step::Nothing, _) => Err(Broken::NoTls),
            // Brokers that want a certificate say so after everything else.
            (Err(TlsError::HandshakeAborted(..)), ..) => Err(Broken::Refused),
            (Err(_), ..) => Err(Broken::OddTls),
        }
    }

    fn look(&mut self, shown: &CertificateRef<'_>) -> Result<[u8; POINT_BYTES], Broken> {
        let Secure { ca, .. } = &self.identity.secure;
        let authority = Certificate::read(ca).ok_or(Broken::BadCa)?;
        // Servers may send the authority along; it counts for nothing, because we have it.
        let leaf = match shown.entries[..] {
            [CertificateEntryRef::X509(leaf)] => leaf,
            [CertificateEntryRef::X509(leaf), CertificateEntryRef::X509(last)]
                if last == &ca[..] =>
            {
                leaf
            }
            _ => return Err(Broken::Stranger),
        };
        let leaf = Certificate::read(leaf).ok_or(Broken::Stranger)?;
        if !leaf.is_signed_by(&authority) {
            return Err(Broken::Stranger);
        }
        if !leaf.is_server(self.identity.server()) {
            return Err(Broken::OtherName);
        }
        let validity = leaf.validity();
        self.validity = Some(validity);
        match self.utc_ms {
            Some(utc_ms) if !validity.holds(utc_ms) => Err(Broken::OutOfDate),
            _ => Ok(*leaf.point()),
        }
    }
}

impl TlsVerifier<Suite> for Proof<'_> {
    fn set_hostname_verification(&mut self, _: &str) -> Result<(), TlsError> {
        // It is the identity that says which name it has to be.
        Ok(())
    }

    fn verify_certificate(
        &mut self,
        transcript: &Sha256,
        certificate: CertificateRef<'_>,
    ) -> Result<(), TlsError> {
        if !matches!(self.step, Step::Nothing) {
            self.refused = Some(Broken::OddTls);
            return Err(abort(AlertDescription::UnexpectedMessage));
        }
        match self.look(&certificate) {
            Ok(point) => {
                self.step = Step::Shown(transcript.clone(), point);
                Ok(())
            }
            Err(why) => {
                self.refused = Some(why);
                Err(abort(match why {
                    Broken::OutOfDate => AlertDescription::CertificateExpired,
                    Broken::Stranger => AlertDescription::UnknownCa,
                    _ => AlertDescription::BadCertificate,
                }))
            }
        }
    }

    fn verify_signature(&mut self, said: CertificateVerifyRef<'_>) -> Result<(), TlsError> {
        let step = core::mem::replace(&mut self.step, Step::Nothing);
        let Step::Shown(transcript, point) = step else {
            self.refused = Some(Broken::OddTls);
            return Err(abort(AlertDescription::UnexpectedMessage));
        };
        let mut message = [b' '; 64 + WORDS.len() + 32];
        message[64..64 + WORDS.len()].copy_from_slice(WORDS);
        message[64 + WORDS.len()..].copy_from_slice(&transcript.finalize());
        let scheme = matches!(said.signature_scheme, SignatureScheme::EcdsaSecp256r1Sha256);
        if !scheme || !verified(&point, &message, said.signature) {
            self.refused = Some(Broken::Unproved);
            return Err(abort(AlertDescription::DecryptError));
        }
        self.step = Step::Proved;
        Ok(())
    }
}

fn abort(description: AlertDescription) -> TlsError {
    TlsError::AbortHandshake(AlertLevel::Fatal, description)
}

/// What the handshake is given: random numbers, the proof that it has to bring, and the node's own certificate.
pub struct Provider<'a, 'b> {
    /// Keys of this session come from it.
    pub random: &'a mut Random,
    /// What the broker proves.
    pub proof: &'a mut Proof<'b>,
}

impl CryptoProvider for Provider<'_, '_> {
    type CipherSuite = Suite;
    type Signature = heapless::Vec<u8, SIGNATURE_BYTES_MAX>;

    fn rng(&mut self) -> impl CryptoRngCore {
        &mut *self.random
    }

    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<Suite>, TlsError> {
        Ok(&mut *self.proof)
    }

    fn signer(&mut self) -> Result<(impl SignerMut<Self::Signature>, SignatureScheme), TlsError> {
        let key = read_key(&self.proof.identity.secure.key).ok_or(TlsError::InvalidPrivateKey)?;
        Ok((Key(key), SignatureScheme::EcdsaSecp256r1Sha256))
    }

    /// Only for a broker that has proved who it is: to others a certificate would tell the node's name.
    fn client_cert(&mut self) -> Option<embedded_tls::Certificate<impl AsRef<[u8]>>> {
        let cert = &self.proof.identity.secure.cert[..];
        let proved = matches!(self.proof.step, Step::Proved);
        (proved && !cert.is_empty()).then_some(embedded_tls::Certificate::X509(cert))
    }
}

/// The node's own key, whose signatures are DER.
struct Key(SigningKey);

impl Signer<heapless::Vec<u8, SIGNATURE_BYTES_MAX>> for Key {
    fn try_sign(&self, message: &[u8]) -> Result<heapless::Vec<u8, SIGNATURE_BYTES_MAX>, Error> {
        let signature: Signature = self.0.try_sign(message)?;
        Ok(write_signature(&signature))
    }
}

#[cfg(test)]
mod tests;
