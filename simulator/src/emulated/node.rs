//! One emulated node: its machine, what is wired to it, and where it hangs.

use super::machine::{Machine, MachineSettings};
use super::peers::dali::DaliLine;
use super::peers::{Faults, Peers};
use super::surroundings::Surroundings;
use super::{Error, host_for_guest};
use crate::campus::{NodeKind, Plan};
use node::identity::{Identity, Part};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use wire::Id;

/// What an emulated node is made of.
#[derive(Clone, Debug)]
pub struct NodeSettings {
    /// The firmware's ELF.
    pub image: PathBuf,
    /// Its own folder, for flash, sockets and logs.
    pub folder: PathBuf,
    /// Who it is; written into its flash before the first start.
    pub identity: Identity,
    /// A number that no other machine has, for its hardware address.
    pub number: u16,
}

/// An emulated node, running or not.
pub struct EmulatedNode {
    settings: MachineSettings,
    running: Option<(Machine, Peers)>,
    around: Arc<dyn Surroundings>,
    faults: Arc<Faults>,
    line: Arc<Mutex<DaliLine>>,
}

/// What is wired to an emulated classroom: everything but the second light sensor and PWM.
pub const CLASSROOM: [Part; 8] = [
    Part::Pir,
    Part::Switch,
    Part::Radar,
    Part::Veml7700,
    Part::Scd4x,
    Part::Sht4x,
    Part::MeterSdm120,
    Part::Dali,
];

impl EmulatedNode {
    /// Provisions and starts it.
    ///
    /// # Errors
    /// [`Error`] says what is missing or what QEMU said; so too below.
    pub async fn start(
        settings: NodeSettings,
        around: Arc<dyn Surroundings>,
    ) -> Result<Self, Error> {
        let NodeSettings { image, folder, identity, number } = settings;
        let machine = machine(image, folder, number);
        machine.provision(&identity)?;
        Self::wired(machine, around).await
    }

    /// Starts one that has left the factory and was never told who it is; one whose folder was used before is as it
    /// was left there.
    pub async fn start_new(
        image: PathBuf,
        folder: PathBuf,
        number: u16,
        around: Arc<dyn Surroundings>,
    ) -> Result<Self, Error> {
        Self::wired(machine(image, folder, number), around).await
    }

    async fn wired(
        settings: MachineSettings,
        around: Arc<dyn Surroundings>,
    ) -> Result<Self, Error> {
        let line = Arc::new(Mutex::new(DaliLine::commissioned(&around.lamps_w())));
        let mut node = Self { settings, running: None, around, faults: Arc::default(), line };
        node.again().await?;
        Ok(node)
    }

    /// Gives it its supply back after [`Self::kill`], with the flash as it was.
    pub async fn again(&mut self) -> Result<(), Error> {
        self.kill();
        let machine = Machine::start(self.settings.clone()).await?;
        let peers = Peers::start(&machine, &self.around, &self.faults, &self.line);
        self.running = Some((machine, peers));
        Ok(())
    }

    /// Takes its supply away in the middle of whatever it does. Its gear keeps its own.
    pub fn kill(&mut self) {
        if let Some((mut machine, _)) = self.running.take() {
            machine.kill();
        }
    }

    /// Ends it in order.
    pub async fn stop(mut self) {
        if let Some((machine, _)) = self.running.take() {
            machine.stop().await;
        }
    }

    /// Whether its machine runs.
    pub fn runs(&mut self) -> bool {
        self.running.as_mut().is_some_and(|(machine, _)| machine.ended().is_none())
    }

    /// The machine, while it has its supply.
    ///
    /// # Errors
    /// It does not.
    pub fn machine(&self) -> Result<&Machine, Error> {
        let running = self.running.as_ref().map(|(machine, _)| machine);
        running.ok_or_else(|| Error::new("the emulated node has no supply".to_owned()))
    }

    /// Files and sockets, whether it runs or not.
    pub fn settings(&self) -> &MachineSettings {
        &self.settings
    }

    /// Its DALI line, whose gear somebody may break and mend.
    pub fn line(&self) -> &Mutex<DaliLine> {
        &self.line
    }

    /// Which of its peers are faulty.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }
}

/// A machine with a hardware address that no other number gives.
fn machine(image: PathBuf, folder: PathBuf, number: u16) -> MachineSettings {
    let [b, c] = number.to_be_bytes();
    MachineSettings { image, folder, mac: [0xce, b, c] }
}

/// Who a node of `plan` is, at this broker as seen from this computer. `None` for a node that has no
/// lamps, or whose names do not fit.
pub fn identity(
    plan: &Plan,
    node: usize,
    broker: &(String, u16),
    password: &str,
) -> Option<Identity> {
    let place = plan.nodes.get(node)?;
    if !matches!(place.kind, NodeKind::Room(_)) {
        return None;
    }
    let lamps = plan.channels(place.kind).into_iter().map(|lamp| Id::new(lamp).ok());
    let (host, port) = broker;
    Some(Identity {
        campus: Id::new(&plan.id).ok()?,
        node: Id::new(&place.id).ok()?,
        host: host_for_guest(host).as_str().try_into().ok()?,
        port: *port,
        password: password.try_into().ok()?,
        profile: "classroom".try_into().ok()?,
        lamps: lamps.collect::<Option<_>>()?,
        fitted: CLASSROOM.into_iter().collect(),
        secure: Default::default(),
        unlock: None,
        boot: 0,
    })
}
