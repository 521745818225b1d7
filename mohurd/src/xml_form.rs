//! Messages as elements: `root`, in it `common` and one element that says the rest.

use crate::dialect::{AckStyle, CommonType, Dialect, Flavour, TimeForm};
use crate::ids::{BuildingId, GatewayId, ItemCode};
use crate::limits::{
    CHALLENGE_BYTES_MAX, FUNCTIONS_MAX, ITEMS_MAX, METERS_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX,
};
use crate::message::{Ack, Body, Function, ItemValue, Message, Meter, Progress, Readings, Why};
use crate::stamp::Stamp;
use crate::text;
use crate::value::Value;
use crate::xml::{Element, Writer, XmlFault, is_writable};

/// Why a message cannot be written so that it would be read as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsayable(&'static str);

/// The XML of a message.
pub(crate) fn write(message: &Message, dialect: &Dialect) -> Result<String, Unsayable> {
    check(&message.body, dialect)?;
    let (element, operation) = names(&message.body, dialect);
    let common_type = match dialect.xml.common_type {
        CommonType::Operation => operation,
        CommonType::Element => element,
    };
    let mut writer = Writer::new(text::name(dialect.text.encoding));
    writer.within("root", &[], |writer| {
        writer.within("common", &[], |writer| {
            writer.text("building_id", &[], message.building_id.as_str());
            writer.text("gateway_id", &[], message.gateway_id.as_str());
            writer.text("type", &[], common_type);
        });
        write_body(writer, &message.body, dialect, element, operation);
    });
    Ok(writer.finish())
}

/// The message of a root element. Which dialect wrote it does not matter here.
pub(crate) fn read(root: &Element) -> Result<Message, XmlFault> {
    let common = root.child("common").filter(|_| root.name == "root");
    let common = common.ok_or(at(root, "needs `root` and in it `common`"))?;
    let building_id = BuildingId::new(common.text_of("building_id").unwrap_or_default());
    let gateway_id = GatewayId::new(common.text_of("gateway_id").unwrap_or_default());
    Ok(Message {
        building_id: building_id.map_err(|_| at(common, "`building_id` is none"))?,
        gateway_id: gateway_id.map_err(|_| at(common, "`gateway_id` is none"))?,
        body: read_body(root, common)?,
    })
}

const fn at(element: &Element, what: &'static str) -> XmlFault {
    XmlFault { at: element.at, what }
}

/// The element beside `common`, and its operation.
fn names<'a>(body: &'a Body, dialect: &Dialect) -> (&'a str, &'a str) {
    match body {
        Body::Request => ("id_validate", "request"),
        Body::Sequence(_) => ("id_validate", "sequence"),
        Body::Md5(_) => ("id_validate", "md5"),
        Body::Result { .. } => ("id_validate", "result"),
        Body::Notify => ("heart_beat", "notify"),
        Body::Time(_) => ("heart_beat", "time"),
        Body::Query => ("data", "query"),
        Body::Data(readings) => ("data", operation_of(readings.why)),
        Body::Ack(ack) => match dialect.xml.ack {
            AckStyle::ReportConfig => ("report_config", acked(ack.of)),
            AckStyle::Time => ("data", operation_of(ack.of)),
            AckStyle::Root | AckStyle::Sequence => ("data", acked(ack.of)),
        },
        Body::Period(_) => ("config", "period"),
        Body::PeriodAck { .. } => ("config", "period_ack"),
        Body::Device(_) => ("device", "device"),
        Body::DeviceAck { .. } => ("device", "device_ack"),
        Body::Other { element, operation } => (element, operation),
    }
}

const fn operation_of(why: Why) -> &'static str {
    match why {
        Why::Reply => "reply",
        Why::Report => "report",
        Why::Continuous => "continuous",
    }
}

const fn acked(why: Why) -> &'static str {
    match why {
        Why::Reply => "reply_ack",
        Why::Report => "report_ack",
        Why::Continuous => "continuous_ack",
    }
}

fn why_of(operation: &str) -> Option<Why> {
    let operation = operation.strip_suffix("_ack").unwrap_or(operation);
    [Why::Reply, Why::Report, Why::Continuous]
        .into_iter()
        .find(|why| operation_of(*why) == operation)
}

