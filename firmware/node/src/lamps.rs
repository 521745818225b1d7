//! What the lamps do: obey the agent while it lives, act alone when it does not, and obey the wall
//! switch at once whatever the network does.
//!
//! A lamp channel *obeys* while the lease is fresh, the agent has said what it wants of this channel,
//! and it had seen every press of the wall switch when it decided. In every other case the
//! channel is *alone*: [`lighting::Zone`], the same code that the agent runs, decides from this
//! node's own sensors and from [`wire::Alone`].
//!
//! While the node's own fire input says that it burns, every channel is full, whatever the agent or a
//! switch wants: nobody has to be asked first.
//!
//! While a channel obeys, its zone is told the obeyed level as a lock. So its memory goes on, and being
//! alone begins at the level that the lamps have: nothing jumps.
//!
//! When the agent comes back, channels stay alone until it has acknowledged all that happened meanwhile and
//! then says what it wants, or has said nothing for [`THINK_MS_MAX`]; for [`CATCH_UP_MS_MAX`] at most. What it
//! wanted before is older than what the room knows.
//!
//! - `presses` of a desired state count for its boot only. Made for another boot it has seen no
//!   press of this one; as long as there was none it is obeyed all the same, which is
//!   how the retained state takes effect after a restart.
//! - A desired state older than one already heard is ignored: its version is the agent's clock in
//!   ms when it decided. That counts no longer once a lease has run out (a new agent, or one
//!   restored from a backup, may have another clock), and when a lease shows that the clock was
//!   set back.

use crate::Millis;
use crate::limits::{
    BLINK_MS, BLINK_PCT, CATCH_UP_MS_MAX, CLOCK_SLACK_MS, DAYLIGHT_WAIT_MS, LEASE_MS_MAX,
    THINK_MS_MAX,
};
use crate::out::Out;
use crate::settings::Settings;
use heapless::Vec;
use lighting::{Daylight, Inputs, Occupancy, Period, Presence, Zone};
use wire::hello::CHANNELS_MAX;
use wire::{Alone, Desired, Id, Lease, PowerOn, Reset};

/// All lamp channels of the node, and what they are told.
pub(crate) struct Lamps {
    lamps: Vec<Lamp, CHANNELS_MAX>,
    presence: Presence,
    illuminance_lx: Option<u32>,
    /// This node's own fire input says that it burns.
    fire: bool,
    /// When it was measured while the lamps stood still.
    looked: Millis,
    alone: Alone,
    version: Option<u64>,
    lease_until: Option<Millis>,
    /// The agent is back after the lamps were alone, and what it wants is older than what happened meanwhile.
    behind: Option<Behind>,
    /// The supply came, and the light sensor decides whether to go on; at the latest then.
    daylight_until: Option<Millis>,
    /// Blinking since then, until then, so that somebody finds the node; and whether it was bright last.
    identify: Option<(Millis, Millis, bool)>,
}

/// One lamp channel.
pub(crate) struct Lamp {
    /// Which lamps.
    pub channel: Id,
    /// Where they are or are going, %.
    pub level_pct: u8,
    /// Presses of its wall switch since the start.
    pub presses: u32,
    /// Level that the wall switch asked for last, %.
    pub manual_pct: Option<u8>,
    /// Level at which the fade began, %; when it began and ends.
    from_pct: u8,
    fade: (Millis, Millis),
    /// The end of the fade has not been reported yet.
    fading: bool,
    wish: Option<Wish>,
    zone: Zone,
    obeyed: bool,
    /// Light without these lamps, as they have seen it so far.
    daylight: Option<Daylight>,
    /// It goes on because the supply came.
    lights: bool,
    /// It was driven somewhere else since that was asked last.
    moved: bool,
}

/// What the agent wants of a lamp channel.
#[derive(Clone, Copy)]
struct Wish {
    level_pct: u8,
    fade_ms: u32,
    presses: u32,
}

/// An agent that is back and is not obeyed yet.
#[derive(Clone, Copy)]
struct Behind {
    /// At the latest then it is.
    until: Millis,
    /// It has heard what happened meanwhile: what it says next knows of it.
    heard_all: bool,
}

impl Lamps {
    /// No lamps.
    #[inline(always)]
    pub fn none() -> Self {
        Self {
            lamps: Vec::new(),
            presence: Presence::new(),
            illuminance_lx: None,
            fire: false,
            looked: 0,
            alone: Alone::default(),
            version: None,
            lease_until: None,
            behind: None,
            daylight_until: None,
            identify: None,
        }
    }

