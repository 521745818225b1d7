//! X.509 as far as a node needs it: is this the certificate of the broker, signed by this campus's authority?
//!
//! Narrow on purpose. Keys are P-256, signatures ECDSA with SHA-256; the broker's certificate is signed by the authority
//! itself, with nothing in between, so that no other certificate of the campus can vouch for a broker. An extension
//! that is critical and not known here refuses the certificate (RFC 5280, 4.2).

use core::fmt;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

/// ecdsa-with-SHA256 (RFC 5758, 3.2), as an AlgorithmIdentifier.
const ECDSA_SHA256: &[u8] = &[0x30, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// A point on P-256 (RFC 5480, 2.1.1), as an AlgorithmIdentifier.
const P256: &[u8] = &[
    0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1,
    7,
];
/// serverAuth (RFC 5280, 4.2.1.12), as an OBJECT IDENTIFIER.
const SERVER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];

/// Tags (X.690).
const BOOLEAN: u8 = 1;
const INTEGER: u8 = 2;
const BITS: u8 = 3;
const OCTETS: u8 = 4;
const OID: u8 = 6;
const UTC_TIME: u8 = 0x17;
const TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const DNS_NAME: u8 = 0x82;

/// A number below the order of the curve, bytes.
const SCALAR_BYTES: usize = 32;

/// An uncompressed point, bytes: 4, x, y (SEC 1, 2.3.3).
pub const POINT_BYTES: usize = 65;

/// A certificate that can be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    signed: &'a [u8],
    signature: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
    point: &'a [u8; POINT_BYTES],
    validity: Validity,
    /// General names.
    names: &'a [u8],
    authority: bool,
    /// It may be a server's.
    server: bool,
}

/// When a certificate counts, s of UTC since 1970, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// From then on.
    pub from: i64,
    /// Until then.
    pub until: i64,
}

impl<'a> Certificate<'a> {
    /// Reads DER; nothing for whatever is not one of ours.
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let mut all = Der(only(der, SEQUENCE)?);
        let signed = all.element(SEQUENCE)?;
        let algorithm = all.element(SEQUENCE)?.whole;
        let signature = bits(all.element(BITS)?.content)?;
        let mut body = Der(signed.content);
        // Version 3, which is 2, because only it has extensions.
        (body.element(0xa0)?.content == [INTEGER, 1, 2] && all.0.is_empty()).then_some(())?;
        body.element(INTEGER)?;
        let same = body.element(SEQUENCE)?.whole;
        (algorithm == ECDSA_SHA256 && same == ECDSA_SHA256).then_some(())?;
        let issuer = body.element(SEQUENCE)?.whole;
        let mut dates = Der(body.element(SEQUENCE)?.content);
        let validity = Validity { from: dates.time()?, until: dates.time()? };
        let subject = body.element(SEQUENCE)?.whole;
        let mut key = Der(body.element(SEQUENCE)?.content);
        (key.element(SEQUENCE)?.whole == P256).then_some(())?;
        let point = bits(key.element(BITS)?.content)?.try_into().ok()?;
        let mut certificate = Self {
            signed: signed.whole,
            signature,
            issuer,
            subject,
            point,
            validity,
            names: &[],
            authority: false,
            server: true,
        };
        certificate.extend(&mut body)?;
        body.0.is_empty().then_some(certificate)
    }

    /// Its key, uncompressed.
    pub const fn point(&self) -> &'a [u8; POINT_BYTES] {
        self.point
    }

    /// When it counts.
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether it is a server's, and bears this DNS name. There are no wildcards, and the common name says nothing.
    pub fn is_server(&self, name: &str) -> bool {
        let mut names = Der(self.names);
        let mut bears = false;
        while let Some(general) = names.any() {
            bears |=
                general.tag == DNS_NAME && general.content.eq_ignore_ascii_case(name.as_bytes());
        }
        bears && self.server && !self.authority
    }

    /// Whether this authority signed it.
    pub fn is_signed_by(&self, authority: &Certificate<'_>) -> bool {
        authority.authority
            && authority.subject == self.issuer
            && verified(authority.point, self.signed, self.signature)
    }

    fn extend(&mut self, body: &mut Der<'a>) -> Option<()> {
        let extensions = body.element(0xa3)?;
        let mut extensions = Der(only(extensions.content, SEQUENCE)?);
        while !extensions.0.is_empty() {
            let mut extension = Der(extensions.element(SEQUENCE)?.content);
            let id = extension.element(OID)?.content;
            let critical = match extension.0.first() {
                Some(&BOOLEAN) => extension.element(BOOLEAN)?.content == [0xff],
                _ => false,
            };
            let value = extension.element(OCTETS)?.content;
            match id {
                // basicConstraints
                [0x55, 0x1d, 19] => {
                    let mut said = Der(only(value, SEQUENCE)?);
                    self.authority = said.0.first() == Some(&BOOLEAN)
                        && said.element(BOOLEAN)?.content == [0xff];
                }
                // keyUsage: one that may not sign is no server's, and the handshake asks for a signature anyway.
                [0x55, 0x1d, 15] => {}
                // subjectAltName
                [0x55, 0x1d, 17] => self.names = only(value, SEQUENCE)?,
                // extendedKeyUsage
                [0x55, 0x1d, 37] => {
                    let mut usages = Der(only(value, SEQUENCE)?);
                    self.server = false;
                    while let Some(usage) = usages.any() {
                        self.server |= usage.tag == OID && usage.content == SERVER;
                    }
                }
                _ if critical => return None,
                _ => {}
            }
        }
        Some(())
    }
}

