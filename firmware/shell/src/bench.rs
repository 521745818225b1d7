//! What somebody with a serial cable is answered: the node's end of [`smp`].
//!
//! Who the node is and how it is may be asked by whoever holds the cable. What changes it needs its key, once it has
//! one ([`smp::guard`]).

use crate::brain::Shared;
use crate::ports::Ports;
use crate::random::Random;
use crate::store::{self, Flash};
use crate::{Board, FIRMWARE, Identity, log, now};
use core::cell::RefCell;
use core::fmt::{self, Write};
use core::sync::atomic::Ordering;
use smp::guard::{CHALLENGE_BYTES, KEY_BYTES};
use smp::reply::{Out, Saying, Written};
use smp::{Check, Guard, Header, PACKET_BYTES_MAX, Refused, Request, Who};
use wire::Sample;
use wire::command::IDENTIFY_MS_MAX;

/// Longest answer, bytes: an identity without its secrets, or what twenty sensors say.
pub const ANSWER_BYTES_MAX: usize = 1536;

/// The identity as it may be shown: without password, keys and certificates.
const SHOWN_BYTES_MAX: usize = 640;

/// A serial number as text: 12 hexadecimal digits.
type Serial = heapless::String<12>;

/// A word on why something is refused.
type Why = heapless::String<80>;

/// The node's end of the cable.
pub struct Bench<F: Flash> {
    /// The board it is.
    pub board: Board,
    /// The wires between its tasks.
    pub ports: &'static Ports,
    flash: &'static RefCell<F>,
    /// A node without an identity has none.
    brain: Option<&'static Shared<F>>,
    guard: Guard,
    random: Random,
}

/// An answer, and what follows when it is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Length of the packet, bytes; 0 when nothing is answered.
    pub len: usize,
    /// The node starts again.
    pub restart: bool,
}

/// Why a request is refused, and a word on it.
struct No(Refused, Why);

impl From<Refused> for No {
    fn from(refused: Refused) -> Self {
        Self(refused, Why::new())
    }
}

impl<F: Flash> Bench<F> {
    /// For a node with this brain, whose identity holds this key for changes.
    pub fn new(
        board: Board,
        ports: &'static Ports,
        flash: &'static RefCell<F>,
        brain: Option<&'static Shared<F>>,
        key: Option<[u8; KEY_BYTES]>,
        random: Random,
    ) -> Self {
        Self { board, ports, flash, brain, guard: Guard::new(key), random }
    }

    /// Answers a packet: the answer is in `out`.
    pub async fn answer(&mut self, packet: &[u8], out: &mut [u8; ANSWER_BYTES_MAX]) -> Answered {
        let quiet = Answered { len: 0, restart: false };
        let (header, request) = match Request::read(packet) {
            Ok(read) => read,
            Err((Some(header), why)) => {
                return Answered { len: smp::reply::refuse(header, why.into(), "", out), ..quiet };
            }
            // Nobody to be answered.
            Err((None, _)) => return quiet,
        };
        match self.obey(header, request, out).await {
            Ok(len) => Answered { len, restart: request == Request::Restart },
            Err(No(refused, why)) => {
                Answered { len: smp::reply::refuse(header, refused, &why, out), ..quiet }
            }
        }
    }

    async fn obey(
        &mut self,
        header: Header,
        request: Request<'_>,
        out: &mut [u8],
    ) -> Result<usize, No> {
        let reply = Reply { header, out };
        match request {
            Request::Echo(text) => reply.say(|map| map.map(1)?.str("r")?.str(text)?.ok()),
            Request::Params => reply.say(|map| {
                let size = PACKET_BYTES_MAX as u32;
                map.map(2)?.str("buf_size")?.u32(size)?.str("buf_count")?.u32(1)?.ok()
            }),
            Request::Who => self.who(reply),
            Request::Challenge => {
                let challenge = self.challenge()?;
                reply.say(|map| map.map(1)?.str("challenge")?.bytes(&challenge)?.ok())
            }
            Request::Live => self.live(reply).await,
            Request::Check => self.check(reply),
            Request::Restart => reply.say(nothing),
            Request::Answer(answer) => {
                self.hear(answer)?;
                reply.say(nothing)
            }
            Request::Identity { serial, page } => {
                let sum = self.become_one(serial, page)?;
                reply.say(|map| map.map(1)?.str("sum")?.u32(sum)?.ok())
            }
            Request::Blink { ms } => {
                self.allow()?;
                let brain = self.brain.ok_or(Refused::NotYet)?;
                brain.lock().await.blink(ms.min(IDENTIFY_MS_MAX)).await;
                reply.say(nothing)
            }
            Request::Erase { serial } => {
                self.forget(serial)?;
                reply.say(nothing)
            }
        }
    }