fn write_body(writer: &mut Writer, body: &Body, dialect: &Dialect, element: &str, operation: &str) {
    let named = [("operation", operation)];
    let pass = |pass: bool| if pass { "pass" } else { "fail" };
    match body {
        Body::Request | Body::Notify | Body::Query => writer.empty(element, &named),
        Body::Sequence(text) => {
            writer.within(element, &named, |writer| writer.text("sequence", &[], text))
        }
        Body::Md5(text) => writer.within(element, &named, |writer| writer.text("md5", &[], text)),
        Body::Result { pass: passed, time } => writer.within(element, &named, |writer| {
            writer.text("result", &[], pass(*passed));
            if let Some(time) = time {
                writer.text("time", &[], &written(*time, dialect));
            }
        }),
        Body::Time(time) => {
            writer.within(element, &named, |writer| {
                writer.text("time", &[], &written(*time, dialect))
            });
        }
        Body::Data(readings) => {
            writer.within(element, &named, |writer| write_readings(writer, readings, dialect));
        }
        Body::Ack(ack) => write_ack(writer, *ack, dialect, element, operation),
        Body::Period(minutes) => {
            writer
                .within(element, &named, |writer| writer.text("period", &[], &minutes.to_string()));
        }
        Body::PeriodAck { pass: passed } => {
            writer.within(element, &named, |writer| writer.text("period_ack", &[], pass(*passed)));
        }
        Body::Device(fields) => writer.within(element, &named, |writer| {
            for (name, text) in fields {
                writer.text(name, &[], text);
            }
        }),
        Body::DeviceAck { pass: passed } => {
            writer.within(element, &named, |writer| writer.text("device_ack", &[], pass(*passed)));
        }
        Body::Other { .. } => writer.empty(element, &named),
    }
}

fn write_ack(writer: &mut Writer, ack: Ack, dialect: &Dialect, element: &str, operation: &str) {
    let named = [("operation", operation)];
    let pass = if ack.pass { "pass" } else { "fail" };
    let sequence = ack.sequence.map(|sequence| sequence.to_string());
    match dialect.xml.ack {
        AckStyle::ReportConfig => {
            writer.within(element, &named, |writer| writer.text("report_ack", &[], pass));
        }
        AckStyle::Time => writer.within(element, &named, |writer| {
            if let Some(time) = ack.time {
                writer.text("time", &[], &written(time, dialect));
            }
            writer.text("ack", &[], if ack.pass { "OK" } else { "fail" });
        }),
        // `common/type` says what it acknowledges.
        AckStyle::Root => {
            writer.text("sequence", &[], &sequence.unwrap_or_default());
            writer.text("result", &[], if ack.pass { "1" } else { "0" });
        }
        AckStyle::Sequence => writer.within(element, &named, |writer| {
            writer.text("sequence", &[], &sequence.unwrap_or_default());
            writer.text("ack", &[], pass);
        }),
    }
}

fn write_readings(writer: &mut Writer, readings: &Readings, dialect: &Dialect) {
    writer.text("sequence", &[], &readings.sequence.to_string());
    writer.text("parser", &[], if readings.parser { "yes" } else { "no" });
    writer.text("time", &[], &written(readings.time, dialect));
    if let Some(progress) = readings.progress {
        writer.text("total", &[], &progress.total.to_string());
        writer.text("current", &[], &progress.current.to_string());
    }
    let decimals = dialect.xml.decimals;
    if dialect.xml.flavour != Flavour::Meter {
        writer.within("energy_items", &[], |writer| {
            for item in &readings.items {
                let value = item.value.written(decimals);
                writer.text("energy_item", &[("code", item.code.as_str())], &value);
            }
        });
    }
    let meters = |writer: &mut Writer| {
        for meter in &readings.meters {
            write_meter(writer, meter, decimals);
        }
    };
    match (dialect.xml.flavour, dialect.xml.meters_element) {
        (Flavour::EnergyItems, _) => {}
        (_, true) => writer.within("meters", &[], meters),
        (_, false) => meters(writer),
    }
}

fn write_meter(writer: &mut Writer, meter: &Meter, decimals: u8) {
    let Meter { id, addr, tp, name, functions } = meter;
    let attributes = [("id", id.as_str()), ("addr", addr), ("tp", tp), ("name", name)];
    writer.within("meter", &attributes, |writer| {
        for function in functions {
            let error = function.error.map(|code| code.to_string()).unwrap_or_default();
            let coding = function.coding.map(|code| code.to_string()).unwrap_or_default();
            let attributes = [("id", function.id.as_str()), ("coding", &coding), ("error", &error)];
            let value = function.value.map(|value| value.written(decimals)).unwrap_or_default();
            writer.text("function", &attributes, &value);
        }
    });
}

fn written(time: Stamp, dialect: &Dialect) -> String {
    match dialect.time.form {
        TimeForm::Digits => time.to_string(),
        TimeForm::Spaced => time.spaced(),
    }
}

