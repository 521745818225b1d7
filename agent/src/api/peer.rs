//! Who is at the other end of the socket, as the kernel says.

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::UnixListener;

/// The account that connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Its number; `None` where the kernel does not tell.
    pub uid: Option<u32>,
}

impl Peer {
    /// Its name on this computer, or its number where it has none.
    pub fn name(self) -> String {
        let Some(uid) = self.uid else { return "?".to_owned() };
        let all = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let number = uid.to_string();
        let named = all.lines().find_map(|line| {
            // name:password:uid:… (passwd(5))
            let mut fields = line.split(':');
            let (name, _, of) = (fields.next()?, fields.next()?, fields.next()?);
            (of == number).then(|| name.to_owned())
        });
        named.unwrap_or(number)
    }

    /// Whether it is root or the account that the agent runs as.
    pub fn is_own(self) -> bool {
        use std::os::unix::fs::MetadataExt;
        // `/proc/self` belongs to whom the process runs as.
        let own = std::fs::metadata("/proc/self").map(|own| own.uid()).ok();
        self.uid.is_some_and(|uid| uid == 0 || Some(uid) == own)
    }
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self { uid: stream.io().peer_cred().ok().map(|peer| peer.uid()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_that_the_kernel_tells_becomes_a_name() {
        let of = |uid| Peer { uid };
        assert_eq!(of(Some(0)).name(), "root");
        assert_eq!(of(Some(3_999_999_999)).name(), "3999999999");
        assert_eq!(of(None).name(), "?");
        assert!(of(Some(0)).is_own() && !of(Some(3_999_999_999)).is_own() && !of(None).is_own());
    }
}
