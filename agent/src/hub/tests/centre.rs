//! A data centre that speaks the building-energy protocol, refuses and cuts as it is told.

use mohurd::{
    Centre, CentreAction, CentreInput, Codec, Dialect, Finding, Items, Key, Keys, Stamp, Value, Why,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it holds and what it does.
#[derive(Default)]
pub struct Held {
    /// (meter, time) to value and error code.
    pub rows: BTreeMap<(String, String), (Option<Value>, Option<u16>)>,
    /// Why each message came, in order, with its time.
    pub messages: Vec<(Why, String)>,
    pub findings: Vec<Finding>,
    pub logins: u32,
    /// Times that are never kept.
    pub refuse: BTreeSet<String>,
    /// Messages that are kept before the line is cut without an acknowledgement, again and again.
    pub cut_every: Option<usize>,
}

pub struct PlayedCentre {
    pub address: SocketAddr,
    held: Arc<Mutex<Held>>,
}

pub fn codec(dialect: &str, auth: [u8; 16]) -> Codec {
    let keys = Keys { auth: Key::new(auth), aes: Key::new([9; 16]), iv: None };
    Codec::new(Dialect::shipped(dialect).unwrap(), keys).unwrap()
}

impl PlayedCentre {
    pub async fn start(dialect: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let held: Arc<Mutex<Held>> = Arc::default();
        let (codec, shared) = (codec(dialect, *b"0123456789ABCDEF"), held.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, codec.clone(), shared.clone()));
            }
        });
        Self { address, held }
    }

    pub fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    /// Waits until it holds what is looked for.
    pub async fn wait(&self, what: &str, mut is: impl FnMut(&Held) -> bool) {
        let looks = async {
            while !is(&self.held()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let looked = tokio::time::timeout(Duration::from_secs(60), looks).await;
        let held = self.held();
        let (rows, messages) = (held.rows.len(), held.messages.len());
        assert!(looked.is_ok(), "{what}: {rows} rows, {messages} messages");
    }
}

async fn serve(mut stream: TcpStream, codec: Codec, held: Arc<Mutex<Held>>) {
    // Long after anything that a test sends, so that nothing lies in the future.
    let clock = Stamp::parse("20990101000000").unwrap();
    let mut centre = Centre::new(codec, Items::shipped(), "25247777", 0);
    let mut buffer = [0; 4096];
    while let Ok(count) = stream.read(&mut buffer).await
        && count > 0
    {
        let mut inputs = vec![CentreInput::Bytes(&buffer[..count])];
        while let Some(input) = inputs.pop() {
            let mut out = Vec::new();
            centre.handle(input, 0, clock, &mut out);
            for action in out {
                match action {
                    CentreAction::Send(bytes) => {
                        if stream.write_all(&bytes).await.is_err() {
                            return;
                        }
                    }
                    CentreAction::Close => return,
                    CentreAction::Keep { report, why } => match keep(&held, &report, why) {
                        Some(kept) => inputs.push(CentreInput::Kept(kept)),
                        None => return,
                    },
                    CentreAction::LoggedIn(..) => held.lock().unwrap().logins += 1,
                    CentreAction::Found(finding) => held.lock().unwrap().findings.push(finding),
                }
            }
        }
    }
}

/// Whether it was kept; nothing when the line is cut.
fn keep(held: &Mutex<Held>, report: &mohurd::Report, why: Why) -> Option<bool> {
    let mut held = held.lock().unwrap();
    let time = report.time.to_string();
    held.messages.push((why, time.clone()));
    if held.refuse.contains(&time) {
        return Some(false);
    }
    for meter in &report.meters {
        let function = &meter.functions[0];
        held.rows.insert((meter.name.clone(), time.clone()), (function.value, function.error));
    }
    let cut = held.cut_every.is_some_and(|every| held.messages.len().is_multiple_of(every));
    (!cut).then_some(true)
}