fn read_body(root: &Element, common: &Element) -> Result<Body, XmlFault> {
    let said = root.children.iter().find(|child| child.name != "common");
    let said = said.ok_or(at(root, "says nothing beside `common`"))?;
    let common_type = common.text_of("type").unwrap_or_default();
    let operation = said.attribute("operation").unwrap_or_default().trim();
    Ok(match (said.name.as_str(), operation) {
        ("id_validate", "request") => Body::Request,
        ("id_validate", "sequence") => Body::Sequence(challenge(said, "sequence")?),
        ("id_validate", "md5") => Body::Md5(challenge(said, "md5")?),
        ("id_validate", "result") => {
            Body::Result { pass: pass(said, "result")?, time: time(said)? }
        }
        ("heart_beat", "notify") => Body::Notify,
        ("heart_beat", "time") => Body::Time(time(said)?.ok_or(at(said, "`time` is missing"))?),
        ("data", "query") => Body::Query,
        ("data", operation) if said.child("ack").is_some() || operation.ends_with("_ack") => {
            read_ack(said, "ack", why_of(operation).unwrap_or(Why::Report))?
        }
        ("data", operation) => {
            let why = why_of(operation).ok_or(at(said, "an operation that data does not have"))?;
            Body::Data(read_readings(said, why)?)
        }
        ("report_config", operation) => {
            read_ack(said, "report_ack", why_of(operation).unwrap_or(Why::Report))?
        }
        ("sequence" | "result", _) => {
            read_ack(root, "result", why_of(common_type).unwrap_or(Why::Report))?
        }
        ("config", "period") => {
            let minutes = number(said, "period")?.ok_or(at(said, "`period` is missing"))?;
            Body::Period(minutes)
        }
        ("config", "period_ack") => Body::PeriodAck { pass: pass(said, "period_ack")? },
        ("device", "device") => {
            let field = |child: &Element| (child.name.clone(), child.text.clone());
            Body::Device(said.children.iter().map(field).collect())
        }
        ("device", "device_ack") => Body::DeviceAck { pass: pass(said, "device_ack")? },
        (element, operation) => {
            Body::Other { element: element.to_owned(), operation: operation.to_owned() }
        }
    })
}

fn read_ack(said: &Element, name: &'static str, of: Why) -> Result<Body, XmlFault> {
    let ack =
        Ack { of, pass: pass(said, name)?, sequence: number(said, "sequence")?, time: time(said)? };
    Ok(Body::Ack(ack))
}

fn read_readings(said: &Element, why: Why) -> Result<Readings, XmlFault> {
    let progress = match (number(said, "total")?, number(said, "current")?) {
        (Some(total), Some(current)) => Some(Progress { total, current }),
        _ => None,
    };
    let items = said.child("energy_items").into_iter().flat_map(|items| &items.children);
    let items: Vec<_> = items.filter(|item| item.name == "energy_item").collect();
    let meters = said.child("meters").unwrap_or(said).children.iter();
    let meters: Vec<_> = meters.filter(|meter| meter.name == "meter").collect();
    if items.len() > ITEMS_MAX || meters.len() > METERS_MAX {
        return Err(at(said, "more items or meters than are read"));
    }
    Ok(Readings {
        why,
        sequence: number(said, "sequence")?.unwrap_or(0),
        parser: said.text_of("parser") != Some("no"),
        time: time(said)?.ok_or(at(said, "`time` is missing"))?,
        progress,
        items: items.into_iter().map(read_item).collect::<Result<_, _>>()?,
        meters: meters.into_iter().map(read_meter).collect::<Result<_, _>>()?,
    })
}

fn read_item(item: &Element) -> Result<ItemValue, XmlFault> {
    let code = ItemCode::new(item.attribute("code").unwrap_or_default());
    let value = Value::parse(&item.text).ok_or(at(item, "a value that is no decimal number"))?;
    Ok(ItemValue { code: code.map_err(|_| at(item, "`code` is no item code"))?, value })
}

fn read_meter(meter: &Element) -> Result<Meter, XmlFault> {
    let attribute = |name| meter.attribute(name).unwrap_or_default().to_owned();
    let functions = meter.children.iter().filter(|child| child.name == "function");
    let functions: Vec<_> = functions.map(read_function).collect::<Result<_, _>>()?;
    if functions.len() > FUNCTIONS_MAX {
        return Err(at(meter, "more functions than are read"));
    }
    let id = attribute("id");
    if id.is_empty() {
        return Err(at(meter, "a meter without `id`"));
    }
    Ok(Meter {
        id,
        addr: attribute("addr"),
        tp: attribute("tp"),
        name: attribute("name"),
        functions,
    })
}

