//! One emulated board: a `qemu-system-arm` with its command line, files, sockets and end.
//!
//! Everything lies in a folder of its own, so that a restart finds the same flash. QEMU is killed
//! when a [`Machine`] is dropped.

use super::qmp::Qmp;
use super::{Error, FLASH_BYTES, IDENTITY_OFFSET};
use node::identity::{Identity, PAGE_BYTES};
use serde_json::json;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

/// QEMU's machine: an ARM AN386 with a Cortex-M4F.
const MACHINE: &str = "mps2-an386";

/// The program, as Debian names it.
pub const QEMU: &str = "qemu-system-arm";

/// `sun_path` of a Unix socket is 108 bytes with its end (man 7 unix).
const SOCKET_PATH_MAX: usize = 107;

/// What QEMU is given to end in after `quit`.
const QUIT_PATIENCE: Duration = Duration::from_secs(5);

/// The flash is filled as if erased up to here, bytes; the node's own area ends before it. Behind it
/// lies a hole that costs no disk.
const ERASED_BYTES: u64 = 0x20_0000;

/// The UARTs of the board in QEMU's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uart {
    /// Lines for people.
    Console,
    /// Modbus RTU.
    Meter,
    /// LD2410.
    Radar,
    /// I²C bridge.
    I2c,
    /// DALI bridge.
    Dali,
}

impl Uart {
    /// In the order of `-serial`.
    pub const ALL: [Self; 5] = [Self::Console, Self::Meter, Self::Radar, Self::I2c, Self::Dali];

    const fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Meter => "meter",
            Self::Radar => "radar",
            Self::I2c => "i2c",
            Self::Dali => "dali",
        }
    }
}

/// Input pins of a running board: 0 is the PIR, 1 to 3 are wall switches, 4 is the boot button.
#[derive(Clone)]
pub struct Pins {
    qmp: Qmp,
}

impl Pins {
    /// Drives a pin.
    ///
    /// # Errors
    /// [`Error`] when QEMU has ended, or there is no such pin.
    pub async fn set(&self, pin: u8, high: bool) -> Result<(), Error> {
        // A PCA9552 whose pins are set from within QEMU; the property takes a word, not a bool.
        let value = if high { "on" } else { "off" };
        let arguments = json!({
            "path": "/machine/peripheral/pins", "property": format!("led{pin}"), "value": value,
        });
        self.qmp.execute("qom-set", arguments).await.map(drop)
    }
}

/// What a machine is made of.
#[derive(Clone, Debug)]
pub struct MachineSettings {
    /// The firmware's ELF.
    pub image: PathBuf,
    /// Where flash, sockets and logs are; made if it is not there. One machine per folder.
    pub folder: PathBuf,
    /// The last three bytes of its hardware address, different for each machine of a network.
    pub mac: [u8; 3],
}

/// A running emulated board.
pub struct Machine {
    child: Child,
    qmp: Qmp,
    settings: MachineSettings,
}

impl MachineSettings {
    /// Writes the identity page into the flash file, which is made first if it is not there. The
    /// rest of the flash is left alone.
    ///
    /// # Errors
    /// [`Error`] when the file cannot be written.
    pub fn provision(&self, identity: &Identity) -> Result<(), Error> {
        let mut page = [0xff; PAGE_BYTES];
        identity
            .write(&mut page)
            .map_err(|_| Error::new("the identity does not fit its page".to_owned()))?;
        let path = self.flash();
        let written = self.make_flash().and_then(|()| {
            let mut file = File::options().write(true).open(&path)?;
            file.seek(SeekFrom::Start(IDENTITY_OFFSET))?;
            file.write_all(&page)
        });
        written.map_err(|error| Error::at("cannot write", &path, &error))
    }

    /// The flash file.
    pub fn flash(&self) -> PathBuf {
        self.folder.join("flash.bin")
    }

    /// Where the console's lines and QEMU's own words are kept.
    pub fn console_log(&self) -> PathBuf {
        self.folder.join("console.log")
    }

    /// The socket of a UART.
    pub fn socket(&self, uart: Uart) -> PathBuf {
        self.folder.join(format!("{}.sock", uart.name()))
    }

    fn qmp_socket(&self) -> PathBuf {
        self.folder.join("qmp.sock")
    }

    fn make_flash(&self) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        if self.flash().exists() {
            return Ok(());
        }
        let mut file = File::create(self.flash())?;
        std::io::copy(&mut std::io::repeat(0xff).take(ERASED_BYTES), &mut file)?;
        file.set_len(FLASH_BYTES)
    }

    /// The command line.
    fn command(&self) -> Command {
        let [a, b, c] = self.mac;
        let flash = self.flash();
        let mut command = Command::new(QEMU);
        command.args(["-display", "none", "-monitor", "none", "-no-user-config"]);
        command.arg("-machine").arg(format!("{MACHINE},memory-backend=flash"));
        let backend =
            format!("memory-backend-file,id=flash,size=16M,share=on,mem-path={}", comma(&flash));
        command.arg("-object").arg(backend);
        command.arg("-kernel").arg(&self.image);
        let mac = format!("52:54:00:{a:02x}:{b:02x}:{c:02x}");
        command.arg("-nic").arg(format!("user,id=n0,model=lan9118,mac={mac}"));
        command.args(["-device", "pca9552,address=0x60,id=pins"]);
        command.arg("-qmp").arg(format!("unix:{},server=on,wait=off", comma(&self.qmp_socket())));
        for uart in Uart::ALL {
            let (name, socket) = (uart.name(), self.socket(uart));
            let log = match uart {
                Uart::Console => {
                    format!(",logfile={},logappend=on", comma(&self.console_log()))
                }
                _ => String::new(),
            };
            let socket = comma(&socket);
            command.arg("-chardev");
            command.arg(format!("socket,id={name},path={socket},server=on,wait=off{log}"));
            command.arg("-serial").arg(format!("chardev:{name}"));
        }
        command
    }
}