    /// The lamps as the supply finds them, where there were none; `saved` levels per channel.
    #[inline(never)]
    pub fn found(&mut self, settings: &Settings, saved: &[Option<u8>]) {
        let saved = saved.iter().copied().chain(core::iter::repeat(None));
        // Whoever sits there did not ask for a restart: only the supply sets the lamps anew.
        let power_on = match settings.reset {
            Reset::PowerOn | Reset::Unknown => settings.power_on,
            Reset::Watchdog | Reset::Panic | Reset::Asked | Reset::Update => PowerOn::Last,
        };
        for (channel, saved) in settings.lamps.iter().zip(saved) {
            let level_pct = match power_on {
                PowerOn::Off | PowerOn::Daylight => 0,
                PowerOn::Level(level) => level,
                PowerOn::Last => saved.unwrap_or(0),
            };
            // As many as settings can name.
            let _ = self.lamps.push(Lamp::new(*channel, level_pct.min(100)));
        }
        self.daylight_until = (power_on == PowerOn::Daylight).then_some(DAYLIGHT_WAIT_MS);
    }

    /// Every lamp channel.
    pub fn iter(&self) -> impl Iterator<Item = &Lamp> {
        self.lamps.iter()
    }

    /// Drives every lamp to the level that it has after the start.
    pub fn start(&self, out: &mut Out) {
        for lamp in &self.lamps {
            out.lamp(lamp.channel, lamp.level_pct, 0);
        }
    }

    /// Whether the agent lives.
    pub fn alive(&self, now: Millis) -> bool {
        self.lease_until.is_some_and(|until| now < until)
    }

    /// Somebody pressed a wall switch: on goes off, off goes full. False when there is no such
    /// channel.
    pub fn press(&mut self, channel: &str, now: Millis) -> bool {
        let rules = self.rules();
        let Some(lamp) = self.lamps.iter_mut().find(|lamp| lamp.channel.as_str() == channel) else {
            return false;
        };
        let level_pct = if lamp.level_pct > 0 { 0 } else { rules.full_pct };
        lamp.presses = lamp.presses.saturating_add(1);
        lamp.manual_pct = Some(level_pct);
        lamp.zone.press(level_pct, &rules, now);
        self.identify = self.identify.map(|(from, _, bright)| (from, now, bright));
        true
    }

    /// What this node's movement sensors say together.
    pub fn movement(&mut self, movement: Option<bool>, now: Millis) {
        if let Some(active) = movement {
            self.presence.seen(active, self.rules().stale_ms, now);
        }
    }

    /// What this node's light sensor says, lx.
    pub fn illuminance(&mut self, illuminance_lx: Option<u32>) {
        self.illuminance_lx = illuminance_lx;
        if illuminance_lx.is_none() {
            self.lamps.iter_mut().for_each(|lamp| lamp.daylight = None);
        }
    }

    /// What this node's fire inputs say.
    pub fn fire(&mut self, fire: bool) {
        self.fire = fire;
    }

    /// Illuminance was measured while the lamps stood still: their own light is in it.
    pub fn look(&mut self, illuminance_lx: Option<u32>, now: Millis) {
        let Some(seen_lx) = illuminance_lx else { return };
        let lamp_lx = self.rules().lamp_lx;
        for lamp in &mut self.lamps {
            let own_lx = (lamp_lx * u32::from(lamp.level_pct)).div_ceil(100);
            let first = Daylight::new(seen_lx, own_lx);
            lamp.daylight = Some(lamp.daylight.map_or(first, |it| it.look(seen_lx, own_lx)));
        }
        let falls = |lamp: &Lamp| lamp.daylight.is_some_and(|daylight| daylight.falls());
        if !self.lamps.iter().any(falls) {
            self.looked = now;
        }
    }

    /// Whether every lamp has come to where it was sent.
    pub fn rest(&self, now: Millis) -> bool {
        !self.identifying(now) && self.lamps.iter().all(|lamp| now >= lamp.fade.1)
    }

    /// Whether any lamp was sent somewhere else since this was asked last.
    pub fn moved(&mut self) -> bool {
        let moved = |moved, lamp: &mut Lamp| core::mem::take(&mut lamp.moved) | moved;
        self.lamps.iter_mut().fold(self.identify.is_some(), moved)
    }

    /// The agent is still there; `behind` when it has not acknowledged everything yet.
    pub fn lease(&mut self, lease: Lease, behind: bool, now: Millis) {
        let clock = lease.t.unsigned_abs() + CLOCK_SLACK_MS;
        if self.version.is_some_and(|version| clock < version) {
            self.version = None;
        }
        if self.lease_until.is_some_and(|until| now >= until) {
            let wait_ms = if behind { CATCH_UP_MS_MAX } else { THINK_MS_MAX };
            self.behind = Some(Behind { until: now + wait_ms, heard_all: !behind });
        }
        self.lease_until = Some(now + Millis::from(lease.lease_ms.min(LEASE_MS_MAX)));
    }