fn read_function(function: &Element) -> Result<Function, XmlFault> {
    let present = |name| function.attribute(name).map(str::trim).filter(|text| !text.is_empty());
    let coding = present("coding").map(ItemCode::new).transpose();
    let error = present("error").map(str::parse::<u16>).transpose();
    let value = Some(function.text.as_str()).filter(|text| !text.is_empty());
    let value = value
        .map(|text| Value::parse(text).ok_or(at(function, "a value that is no decimal number")));
    Ok(Function {
        id: present("id").ok_or(at(function, "a function without `id`"))?.to_owned(),
        coding: coding.map_err(|_| at(function, "`coding` is no item code"))?,
        value: value.transpose()?,
        error: error.map_err(|_| at(function, "`error` is no number"))?,
    })
}

fn challenge(said: &Element, name: &'static str) -> Result<String, XmlFault> {
    let text = said.text_of(name).ok_or(at(said, "the challenge or its answer is missing"))?;
    if is_challenge(text) {
        Ok(text.to_owned())
    } else {
        Err(at(said, "a challenge or answer that is none"))
    }
}

fn is_challenge(text: &str) -> bool {
    (1..=CHALLENGE_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn pass(said: &Element, name: &'static str) -> Result<bool, XmlFault> {
    match said.text_of(name).unwrap_or_default().to_ascii_lowercase().as_str() {
        "pass" | "ok" | "1" | "true" | "success" => Ok(true),
        "" => Err(at(said, "does not say whether it passed")),
        _ => Ok(false),
    }
}

fn number(said: &Element, name: &'static str) -> Result<Option<u32>, XmlFault> {
    let number = said.text_of(name).map(str::parse::<u32>).transpose();
    number.map_err(|_| at(said, "a number that is none"))
}

fn time(said: &Element) -> Result<Option<Stamp>, XmlFault> {
    let Some(text) = said.text_of("time") else { return Ok(None) };
    let stamp = Stamp::parse(text).or_else(|| Stamp::parse_spaced(text));
    stamp.map(Some).ok_or(at(said, "a time that is none"))
}

/// Refuses what a reader would understand otherwise, or not at all.
fn check(body: &Body, dialect: &Dialect) -> Result<(), Unsayable> {
    match body {
        Body::Sequence(text) | Body::Md5(text) if !is_challenge(text) => {
            Err(Unsayable("a challenge or answer that is none"))
        }
        Body::Data(readings) => check_readings(readings, dialect),
        Body::Ack(ack) => {
            let lacks = match dialect.xml.ack {
                AckStyle::ReportConfig => false,
                AckStyle::Time => ack.time.is_none(),
                AckStyle::Root | AckStyle::Sequence => ack.sequence.is_none(),
            };
            if lacks {
                Err(Unsayable("this style of acknowledgement names the message"))
            } else {
                Ok(())
            }
        }
        Body::Device(fields) => {
            let name = |name: &str| {
                let may = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
                (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(may)
            };
            let good = |(key, text): (&String, &String)| {
                name(key) && check_text(text) && text.trim() == text
            };
            let all = fields.len() <= ITEMS_MAX && fields.iter().all(good);
            if all {
                Ok(())
            } else {
                Err(Unsayable("a field of a device that XML does not carry as it is"))
            }
        }
        Body::Other { .. } => Err(Unsayable("what was not understood is not written")),
        _ => Ok(()),
    }
}

fn check_readings(readings: &Readings, dialect: &Dialect) -> Result<(), Unsayable> {
    let flavour = dialect.xml.flavour;
    if flavour == Flavour::Meter && !readings.items.is_empty() {
        return Err(Unsayable("this dialect has no energy items"));
    }
    if flavour == Flavour::EnergyItems && !readings.meters.is_empty() {
        return Err(Unsayable("this dialect has no meters"));
    }
    if readings.items.len() > ITEMS_MAX || readings.meters.len() > METERS_MAX {
        return Err(Unsayable("more items or meters than one message takes"));
    }
    for meter in &readings.meters {
        let texts = [&meter.id, &meter.addr, &meter.tp, &meter.name];
        if meter.id.is_empty() || !texts.into_iter().all(|text| check_text(text)) {
            return Err(Unsayable("a meter without id, or a text that XML does not carry"));
        }
        let id = |function: &Function| {
            !function.id.is_empty() && check_text(&function.id) && function.id.trim() == function.id
        };
        if meter.functions.len() > FUNCTIONS_MAX || !meter.functions.iter().all(id) {
            return Err(Unsayable("a function without id, or more of them than one meter has"));
        }
    }
    Ok(())
}

fn check_text(text: &str) -> bool {
    text.len() <= TEXT_BYTES_MAX && text.chars().all(is_writable)
}