impl Machine {
    /// Starts QEMU and waits until it can be steered; the guest runs by then.
    ///
    /// # Errors
    /// [`Error`] when QEMU is not installed, the image is not there, or QEMU ends at once.
    pub async fn start(settings: MachineSettings) -> Result<Self, Error> {
        if !settings.image.is_file() {
            let image = settings.image.display();
            return Err(Error::new(format!("there is no firmware image at {image}")));
        }
        let longest = settings.socket(Uart::Console);
        if longest.as_os_str().len() > SOCKET_PATH_MAX {
            let folder = settings.folder.display();
            return Err(Error::new(format!("the path {folder} is too long for a Unix socket")));
        }
        let failed = |error: std::io::Error| Error::at("cannot use", &settings.folder, &error);
        settings.make_flash().map_err(failed)?;
        // A socket file of a QEMU that was killed would be connected to instead of the new one.
        for socket in Uart::ALL.map(|uart| settings.socket(uart)) {
            let _ = std::fs::remove_file(socket);
        }
        let _ = std::fs::remove_file(settings.qmp_socket());
        let words = settings.folder.join("qemu.log");
        let log = File::options().create(true).append(true).open(&words).map_err(failed)?;
        let again = log.try_clone().map_err(failed)?;
        let mut command = settings.command();
        command.stdin(Stdio::null()).stdout(log).stderr(again);
        let child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::new(format!("{QEMU} is not installed")),
            _ => Error::new(format!("cannot start {QEMU}: {error}")),
        })?;
        let mut guard = Guard(Some(child));
        let qmp = guard.connect(&settings.qmp_socket()).await.map_err(|error| {
            let said = std::fs::read_to_string(&words).unwrap_or_default();
            let last = said.lines().last().unwrap_or("nothing").to_owned();
            Error::new(format!("{error}; its last words: {last}"))
        })?;
        let child = guard.0.take().ok_or_else(|| Error::new("QEMU has gone".to_owned()))?;
        Ok(Self { child, qmp, settings })
    }

    /// What it was started with.
    pub fn settings(&self) -> &MachineSettings {
        &self.settings
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything the console has said so far, over all starts in this folder.
    pub fn console(&self) -> String {
        let bytes = std::fs::read(self.settings.console_log()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Its input pins, for whoever drives them while others steer the machine.
    pub fn pins(&self) -> Pins {
        Pins { qmp: self.qmp.clone() }
    }

    /// Names of QEMU's events from now on.
    pub fn events(&self) -> broadcast::Receiver<String> {
        self.qmp.events()
    }

    /// The reset button: memory that is not initialised and the flash stay as they are.
    ///
    /// # Errors
    /// [`Error`] when QEMU has ended; so too below.
    pub async fn reset(&self) -> Result<(), Error> {
        self.qmp.execute("system_reset", json!({})).await.map(drop)
    }

    /// Pulls the network cable, or plugs it in.
    pub async fn set_link(&self, up: bool) -> Result<(), Error> {
        self.qmp.execute("set_link", json!({"name": "n0", "up": up})).await.map(drop)
    }

    /// Halts the guest's processor: a hung board whose wires are still connected.
    pub async fn pause(&self) -> Result<(), Error> {
        self.qmp.execute("stop", json!({})).await.map(drop)
    }

    /// Lets the guest's processor run again.
    pub async fn resume(&self) -> Result<(), Error> {
        self.qmp.execute("cont", json!({})).await.map(drop)
    }

    /// Asks QEMU to end, and kills it if it does not within 5 s.
    pub async fn stop(mut self) {
        // QEMU may end before it answers.
        let _ = self.qmp.execute("quit", json!({})).await;
        let end = Instant::now() + QUIT_PATIENCE;
        while self.ended().is_none() && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.kill();
    }

    /// `kill -9`: the power cut of an emulated board. Its folder stays.
    pub fn kill(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// How QEMU ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A child that does not outlive a start that failed.
struct Guard(Option<Child>);

impl Guard {
    async fn connect(&mut self, socket: &Path) -> Result<Qmp, Error> {
        let connecting = Qmp::connect(socket);
        tokio::pin!(connecting);
        loop {
            tokio::select! {
                qmp = &mut connecting => return qmp,
                () = tokio::time::sleep(Duration::from_millis(20)) => {
                    let child = self.0.as_mut().and_then(|child| child.try_wait().ok().flatten());
                    if let Some(status) = child {
                        return Err(Error::new(format!("{QEMU} ended at once ({status})")));
                    }
                }
            }
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A path within an option of QEMU, where a comma ends a value unless it is doubled.
fn comma(path: &Path) -> String {
    path.to_string_lossy().replace(',', ",,")
}
