//! A data centre on a port of its own: challenges, checks, stores, acknowledges, and says what a
//! collector does wrong. It can be told to sin, so that the tester has something to find.

use mohurd::{Centre, CentreAction, CentreInput, Codec, Finding, Items, Report, Stamp, Value, Why};
use std::collections::{BTreeMap, HashSet};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

/// Building, meter, function, time.
pub type RowKey = (String, String, String, Stamp);

/// What a bad centre does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sin {
    /// Sends every answer twice.
    Twice,
    /// Keeps, and does not acknowledge.
    Mute,
    /// Refuses everything.
    Refuse,
}

/// What a centre holds.
#[derive(Debug, Default)]
pub struct Held {
    /// What was stored.
    pub rows: BTreeMap<RowKey, Value>,
    /// What collectors did wrong.
    pub findings: Vec<Finding>,
    /// Logins that passed.
    pub logins: u32,
    /// Rows that came again with the same value.
    pub again: u32,
    /// Rows that came again with another value.
    pub differing: u32,
    /// Messages by why they came.
    pub reports: u32,
    /// As above.
    pub left_over: u32,
    /// As above.
    pub replies: u32,
}

/// A running centre; it ends when dropped.
pub struct ReferenceCentre {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    codec: Codec,
    held: Mutex<Held>,
    sins: Mutex<HashSet<Sin>>,
    open: Mutex<Vec<TcpStream>>,
    queries: Mutex<u32>,
    ended: AtomicBool,
    begun: Instant,
}

impl ReferenceCentre {
    /// Listens on a free port of this machine.
    ///
    /// # Panics
    /// When there is none.
    pub fn start(codec: Codec) -> Self {
        Self::listen(codec, SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port")
    }

    /// Listens where it is told.
    ///
    /// # Errors
    /// When that place is taken.
    pub fn listen(codec: Codec, address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let shared = Arc::new(Shared {
            codec,
            held: Mutex::default(),
            sins: Mutex::default(),
            open: Mutex::default(),
            queries: Mutex::default(),
            ended: AtomicBool::new(false),
            begun: Instant::now(),
        });
        let centre = Self { address: listener.local_addr()?, shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Ok(centre)
    }

    /// Where it is.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it holds.
    ///
    /// # Panics
    /// When a connection's thread has.
    pub fn held(&self) -> MutexGuard<'_, Held> {
        self.shared.held.lock().expect("nobody panics with it")
    }

    /// Begins or ends a sin.
    ///
    /// # Panics
    /// As [`ReferenceCentre::held`].
    pub fn sin(&self, sin: Sin, is: bool) {
        let mut sins = self.shared.sins.lock().expect("nobody panics with it");
        if is {
            sins.insert(sin);
        } else {
            sins.remove(&sin);
        }
    }

    /// Asks every collector for a reply.
    ///
    /// # Panics
    /// As [`ReferenceCentre::held`].
    pub fn query(&self) {
        *self.shared.queries.lock().expect("nobody panics with it") += 1;
    }

    /// Closes every connection.
    ///
    /// # Panics
    /// As [`ReferenceCentre::held`].
    pub fn cut(&self) {
        for stream in self.shared.open.lock().expect("nobody panics with it").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for ReferenceCentre {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.cut();
        // Wakes the one who accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn sins(&self, sin: Sin) -> bool {
        self.sins.lock().expect("nobody panics with it").contains(&sin)
    }

    fn serve(&self, mut stream: TcpStream) {
        // Only how often queries and the end are looked for: what arrives is read at once.
        let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
        let _ = stream.set_nodelay(true);
        if let Ok(other) = stream.try_clone() {
            self.open.lock().expect("nobody panics with it").push(other);
        }
        let challenge = format!("{:08}", nobody_foresees() % 100_000_000);
        let now = || self.begun.elapsed().as_millis() as u64;
        let mut centre = Centre::new(self.codec.clone(), Items::shipped(), &challenge, now());
        let mut asked = *self.queries.lock().expect("nobody panics with it");
        let mut buffer = [0; 16 * 1024];
        loop {
            let input = match stream.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => CentreInput::Bytes(&buffer[..count]),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    let queries = *self.queries.lock().expect("nobody panics with it");
                    let more = std::mem::replace(&mut asked, queries) != queries;
                    if more { CentreInput::Query } else { CentreInput::Time }
                }
                Err(_) => return,
            };
            let mut inputs = vec![input];
            while let Some(input) = inputs.pop() {
                let mut out = Vec::new();
                centre.handle(input, now(), clock(), &mut out);
                for action in out {
                    match self.act(action, &mut stream) {
                        Ok(answer) => inputs.extend(answer),
                        Err(_) => return,
                    }
                }
            }
        }
    }

    fn act(
        &self,
        action: CentreAction,
        stream: &mut TcpStream,
    ) -> std::io::Result<Option<CentreInput<'static>>> {
        match action {
            CentreAction::Send(bytes) => {
                stream.write_all(&bytes)?;
                if self.sins(Sin::Twice) {
                    stream.write_all(&bytes)?;
                }
            }
            CentreAction::Close => return Err(ErrorKind::ConnectionAborted.into()),
            CentreAction::Keep { report, why } => {
                self.keep(&report, why);
                if !self.sins(Sin::Mute) {
                    return Ok(Some(CentreInput::Kept(!self.sins(Sin::Refuse))));
                }
            }
            CentreAction::LoggedIn(..) => {
                self.held.lock().expect("nobody panics with it").logins += 1
            }
            CentreAction::Found(finding) => {
                self.held.lock().expect("nobody panics with it").findings.push(finding);
            }
        }
        Ok(None)
    }

    fn keep(&self, report: &Report, why: Why) {
        let mut held = self.held.lock().expect("nobody panics with it");
        match why {
            Why::Reply => held.replies += 1,
            Why::Report => held.reports += 1,
            Why::Continuous => held.left_over += 1,
        }
        if self.sins(Sin::Refuse) {
            return;
        }
        for (key, value) in rows(report) {
            match held.rows.insert(key, value) {
                Some(before) if before == value => held.again += 1,
                Some(_) => held.differing += 1,
                None => {}
            }
        }
    }
}

/// What a report stores.
pub fn rows(report: &Report) -> Vec<(RowKey, Value)> {
    let building = report.building_id.to_string();
    let functions =
        report.meters.iter().flat_map(|meter| meter.functions.iter().map(move |one| (meter, one)));
    let row = |(meter, one): (&mohurd::Meter, &mohurd::Function)| {
        let key = (building.clone(), meter.id.clone(), one.id.clone(), report.time);
        Some((key, one.value?))
    };
    functions.filter_map(row).collect()
}

/// What clocks in China show.
fn clock() -> Stamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Stamp::from_utc_ms(since.as_millis() as i64, 8 * 3600).expect("in range")
}

/// A number from the seed that the standard library draws for every hash map.
fn nobody_foresees() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
