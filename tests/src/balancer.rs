//! A balancer before several receivers: each new connection goes to the next that answers. Lines break
//! where a test wants.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// After how many bytes a line breaks.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// On the way to the receiver.
    pub up: u64,
    /// On the way back.
    pub down: u64,
}

impl Cut {
    /// Never.
    pub const NEVER: Self = Self { up: u64::MAX, down: u64::MAX };
}

type Plan = Box<dyn FnMut(u64) -> Cut + Send>;

/// A running balancer.
pub struct Balancer {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    targets: Vec<PathBuf>,
    next: AtomicUsize,
    plan: Mutex<Plan>,
    ended: AtomicBool,
    cut: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
}

impl Balancer {
    /// Before the receivers that listen on these Unix sockets.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start(targets: Vec<PathBuf>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("the address of a bound socket").port();
        let shared = Arc::new(Shared {
            targets,
            next: AtomicUsize::new(0),
            plan: Mutex::new(Box::new(|_| Cut::NEVER)),
            ended: AtomicBool::new(false),
            cut: AtomicU64::new(0),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.ended.load(Ordering::Relaxed) {
                    return;
                }
                accepting.carry(client);
            }
        });
        Self { port, shared }
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on each new connection asks `plan`, with the number of lines broken so far, where it breaks.
    ///
    /// # Panics
    /// When an earlier plan panicked.
    pub fn cut(&self, plan: impl FnMut(u64) -> Cut + Send + 'static) {
        *self.shared.plan.lock().expect("a plan that did not panic") = Box::new(plan);
    }

    /// How many lines were broken.
    pub fn cuts(&self) -> u64 {
        self.shared.cut.load(Ordering::Relaxed)
    }

    /// Bytes carried to the receivers, and back.
    pub fn carried(&self) -> (u64, u64) {
        (self.shared.up.load(Ordering::Relaxed), self.shared.down.load(Ordering::Relaxed))
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn carry(self: &Arc<Self>, client: TcpStream) {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.targets.len();
        let answers = |at| UnixStream::connect(&self.targets[(first + at) % count]).ok();
        // Without any receiver the client's connection just ends.
        let Some(target) = (0..count).find_map(answers) else { return };
        let so_far = self.cut.load(Ordering::Relaxed);
        let cut = (self.plan.lock().expect("a plan that did not panic"))(so_far);
        let _ = client.set_nodelay(true);
        let (Ok(client_too), Ok(target_too)) = (client.try_clone(), target.try_clone()) else {
            return;
        };
        let (up, down) = (Arc::clone(self), Arc::clone(self));
        std::thread::spawn(move || {
            let (mut from, mut to) = (client, target);
            let broke = pump(&mut from, &mut to, cut.up, &up.up);
            up.close(broke, &from, &to);
        });
        std::thread::spawn(move || {
            let (mut from, mut to) = (target_too, client_too);
            let broke = pump(&mut from, &mut to, cut.down, &down.down);
            down.close(broke, &to, &from);
        });
    }

    fn close(&self, broke: bool, client: &TcpStream, target: &UnixStream) {
        if broke {
            self.cut.fetch_add(1, Ordering::Relaxed);
        }
        let _ = client.shutdown(Shutdown::Both);
        let _ = target.shutdown(Shutdown::Both);
    }
}

/// Carries bytes until an end, or until `most` of them; answers whether it was the latter.
fn pump(from: &mut impl Read, to: &mut impl Write, most: u64, count: &AtomicU64) -> bool {
    let mut left = most;
    let mut bytes = [0; 16 * 1024];
    loop {
        if left == 0 {
            return true;
        }
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        match from.read(&mut bytes[..room]) {
            Ok(0) | Err(_) => return false,
            Ok(n) => {
                count.fetch_add(n as u64, Ordering::Relaxed);
                if to.write_all(&bytes[..n]).is_err() {
                    return false;
                }
                left -= n as u64;
            }
        }
    }
}
