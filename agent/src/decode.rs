//! Bytes from the broker to something that can be decided, or a counted refusal.
//!
//! The one place that looks at what comes from outside; behind it nothing is checked again.

use crate::api::Order;
use crate::api::types::{AutoRoom, EndDemand, OrderDemand, SetRoom, StageRoom};
use crate::mqtt::Delivery;
use controller::By;
use serde::Deserialize;
use wire::{Condition, Frame, Hello, Outcome, Refusal, Topic};

/// What somebody said.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "almost all of them are frames, and none is kept")]
pub enum Said<'a> {
    /// A node reports.
    Frame(&'a str, Frame<'a>),
    /// A node introduces itself and says how it is, or its will says that it is gone.
    Hello(&'a str, Hello<'a>, Condition<'a>),
    /// A node says what became of settings or of a command.
    Outcome(&'a str, Outcome<'a>),
    /// A dashboard asks for an override.
    Set(String, SetRoom),
    /// A dashboard ends one.
    Auto(String, AutoRoom),
    /// A dashboard asks for a scene, or the utility for less.
    Impose(Box<Order>, By),
    /// A retained state that an agent of this campus published, now or before it was restarted.
    State(Topic<'a>),
    /// The echo of something this agent published itself; nothing to do.
    Echo,
}

/// Why something was not understood: the name under which it is counted.
pub type Reason = &'static str;

/// Reads one delivery of the campus.
///
/// # Errors
/// The [`Reason`]; the delivery is counted, acknowledged to the broker and forgotten, so that it
/// never stands in the way of the next one.
pub fn read<'a>(campus: &str, delivery: &'a Delivery) -> Result<Said<'a>, Reason> {
    let text = delivery.topic().ok_or("topic_not_utf8")?;
    parse(campus, text, delivery.payload(), delivery.retained())
}

/// [`read`] without the delivery around it.
///
/// # Errors
/// As [`read`].
pub fn parse<'a>(
    campus: &str,
    topic: &'a str,
    payload: &'a [u8],
    retained: bool,
) -> Result<Said<'a>, Reason> {
    let (of, topic) = Topic::parse(topic).map_err(wire::TopicRefusal::name)?;
    if of != campus {
        return Err("topic_other_campus");
    }
    match topic {
        // A frame is an event. A retained one is a ghost: it would be heard again at every start.
        Topic::Frame(_) if retained => Err("retained_frame"),
        Topic::Frame(node) => {
            Frame::parse(payload).map(|frame| Said::Frame(node, frame)).map_err(named)
        }
        Topic::Hello(_) if payload.is_empty() => Ok(Said::Echo),
        Topic::Hello(node) => {
            let hello = Hello::parse(payload).map_err(named)?;
            Ok(Said::Hello(node, hello, Condition::parse(payload).map_err(named)?))
        }
        // As a frame: an event.
        Topic::Result(_) if retained => Err("retained_result"),
        Topic::Result(node) => {
            Outcome::parse(payload).map(|outcome| Said::Outcome(node, outcome)).map_err(named)
        }
        Topic::RoomSet(_, _) if retained => Err("retained_set"),
        Topic::RoomSet(building, room) => wish(format!("{building}/{room}"), payload),
        // As a wish: heard again at every start, it would be obeyed again.
        Topic::DemandSet if retained => Err("retained_set"),
        Topic::DemandSet => demand(payload),
        Topic::Room(..) | Topic::Meter(..) | Topic::Desired(_) | Topic::Settings(_)
            if retained && !payload.is_empty() =>
        {
            Ok(Said::State(topic))
        }
        _ => Ok(Said::Echo),
    }
}

fn named(refusal: Refusal) -> Reason {
    refusal.name()
}

/// `{"level_pct":40,"for_s":600}`, with an optional `"zone"`; or `{"auto":true}`; or
/// `{"scene":"projection"}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    level_pct: Option<u8>,
    for_s: Option<u32>,
    zone: Option<String>,
    auto: Option<bool>,
    scene: Option<String>,
}

fn wish<'a>(room: String, payload: &[u8]) -> Result<Said<'a>, Reason> {
    if payload.len() > wire::PAYLOAD_BYTES_MAX {
        return Err(Refusal::TooLong.name());
    }
    let wish: Wish = serde_json::from_slice(payload).map_err(|_| "bad_set")?;
    match wish {
        Wish { scene: Some(scene), auto: None, level_pct: None, zone: None, for_s } => {
            let for_s = for_s.unwrap_or(crate::limits::OVERRIDE_S_MAX);
            let order = Order::Scene(room, StageRoom { scene, for_s });
            Ok(Said::Impose(Box::new(order), By::Dashboard))
        }
        Wish { auto: Some(true), level_pct: None, for_s: None, zone, scene: None } => {
            Ok(Said::Auto(room, AutoRoom { zone }))
        }
        Wish { auto: None | Some(false), level_pct: Some(level_pct), for_s, zone, scene: None } => {
            let for_s = for_s.unwrap_or(crate::limits::OVERRIDE_S_MAX);
            Ok(Said::Set(room, SetRoom { zone, level_pct, for_s }))
        }
        _ => Err("bad_set"),
    }
}

/// An order of the utility, or its end: `{"end":true,…}`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Asked {
    End {
        #[serde(flatten)]
        order: EndOnly,
    },
    Order(OrderDemand),
}

/// [`EndDemand`] with the word that tells it from an order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndOnly {
    end: bool,
    id: Option<String>,
    by: String,
    why: String,
}

