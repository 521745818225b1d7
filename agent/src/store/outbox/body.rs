//! What a summary says, packed.
//!
//! ```text
//! values    1 | span, s | bits: which are there | each that is there, zigzag
//! loss      2 | length of `what` 1B | what | count | from, zigzag | to - from
//! ```
//! Numbers are varints. The n-th bit is the n-th of [`STORED`], which only grows.

use crate::store::pack::{Bytes, Damage, unzigzag, varint, zigzag};
use batch::{Body, Loss, Values};

/// A quantity's place in the values.
type Place = fn(&mut Values) -> &mut Option<i64>;

/// In the order of their bits. Never moved.
const STORED: [Place; 11] = [
    |values| &mut values.energy_wh,
    |values| &mut values.lighting_wh,
    |values| &mut values.peak_w,
    |values| &mut values.occupied_s,
    |values| &mut values.lit_empty_s,
    |values| &mut values.occupied_dark_s,
    |values| &mut values.illuminance_lx,
    |values| &mut values.co2_ppm,
    |values| &mut values.complete_permille,
    |values| &mut values.estimated_permille,
    |values| &mut values.lost_frames,
];

const VALUES: u8 = 1;
const LOSS: u8 = 2;

/// What a row says, with its span in s.
pub(super) fn pack(body: &Body, span_s: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    match body {
        Body::Quarter(values) | Body::Day(values) => {
            let mut values = values.clone();
            out.push(VALUES);
            varint(&mut out, span_s.into());
            let there = STORED.map(|place| *place(&mut values));
            let bits = there.iter().enumerate().map(|(at, it)| u64::from(it.is_some()) << at);
            varint(&mut out, bits.sum());
            there.into_iter().flatten().for_each(|number| varint(&mut out, zigzag(number)));
        }
        Body::Loss(loss) => {
            let what = &loss.what.as_bytes()[..loss.what.len().min(u8::MAX.into())];
            out.extend([LOSS, what.len() as u8]);
            out.extend_from_slice(what);
            varint(&mut out, loss.count);
            varint(&mut out, zigzag(loss.from_ms));
            varint(&mut out, loss.to_ms.saturating_sub(loss.from_ms).max(0).unsigned_abs());
        }
    }
    out
}

/// The opposite: what it says, and its span in s.
pub(super) fn unpack(class: batch::Class, stored: &[u8]) -> Result<(Body, u32), Damage> {
    let mut bytes = Bytes(stored);
    let form = bytes.byte()?;
    match (form, class) {
        (VALUES, batch::Class::Quarter | batch::Class::Day) => {
            let span_s = bytes.varint32()?;
            let bits = bytes.varint()?;
            let mut values = Values::default();
            for (at, place) in STORED.iter().enumerate() {
                if bits >> at & 1 == 1 {
                    *place(&mut values) = Some(unzigzag(bytes.varint()?));
                }
            }
            bytes.end()?;
            let is_day = class == batch::Class::Day;
            Ok((if is_day { Body::Day(values) } else { Body::Quarter(values) }, span_s))
        }
        (LOSS, batch::Class::Loss) => {
            let length = bytes.byte()?;
            let what = String::from_utf8_lossy(bytes.take(length.into())?).into_owned();
            let count = bytes.varint()?;
            let from_ms = unzigzag(bytes.varint()?);
            let to_ms = from_ms.saturating_add_unsigned(bytes.varint()?);
            bytes.end()?;
            let more = Default::default();
            Ok((Body::Loss(Loss { what, count, from_ms, to_ms, more }), 0))
        }
        _ => Err(Damage::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_summary_says_comes_back_and_every_quantity_has_a_bit() {
        let mut values = Values::default();
        for (at, quantity) in batch::row::QUANTITIES.iter().enumerate() {
            *(quantity.place)(&mut values) = Some(at as i64 * 1_000 - 3);
        }
        let stored = pack(&Body::Day(values.clone()), 90_000);
        assert_eq!(unpack(batch::Class::Day, &stored), Ok((Body::Day(values), 90_000)));
        let only = Values { co2_ppm: Some(612), ..Values::default() };
        let stored = pack(&Body::Quarter(only.clone()), 900);
        assert!(stored.len() <= 8, "{stored:?}");
        assert_eq!(unpack(batch::Class::Quarter, &stored), Ok((Body::Quarter(only), 900)));
        assert!(unpack(batch::Class::Loss, &stored).is_err());
    }

    #[test]
    fn a_loss_comes_back_and_a_cut_one_is_damage() {
        let loss = Loss {
            what: "shed_rooms".to_owned(),
            count: 300,
            from_ms: 1_790_000_000_000,
            to_ms: 1_790_000_900_000,
            more: Default::default(),
        };
        let stored = pack(&Body::Loss(loss.clone()), 0);
        assert_eq!(unpack(batch::Class::Loss, &stored), Ok((Body::Loss(loss), 0)));
        for length in 0..stored.len() {
            assert!(unpack(batch::Class::Loss, &stored[..length]).is_err(), "{length}");
        }
    }
}
