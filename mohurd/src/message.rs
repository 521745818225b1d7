//! What the two ends say to each other. How it is written, `xml_form` knows.

use crate::dialect::{Flavour, Kind};
use crate::ids::{BuildingId, GatewayId, ItemCode};
use crate::stamp::Stamp;
use crate::value::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The code for a value that is good: 0xC0, as in OPC. Centres throw away anything else.
pub const GOOD: u16 = 192;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whose meters.
    pub building_id: BuildingId,
    /// Which collector.
    pub gateway_id: GatewayId,
    /// What is said.
    pub body: Body,
}

/// What is said.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// A collector wants to log in.
    Request,
    /// The centre's challenge.
    Sequence(String),
    /// The collector's answer to it.
    Md5(String),
    /// Whether the centre took the answer.
    Result {
        /// Logged in.
        pass: bool,
        /// The centre's clock, if it says so here.
        time: Option<Stamp>,
    },
    /// A collector is still there.
    Notify,
    /// The centre's clock.
    Time(Stamp),
    /// The centre wants a reply at once.
    Query,
    /// Energy.
    Data(Readings),
    /// The centre has kept data, or will not.
    Ack(Ack),
    /// The centre wants reports at this distance, min.
    Period(u32),
    /// Whether the collector took that.
    PeriodAck {
        /// Taken.
        pass: bool,
    },
    /// What a collector is: names and texts, as its maker likes.
    Device(BTreeMap<String, String>),
    /// Whether the centre took that.
    DeviceAck {
        /// Taken.
        pass: bool,
    },
    /// Something that this crate does not know: element and operation.
    Other {
        /// The element beside `common`.
        element: String,
        /// Its operation, if it has one.
        operation: String,
    },
}

/// Why data is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The centre asked.
    Reply,
    /// It is time.
    Report,
    /// It is left over from when the centre could not be reached.
    Continuous,
}

/// Energy at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readings {
    /// Why it is sent.
    pub why: Why,
    /// Counts messages of a collector.
    pub sequence: u32,
    /// Whether registers were decoded; `false` where raw bytes are handed on.
    pub parser: bool,
    /// Start of the period, local.
    pub time: Stamp,
    /// Which of how many that are left over.
    pub progress: Option<Progress>,
    /// Values per energy item.
    pub items: Vec<ItemValue>,
    /// Values per meter.
    pub meters: Vec<Meter>,
}

/// Which of how many, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many messages are left over in all.
    pub total: u32,
    /// Which this is.
    pub current: u32,
}

/// The value of one energy item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemValue {
    /// Which.
    pub code: ItemCode,
    /// In the item's unit: kWh, m³, GJ.
    pub value: Value,
}

/// A meter and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// Its number within the collector.
    pub id: String,
    /// Its address on its bus.
    pub addr: String,
    /// Its kind, as the centre numbers them.
    pub tp: String,
    /// What people call it.
    pub name: String,
    /// What it shows.
    pub functions: Vec<Function>,
}

/// One value of a meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its number or name within the meter.
    pub id: String,
    /// The energy item that it counts for.
    pub coding: Option<ItemCode>,
    /// What it shows; nothing when it could not be read.
    pub value: Option<Value>,
    /// [`GOOD`], or a code for why not; some makers leave it empty.
    pub error: Option<u16>,
}

/// An acknowledgement of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// What kind of data.
    pub of: Why,
    /// Kept.
    pub pass: bool,
    /// The sequence of the data, if this style says it.
    pub sequence: Option<u32>,
    /// The time of the data, if this style says it.
    pub time: Option<Stamp>,
}

/// What a collector has to say about one time; what others hand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whose meters.
    pub building_id: BuildingId,
    /// Which collector.
    pub gateway_id: GatewayId,
    /// Start of the period, local.
    pub time: Stamp,
    /// What they show.
    pub meters: Vec<Meter>,
}

impl Body {
    /// What the message is about.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Request | Self::Sequence(_) | Self::Md5(_) | Self::Result { .. } => {
                Kind::IdValidate
            }
            Self::Notify | Self::Time(_) => Kind::HeartBeat,
            Self::Query | Self::Data(_) | Self::Ack(_) => Kind::Data,
            Self::Period(_)
            | Self::PeriodAck { .. }
            | Self::Device(_)
            | Self::DeviceAck { .. }
            | Self::Other { .. } => Kind::Control,
        }
    }
}