    fn who(&self, reply: Reply<'_>) -> Said {
        let serial = self.serial();
        let identity = store::identity(&mut *self.flash.borrow_mut());
        let (mut page, mut why) = (heapless::String::<SHOWN_BYTES_MAX>::new(), Why::new());
        let mut sum = 0;
        match &identity {
            Ok(identity) => {
                // What does not fit is told cut; the longest one fits.
                let _ = identity.show(&mut page);
                sum = checksum(identity);
            }
            Err(bad) => drop(write!(why, "{bad}")),
        }
        let who = Who {
            serial: &serial,
            board: self.board.name,
            firmware: FIRMWARE,
            boot: self.ports.status.boot.load(Ordering::Relaxed),
            page: &page,
            sum,
            locked: self.guard.has_key(),
            why: &why,
        };
        reply.say(|map| who.write(map))
    }

    async fn live(&self, reply: Reply<'_>) -> Said {
        let brain = self.brain.ok_or(Refused::NotYet)?.lock().await;
        reply.say(|map| {
            smp::reply::live(
                map,
                brain.readings().map(|(quantity, channel, sample)| {
                    let saying = match sample {
                        Sample::Is(value) => Saying::Milli(value.milli()),
                        Sample::No(why) => Saying::No(why.name()),
                    };
                    (quantity.name(), channel, saying)
                }),
            )
        })
    }

    fn check(&self, reply: Reply<'_>) -> Said {
        let status = &self.ports.status;
        let load = |value: &core::sync::atomic::AtomicU32| value.load(Ordering::Relaxed);
        let (stack, stack_max) = (self.board.stack)();
        let trouble = status.trouble();
        let check = Check {
            up: now(),
            session: status.stage().name(),
            trouble: &trouble,
            address: load(&status.address),
            sessions: load(&status.sessions),
            held: load(&status.held),
            refused: load(&status.refused),
            flash_errors: load(&status.flash_errors),
            stack: stack as u32,
            stack_max: stack_max as u32,
            wrong: self.guard.wrong(),
        };
        reply.say(|map| check.write(map))
    }

    fn challenge(&mut self) -> Result<[u8; CHALLENGE_BYTES], Refused> {
        let (high, low) = (self.random.next().to_le_bytes(), self.random.next().to_le_bytes());
        let mut random = [0; CHALLENGE_BYTES];
        random[..8].copy_from_slice(&high);
        random[8..].copy_from_slice(&low);
        Ok(self.guard.challenge(random, now())?)
    }

    fn hear(&mut self, answer: &[u8]) -> Result<(), Refused> {
        let heard = self.guard.hear(answer, now());
        if heard == Err(smp::guard::Kept::Wrong) {
            log!("console: a wrong answer to a challenge, {} since the start", self.guard.wrong());
        }
        Ok(heard?)
    }

    fn allow(&mut self) -> Result<(), Refused> {
        Ok(self.guard.allow(now())?)
    }

    /// Writes the identity, unless it is there already; its checksum.
    fn become_one(&mut self, serial: &str, page: &str) -> Result<u32, No> {
        self.allow()?;
        self.meant(serial)?;
        let identity = Identity::parse(page).map_err(|bad| {
            let mut why = Why::new();
            // A reason is a short line.
            let _ = write!(why, "{bad}");
            No(Refused::BadIdentity, why)
        })?;
        let sum = checksum(&identity);
        let flash = &mut *self.flash.borrow_mut();
        let same = store::identity(flash).is_ok_and(|now| checksum(&now) == sum);
        if !same {
            store::write_identity(flash, &identity, self.board.feed).map_err(|_| Refused::Flash)?;
            log!("console: the identity is now {} at {}", identity.node, identity.campus);
        }
        Ok(sum)
    }

    fn forget(&mut self, serial: &str) -> Result<(), Refused> {
        self.allow()?;
        self.meant(serial)?;
        let flash = &mut *self.flash.borrow_mut();
        store::erase_identity(flash, self.board.feed).map_err(|_| Refused::Flash)?;
        log!("console: everything is forgotten");
        Ok(())
    }

    fn meant(&self, serial: &str) -> Result<(), Refused> {
        if serial == self.serial() { Ok(()) } else { Err(Refused::OtherNode) }
    }

    fn serial(&self) -> Serial {
        let mut text = Serial::new();
        for byte in self.ports.status.serial() {
            // Twelve digits fit.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// Room for the answer to a request.
struct Reply<'a> {
    header: Header,
    out: &'a mut [u8],
}

/// What saying something comes to: the length of the packet.
type Said = Result<usize, No>;

impl Reply<'_> {
    fn say(self, body: impl FnOnce(&mut Out<'_>) -> Written) -> Said {
        let op = self.header.op.reply().unwrap_or(self.header.op);
        let written = smp::reply::packet(Header { op, ..self.header }, self.out, body);
        written.map_err(|_| No::from(Refused::TooLong))
    }
}

fn nothing(map: &mut Out<'_>) -> Written {
    map.map(0)?.ok()
}

/// CRC-32 of all lines of an identity, secrets among them: tells two apart without telling either.
fn checksum(identity: &Identity) -> u32 {
    struct Sum(smp::Sum);
    impl Write for Sum {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.take(text.as_bytes());
            Ok(())
        }
    }
    let mut sum = Sum(smp::Sum::new());
    // A sum takes everything.
    let _ = write!(sum, "{identity}");
    sum.0.end()
}

#[cfg(test)]
mod tests;
