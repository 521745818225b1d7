//! The air in a room: CO₂ by mass balance, and the warmth of people. Exact between steps.

use super::Step;
use crate::campus::Room;

/// CO₂ outdoors, ppm (NOAA global mean of 2024: 422).
const OUTDOOR_PPM: f64 = 422.0;

/// CO₂ of a sitting pupil, litres per second: Persily and de Jonge, Indoor Air 27 (2017), give
/// 0.004 to 0.005 at school age and 1.2 to 1.4 met.
const CO2_L_PER_S: f64 = 0.0045;

/// Air changes per hour with people (a window ajar) and without (leaks); assumed, within the
/// range that Batterman, IJERPH 14:145 (2017), found in schools.
const CHANGES_OCCUPIED: f64 = 3.0;
const CHANGES_EMPTY: f64 = 0.8;

/// What one person warms a room by in the end, °C, and the time constant of its air and walls, h.
const PERSON_C: f64 = 0.08;
const WARMING_H: f64 = 1.5;

/// How the air changes over a day: between two moments it nears its aim exponentially.
#[derive(Clone, Debug, PartialEq)]
pub struct Air {
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    t: i64,
    ppm: f64,
    ppm_aim: f64,
    changes_per_h: f64,
    rise_c: f64,
    rise_aim_c: f64,
}

impl Air {
    /// The air of a day that begins fresh: a night is longer than any smell.
    pub fn new(room: &Room, steps: &[Step]) -> Self {
        let mut pieces: Vec<Piece> = Vec::with_capacity(steps.len());
        for step in steps {
            let before = pieces.last().map(|piece| (piece.ppm_at(step.t), piece.rise_at(step.t)));
            let (ppm, rise_c) = before.unwrap_or((OUTDOOR_PPM, 0.0));
            let people = f64::from(step.people);
            let changes_per_h = if step.people > 0 { CHANGES_OCCUPIED } else { CHANGES_EMPTY };
            let litres_per_h = people * CO2_L_PER_S * 3600.0;
            // Litres in a cubic metre are thousandths; a ppm is a millionth.
            let ppm_aim = OUTDOOR_PPM + litres_per_h * 1000.0 / (room.volume_m3 * changes_per_h);
            let rise_aim_c = people * PERSON_C;
            pieces.push(Piece { t: step.t, ppm, ppm_aim, changes_per_h, rise_c, rise_aim_c });
        }
        Self { pieces }
    }

    /// CO₂ at `t`, ppm.
    pub fn co2_ppm(&self, t: i64) -> f64 {
        self.piece(t).map_or(OUTDOOR_PPM, |piece| piece.ppm_at(t))
    }

    /// What people have warmed the room by at `t`, °C.
    pub fn rise_c(&self, t: i64) -> f64 {
        self.piece(t).map_or(0.0, |piece| piece.rise_at(t))
    }

    fn piece(&self, t: i64) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.t <= t);
        self.pieces.get(after.saturating_sub(1))
    }
}

impl Piece {
    fn ppm_at(&self, t: i64) -> f64 {
        let left = (-self.changes_per_h * hours(t - self.t)).exp();
        self.ppm_aim + (self.ppm - self.ppm_aim) * left
    }

    fn rise_at(&self, t: i64) -> f64 {
        let left = (-hours(t - self.t) / WARMING_H).exp();
        self.rise_aim_c + (self.rise_c - self.rise_aim_c) * left
    }
}

fn hours(ms: i64) -> f64 {
    ms.max(0) as f64 / 3_600_000.0
}
