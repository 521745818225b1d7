//! The building-energy protocol of Chinese data centres (分项能耗): pure, both ends of it.
//!
//! A **collector** reads meters and reports to a **centre**. Bytes are cut into frames ([`Framer`]),
//! decrypted and read as [`Message`]s ([`Codec`]); what differs between centres is a [`Dialect`], a file.
//! [`Collector`] and [`Centre`] are the two ends of a session as state machines: time is an argument,
//! output is a list. [`daily`] has the files that one data centre hands to the next.
//!
//! Its cryptography is weak (MD5, static AES-128, no integrity): run it inside TLS or a VPN.

mod centre;
mod cipher;
mod codec;
mod collector;
pub mod daily;
mod dialect;
mod frame;
mod ids;
mod items;
mod keys;
pub mod limits;
mod message;
mod stamp;
mod text;
mod value;
mod xml;
mod xml_form;

pub use centre::{Centre, CentreAction, CentreInput, Finding};
pub use cipher::{CipherFault, answer, is_answer, is_answer_in_other_order};
pub use codec::{Codec, EncodeFault, Fault};
pub use collector::{Action, Collector, Input, Note, Offer};
pub use dialect::{
    AckStyle, Cadence, Case, CommonType, Crc, Crypto, Dialect, DialectFault, Encoding, Flavour, Iv,
    Kind, Md5Order, Mode, Order, Padding, SHIPPED, Shape, Text, Time, TimeForm, Types, Xml,
};
pub use frame::{Frame, FrameFault, Framer, framed};
pub use ids::{BuildingId, CentreId, GatewayId, IdFault, ItemCode};
pub use items::{Item, Items, ItemsFault, Unit};
pub use keys::{Key, KeyFault, Keys};
pub use message::{
    Ack, Body, Function, GOOD, ItemValue, Message, Meter, Progress, Readings, Report, Why,
};
pub use stamp::Stamp;
pub use value::Value;
pub use xml::XmlFault;
pub use xml_form::Unsayable;
