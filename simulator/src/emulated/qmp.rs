//! A client of QEMU's machine protocol (QMP): JSON lines over a Unix socket.
//!
//! One task owns the socket. Commands are answered in their order; what QEMU tells by itself, such
//! as the guest's reset, goes to whoever listens.

use super::Error;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{broadcast, mpsc, oneshot};

/// Longest wait for QEMU to listen, and for an answer: it answers within ms, on a busy machine later.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two attempts to connect.
const AGAIN: Duration = Duration::from_millis(10);
/// Events that a slow listener may lag behind.
const EVENTS_MAX: usize = 64;

type Reply = oneshot::Sender<Result<Value, Error>>;

/// A connection to a running QEMU. Copies share it; it ends with the last of them.
#[derive(Clone)]
pub struct Qmp {
    commands: mpsc::UnboundedSender<(Value, Reply)>,
    events: broadcast::Sender<String>,
}

impl Qmp {
    /// Connects as soon as QEMU listens on `socket`, and leaves its negotiation mode.
    ///
    /// # Errors
    /// [`Error`] when it does not listen within 20 s, or speaks something else.
    pub async fn connect(socket: &Path) -> Result<Self, Error> {
        let end = Instant::now() + PATIENCE;
        let stream = loop {
            match UnixStream::connect(socket).await {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > end => {
                    return Err(Error::new(format!("QEMU does not listen: {error}")));
                }
                // Nothing announces that it listens.
                Err(_) => tokio::time::sleep(AGAIN).await,
            }
        };
        let (read, write) = stream.into_split();
        let (commands, asked) = mpsc::unbounded_channel();
        let events = broadcast::channel(EVENTS_MAX).0;
        let lines = BufReader::new(read).lines();
        // It ends when nobody can ask any more.
        tokio::spawn(talk(lines, write, asked, events.clone()));
        let qmp = Self { commands, events };
        qmp.execute("qmp_capabilities", json!({})).await?;
        Ok(qmp)
    }

    /// Runs a command and answers what it returns.
    ///
    /// # Errors
    /// [`Error`] with what QEMU said, or when it has ended.
    pub async fn execute(&self, command: &str, arguments: Value) -> Result<Value, Error> {
        let (reply, replied) = oneshot::channel();
        let line = json!({"execute": command, "arguments": arguments});
        let ended = || Error::new(format!("QEMU ended before it did `{command}`"));
        self.commands.send((line, reply)).map_err(|_| ended())?;
        match tokio::time::timeout(PATIENCE, replied).await {
            Ok(replied) => replied.map_err(|_| ended())?,
            Err(_) => Err(Error::new(format!("QEMU does not answer `{command}`"))),
        }
    }

    /// Names of events from now on, such as `RESET`.
    pub fn events(&self) -> broadcast::Receiver<String> {
        self.events.subscribe()
    }
}

async fn talk(
    mut lines: Lines<BufReader<OwnedReadHalf>>,
    mut write: OwnedWriteHalf,
    mut asked: mpsc::UnboundedReceiver<(Value, Reply)>,
    events: broadcast::Sender<String>,
) {
    let mut waiting: VecDeque<Reply> = VecDeque::new();
    loop {
        tokio::select! {
            line = lines.next_line() => {
                let Ok(Some(line)) = line else { return };
                // QEMU speaks JSON; a line that is none is nothing we wait for.
                let Ok(said) = serde_json::from_str::<Value>(&line) else { continue };
                hear(&said, &mut waiting, &events);
            }
            command = asked.recv() => {
                let Some((line, reply)) = command else { return };
                waiting.push_back(reply);
                if write.write_all(format!("{line}\n").as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn hear(said: &Value, waiting: &mut VecDeque<Reply>, events: &broadcast::Sender<String>) {
    if let Some(event) = said["event"].as_str() {
        // Nobody may be listening.
        let _ = events.send(event.to_owned());
        return;
    }
    let answer = match (said.get("return"), said.get("error")) {
        (Some(value), _) => Ok(value.clone()),
        (None, Some(error)) => {
            Err(Error::new(format!("QEMU refuses: {}", error["desc"].as_str().unwrap_or("?"))))
        }
        // The greeting.
        (None, None) => return,
    };
    if let Some(reply) = waiting.pop_front() {
        // Who asked may have given up.
        let _ = reply.send(answer);
    }
}
