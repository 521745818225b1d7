//! The identity page: who a node is, where its broker is, what is wired to it.
//!
//! Written at the bench, by a file or over the console, and read at every start. It lies apart from the image, so
//! that one signed image serves every room, and holds no secret. The board keeps a pair of pages (`shell::store`).
//!
//! | bytes | |
//! |---|---|
//! | 0 … 3 | `CEID` |
//! | 4 … 5 | version, 1, little endian |
//! | 6 … 7 | length of the body in bytes, little endian |
//! | 8 … 11 | CRC-32 (IEEE 802.3) of the body, little endian |
//! | 12 … | body: lines `key=value`, each ended by a line feed, UTF-8 |
//!
//! Keys: `campus`, `node`, `broker` (`host:port`), `password`, `profile`, `lamps` and `fitted` (lists
//! with commas). The first three must be there; keys of a later version are passed over. For TLS: `ca`, `cert`, `key`
//! (DER in base64) and `server`. `unlock` is the key of the serial console, 64 hexadecimal digits. `boot` is the
//! first number of its boot counter, where another board had its name. `generation` tells which of two pages is the
//! newer one, and stands in a page that the node wrote itself.

mod secure;
mod shown;

pub use secure::{CERTIFICATE_BYTES_MAX, Certificate, KEY_BYTES_MAX, Secure};

use crate::saved::crc32;
use crate::settings::Text;
use core::fmt::{self, Write};
use heapless::{String, Vec};
use wire::hello::CHANNELS_MAX;
use wire::{Full, Id};

/// Size of the page in flash, bytes: one erasable page.
pub const PAGE_BYTES: usize = 4096;

/// Longest host name of a broker, bytes: what fits a screen line; names in a campus are short.
pub const HOST_BYTES_MAX: usize = 64;

/// Longest password, bytes: 32 random bytes in hexadecimal.
pub const PASSWORD_BYTES_MAX: usize = 64;

/// Length of the console's key, bytes.
pub const UNLOCK_BYTES: usize = 32;

const MAGIC: &[u8; 4] = b"CEID";
const VERSION: u16 = 1;
const HEAD_BYTES: usize = 12;

/// Who a node is.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The installation.
    pub campus: Id,
    /// Its name, which is also its account and client name at the broker.
    pub node: Id,
    /// IPv4 address or DNS name of the broker.
    pub host: String<HOST_BYTES_MAX>,
    /// TCP port of the broker.
    pub port: u16,
    /// Password of its account at the broker; empty where there is none.
    pub password: String<PASSWORD_BYTES_MAX>,
    /// What it was provisioned as; shown in the hello.
    pub profile: Text,
    /// Lamp channels, in their order.
    pub lamps: Vec<Id, CHANNELS_MAX>,
    /// What is wired to it.
    pub fitted: Vec<Part, { Part::ALL.len() }>,
    /// TLS with the broker.
    pub secure: Secure,
    /// Key of the serial console: who wants to change anything has to prove that he knows it.
    pub unlock: Option<[u8; UNLOCK_BYTES]>,
    /// Boot counter of its first start with this identity, above that of any board that had its name before; 0 where
    /// nobody said one.
    pub boot: u32,
}

/// Something that may be wired to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Passive infrared sensor.
    Pir,
    /// Wall switches, one per lamp channel.
    Switch,
    /// mmWave presence, LD2410.
    Radar,
    /// Illuminance, BH1750.
    Bh1750,
    /// Illuminance, VEML7700.
    Veml7700,
    /// CO₂, temperature and humidity, SCD4x.
    Scd4x,
    /// Temperature and humidity, SHT4x.
    Sht4x,
    /// Energy meter, Eastron SDM120 on Modbus RTU.
    MeterSdm120,
    /// Lamps on a DALI line.
    Dali,
    /// Lamps on PWM or 0–10 V with a relay.
    Pwm,
}

