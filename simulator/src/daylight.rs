//! Daylight: where the sun stands, what the clouds leave of it, what reaches a sensor.
//!
//! Sun: NOAA Global Monitoring Division, "General Solar Position Calculations".
//! Sky and beam: IES, "Recommended practice for the calculation of daylight availability",
//! J. IES 13(4), 381–392 (1984). They give means; clouds are varied around them.

use crate::seeded::noise;

/// Where on earth, in degrees; north and east positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// −90 to 90.
    pub latitude: f64,
    /// −180 to 180.
    pub longitude: f64,
}

/// Which way windows look, in degrees clockwise from north.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// 0°
    North,
    /// 90°
    East,
    /// 180°
    South,
    /// 270°
    West,
    /// No window.
    None,
}

/// Where the sun stands, in radians.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sun {
    /// Above the horizon; negative at night.
    pub elevation: f64,
    /// Clockwise from north.
    pub azimuth: f64,
}

/// What the sky gives, in lx.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sky {
    /// Where the sun stands.
    pub sun: Sun,
    /// Share of the sky under clouds, 0 to 1.
    pub cloud: f64,
    /// On a horizontal plane, from the sky alone.
    pub diffuse_lx: f64,
    /// On a plane that faces the sun, from the sun alone.
    pub beam_lx: f64,
}

impl Side {
    /// Degrees clockwise from north, where there is a window.
    pub const fn azimuth_deg(self) -> Option<f64> {
        match self {
            Self::North => Some(0.0),
            Self::East => Some(90.0),
            Self::South => Some(180.0),
            Self::West => Some(270.0),
            Self::None => None,
        }
    }
}

/// Where the sun stands at `t_ms` UTC.
pub fn sun(place: Place, t_ms: i64) -> Sun {
    let (year_fraction, minutes_utc) = year_fraction(t_ms);
    let y = std::f64::consts::TAU * year_fraction;
    let equation_min = 229.18
        * (0.000_075 + 0.001_868 * y.cos()
            - 0.032_077 * y.sin()
            - 0.014_615 * (2.0 * y).cos()
            - 0.040_849 * (2.0 * y).sin());
    let declination = 0.006_918 - 0.399_912 * y.cos() + 0.070_257 * y.sin()
        - 0.006_758 * (2.0 * y).cos()
        + 0.000_907 * (2.0 * y).sin()
        - 0.002_697 * (3.0 * y).cos()
        + 0.001_48 * (3.0 * y).sin();
    let solar_min = minutes_utc + equation_min + 4.0 * place.longitude;
    let hour_angle = (solar_min / 4.0 - 180.0).to_radians();
    let latitude = place.latitude.to_radians();
    let elevation = (latitude.sin() * declination.sin()
        + latitude.cos() * declination.cos() * hour_angle.cos())
    .clamp(-1.0, 1.0)
    .asin();
    let azimuth = f64::atan2(
        hour_angle.sin(),
        hour_angle.cos() * latitude.sin() - declination.tan() * latitude.cos(),
    ) + std::f64::consts::PI;
    Sun { elevation, azimuth }
}

/// The sky over `place` at `t_ms` UTC under the clouds of `seed`.
pub fn sky(place: Place, seed: u64, t_ms: i64) -> Sky {
    let sun = sun(place, t_ms);
    let cloud = cloud(seed, t_ms);
    let height = sun.elevation.sin();
    if height <= 0.0 {
        // Continues the formulas below, down to the 3.4 lx that end civil twilight at −6°.
        let depth_deg = -sun.elevation.to_degrees();
        let fading = if depth_deg < 12.0 { (-depth_deg * 0.91).exp() } else { 0.0 };
        return Sky { sun, cloud, diffuse_lx: (800.0 - 500.0 * cloud) * fading, beam_lx: 0.0 };
    }
    // IES 1984, table 1: clear 0.8 + 15.5 √sin h, overcast 0.3 + 21 sin h, in klx.
    let clear = 800.0 + 15_500.0 * height.sqrt();
    let overcast = 300.0 + 21_000.0 * height;
    let diffuse = clear + (overcast - clear) * cloud;
    // Scattered clouds are brighter than either (partly cloudy: 0.3 + 45 sin h).
    let broken = 4.0 * cloud * (1.0 - cloud) * 0.5 * (300.0 + 45_000.0 * height - diffuse).max(0.0);
    // Solar illuminance constant 127.5 klx, clear extinction 0.21 per air mass.
    let beam = 127_500.0 * (-0.21 / height.max(0.02)).exp() * (1.0 - cloud).powi(2);
    Sky { sun, cloud, diffuse_lx: diffuse + broken, beam_lx: beam }
}

