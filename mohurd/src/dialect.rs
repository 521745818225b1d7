//! What differs between data centres, as data: `dialects/*.toml`, or a file of your own.
//!
//! Public implementations of the protocol disagree about almost every byte that the guideline left open.
//! Nothing here is an opinion about which of them is right.

use serde::Deserialize;

/// Everything that both ends have to agree on, besides the keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// What `dialect = "…"` says.
    pub name: String,
    /// One line about who speaks it.
    pub title: String,
    /// Where its facts come from; never empty.
    pub source: Vec<String>,
    /// Bytes around a body.
    pub frame: Shape,
    /// Encryption and the challenge.
    pub crypto: Crypto,
    /// How text becomes bytes.
    pub text: Text,
    /// Which of several ways to say something.
    pub xml: Xml,
    /// How often.
    pub cadence: Cadence,
    /// How times are written, and whose.
    pub time: Time,
}

/// Bytes around a body.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, tag = "form", rename_all = "lowercase")]
pub enum Shape {
    /// Header, length, command sequence, body, CRC, tail. The length counts sequence and body.
    Delimited {
        /// Begins a frame.
        header: Bytes4,
        /// Ends it.
        tail: Bytes4,
        /// Of length, command sequence and CRC.
        order: Order,
        /// Over command sequence and body.
        crc: Crc,
    },
    /// Header, type, length, body. The length counts the body.
    Typed {
        /// Begins a frame.
        header: Bytes2,
        /// Of the length.
        order: Order,
        /// The type byte of each kind of message.
        types: Types,
    },
}

/// Type bytes of a typed frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Types {
    /// Of [`Kind::IdValidate`].
    pub id_validate: u8,
    /// Of [`Kind::HeartBeat`].
    pub heart_beat: u8,
    /// Of [`Kind::Data`].
    pub data: u8,
    /// Of [`Kind::Control`].
    pub control: u8,
}

/// Byte order of numbers in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Lowest first.
    Little,
    /// Highest first.
    Big,
}

/// Which CRC-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Crc {
    /// The two bytes are not there.
    None,
    /// CRC-16/XMODEM: 0x1021 from 0, as in every implementation that was read.
    Xmodem,
    /// CRC-16/MODBUS.
    Modbus,
}

/// What a message is about; typed frames say it outside the encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Who is there.
    IdValidate,
    /// Still there; the time.
    HeartBeat,
    /// Energy, and its acknowledgements.
    Data,
    /// Settings and everything else.
    Control,
}

/// Encryption and the challenge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crypto {
    /// Blocks chained or not.
    pub mode: Mode,
    /// What fills the last block.
    pub padding: Padding,
    /// Where chaining begins.
    pub iv: Iv,
    /// Which messages are encrypted; a frame without a type must have all or none.
    pub encrypted: Vec<Kind>,
    /// What is hashed in answer to a challenge.
    pub md5_order: Md5Order,
    /// How the hash is written. Both are understood.
    pub md5_case: Case,
}

/// How AES-128 goes from block to block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Chained.
    Cbc,
    /// Each block alone: equal blocks look equal.
    Ecb,
}

/// What fills the last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// Zero bytes, as many as are missing, perhaps none.
    Zero,
    /// Spaces, likewise.
    Space,
    /// PKCS#7.
    Pkcs7,
}

/// Where chaining begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Iv {
    /// At the AES key itself.
    Key,
    /// At zero.
    Zero,
    /// At `iv = …` of the key file.
    File,
}

/// What is hashed in answer to a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Md5Order {
    /// The key, then the challenge.
    KeySequence,
    /// The challenge, then the key.
    SequenceKey,
}

/// How a hash is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    /// `0a`.
    Lower,
    /// `0A`.
    Upper,
}

/// How text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Of the whole XML text.
    pub encoding: Encoding,
}

/// Encodings that were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GBK, which also reads GB 2312.
    #[serde(rename = "gbk")]
    Gbk,
    /// UTF-16, lower byte first, without a mark.
    #[serde(rename = "utf-16le")]
    Utf16Le,
}

/// Which of several ways to say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Xml {
    /// What `data` holds.
    pub flavour: Flavour,
    /// Whether meters stand in an element `meters` of their own.
    pub meters_element: bool,
    /// What `common/type` repeats.
    pub common_type: CommonType,
    /// How a centre acknowledges data. A collector understands all of them.
    pub ack: AckStyle,
    /// Decimal places of values, 3 to 6.
    pub decimals: u8,
}

/// What `data` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flavour {
    /// Meters with functions.
    Meter,
    /// One value per energy item.
    EnergyItems,
    /// Both.
    Both,
}

/// What `common/type` repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommonType {
    /// The operation: `md5`.
    Operation,
    /// The element: `id_validate`.
    Element,
}

/// How a centre acknowledges data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AckStyle {
    /// `<report_config operation="report_ack"><report_ack>pass</report_ack></report_config>`: does not say
    /// which message.
    ReportConfig,
    /// `<data operation="report"><time>…</time><ack>OK</ack></data>`.
    Time,
    /// `<sequence>…</sequence><result>1</result>`, right below the root.
    Root,
    /// `<data operation="report_ack"><sequence>…</sequence><ack>pass</ack></data>`.
    Sequence,
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cadence {
    /// Seconds between heartbeats.
    pub heartbeat_s: u32,
    /// Minutes that a report stands for.
    pub report_min: u32,
}