/// Why a page gives no identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadIdentity {
    /// Nothing was ever written there.
    Blank,
    /// Written by a later version.
    Version(u16),
    /// Length or checksum do not fit.
    Damaged,
    /// A line is no `key=value`, or no UTF-8.
    Text,
    /// This key must be there.
    Missing(&'static str),
    /// The value of this key cannot be.
    Bad(&'static str),
    /// This key comes twice.
    Twice(&'static str),
}

impl Identity {
    /// Reads a page, or its first bytes if they hold all of it.
    ///
    /// # Errors
    /// [`BadIdentity`] says why the node counts as unprovisioned.
    pub fn read(page: &[u8]) -> Result<Self, BadIdentity> {
        Self::parse(core::str::from_utf8(body(page)?).map_err(|_| BadIdentity::Text)?)
    }

    /// Reads the lines of a page.
    ///
    /// # Errors
    /// [`BadIdentity`] says what is wrong with them.
    pub fn parse(body: &str) -> Result<Self, BadIdentity> {
        let mut lines = Lines::default();
        for line in body.split_terminator('\n') {
            let (key, value) = line.split_once('=').ok_or(BadIdentity::Text)?;
            lines.take(key, value)?;
        }
        let (host, port) = broker(lines.broker.ok_or(BadIdentity::Missing("broker"))?)?;
        let password = lines.password.unwrap_or("");
        if !password.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
            return Err(BadIdentity::Bad("password"));
        }
        Ok(Self {
            campus: id(lines.campus, "campus")?,
            node: id(lines.node, "node")?,
            host,
            port,
            password: String::try_from(password).map_err(|_| BadIdentity::Bad("password"))?,
            profile: crate::settings::text(lines.profile.unwrap_or("classroom"))
                .map_err(|_| BadIdentity::Bad("profile"))?,
            lamps: list(lines.lamps, "lamps", |name| Id::new(name).ok())?,
            fitted: list(lines.fitted, "fitted", Part::from_name)?,
            secure: Secure::of(&lines)?,
            unlock: lines.unlock.map(unlock).transpose()?,
            boot: lines
                .boot
                .map_or(Some(0), |boot| boot.parse().ok())
                .ok_or(BadIdentity::Bad("boot"))?,
        })
    }

    /// Writes the page's beginning into `page` and says how long it is; the rest of the page stays
    /// erased (0xFF).
    ///
    /// # Errors
    /// [`Full`] when `page` is too small; [`PAGE_BYTES`] always suffice.
    pub fn write(&self, page: &mut [u8]) -> Result<usize, Full> {
        self.write_as(None, page)
    }

    /// The same for a page that is one of a pair.
    ///
    /// # Errors
    /// As above.
    pub fn write_as(&self, generation: Option<u32>, page: &mut [u8]) -> Result<usize, Full> {
        let (head, body) = page.split_at_mut_checked(HEAD_BYTES).ok_or(Full)?;
        let mut text = Cursor { bytes: body, len: 0 };
        write!(text, "{self}").map_err(|_| Full)?;
        if let Some(generation) = generation {
            writeln!(text, "generation={generation}").map_err(|_| Full)?;
        }
        let len = text.len;
        head[..4].copy_from_slice(MAGIC);
        head[4..6].copy_from_slice(&VERSION.to_le_bytes());
        head[6..8].copy_from_slice(&(len as u16).to_le_bytes());
        head[8..].copy_from_slice(&crc32(&body[..len]).to_le_bytes());
        Ok(HEAD_BYTES + len)
    }

    /// The name that the broker's certificate must bear.
    pub fn server(&self) -> &str {
        if self.secure.server.is_empty() { &self.host } else { &self.secure.server }
    }

    /// Whether this part is wired.
    pub fn has(&self, part: Part) -> bool {
        self.fitted.contains(&part)
    }
}

/// How new a page is. One without a `generation` was written at the bench by a file, which is newer than whatever
/// the node wrote before.
///
/// # Errors
/// [`BadIdentity`] for a page that is not whole.
pub fn generation(page: &[u8]) -> Result<u32, BadIdentity> {
    let body = core::str::from_utf8(body(page)?).map_err(|_| BadIdentity::Text)?;
    let told = body.split_terminator('\n').find_map(|line| line.strip_prefix("generation="));
    told.map_or(Ok(BENCH), |told| told.parse().map_err(|_| BadIdentity::Bad("generation")))
}

/// The generation of a page from the bench.
pub const BENCH: u32 = u32::MAX;

impl fmt::Display for Identity {
    /// The body of the page. It holds the password and the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown::place(self, f)?;
        writeln!(f, "password={}", self.password)?;
        shown::wiring(self, f)?;
        self.secure.write(f)?;
        if let Some(unlock) = &self.unlock {
            f.write_str("unlock=")?;
            unlock.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
            f.write_str("\n")?;
        }
        if self.boot > 0 {
            writeln!(f, "boot={}", self.boot)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Identity {
    /// Without password and keys: this one may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} at {}, {}:{})", self.node, self.campus, self.host, self.port)
    }
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 10] = [
        Self::Pir,
        Self::Switch,
        Self::Radar,
        Self::Bh1750,
        Self::Veml7700,
        Self::Scd4x,
        Self::Sht4x,
        Self::MeterSdm120,
        Self::Dali,
        Self::Pwm,
    ];

    /// The word in `fitted`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pir => "pir",
            Self::Switch => "switch",
            Self::Radar => "radar",
            Self::Bh1750 => "bh1750",
            Self::Veml7700 => "veml7700",
            Self::Scd4x => "scd4x",
            Self::Sht4x => "sht4x",
            Self::MeterSdm120 => "meter-sdm120",
            Self::Dali => "dali",
            Self::Pwm => "pwm",
        }
    }

    /// The part of a word in `fitted`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

impl fmt::Display for BadIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("nothing is written in the identity page"),
            Self::Version(version) => {
                write!(f, "the identity page has version {version}; this firmware reads {VERSION}")
            }
            Self::Damaged => f.write_str("the identity page is damaged"),
            Self::Text => f.write_str("the identity page holds a line that is no `key=value`"),
            Self::Missing(key) => write!(f, "the identity page has no `{key}`"),
            Self::Bad(key) => write!(f, "the identity page has a bad `{key}`"),
            Self::Twice(key) => write!(f, "the identity page has `{key}` twice"),
        }
    }
}

