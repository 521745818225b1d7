//! Which fade time was last said to whom, so that it is said only when it changes.
//!
//! Setting a level takes 1 frame then, and not 4. Who is in several groups hears several fade times: groups
//! that share gear, as far as this controller knows from `set_groups`, forget each other's.

use crate::fade::FadeTime;
use crate::frame::{Address, Group};

/// 16 groups, everybody, and one gear: enough for levels, which go to groups.
pub(super) struct Fades {
    groups: [Option<FadeTime>; 16],
    all: Option<FadeTime>,
    one: Option<(Address, FadeTime)>,
    /// Per group, the groups it shares gear with.
    shared: [u16; 16],
}

impl Fades {
    pub(super) const UNKNOWN: Self =
        Self { groups: [None; 16], all: None, one: None, shared: [0; 16] };

    /// Some gear is in all these groups, a bit each.
    pub(super) fn share(&mut self, groups: u16) {
        for group in Group::all().filter(|group| groups >> group.number() & 1 == 1) {
            self.shared[usize::from(group.number())] |= groups;
        }
        // Whoever has come in may have any fade time.
        self.groups = [None; 16];
        self.all = None;
    }

    /// Whether they are known to have this one.
    pub(super) fn is(&self, to: Address, fade: FadeTime) -> bool {
        match to {
            Address::Group(group) => self.groups[usize::from(group.number())] == Some(fade),
            Address::Broadcast => self.all == Some(fade),
            Address::Short(_) | Address::Unaddressed => self.one == Some((to, fade)),
        }
    }

    /// They may have any from now on.
    pub(super) fn forget(&mut self, to: Address) {
        self.one = None;
        self.all = None;
        match to {
            Address::Group(group) => {
                let shared = self.shared[usize::from(group.number())];
                for other in Group::all() {
                    if other == group || shared >> other.number() & 1 == 1 {
                        self.groups[usize::from(other.number())] = None;
                    }
                }
            }
            // Everybody, or somebody who may be in any group.
            Address::Broadcast | Address::Short(_) => self.groups = [None; 16],
            // Who has no short address can be in a group all the same.
            Address::Unaddressed => self.groups = [None; 16],
        }
    }

    /// They have heard this one.
    pub(super) fn told(&mut self, to: Address, fade: FadeTime) {
        match to {
            Address::Group(group) => self.groups[usize::from(group.number())] = Some(fade),
            Address::Broadcast => {
                self.groups = [Some(fade); 16];
                self.all = Some(fade);
            }
            Address::Short(_) | Address::Unaddressed => self.one = Some((to, fade)),
        }
    }
}