/// Whether this key signed this message: ECDSA with SHA-256, the signature in DER.
pub fn verified(point: &[u8; POINT_BYTES], message: &[u8], signature: &[u8]) -> bool {
    let key = VerifyingKey::from_sec1_bytes(point);
    let signature = read_signature(signature);
    matches!((key, signature), (Ok(key), Some(signature)) if key.verify(message, &signature).is_ok())
}

/// A signature in DER, of two integers (RFC 3279, 2.2.3). `p256` can read it too, with 4 KB for all of DER.
fn read_signature(der: &[u8]) -> Option<Signature> {
    let mut both = Der(only(der, SEQUENCE)?);
    let (r, s) = (both.scalar()?, both.scalar()?);
    both.0.is_empty().then(|| Signature::from_scalars(r, s).ok())?
}

/// Longest signature in DER, bytes: two integers of 33 bytes with their heads, in a sequence.
pub const SIGNATURE_BYTES_MAX: usize = 72;

/// The same the other way round.
pub fn write_signature(signature: &Signature) -> heapless::Vec<u8, SIGNATURE_BYTES_MAX> {
    let mut der = heapless::Vec::from_array([SEQUENCE, 0]);
    for number in signature.to_bytes().chunks(SCALAR_BYTES) {
        let zeros = number.iter().take_while(|byte| **byte == 0).count().min(SCALAR_BYTES - 1);
        let number = &number[zeros..];
        // An integer whose first bit is set would be negative.
        let sign = &[0][..usize::from(number[0] >> 7)];
        // All of it fits.
        let _ = der.extend_from_slice(&[INTEGER, (sign.len() + number.len()) as u8]);
        let _ = der.extend_from_slice(sign);
        let _ = der.extend_from_slice(number);
    }
    der[1] = (der.len() - 2) as u8;
    der
}

/// The number in a private key as SEC 1 has it (RFC 5915): version 1, then 32 bytes.
pub fn read_key(der: &[u8]) -> Option<SigningKey> {
    let mut key = Der(only(der, SEQUENCE)?);
    (key.element(INTEGER)?.content == [1]).then_some(())?;
    SigningKey::from_slice(key.element(OCTETS)?.content).ok()
}

