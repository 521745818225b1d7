//! MQTT addresses: `campus/v1/<campus>/…`.
//!
//! ```text
//! campus/v1/<campus>/node/<node>/up/{hello,frame,result}
//! campus/v1/<campus>/node/<node>/down/{ack,desired,lease,settings,command}
//! campus/v1/<campus>/room/<building>/<room>          retained state
//! campus/v1/<campus>/room/<building>/<room>/set      an override asked for
//! campus/v1/<campus>/building/<building>             retained state
//! campus/v1/<campus>/demand/set                      the grid asks for less
//! campus/v1/<campus>/meter/<node>/<channel>          retained state
//! campus/v1/<campus>/agent                           retained state
//! ```

use crate::id;
use core::fmt;

/// An address within one campus. The names in it are checked identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic<'a> {
    /// `node/<node>/up/hello`
    Hello(&'a str),
    /// `node/<node>/up/frame`
    Frame(&'a str),
    /// `node/<node>/up/result`
    Result(&'a str),
    /// `node/<node>/down/ack`
    Ack(&'a str),
    /// `node/<node>/down/desired`
    Desired(&'a str),
    /// `node/<node>/down/lease`
    Lease(&'a str),
    /// `node/<node>/down/settings`
    Settings(&'a str),
    /// `node/<node>/down/command`
    Command(&'a str),
    /// `room/<building>/<room>`
    Room(&'a str, &'a str),
    /// `room/<building>/<room>/set`
    RoomSet(&'a str, &'a str),
    /// `building/<building>`
    Building(&'a str),
    /// `demand/set`
    DemandSet,
    /// `meter/<node>/<channel>`
    Meter(&'a str, &'a str),
    /// `agent`
    Agent,
}

/// Why an address is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TopicRefusal {
    /// Not below `campus/v1/`.
    Foreign,
    /// Below `campus/`, but of another version.
    ForeignVersion,
    /// A name in it is no identifier.
    BadId,
    /// No topic of this version looks like that.
    Unknown,
}

impl TopicRefusal {
    /// The name under which it is counted.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Foreign => "topic_foreign",
            Self::ForeignVersion => "topic_foreign_version",
            Self::BadId => "topic_bad_id",
            Self::Unknown => "topic_unknown",
        }
    }
}

impl<'a> Topic<'a> {
    /// Reads an address into its campus and the topic there.
    ///
    /// # Errors
    /// A [`TopicRefusal`] with its reason.
    pub fn parse(text: &'a str) -> Result<(&'a str, Self), TopicRefusal> {
        let rest = text.strip_prefix("campus/").ok_or(TopicRefusal::Foreign)?;
        let rest = rest.strip_prefix("v1/").ok_or(TopicRefusal::ForeignVersion)?;
        let mut levels = rest.split('/');
        let mut name = || levels.next().ok_or(TopicRefusal::Unknown);
        let campus = checked(name()?)?;
        let kind = name()?;
        let topic = match kind {
            "agent" => Self::Agent,
            "building" => Self::Building(checked(name()?)?),
            "demand" => match name()? {
                "set" => Self::DemandSet,
                _ => return Err(TopicRefusal::Unknown),
            },
            "meter" => Self::Meter(checked(name()?)?, checked(name()?)?),
            "room" => {
                let (building, room) = (checked(name()?)?, checked(name()?)?);
                match levels.next() {
                    None => Self::Room(building, room),
                    Some("set") => Self::RoomSet(building, room),
                    Some(_) => return Err(TopicRefusal::Unknown),
                }
            }
            "node" => {
                let node = checked(name()?)?;
                match (name()?, name()?) {
                    ("up", "hello") => Self::Hello(node),
                    ("up", "frame") => Self::Frame(node),
                    ("up", "result") => Self::Result(node),
                    ("down", "ack") => Self::Ack(node),
                    ("down", "desired") => Self::Desired(node),
                    ("down", "lease") => Self::Lease(node),
                    ("down", "settings") => Self::Settings(node),
                    ("down", "command") => Self::Command(node),
                    _ => return Err(TopicRefusal::Unknown),
                }
            }
            _ => return Err(TopicRefusal::Unknown),
        };
        match levels.next() {
            None => Ok((campus, topic)),
            Some(_) => Err(TopicRefusal::Unknown),
        }
    }

    /// The whole address in a campus; print it.
    pub const fn of(self, campus: &'a str) -> Address<'a> {
        Address { campus, topic: self }
    }
}

/// A topic of a campus, as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address<'a> {
    campus: &'a str,
    topic: Topic<'a>,
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "campus/v1/{}/", self.campus)?;
        match self.topic {
            Topic::Hello(node) => write!(f, "node/{node}/up/hello"),
            Topic::Frame(node) => write!(f, "node/{node}/up/frame"),
            Topic::Result(node) => write!(f, "node/{node}/up/result"),
            Topic::Ack(node) => write!(f, "node/{node}/down/ack"),
            Topic::Desired(node) => write!(f, "node/{node}/down/desired"),
            Topic::Lease(node) => write!(f, "node/{node}/down/lease"),
            Topic::Settings(node) => write!(f, "node/{node}/down/settings"),
            Topic::Command(node) => write!(f, "node/{node}/down/command"),
            Topic::Room(building, room) => write!(f, "room/{building}/{room}"),
            Topic::RoomSet(building, room) => write!(f, "room/{building}/{room}/set"),
            Topic::Building(building) => write!(f, "building/{building}"),
            Topic::DemandSet => f.write_str("demand/set"),
            Topic::Meter(node, channel) => write!(f, "meter/{node}/{channel}"),
            Topic::Agent => f.write_str("agent"),
        }
    }
}

fn checked(name: &str) -> Result<&str, TopicRefusal> {
    id::check(name).map(|()| name).map_err(|_| TopicRefusal::BadId)
}