impl Report {
    /// As it is sent: in the flavour of the hub, numbered, and with its place among what is left over.
    ///
    /// An item's value is the sum of the good values that count for it; an item that has any other value
    /// is left out, because part of a sum is no sum.
    pub fn readings(
        &self,
        flavour: Flavour,
        why: Why,
        sequence: u32,
        progress: Option<Progress>,
    ) -> Readings {
        let meters = match flavour {
            Flavour::EnergyItems => Vec::new(),
            Flavour::Meter | Flavour::Both => self.meters.clone(),
        };
        let items = match flavour {
            Flavour::Meter => Vec::new(),
            Flavour::EnergyItems | Flavour::Both => self.items(),
        };
        Readings { why, sequence, parser: true, time: self.time, progress, items, meters }
    }

    fn items(&self) -> Vec<ItemValue> {
        let mut sums: BTreeMap<ItemCode, Option<i64>> = BTreeMap::new();
        for function in self.meters.iter().flat_map(|meter| &meter.functions) {
            let Some(code) = function.coding else { continue };
            let good = function.value.filter(|_| function.error == Some(GOOD));
            let sum = sums.entry(code).or_insert(Some(0));
            *sum = sum.zip(good).and_then(|(sum, value)| sum.checked_add(value.micro()));
        }
        let whole = |(code, micro): (ItemCode, Option<i64>)| {
            Some(ItemValue { code, value: Value::from_micro(micro?) })
        };
        sums.into_iter().filter_map(whole).collect()
    }
}

/// The challenge and its answer would let a reader of logs try keys, so they do not show.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request => f.write_str("Request"),
            Self::Sequence(_) => f.write_str("Sequence(not shown)"),
            Self::Md5(_) => f.write_str("Md5(not shown)"),
            Self::Result { pass, time } => write!(f, "Result(pass {pass}, {time:?})"),
            Self::Notify => f.write_str("Notify"),
            Self::Time(time) => write!(f, "Time({time})"),
            Self::Query => f.write_str("Query"),
            Self::Data(readings) => readings.fmt(f),
            Self::Ack(ack) => ack.fmt(f),
            Self::Period(minutes) => write!(f, "Period({minutes} min)"),
            Self::PeriodAck { pass } => write!(f, "PeriodAck({pass})"),
            Self::Device(fields) => write!(f, "Device({} fields)", fields.len()),
            Self::DeviceAck { pass } => write!(f, "DeviceAck({pass})"),
            Self::Other { element, operation } => write!(f, "Other({element}, {operation})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(coding: &str, wh: i64, error: u16) -> Function {
        let coding = ItemCode::new(coding).ok();
        Function { id: "1".into(), coding, value: Value::kwh_from_wh(wh), error: Some(error) }
    }

    #[test]
    fn an_item_is_the_sum_of_its_good_values_or_not_there() {
        let meter = |functions| Meter {
            id: "1".into(),
            addr: "1".into(),
            tp: "06".into(),
            name: String::new(),
            functions,
        };
        let report = Report {
            building_id: BuildingId::new("310101D064").expect("an id"),
            gateway_id: GatewayId::new("01").expect("an id"),
            time: Stamp::parse("20140602091500").expect("a time"),
            meters: vec![
                meter(vec![function("01A10", 1_500, GOOD), function("01C10", 7, GOOD)]),
                meter(vec![function("01A10", 500, GOOD), function("01C10", 0, 0)]),
            ],
        };
        let readings = report.readings(Flavour::Both, Why::Report, 1, None);
        let items: Vec<_> =
            readings.items.iter().map(|item| (item.code.as_str(), item.value.wh())).collect();
        assert_eq!(items, [("01A10", Some(2_000))]);
        assert_eq!(readings.meters.len(), 2);
        assert!(report.readings(Flavour::Meter, Why::Report, 1, None).items.is_empty());
        assert!(report.readings(Flavour::EnergyItems, Why::Report, 1, None).meters.is_empty());
    }
}
