//! `[admin]`: the HTTP port for health checks, metrics and the status page.

use std::net::SocketAddr;

use super::reader::Reader;

/// The admin port.
#[derive(Debug, Clone)]
pub struct Admin {
    /// Where it listens; port 0 lets the system choose.
    pub listen: SocketAddr,
}

impl Admin {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let listen = reader.read("admin.listen", |it| {
            it.text()?.parse().map_err(|_| {
                format!("expected an IP address and a port, such as 127.0.0.1:9464 or [::]:9464, found {it}")
            })
        });
        Some(Self { listen: listen? })
    }
}
