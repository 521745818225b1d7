//! Losses of boots of which the log has nothing left, or not yet: what is still to be told.

use crate::limits::GONE_MAX;
use heapless::Vec;
use wire::Loss;

/// At most [`GONE_MAX`] losses, by boot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gone {
    losses: Vec<(u32, Loss), GONE_MAX>,
    /// Frames whose loss found no room here, nor an agent that hears of it.
    pub untold: u32,
}

impl Gone {
    /// Frames of a boot are lost; one stretch per boot, from the first to the last.
    pub fn add(&mut self, boot: u32, loss: Loss) {
        if loss.from == 0 || loss.from > loss.to || loss.to == u32::MAX {
            return;
        }
        if let Some((_, known)) = self.losses.iter_mut().find(|(of, _)| *of == boot) {
            *known = Loss { from: known.from.min(loss.from), to: known.to.max(loss.to) };
            return;
        }
        if self.losses.is_full() {
            // The one that has waited longest is told by its number only.
            let (_, oldest) = self.losses.remove(0);
            self.untold = self.untold.saturating_add(oldest.count());
        }
        let at = self.losses.iter().take_while(|(of, _)| *of < boot).count();
        // Room was made just now.
        let _ = self.losses.insert(at, (boot, loss));
    }

    /// Every loss, oldest boot first.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Loss)> + '_ {
        self.losses.iter().copied()
    }

    /// The boot that lost something longest ago.
    pub fn first(&self) -> Option<u32> {
        self.losses.first().map(|(boot, _)| *boot)
    }

    /// Takes the loss of a boot out.
    pub fn take(&mut self, boot: u32) -> Option<Loss> {
        let at = self.losses.iter().position(|(of, _)| *of == boot)?;
        Some(self.losses.remove(at).1)
    }
}
