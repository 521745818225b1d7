//! What hubs confirm and ask for, and how it stands with them.

use super::Body;
use crate::summaries::Summaries;
use crate::{hub, store};
use controller::Timestamp;

impl Body {
    /// Hubs are to hear of the campus.
    pub fn summarise(&mut self, summaries: Summaries) {
        self.summaries = summaries;
    }

    /// keep: what a hub has confirmed, and how it stands with it.
    pub(super) fn hub_said(&mut self, said: hub::Said, now: Timestamp) {
        match said {
            hub::Said::Order(order) => {
                if !matches!(order, store::HubOrder::Confirmed(_)) {
                    self.keeper.hurry();
                }
                self.keeper.store.hub(order);
            }
            hub::Said::Standing(hub, wrong) => self.facts.hub(&hub, wrong, now),
        }
    }
}
