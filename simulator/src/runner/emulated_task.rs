//! One emulated node at work: the real firmware in QEMU, and what somebody orders from outside.

use super::node_task::Order;
use super::{Shared, lock};
use crate::emulated::{EmulatedNode, Error, InWorld, NodeSettings, node};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How often it is looked whether QEMU still runs.
const LOOK: Duration = Duration::from_millis(500);

/// One emulated node at work.
pub struct EmulatedTask {
    shared: Arc<Shared>,
    index: usize,
    orders: mpsc::UnboundedReceiver<Order>,
    around: Arc<InWorld>,
    node: EmulatedNode,
}

impl EmulatedTask {
    /// Provisions and starts the node; [`EmulatedTask::run`] follows its orders.
    ///
    /// # Errors
    /// [`Error`] when it is no classroom, or does not start.
    pub async fn start(
        shared: Arc<Shared>,
        index: usize,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Result<Self, Error> {
        let settings = &shared.settings;
        let id = &settings.plan.nodes[index].id;
        let no = || Error::new(format!("`{id}` cannot be emulated: it is no classroom"));
        let emulated = settings.emulated.as_ref().ok_or_else(no)?;
        let password = (settings.credentials)(id).map(|(_, password)| password);
        let password = password.unwrap_or_default();
        let identity = node::identity(&settings.plan, index, &settings.broker, &password);
        let own = NodeSettings {
            image: emulated.image.clone(),
            folder: emulated.folder.join(id),
            identity: identity.ok_or_else(no)?,
            // Plans have fewer nodes than hardware addresses.
            number: index as u16,
        };
        let around = InWorld::new(shared.world.clone(), settings.clock, index).ok_or_else(no)?;
        let around = Arc::new(around);
        let node = EmulatedNode::start(own, around.clone()).await;
        let node = node.map_err(|error| Error::new(format!("{id}: {error}")))?;
        Ok(Self { shared, index, orders, around, node })
    }

    /// Works until it is told to stop.
    pub async fn run(mut self) {
        let mut link_up_at = None;
        loop {
            self.count();
            let link_up = async {
                match link_up_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let order = tokio::select! {
                order = self.orders.recv() => order.unwrap_or(Order::Stop),
                () = link_up => {
                    link_up_at = None;
                    self.set_link(true).await;
                    continue;
                }
                () = tokio::time::sleep(LOOK) => continue,
            };
            match order {
                Order::Cut(down_for) => {
                    self.set_link(false).await;
                    link_up_at = Some(tokio::time::Instant::now() + down_for);
                }
                // A start that fails shows as a node that is not connected.
                Order::Reboot => drop(self.node.again().await),
                Order::Press(channel) => {
                    self.around.press(channel);
                    lock(&self.shared.counters[self.index]).presses += 1;
                }
                Order::Stop => break,
            }
        }
        self.node.stop().await;
        lock(&self.shared.counters[self.index]).connected = false;
    }

    async fn set_link(&self, up: bool) {
        if let Ok(machine) = self.node.machine() {
            // A machine that has ended has no cable.
            let _ = machine.set_link(up).await;
        }
    }

    /// Only what can be known from outside: what a node has counted stays in it.
    fn count(&mut self) {
        let runs = self.node.runs();
        lock(&self.shared.counters[self.index]).connected = runs;
    }
}