impl Sky {
    /// Daylight at a place in a room, in lx.
    ///
    /// `daylight_factor` is the share of the sky's horizontal light that arrives there
    /// (GB 50033-2013 asks for 3 % on average in classrooms with side windows). Sun on the
    /// facade is spread by blinds and walls: a tenth of the share of its light that the
    /// daylight factor would give is all that comes through.
    pub fn inside_lx(&self, side: Side, daylight_factor: f64) -> f64 {
        let Some(facing_deg) = side.azimuth_deg() else { return 0.0 };
        let off = self.sun.azimuth - facing_deg.to_radians();
        let on_facade = (self.sun.elevation.cos() * off.cos()).max(0.0) * self.beam_lx;
        // A clear sky is brighter on the sun's half: ±20 % on a facade toward or away from it.
        let bright_half = 1.0 + 0.2 * off.cos() * (1.0 - self.cloud);
        daylight_factor * (self.diffuse_lx * bright_half + BEAM_THROUGH_BLINDS * on_facade)
    }

    /// Outdoor air temperature, °C: a year and a day of a place at middle latitude.
    pub fn outdoor_c(&self, t_ms: i64) -> f64 {
        let (year_fraction, _) = year_fraction(t_ms);
        // Shanghai: about 16 °C in the year, ±12 °C, coldest in late January.
        let season = 16.0 - 12.0 * (std::f64::consts::TAU * (year_fraction - 0.07)).cos();
        season + 4.0 * self.sun.elevation.sin().max(-0.5) * (1.0 - 0.5 * self.cloud)
    }
}

/// Share of the sun's light on a facade that blinds and walls let through, before the daylight factor.
const BEAM_THROUGH_BLINDS: f64 = 0.1;

/// Clouds, 0 to 1: a weather of six hours, with clouds of half an hour and of five minutes.
fn cloud(seed: u64, t_ms: i64) -> f64 {
    let weather = smooth(seed, 1, t_ms, 6 * 3_600_000);
    let drifting = smooth(seed, 2, t_ms, 30 * 60_000);
    let passing = smooth(seed, 3, t_ms, 5 * 60_000);
    (0.5 + 0.6 * weather + 0.25 * drifting + 0.08 * passing).clamp(0.0, 1.0)
}

/// Noise in −1 to 1 that changes smoothly, with a new value every `step_ms`.
fn smooth(seed: u64, layer: u64, t_ms: i64, step_ms: i64) -> f64 {
    let cell = t_ms.div_euclid(step_ms);
    let at = |cell: i64| noise(&[seed, 0xc10d, layer, cell as u64]);
    let f = t_ms.rem_euclid(step_ms) as f64 / step_ms as f64;
    let ease = f * f * (3.0 - 2.0 * f);
    at(cell) + (at(cell + 1) - at(cell)) * ease
}

/// Share of the year since 1 January, and the minutes of the UTC day.
fn year_fraction(t_ms: i64) -> (f64, f64) {
    let stamp = jiff::Timestamp::from_millisecond(t_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let date = jiff::tz::TimeZone::UTC.to_datetime(stamp).date();
    let minutes = t_ms.rem_euclid(86_400_000) as f64 / 60_000.0;
    let day = f64::from(date.day_of_year()) - 1.0 + (minutes / 60.0 - 12.0) / 24.0;
    (day / f64::from(date.days_in_year()), minutes)
}