fn demand<'a>(payload: &[u8]) -> Result<Said<'a>, Reason> {
    if payload.len() > wire::PAYLOAD_BYTES_MAX {
        return Err(Refusal::TooLong.name());
    }
    let order = match serde_json::from_slice(payload).map_err(|_| "bad_demand")? {
        Asked::End { order: EndOnly { end: true, id, by, why } } => {
            Order::EndDemand(EndDemand { id, by, why })
        }
        Asked::End { .. } => return Err("bad_demand"),
        Asked::Order(order) => Order::Demand(order),
    };
    Ok(Said::Impose(Box::new(order), By::Dashboard))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(topic: &str, payload: &str, retained: bool, expected: &str) {
        let said = match parse("demo", topic, payload.as_bytes(), retained) {
            Ok(Said::Frame(node, frame)) => format!("frame {node} {}/{}", frame.boot, frame.seq),
            Ok(Said::Hello(node, hello, condition)) => {
                format!("hello {node} {} {}", hello.online, condition.mode.name())
            }
            Ok(Said::Outcome(node, outcome)) => {
                format!("result {node} {} {:?}", outcome.what.name(), outcome.why)
            }
            Ok(Said::Set(room, wish)) => format!("set {room} {} {} s", wish.level_pct, wish.for_s),
            Ok(Said::Auto(room, wish)) => format!("auto {room} {:?}", wish.zone),
            Ok(Said::Impose(order, _)) => format!("{order:?}"),
            Ok(Said::State(topic)) => format!("state {}", topic.of("demo")),
            Ok(Said::Echo) => "echo".to_owned(),
            Err(reason) => format!("refused {reason}"),
        };
        assert_eq!(said, expected, "{topic} {payload}");
    }

    #[test]
    fn every_topic_is_read_or_refused_with_its_reason() {
        let frame = r#"{"v":1,"boot":3,"seq":57,"up":1,"r":{"motion":1}}"#;
        check("campus/v1/demo/node/n1/up/frame", frame, false, "frame n1 3/57");
        check("campus/v1/demo/node/n1/up/frame", frame, true, "refused retained_frame");
        check("campus/v1/other/node/n1/up/frame", frame, false, "refused topic_other_campus");
        check("campus/v1/demo/node/N1/up/frame", frame, false, "refused topic_bad_id");
        check("campus/v2/demo/node/n1/up/frame", frame, false, "refused topic_foreign_version");
        check("campus/v1/demo/node/n1/up/frame", "{", false, "refused not_json");
        check(
            "campus/v1/demo/node/n1/up/frame",
            r#"{"v":2,"boot":3}"#,
            false,
            "refused foreign_version",
        );
        check(
            "campus/v1/demo/node/n1/up/hello",
            r#"{"v":1,"boot":3,"online":false}"#,
            true,
            "hello n1 false normal",
        );
        check(
            "campus/v1/demo/node/n1/up/hello",
            r#"{"v":1,"boot":3,"online":true,"mode":"core"}"#,
            true,
            "hello n1 true core",
        );
        let panic = r#"{"v":1,"boot":3,"online":true,"panic":7}"#;
        check("campus/v1/demo/node/n1/up/hello", panic, true, "refused bad_value");
        let result = r#"{"v":1,"boot":3,"what":"command","id":"c7","ok":false,"why":"old","n":8}"#;
        let topic = "campus/v1/demo/node/n1/up/result";
        check(topic, result, false, "result n1 command Some(\"old\")");
        check(topic, result, true, "refused retained_result");
        check(topic, "{}", false, "refused missing_key");
        let settings = "campus/v1/demo/node/n1/down/settings";
        check(settings, "{}", true, "state campus/v1/demo/node/n1/down/settings");
        check("campus/v1/demo/node/n1/down/command", "{}", true, "echo");
        check("campus/v1/demo/node/n1/up/hello", "", false, "echo");
        let room = "campus/v1/demo/room/science/101";
        check(room, "{}", true, "state campus/v1/demo/room/science/101");
        check(room, "{}", false, "echo");
        check(room, "", true, "echo");
    }

    #[test]
    fn a_dashboard_sets_a_room_and_ends_it() {
        let topic = "campus/v1/demo/room/science/101/set";
        check(topic, r#"{"level_pct":40,"for_s":600}"#, false, "set science/101 40 600 s");
        check(topic, r#"{"level_pct":40}"#, false, "set science/101 40 7200 s");
        check(topic, r#"{"auto":true,"zone":"board"}"#, false, "auto science/101 Some(\"board\")");
        check(topic, r#"{"level_pct":400}"#, false, "refused bad_set");
        check(topic, r#"{"level":40}"#, false, "refused bad_set");
        check(topic, r#"{"level_pct":40}"#, true, "refused retained_set");
        let staged = r#"Scene("science/101", StageRoom { scene: "projection", for_s: 7200 })"#;
        check(topic, r#"{"scene":"projection"}"#, false, staged);
        check(topic, r#"{"scene":"projection","level_pct":3}"#, false, "refused bad_set");
    }

    #[test]
    fn the_utility_asks_for_less_and_ends_it() {
        let topic = "campus/v1/demo/demand/set";
        let order = r#"{"id":"peak","shed_pct":20,"until_ms":9,"by":"grid","why":"peak"}"#;
        let said = r#"Demand(OrderDemand { id: Some("peak"), shed_pct: 20, from_ms: None, until_ms: 9, by: "grid", why: "peak" })"#;
        check(topic, order, false, said);
        check(topic, order, true, "refused retained_set");
        let end = r#"{"end":true,"id":"peak","by":"grid","why":"over"}"#;
        let said = r#"EndDemand(EndDemand { id: Some("peak"), by: "grid", why: "over" })"#;
        check(topic, end, false, said);
        check(topic, r#"{"end":false,"by":"grid","why":"x"}"#, false, "refused bad_demand");
        check(topic, r#"{"shed_pct":20}"#, false, "refused bad_demand");
        check("campus/v1/demo/demand/get", end, false, "refused topic_unknown");
    }
}
