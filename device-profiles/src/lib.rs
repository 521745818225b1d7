//! What models of meters and gateways are like, as data: read, checked, and used to decode. Pure.
//!
//! ```text
//! meters/*.toml ──► Profile::parse ──► plan ──► (the agent asks the bus) ──► decode ──► wire::Value
//! ```
//!
//! A new model is a file with its source and an example, not code. Nothing in here fails on what a
//! device says: an answer is a reading, or has a reason why it is none.
//!
//! | module | what it decides |
//! |---|---|
//! | [`profile`] | what a profile consists of |
//! | `parse` | TOML to a profile, or every fault with its line and column |
//! | `decode` | registers to readings, exactly; how fine they are and where they roll over |
//! | `plan` | which requests read what is wanted |
//! | [`ratio`] | transformer ratios: read from the meter, or given |
//! | [`dlt645`] | frames of DL/T 645-2007 |
//! | [`output`], [`dali`] | levels of lamps to registers and back |
//! | [`probe`] | which model a device is likely to be |
//! | `shipped` | the profiles that come with the program |

pub mod dali;
mod decimal;
mod decode;
pub mod dlt645;
mod example;
pub mod fault;
pub mod measure;
pub mod output;
mod parse;
mod plan;
pub mod probe;
pub mod profile;
pub mod ratio;
mod raw;
mod shipped;

pub use decode::{NoValue, Reading};
pub use example::ExampleResult;
pub use fault::{Found, ProfileError};
pub use measure::{Dimension, Measure, Unit};
pub use output::{Output, Write};
pub use plan::{Answer, Ask, Read};
pub use profile::{
    BusNeeds, Evidence, Kind, Order, Parity, Probe, Profile, Protocol, Register, WordType,
};
pub use ratio::{Ratio, RatioFault, RatioGiven, RatioRead, Which};
pub use shipped::{find, shipped, texts};
