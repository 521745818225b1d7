//! Who may change a node that has been given an identity: whoever knows its key.
//!
//! The node gives out a challenge, the bench answers HMAC-SHA-256 (RFC 2104, FIPS 180-4) of it under
//! the key that the agent gave this node. The key never crosses the wire, and an answer is worth nothing
//! twice. A node without a key is open: it is new, or was provisioned without one.

use crate::Millis;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Length of a key, bytes.
pub const KEY_BYTES: usize = 32;
/// Length of a challenge, bytes.
pub const CHALLENGE_BYTES: usize = 16;
/// Length of an answer, bytes.
pub const ANSWER_BYTES: usize = 32;

/// Whoever opened the node and then did nothing for so long has gone, ms.
const IDLE_MS: Millis = 600_000;

/// The wait after the first wrong answer, ms; it doubles with each.
const WAIT_MS: Millis = 1_000;
/// … up to this, ms.
const WAIT_MS_MAX: Millis = 64_000;

/// Watches over one node's console.
#[derive(Clone)]
pub struct Guard {
    key: Option<[u8; KEY_BYTES]>,
    challenge: Option<[u8; CHALLENGE_BYTES]>,
    open_until: Millis,
    wrong: u32,
    wait_until: Millis,
}

/// Why somebody is kept out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A challenge has to be answered first.
    Locked,
    /// The answer was wrong.
    Wrong,
    /// Answers were wrong; the next one is heard after so long, ms.
    Wait(Millis),
}

impl Guard {
    /// A guard for a node with this key.
    pub const fn new(key: Option<[u8; KEY_BYTES]>) -> Self {
        Self { key, challenge: None, open_until: 0, wrong: 0, wait_until: 0 }
    }

    /// Whether the node has a key.
    pub const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Wrong answers since the start.
    pub const fn wrong(&self) -> u32 {
        self.wrong
    }

    /// Gives out a challenge made of `random` bytes; the one before it is worth nothing any more.
    ///
    /// # Errors
    /// [`Kept::Wait`] after wrong answers.
    pub fn challenge(
        &mut self,
        random: [u8; CHALLENGE_BYTES],
        now: Millis,
    ) -> Result<[u8; CHALLENGE_BYTES], Kept> {
        self.patience(now)?;
        self.challenge = Some(random);
        Ok(random)
    }

    /// Hears the answer to the last challenge.
    ///
    /// # Errors
    /// [`Kept::Wrong`] also without a challenge; [`Kept::Wait`] after wrong answers.
    pub fn hear(&mut self, answer: &[u8], now: Millis) -> Result<(), Kept> {
        self.patience(now)?;
        let Some(key) = self.key else { return Ok(()) };
        let right = self.challenge.take().is_some_and(|challenge| {
            let mac = Hmac::<Sha256>::new_from_slice(&key);
            // Compared in constant time.
            mac.is_ok_and(|mac| mac.chain_update(challenge).verify_slice(answer).is_ok())
        });
        if right {
            self.open_until = now + IDLE_MS;
            return Ok(());
        }
        let wait_ms = WAIT_MS.saturating_mul(1 << self.wrong.min(16)).min(WAIT_MS_MAX);
        self.wrong = self.wrong.saturating_add(1);
        self.wait_until = now + wait_ms;
        Err(Kept::Wrong)
    }

    /// Whether a change is allowed now; a change that is keeps the node open.
    ///
    /// # Errors
    /// [`Kept::Locked`].
    pub fn allow(&mut self, now: Millis) -> Result<(), Kept> {
        if self.key.is_some() && now >= self.open_until {
            return Err(Kept::Locked);
        }
        self.open_until = now + IDLE_MS;
        Ok(())
    }

    fn patience(&self, now: Millis) -> Result<(), Kept> {
        match self.wait_until.checked_sub(now) {
            None | Some(0) => Ok(()),
            Some(wait_ms) => Err(Kept::Wait(wait_ms)),
        }
    }
}

/// The answer to a challenge, for whoever knows the key.
pub fn answer(key: &[u8; KEY_BYTES], challenge: &[u8]) -> [u8; ANSWER_BYTES] {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac.chain_update(challenge).finalize().into_bytes().into(),
        // HMAC takes keys of any length.
        Err(_) => [0; ANSWER_BYTES],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn the_answer_is_hmac_sha_256() {
        // RFC 4231, test case 2, has a key of 4 bytes; this one is padded with zeros, which HMAC does too.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mac = answer(&key, b"what do ya want for nothing?");
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn who_knows_the_key_gets_in_and_is_forgotten_when_idle() {
        let mut guard = Guard::new(Some(KEY));
        assert_eq!(guard.allow(0), Err(Kept::Locked));
        let challenge = guard.challenge([1; 16], 0).unwrap();
        assert_eq!(guard.hear(&answer(&KEY, &challenge), 1), Ok(()));
        assert_eq!(guard.allow(IDLE_MS), Ok(()));
        assert_eq!(guard.allow(2 * IDLE_MS - 1), Ok(()));
        assert_eq!(guard.allow(3 * IDLE_MS - 1), Err(Kept::Locked));
    }

    #[test]
    fn an_answer_is_worth_nothing_twice() {
        let mut guard = Guard::new(Some(KEY));
        let right = answer(&KEY, &guard.challenge([1; 16], 0).unwrap());
        assert_eq!(guard.hear(&right, 0), Ok(()));
        assert_eq!(guard.hear(&right, 0), Err(Kept::Wrong));
        assert_eq!(guard.challenge([1; 16], 500), Err(Kept::Wait(500)));
    }

    #[test]
    fn wrong_answers_wait_longer_and_longer_and_are_counted() {
        let mut guard = Guard::new(Some(KEY));
        let (mut now, mut waits) = (0, Vec::new());
        for _ in 0..9 {
            let challenge = guard.challenge([9; 16], now).unwrap();
            assert_eq!(guard.hear(&answer(&[8; 32], &challenge), now), Err(Kept::Wrong));
            let Err(Kept::Wait(wait_ms)) = guard.challenge([9; 16], now) else { panic!("no wait") };
            // The right answer is not heard before its time either.
            assert_eq!(guard.hear(&answer(&KEY, &challenge), now), Err(Kept::Wait(wait_ms)));
            waits.push(wait_ms / 1000);
            now += wait_ms;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
        assert_eq!(guard.wrong(), 9);
        let challenge = guard.challenge([9; 16], now).unwrap();
        assert_eq!(guard.hear(&answer(&KEY, &challenge), now), Ok(()));
    }

    #[test]
    fn a_node_without_a_key_is_open() {
        assert_eq!(Guard::new(None).allow(0), Ok(()));
    }
}
