//! Damaged and invented bytes, drawn from a seed, thrown at everything that reads a stranger's bytes.
//!
//! Half of the frames are whole messages with damage; the others are well framed and encrypted, with
//! damaged XML inside, so that what lies behind frame and cipher is reached too.

use mohurd::{
    Ack, Body, BuildingId, Codec, Dialect, Framer, Function, GOOD, GatewayId, ItemCode, Key, Keys,
    Message, Meter, Progress, Report, SHIPPED, Stamp, Value, Why, framed,
};
use std::collections::BTreeMap;

/// Counts of what became of the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Thrown.
    pub thrown: u64,
    /// Read as messages all the same.
    pub messages: u64,
    /// Refused as frames.
    pub frames: u64,
    /// Refused as ciphertext or text.
    pub ciphers: u64,
    /// Refused as XML.
    pub xml: u64,
    /// Not yet a frame.
    pub short: u64,
}

/// What one dialect starts from.
struct Ground {
    dialect: Dialect,
    codec: Codec,
    whole: Vec<Vec<u8>>,
    plain: Vec<String>,
}

/// Throws `count` frames; the same seed throws the same.
///
/// # Panics
/// When a message that was read is not read again as it was: reading has to be stable.
pub fn throw(count: u64, seed: u64) -> Counts {
    let grounds: Vec<Ground> = SHIPPED.iter().map(|(name, _)| ground(name)).collect();
    let mut dice = Dice(seed | 1);
    let mut counts = Counts::default();
    while counts.thrown < count {
        let ground = &grounds[dice.below(grounds.len())];
        let bytes = if dice.below(2) == 0 {
            let mut bytes = ground.whole[dice.below(ground.whole.len())].clone();
            damage(&mut bytes, &mut dice);
            bytes
        } else {
            let mut text = ground.plain[dice.below(ground.plain.len())].clone().into_bytes();
            damage_text(&mut text, &mut dice);
            // With keys of its own the dialect's cipher is not needed: a plain twin reads it.
            wrapped(ground, &text)
        };
        one(ground, &bytes, &mut dice, &mut counts);
        counts.thrown += 1;
    }
    counts
}

fn one(ground: &Ground, bytes: &[u8], dice: &mut Dice, counts: &mut Counts) {
    let mut framer = Framer::new(ground.dialect.frame.clone());
    // In two pieces: cuts are where parsers go wrong.
    let cut = dice.below(bytes.len() + 1);
    framer.push(&bytes[..cut]);
    let mut found = 0;
    for rest in [&[][..], &bytes[cut..]] {
        framer.push(rest);
        while let Some(frame) = framer.take() {
            found += 1;
            match frame.map(|frame| ground.codec.decode(&frame)) {
                Err(_) => counts.frames += 1,
                Ok(Ok(message)) => {
                    counts.messages += 1;
                    stable(ground, &message);
                }
                Ok(Err(mohurd::Fault::Xml(_))) => counts.xml += 1,
                Ok(Err(_)) => counts.ciphers += 1,
            }
        }
    }
    counts.short += u64::from(found == 0);
}

/// What was read and can be written is read again the same.
fn stable(ground: &Ground, message: &Message) {
    let fits = |readings: &mohurd::Readings| {
        let places = 10_i64.pow(u32::from(6 - ground.dialect.xml.decimals));
        let values =
            readings.meters.iter().flat_map(|meter| &meter.functions).filter_map(|one| one.value);
        let mut values = values.chain(readings.items.iter().map(|item| item.value));
        values.all(|value| value.micro() % places == 0)
    };
    let whole = match &message.body {
        Body::Data(readings) => fits(readings),
        Body::Ack(_) => false,
        _ => true,
    };
    let Some(bytes) = ground.codec.encode(message, 1).ok().filter(|_| whole) else { return };
    let mut framer = Framer::new(ground.dialect.frame.clone());
    framer.push(&bytes);
    let frame = framer.take().expect("a frame").expect("our own");
    assert_eq!(ground.codec.decode(&frame).as_ref(), Ok(message));
}

fn ground(name: &str) -> Ground {
    let dialect = Dialect::shipped(name).expect("it is shipped");
    // Everything in clear: the same parsers without a cipher in front, so damage reaches them.
    let mut open = dialect.clone();
    open.crypto.encrypted = Vec::new();
    let keys = Keys { auth: Key::new([1; 16]), aes: Key::new([2; 16]), iv: None };
    let codec = Codec::new(dialect.clone(), keys.clone()).expect("keys enough");
    let bare = Codec::new(open, keys).expect("keys enough");
    let messages = messages(&dialect);
    let whole = messages.iter().map(|message| codec.encode(message, 7).expect("sayable")).collect();
    let plain = messages.iter().map(|message| text_of(&bare, message)).collect();
    Ground { dialect, codec, whole, plain }
}

