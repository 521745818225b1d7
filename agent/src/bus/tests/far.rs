//! The far end of a line, on a clock of the tests: what was sent, and scripted answers.

use crate::bus::line::{Dial, Open};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Bytes that go back so long after the request.
pub type Replies = Vec<(Duration, Vec<u8>)>;

/// The far end. Like a serial line it outlives connections: what is late comes to whoever has it
/// open by then.
#[derive(Clone)]
pub struct Far {
    open: mpsc::UnboundedSender<DuplexStream>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Whether dialling fails.
    away: bool,
    dialled: usize,
    requests: Vec<Vec<u8>>,
}

impl Far {
    /// `answer` is told every whole request, RTU or TCP by `tcp`; an empty reply hangs up.
    pub fn new(tcp: bool, answer: impl FnMut(&[u8]) -> Replies + Send + 'static) -> Self {
        let (open, opened) = mpsc::unbounded_channel();
        let state = Arc::<Mutex<State>>::default();
        tokio::spawn(run(opened, state.clone(), tcp, answer));
        Self { open, state }
    }

    pub fn set_away(&self, away: bool) {
        self.state.lock().unwrap().away = away;
    }

    pub fn dialled(&self) -> usize {
        self.state.lock().unwrap().dialled
    }

    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.state.lock().unwrap().requests.clone()
    }

    pub fn dial(&self) -> Dial {
        let far = self.clone();
        Arc::new(move || {
            let far = far.clone();
            Box::pin(async move {
                let mut state = far.state.lock().unwrap();
                state.dialled += 1;
                if state.away {
                    return Err(io::Error::from(io::ErrorKind::ConnectionRefused));
                }
                let (near, remote) = tokio::io::duplex(4_096);
                far.open.send(remote).map_err(|_| io::Error::other("the test has ended"))?;
                Ok(Box::new(near) as Open)
            })
        })
    }
}

async fn run(
    mut opened: mpsc::UnboundedReceiver<DuplexStream>,
    state: Arc<Mutex<State>>,
    tcp: bool,
    mut answer: impl FnMut(&[u8]) -> Replies,
) {
    let mut line: Option<DuplexStream> = None;
    let mut received = Vec::new();
    let mut waiting: Vec<(Instant, Vec<u8>)> = Vec::new();
    loop {
        waiting.sort_by_key(|(at, _)| *at);
        let next = waiting.first().map(|(at, _)| *at);
        let due = async {
            match next {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let mut bytes = [0; 512];
        let read = async {
            match &mut line {
                Some(line) => line.read(&mut bytes).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            fresh = opened.recv() => match fresh {
                Some(fresh) => {
                    line = Some(fresh);
                    received.clear();
                }
                None => return,
            },
            () = due => {
                let (_, reply) = waiting.remove(0);
                if reply.is_empty() {
                    line = None;
                } else if let Some(line) = &mut line {
                    // Who was to hear it may have hung up.
                    let _ = line.write_all(&reply).await;
                }
            }
            count = read => match count {
                Ok(count) if count > 0 => {
                    received.extend_from_slice(&bytes[..count]);
                    while let Some(request) = request(&mut received, tcp) {
                        state.lock().unwrap().requests.push(request.clone());
                        let now = Instant::now();
                        let replies = answer(&request).into_iter();
                        waiting.extend(replies.map(|(after, reply)| (now + after, reply)));
                    }
                }
                _ => line = None,
            },
        }
    }
}

/// Takes one whole request.
fn request(received: &mut Vec<u8>, tcp: bool) -> Option<Vec<u8>> {
    let length = if tcp {
        6 + usize::from(*received.get(5)?)
    } else if received.first() == Some(&0xFE) {
        // Preamble, and a DL/T 645 frame.
        4 + 12 + usize::from(*received.get(4 + 9)?)
    } else if matches!(received.get(1)?, 15 | 16) {
        9 + usize::from(*received.get(6)?)
    } else {
        8
    };
    (received.len() >= length).then(|| received.drain(..length).collect())
}

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A frame of RTU around `body`.
pub fn rtu(body: &[u8]) -> Vec<u8> {
    // Bit by bit as the standard's flow chart has it, so that it is not the code under test.
    let mut crc = 0xFFFF_u16;
    for bit in body.iter().flat_map(|byte| (0..8).map(move |nth| u16::from(byte >> nth & 1))) {
        let carry = (crc & 1) ^ bit;
        crc >>= 1;
        if carry == 1 {
            crc ^= 0xA001;
        }
    }
    [body, &crc.to_le_bytes()].concat()
}

/// Unit, function, address and count of an RTU request.
pub fn asked(request: &[u8]) -> (u8, u8, u16, u16) {
    let word = |at: usize| u16::from_be_bytes([request[at], request[at + 1]]);
    (request[0], request[1], word(2), word(4))
}

/// The reply of a device whose register `n` holds `register(n)`.
pub fn registers(request: &[u8], register: impl Fn(u16) -> u16) -> Vec<u8> {
    let (unit, fc, address, count) = asked(request);
    let mut body = vec![unit, fc, count as u8 * 2];
    body.extend((0..count).flat_map(|nth| register(address + nth).to_be_bytes()));
    rtu(&body)
}
