//! The lines of an identity that anybody may see.

use super::Identity;
use core::fmt::{self, Write};

impl Identity {
    /// Writes who the node is and what is wired to it: no password, key or certificate. `tls=yes` where its session is
    /// secured.
    ///
    /// # Errors
    /// When `out` takes no more.
    pub fn show(&self, out: &mut impl Write) -> fmt::Result {
        place(self, out)?;
        if !self.secure.server.is_empty() {
            writeln!(out, "server={}", self.secure.server)?;
        }
        if self.secure.is_on() {
            out.write_str("tls=yes\n")?;
        }
        wiring(self, out)
    }
}

/// Campus, node and broker.
pub(super) fn place(identity: &Identity, out: &mut impl Write) -> fmt::Result {
    let Identity { campus, node, host, port, .. } = identity;
    writeln!(out, "campus={campus}\nnode={node}\nbroker={host}:{port}")
}

/// What it was provisioned as, its lamps and its parts.
pub(super) fn wiring(identity: &Identity, out: &mut impl Write) -> fmt::Result {
    write!(out, "profile={}\nlamps=", identity.profile)?;
    for (at, lamp) in identity.lamps.iter().enumerate() {
        write!(out, "{}{lamp}", if at == 0 { "" } else { "," })?;
    }
    out.write_str("\nfitted=")?;
    for (at, part) in identity.fitted.iter().enumerate() {
        write!(out, "{}{}", if at == 0 { "" } else { "," }, part.name())?;
    }
    out.write_str("\n")
}