impl Validity {
    /// Whether it counts now, ms of UTC.
    pub fn holds(self, utc_ms: i64) -> bool {
        (self.from..=self.until).contains(&(utc_ms.div_euclid(1000)))
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", Day(self.from), Day(self.until))
    }
}

struct Day(i64);

impl fmt::Display for Day {
    /// Hinnant: chrono-compatible low-level date algorithms, `civil_from_days`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.div_euclid(86_400) + 719_468;
        let era_day = days.rem_euclid(146_097);
        let year = (era_day - era_day / 1_460 + era_day / 36_524 - era_day / 146_096) / 365;
        let of_year = era_day - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year + days.div_euclid(146_097) * 400 + i64::from(month <= 2);
        write!(f, "{year}-{month:02}-{day:02}")
    }
}

/// The same the other way round: days since 1970 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// What is left to read.
struct Der<'a>(&'a [u8]);

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Der<'a> {
    /// The next element, with the shortest form of its length, as DER wants it; at most 64 KiB.
    fn any(&mut self) -> Option<Element<'a>> {
        let (head, len) = match *self.0 {
            [_, len @ ..=0x7f, ..] => (2, usize::from(len)),
            [_, 0x81, len @ 0x80..=0xff, ..] => (3, usize::from(len)),
            [_, 0x82, high @ 1..=0xff, low, ..] => {
                (4, usize::from(u16::from_be_bytes([high, low])))
            }
            _ => return None,
        };
        let (whole, rest) = self.0.split_at_checked(head + len)?;
        self.0 = rest;
        Some(Element { tag: whole[0], content: &whole[head..], whole })
    }

    fn element(&mut self, tag: u8) -> Option<Element<'a>> {
        self.any().filter(|element| element.tag == tag)
    }

    /// A positive integer of at most 256 bits, in its shortest form.
    fn scalar(&mut self) -> Option<[u8; SCALAR_BYTES]> {
        let number = match self.element(INTEGER)?.content {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
            whole @ [1..=0x7f, ..] => whole,
            _ => return None,
        };
        let mut scalar = [0; SCALAR_BYTES];
        scalar.get_mut(SCALAR_BYTES.checked_sub(number.len())?..)?.copy_from_slice(number);
        Some(scalar)
    }

    /// A date (RFC 5280, 4.1.2.5), s.
    fn time(&mut self) -> Option<i64> {
        let Element { tag, content, .. } = self.any()?;
        let (digits, last) = content.split_at_checked(content.len().checked_sub(1)?)?;
        let number = |text: &[u8]| {
            text.iter().try_fold(0, |number, digit| {
                digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
            })
        };
        let (year, rest) = match (tag, digits.len()) {
            (UTC_TIME, 12) => {
                let year = number(&digits[..2])?;
                (if year < 50 { 2000 + year } else { 1900 + year }, &digits[2..])
            }
            (TIME, 14) => (number(&digits[..4])?, &digits[4..]),
            _ => return None,
        };
        let mut parts = rest.chunks(2).map(number);
        let mut part = |least, most| parts.next()?.filter(|part| (least..=most).contains(part));
        let (month, day) = (part(1, 12)?, part(1, 31)?);
        let seconds = part(0, 23)? * 3600 + part(0, 59)? * 60 + part(0, 59)?;
        (last == b"Z").then(|| days(year, month, day) * 86_400 + seconds)
    }
}

/// The content of the one element that this is.
fn only(der: &[u8], tag: u8) -> Option<&[u8]> {
    let mut all = Der(der);
    let element = all.element(tag)?;
    all.0.is_empty().then_some(element.content)
}

/// Bits that fill whole bytes.
fn bits(content: &[u8]) -> Option<&[u8]> {
    content.split_first().filter(|(unused, _)| **unused == 0).map(|(_, bytes)| bytes)
}

#[cfg(test)]
mod tests;
