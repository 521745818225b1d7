//! The building-energy protocol over real TCP: a reference centre, a tester for other people's centres,
//! and a collector with rows.
//!
//! All three are `mohurd`'s pure machines with a socket around them; what checks the machines themselves
//! is `counterparts/mohurd.py`.

pub mod centre;
pub mod collector;
pub mod tester;

use mohurd::{
    BuildingId, Codec, Dialect, Function, GOOD, GatewayId, ItemCode, Key, Keys, Meter, Report,
    Stamp, Value,
};

/// Keys of tests.
pub const AUTH: [u8; 16] = *b"0123456789ABCDEF";
/// As above.
pub const AES: [u8; 16] = *b"fedcba9876543210";

/// One end's codec with the keys of tests.
///
/// # Panics
/// When no dialect has that name.
pub fn codec(dialect: &str, auth: [u8; 16]) -> Codec {
    let keys = Keys { auth: Key::new(auth), aes: Key::new(AES), iv: None };
    Codec::new(Dialect::shipped(dialect).expect("a dialect"), keys).expect("keys enough")
}

/// The building and the collector of tests.
///
/// # Panics
/// Never.
pub fn names() -> (BuildingId, GatewayId) {
    (BuildingId::new("310101D064").expect("an id"), GatewayId::new("01").expect("an id"))
}

/// The report of a slot, counted from 2014-06-02 00:00 in China: two meters.
///
/// # Panics
/// Far beyond any calendar.
pub fn report(slot: u64) -> Report {
    const BEGIN_MS: i64 = 1_401_638_400_000;
    let (building_id, gateway_id) = names();
    let meter = |id: i64, code: &str| Meter {
        id: id.to_string(),
        addr: format!("{id:012}"),
        tp: "06".into(),
        name: "教学楼".into(),
        functions: vec![Function {
            id: "1".into(),
            coding: ItemCode::new(code).ok(),
            value: Value::kwh_from_wh(1_000_000 + slot as i64 * 75 + id),
            error: Some(GOOD),
        }],
    };
    let time = Stamp::from_utc_ms(BEGIN_MS + slot as i64 * 900_000, 8 * 3600).expect("in range");
    Report { building_id, gateway_id, time, meters: vec![meter(1, "01A10"), meter(2, "01C10")] }
}