/// How times are written, and whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// Digits or with separators.
    pub form: TimeForm,
    /// Minutes that the centre's clock is ahead of UTC.
    pub utc_offset_min: i32,
}

/// How a time is written. Both are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeForm {
    /// `20140602091520`.
    Digits,
    /// `2014-06-02 09:15:20`.
    Spaced,
}

/// Four bytes as hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Bytes4(pub [u8; 4]);

/// Two bytes as hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Bytes2(pub [u8; 2]);

/// Why a dialect file is none: what, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DialectFault(String);

/// The dialects that are built in: name and file.
pub const SHIPPED: [(&str, &str); 3] = [
    ("g", include_str!("../dialects/g.toml")),
    ("g-prime", include_str!("../dialects/g-prime.toml")),
    ("s", include_str!("../dialects/s.toml")),
];

impl Dialect {
    /// One of [`SHIPPED`].
    pub fn shipped(name: &str) -> Option<Self> {
        let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
        // A test reads all of them.
        Self::parse(text).ok()
    }

    /// From a file.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub fn parse(text: &str) -> Result<Self, DialectFault> {
        let dialect: Self =
            toml::from_str(text).map_err(|fault| DialectFault(fault.to_string()))?;
        match dialect.contradiction() {
            Some(what) => Err(DialectFault(format!("dialect `{}`: {what}", dialect.name))),
            None => Ok(dialect),
        }
    }

    /// Whether messages of this kind are encrypted.
    pub fn encrypts(&self, kind: Kind) -> bool {
        self.crypto.encrypted.contains(&kind)
    }

    /// Seconds that the centre's clock is ahead of UTC.
    pub const fn utc_offset_s(&self) -> i32 {
        self.time.utc_offset_min * 60
    }

    fn contradiction(&self) -> Option<&'static str> {
        let kinds = [Kind::IdValidate, Kind::HeartBeat, Kind::Data, Kind::Control];
        let encrypted = kinds.into_iter().filter(|kind| self.encrypts(*kind)).count();
        match self.frame {
            Shape::Delimited { .. } if encrypted != 0 && encrypted != kinds.len() => {
                return Some(
                    "`encrypted` must name all kinds or none: such a frame does not say which it is",
                );
            }
            Shape::Typed { types, .. } if types.repeats() => {
                return Some("two kinds have one type byte");
            }
            _ => {}
        }
        if self.crypto.padding == Padding::Space && self.text.encoding == Encoding::Utf16Le {
            Some(
                "`padding = \"space\"` does not go with utf-16le: two spaces are one other character there",
            )
        } else if self.source.is_empty() {
            Some("`source` must say where this is known from")
        } else if !(3..=6).contains(&self.xml.decimals) {
            Some("`decimals` must be 3 to 6: fewer lose watt-hours")
        } else if self.cadence.heartbeat_s == 0 || !(1..=1440).contains(&self.cadence.report_min) {
            Some("`heartbeat_s` and `report_min` must not be 0, and a report is for a day at most")
        } else if self.time.utc_offset_min.abs() > 14 * 60 {
            Some("`utc_offset_min` is at most 14 hours")
        } else {
            None
        }
    }
}

impl Types {
    /// The kind of a type byte.
    pub fn kind(&self, byte: u8) -> Option<Kind> {
        self.all().into_iter().find(|(known, _)| *known == byte).map(|(_, kind)| kind)
    }

    /// The type byte of a kind.
    pub const fn byte(&self, kind: Kind) -> u8 {
        match kind {
            Kind::IdValidate => self.id_validate,
            Kind::HeartBeat => self.heart_beat,
            Kind::Data => self.data,
            Kind::Control => self.control,
        }
    }

    const fn all(&self) -> [(u8, Kind); 4] {
        [
            (self.id_validate, Kind::IdValidate),
            (self.heart_beat, Kind::HeartBeat),
            (self.data, Kind::Data),
            (self.control, Kind::Control),
        ]
    }

    fn repeats(&self) -> bool {
        self.all().into_iter().any(|(byte, kind)| self.kind(byte) != Some(kind))
    }
}

impl TryFrom<String> for Bytes4 {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        hex(&text).map(Self).ok_or("write 4 bytes as 8 hexadecimal digits, such as \"68681616\"")
    }
}

impl TryFrom<String> for Bytes2 {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        hex(&text).map(Self).ok_or("write 2 bytes as 4 hexadecimal digits, such as \"1f1f\"")
    }
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_is_read_under_its_name() {
        for (name, text) in SHIPPED {
            let dialect = Dialect::parse(text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert_eq!(dialect.name, name);
        }
        assert_eq!(Dialect::shipped("q"), None);
    }

    #[test]
    fn a_dialect_that_contradicts_itself_is_refused() {
        let check = |from: &str, to: &str, says: &str| {
            let text = SHIPPED[0].1.replace(from, to);
            assert_ne!(text, SHIPPED[0].1, "`{from}` is not in g.toml");
            let fault = Dialect::parse(&text).expect_err("a fault").to_string();
            assert!(fault.contains(says), "{fault}");
        };
        check("header = \"68681616\"", "header = \"6868\"", "4 bytes");
        check("crc = \"xmodem\"", "crc = \"crc32\"", "unknown variant");
        check("decimals = 6", "decimals = 1", "lose watt-hours");
        check("\"heart_beat\", ", "", "all kinds or none");
        check("heartbeat_s = 60", "heartbeat_s = 0", "must not be 0");
        check("[text]", "[text]\nspelling = 1", "spelling");
    }
}
