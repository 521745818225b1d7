//! The air of a room: carbon dioxide, temperature, humidity.
//!
//! | module | sensor |
//! |---|---|
//! | `scd4x` | Sensirion SCD40/SCD41 at 0x62, by the crate `libscd` |
//! | `sht4x` | Sensirion SHT4x at 0x44: own, because it is one command and one check sum |

mod scd4x;
mod sht4x;

pub use scd4x::{Calibration, Recalibrated, Scd4x};
pub use sht4x::{ADDRESS as SHT4X_ADDRESS, Sht4x};

use wire::Sample;

/// What an SCD4x measures at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Air {
    /// Carbon dioxide, ppm.
    pub co2: Sample,
    /// Temperature, °C; beside the warm sensor itself, so second to an SHT4x.
    pub temperature: Sample,
    /// Relative humidity, %.
    pub humidity: Sample,
}

/// What an SHT4x measures at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Climate {
    /// Temperature, °C.
    pub temperature: Sample,
    /// Relative humidity, %.
    pub humidity: Sample,
}