/// The XML of a message, cut out of a frame in clear.
fn text_of(bare: &Codec, message: &Message) -> String {
    let mut framer = Framer::new(bare.dialect().frame.clone());
    framer.push(&bare.encode(message, 7).expect("sayable"));
    let frame = framer.take().expect("a frame").expect("a good one");
    let (text, _, _) = encoding_of(bare.dialect()).decode(&frame.body);
    text.into_owned()
}

fn encoding_of(dialect: &Dialect) -> &'static encoding_rs::Encoding {
    match dialect.text.encoding {
        mohurd::Encoding::Utf8 => encoding_rs::UTF_8,
        mohurd::Encoding::Gbk => encoding_rs::GBK,
        mohurd::Encoding::Utf16Le => encoding_rs::UTF_16LE,
    }
}

/// Damaged XML in a good frame with a good cipher.
fn wrapped(ground: &Ground, text: &[u8]) -> Vec<u8> {
    let kind = mohurd::Kind::Data;
    let body = ground.codec.encrypted(text);
    framed(&ground.dialect.frame, kind, 7, &body).expect("short enough")
}

fn messages(dialect: &Dialect) -> Vec<Message> {
    let stamp = Stamp::parse("20140602091500").expect("a time");
    let code = ItemCode::new("01A10").expect("a code");
    let function = Function {
        id: "1".into(),
        coding: Some(code),
        value: Value::parse("675.17"),
        error: Some(GOOD),
    };
    let meter = |id: u32| Meter {
        id: id.to_string(),
        addr: format!("{id:012}"),
        tp: "06".into(),
        name: "教学楼 <1> & 2".into(),
        functions: vec![
            function.clone(),
            Function { value: None, error: None, coding: None, ..function.clone() },
        ],
    };
    let building_id = BuildingId::new("310101D064").expect("an id");
    let gateway_id = GatewayId::new("01").expect("an id");
    let report = Report {
        building_id: building_id.clone(),
        gateway_id: gateway_id.clone(),
        time: stamp,
        meters: vec![meter(1), meter(2)],
    };
    let flavour = dialect.xml.flavour;
    let progress = Some(Progress { total: 9, current: 3 });
    let bodies = [
        Body::Request,
        Body::Sequence("25247777".into()),
        Body::Md5("af279ab76f9998ca9f615b3c19f0c4dd".into()),
        Body::Result { pass: true, time: Some(stamp) },
        Body::Notify,
        Body::Time(stamp),
        Body::Query,
        Body::Data(report.readings(flavour, Why::Report, 1, None)),
        Body::Data(report.readings(flavour, Why::Continuous, 2, progress)),
        Body::Ack(Ack { of: Why::Report, pass: true, sequence: Some(1), time: Some(stamp) }),
        Body::Period(15),
        Body::Device(BTreeMap::from([("mac".to_owned(), "00:11".to_owned())])),
    ];
    let whole =
        |body| Message { building_id: building_id.clone(), gateway_id: gateway_id.clone(), body };
    bodies.into_iter().map(whole).collect()
}

/// Flips, cuts, repeats, inserts, overwrites; one to four of them.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len().max(1));
        match dice.below(7) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.truncate(at),
            2 => bytes.insert(at.min(bytes.len()), dice.next() as u8),
            3 if !bytes.is_empty() => bytes[at] = dice.next() as u8,
            4 => {
                let part = bytes[at.min(bytes.len())..].to_vec();
                bytes.extend_from_slice(&part[..part.len().min(64)]);
            }
            5 => {
                let end = (at + dice.below(8)).min(bytes.len());
                bytes.drain(at.min(end)..end);
            }
            _ => {
                // Lengths are where it hurts: the bytes after the header.
                for byte in bytes.iter_mut().skip(2 + dice.below(4)).take(4) {
                    *byte = dice.next() as u8;
                }
            }
        }
    }
}

/// What stands in XML and should not.
const PIECES: [&str; 16] = [
    "<!DOCTYPE a [<!ENTITY b \"bbbb\">]>",
    "<!ENTITY c SYSTEM \"file:///etc/passwd\">",
    "&b;",
    "&#0;",
    "&#xFFFFFFFF;",
    "&lt;",
    "<?php ?>",
    "<![CDATA[<a>]]>",
    "<!-- - -->",
    "<meter>",
    "</root>",
    "<a a='1' a='2'/>",
    "99999999999999999999.9",
    "<a><a><a><a><a><a><a><a><a>",
    "=\"",
    "\u{0}",
];

fn damage_text(text: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let at = dice.below(text.len().max(1)).min(text.len());
        if dice.below(2) == 0 {
            let piece = PIECES[dice.below(PIECES.len())].as_bytes();
            text.splice(at..at, piece.iter().copied());
        } else {
            damage(text, dice);
        }
    }
}

/// xorshift64*: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end.max(1)
    }
}
