//! Tells the writer what to summarise, whenever that changes.

use crate::config::{HubConfig, OutboxConfig};
use crate::keep::Keeper;
use crate::limits;
use crate::store::Terms;
use controller::Controller;
use controller::summary::Scope;
use std::sync::Arc;
use std::time::Instant;

/// What hubs are to hear; nothing, where there are none.
#[derive(Default)]
pub struct Summaries {
    hubs: Vec<String>,
    outbox: OutboxConfig,
    /// Meters that the writer knows of; `None` before it was told.
    meters: Option<usize>,
    /// When the writer was last told the time.
    told: Option<Instant>,
}

impl Summaries {
    /// For these hubs.
    pub fn new(hubs: &[HubConfig], outbox: OutboxConfig) -> Self {
        let hubs = hubs.iter().map(|hub| hub.id.to_string()).collect();
        Self { hubs, outbox, meters: None, told: None }
    }

    /// Tells the writer of meters that were not there before; and, on a campus where nothing happens, that
    /// time passes, so that its slots end.
    pub fn tell(&mut self, controller: &Controller, keeper: &mut Keeper) {
        if self.hubs.is_empty() {
            return;
        }
        if self.meters != Some(controller.meter_count()) {
            self.meters = Some(controller.meter_count());
            keeper.store.summarise(Terms {
                scope: Arc::new(Scope::of(controller)),
                campus: controller.campus().id,
                hubs: self.hubs.clone(),
                budget_bytes: self.outbox.budget_bytes,
                grace_ms: self.outbox.grace_ms,
            });
        }
        if keeper.rows_waiting() > 0 {
            self.told = Some(Instant::now());
        } else if self.told.is_none_or(|told| told.elapsed() >= limits::OUTBOX_IDLE)
            && keeper.is_empty()
        {
            self.told = Some(Instant::now());
            keeper.store.passed(controller.now().0);
        }
    }
}