    /// The agent has acknowledged everything that this node made: what it wants from now on knows of it.
    pub fn caught_up(&mut self, now: Millis) {
        if let Some(behind) = &mut self.behind {
            *behind = Behind { until: behind.until.min(now + THINK_MS_MAX), heard_all: true };
        }
    }

    /// The agent wants something. False when it had wanted something newer already.
    pub fn desired(&mut self, desired: &Desired<'_>, boot: u32, now: Millis) -> bool {
        let ran_out = self.lease_until.is_some_and(|until| now >= until);
        if !ran_out && self.version.is_some_and(|version| desired.version < version) {
            return false;
        }
        self.version = Some(desired.version);
        self.behind = self.behind.filter(|behind| !behind.heard_all);
        self.alone = desired.alone;
        for lamp in &mut self.lamps {
            let mut said = desired.lamps.iter();
            let said = said.find(|said| said.channel == lamp.channel.as_str());
            lamp.wish = said.map(|said| Wish {
                level_pct: said.level_pct.min(100),
                fade_ms: said.fade_ms,
                // Nobody has seen presses that are still to come: the next one is obeyed.
                presses: if desired.boot == boot { said.presses.min(lamp.presses) } else { 0 },
            });
        }
        true
    }

    /// Decides about every lamp channel.
    pub fn decide(&mut self, now: Millis, out: &mut Out) {
        self.behind = self.behind.filter(|behind| now < behind.until);
        let obeys = self.alive(now) && self.behind.is_none();
        let rules = self.rules();
        let inputs = Inputs {
            occupancy: self.occupancy(&rules, now),
            vacant_for_ms: self.presence.quiet_ms(now),
            look: self.looked,
            period: Period::Open,
            fire: self.fire,
            ..Inputs::default()
        };
        let lights = self.daylight_says(&rules, now);
        for lamp in &mut self.lamps {
            if lights == Some(true) && lamp.presses == 0 && lamp.wish(obeys).is_none() {
                lamp.light(&rules);
            }
            lamp.decide(obeys, inputs, &rules, now, out);
        }
        self.blink(&rules, now, out);
    }

    /// Whether to go on after the supply came, once that is known.
    fn daylight_says(&mut self, rules: &lighting::Settings, now: Millis) -> Option<bool> {
        let until = self.daylight_until?;
        let dark = match self.illuminance_lx {
            Some(lx) => lx < rules.target_lx,
            None if now >= until => true,
            None => return None,
        };
        self.daylight_until = None;
        Some(dark)
    }

    /// Makes the node known until `until`.
    pub fn identify(&mut self, until: Millis, now: Millis) {
        self.identify = Some((now, until, false));
    }

    /// Whether somebody looks for it.
    pub fn identifying(&self, now: Millis) -> bool {
        self.identify.is_some_and(|(_, until, _)| now < until)
    }

    /// Brightens and dims the lamps for whoever looks for them; afterwards they are at their levels
    /// again.
    fn blink(&mut self, rules: &lighting::Settings, now: Millis, out: &mut Out) {
        let Some((from, until, was_bright)) = self.identify else { return };
        let over = now >= until;
        let bright = ((now - from) / BLINK_MS).is_multiple_of(2);
        for lamp in &self.lamps {
            if over {
                out.lamp(lamp.channel, lamp.level_pct, 0);
            } else if bright != was_bright || out.drives(&lamp.channel) {
                out.lamp(lamp.channel, if bright { rules.full_pct } else { BLINK_PCT }, 0);
            }
        }
        self.identify = (!over).then_some((from, until, bright));
    }

    /// Lamp channels whose fade has ended and was not told yet; marks them as told.
    pub fn arrived(&mut self, now: Millis) -> impl Iterator<Item = &Lamp> {
        self.lamps.iter_mut().filter_map(move |lamp| {
            let arrived = lamp.fading && now >= lamp.fade.1;
            lamp.fading &= !arrived;
            arrived.then_some(&*lamp)
        })
    }

    /// When something changes by itself, later than `now`.
    pub fn deadline(&self, now: Millis) -> Option<Millis> {
        let rules = self.rules();
        let presence = self.presence.deadline(rules.hold_ms, rules.stale_ms, now);
        let lamps = self.lamps.iter().flat_map(|lamp| {
            let fade = lamp.fading.then_some(lamp.fade.1);
            let zone = lamp.zone.deadline().filter(|at| *at > now);
            [fade, zone]
        });
        let lease = self.lease_until.filter(|until| *until > now);
        let behind = self.behind.map(|behind| behind.until).filter(|until| *until > now);
        let blink = self.identify.map(|(from, until, _)| {
            let turn = from + ((now.saturating_sub(from)) / BLINK_MS + 1) * BLINK_MS;
            turn.min(until)
        });
        lamps.chain([presence, lease, behind, blink, self.daylight_until]).flatten().min()
    }

