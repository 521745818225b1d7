//! Light at the sensor, in lx, with a measuring range that follows it.
//!
//! | module | sensor |
//! |---|---|
//! | `bh1750` | ROHM BH1750FVI at 0x23 or 0x5C |
//! | `veml7700` | Vishay VEML7700 at 0x10 |

mod bh1750;
mod veml7700;

pub use bh1750::{ADDRESS as BH1750_ADDRESS, Bh1750};
pub use veml7700::Veml7700;