impl core::error::Error for BadIdentity {}

/// The values that were found, unchecked.
#[derive(Default)]
struct Lines<'a> {
    campus: Option<&'a str>,
    node: Option<&'a str>,
    broker: Option<&'a str>,
    password: Option<&'a str>,
    profile: Option<&'a str>,
    lamps: Option<&'a str>,
    fitted: Option<&'a str>,
    server: Option<&'a str>,
    ca: Option<&'a str>,
    cert: Option<&'a str>,
    key: Option<&'a str>,
    unlock: Option<&'a str>,
    boot: Option<&'a str>,
}

impl<'a> Lines<'a> {
    fn take(&mut self, key: &str, value: &'a str) -> Result<(), BadIdentity> {
        let (slot, key) = match key {
            "campus" => (&mut self.campus, "campus"),
            "node" => (&mut self.node, "node"),
            "broker" => (&mut self.broker, "broker"),
            "password" => (&mut self.password, "password"),
            "profile" => (&mut self.profile, "profile"),
            "lamps" => (&mut self.lamps, "lamps"),
            "fitted" => (&mut self.fitted, "fitted"),
            "server" => (&mut self.server, "server"),
            "ca" => (&mut self.ca, "ca"),
            "cert" => (&mut self.cert, "cert"),
            "key" => (&mut self.key, "key"),
            "unlock" => (&mut self.unlock, "unlock"),
            "boot" => (&mut self.boot, "boot"),
            _ => return Ok(()),
        };
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(BadIdentity::Twice(key)),
        }
    }
}

fn body(page: &[u8]) -> Result<&[u8], BadIdentity> {
    let (head, rest) = page.split_first_chunk::<HEAD_BYTES>().ok_or(BadIdentity::Damaged)?;
    if head[..4] != *MAGIC {
        let blank = head.iter().all(|byte| *byte == 0xff) || head.iter().all(|byte| *byte == 0);
        return Err(if blank { BadIdentity::Blank } else { BadIdentity::Damaged });
    }
    let version = u16::from_le_bytes([head[4], head[5]]);
    if version != VERSION {
        return Err(BadIdentity::Version(version));
    }
    let len = usize::from(u16::from_le_bytes([head[6], head[7]]));
    let body = rest.get(..len).ok_or(BadIdentity::Damaged)?;
    if crc32(body).to_le_bytes() != head[8..] {
        return Err(BadIdentity::Damaged);
    }
    Ok(body)
}

fn id(value: Option<&str>, key: &'static str) -> Result<Id, BadIdentity> {
    Id::new(value.ok_or(BadIdentity::Missing(key))?).map_err(|_| BadIdentity::Bad(key))
}

fn broker(text: &str) -> Result<(String<HOST_BYTES_MAX>, u16), BadIdentity> {
    const BAD: BadIdentity = BadIdentity::Bad("broker");
    let (host, port) = text.rsplit_once(':').ok_or(BAD)?;
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(BAD);
    }
    let port = port.parse().ok().filter(|port| *port > 0).ok_or(BAD)?;
    Ok((String::try_from(host).map_err(|_| BAD)?, port))
}

/// What a host's name is made of.
fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

fn unlock(text: &str) -> Result<[u8; UNLOCK_BYTES], BadIdentity> {
    const BAD: BadIdentity = BadIdentity::Bad("unlock");
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != UNLOCK_BYTES || !rest.is_empty() {
        return Err(BAD);
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut key = [0; UNLOCK_BYTES];
    for (byte, [high, low]) in key.iter_mut().zip(pairs) {
        let (high, low) = (digit(*high).ok_or(BAD)?, digit(*low).ok_or(BAD)?);
        *byte = (high << 4 | low) as u8;
    }
    Ok(key)
}

/// A list with commas, each word once.
fn list<T: PartialEq, const N: usize>(
    value: Option<&str>,
    key: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T, N>, BadIdentity> {
    let mut words = Vec::new();
    for word in value.unwrap_or("").split(',').filter(|word| !word.is_empty()) {
        let word = read(word).filter(|word| !words.contains(word));
        let pushed = word.is_some_and(|word| words.push(word).is_ok());
        if !pushed {
            return Err(BadIdentity::Bad(key));
        }
    }
    Ok(words)
}

struct Cursor<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

impl Write for Cursor<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

const _: () = assert!(
    PAGE_BYTES
        > HEAD_BYTES
            + (64 + 3 * 40 + HOST_BYTES_MAX + PASSWORD_BYTES_MAX + 32 + 4 * 33 + 100)
            + 2 * secure::text_bytes(CERTIFICATE_BYTES_MAX)
            + secure::text_bytes(KEY_BYTES_MAX)
            + (HOST_BYTES_MAX + 2 * UNLOCK_BYTES + 64),
    "the longest identity fits the page"
);

#[cfg(test)]
mod tests;