    fn occupancy(&self, rules: &lighting::Settings, now: Millis) -> Occupancy {
        self.presence.state(rules.hold_ms, rules.stale_ms, now)
    }

    /// The rules of being alone: nobody tells the period, so it is always open.
    fn rules(&self) -> lighting::Settings {
        let shipped = lighting::Settings::default();
        let full_pct = match self.alone.full_pct {
            // A switch that lights nothing is broken.
            0 => shipped.full_pct,
            level => level.min(100),
        };
        lighting::Settings {
            hold_ms: self.alone.hold_ms.min(lighting::settings::HOLD_MS_MAX),
            auto_pct: self.alone.auto_pct.min(100),
            full_pct,
            target_lx: self.alone.dark_lx,
            ..shipped
        }
    }
}

impl Lamp {
    fn new(channel: Id, level_pct: u8) -> Self {
        let mut zone = Zone::new();
        let found = Inputs { lock: Some(level_pct), ..Inputs::default() };
        zone.decide(&found, &lighting::Settings::default(), 0);
        Self {
            channel,
            level_pct,
            presses: 0,
            manual_pct: None,
            from_pct: level_pct,
            fade: (0, 0),
            fading: false,
            wish: None,
            zone,
            obeyed: true,
            daylight: None,
            lights: false,
            moved: false,
        }
    }

    /// Goes on as it would for somebody in the dark, at once.
    fn light(&mut self, rules: &lighting::Settings) {
        self.zone.adopt(rules.auto_pct);
        self.lights = true;
    }

    /// Where the fade has got to, %.
    pub fn level_at(&self, now: Millis) -> u8 {
        let (start, end) = self.fade;
        if now >= end {
            return self.level_pct;
        }
        let (from, to) = (i64::from(self.from_pct), i64::from(self.level_pct));
        let (done, whole) = (now.saturating_sub(start) as i64, (end - start) as i64);
        // Between two levels of 0 to 100.
        (from + (to - from) * done / whole) as u8
    }

    /// For how long of `from..to` it was lit, ms.
    pub fn lit_ms(&self, from: Millis, to: Millis) -> u64 {
        let end = if self.level_pct > 0 { to } else { to.min(self.fade.1) };
        end.saturating_sub(from)
    }

    fn wish(&self, alive: bool) -> Option<Wish> {
        self.wish.filter(|wish| alive && wish.presses >= self.presses)
    }

    fn decide(
        &mut self,
        alive: bool,
        inputs: Inputs,
        rules: &lighting::Settings,
        now: Millis,
        out: &mut Out,
    ) {
        let wish = self.wish(alive);
        let mut rules = *rules;
        // Lamps that are lit over people's heads stay as they are: only daylight and absence lower them.
        if self.level_pct > 0 {
            rules.auto_pct = rules.auto_pct.max(self.level_pct);
        }
        let wished = wish.map(|wish| wish.level_pct);
        if wished.is_some() && self.zone.manual().map(|manual| manual.level_pct) != wished {
            // The agent saw the press and decided otherwise: the press is over.
            self.zone.clear_override();
        }
        let illuminance_lx = self.daylight.map(|daylight| daylight.ahead_lx());
        let inputs = Inputs { lock: wished, illuminance_lx, lamp_pct: Some(0), ..inputs };
        let verdict = self.zone.decide(&inputs, &rules, now);
        let fade_ms = match wish {
            _ if inputs.fire => 0,
            Some(wish) if self.obeyed => wish.fade_ms,
            // Back from being alone: gently, even if the agent had asked for it long ago.
            Some(wish) => wish.fade_ms.max(rules.fade_ms),
            None if core::mem::take(&mut self.lights) => 0,
            None => verdict.fade_ms,
        };
        self.obeyed = wish.is_some();
        self.drive(verdict.level_pct, fade_ms, now, out);
    }

    fn drive(&mut self, level_pct: u8, fade_ms: u32, now: Millis, out: &mut Out) {
        if level_pct == self.level_pct {
            return;
        }
        self.from_pct = self.level_at(now);
        self.level_pct = level_pct;
        self.fade = (now, now + Millis::from(fade_ms));
        self.fading = true;
        self.moved = true;
        out.lamp(self.channel, level_pct, fade_ms);
    }
}
