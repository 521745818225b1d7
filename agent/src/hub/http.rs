//! One request at a time over one connection, which is made anew when it breaks.

use crate::config::BatchLink;
use crate::limits;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The way to a hub.
pub(super) struct Http {
    host: String,
    port: u16,
    /// Without it, plain HTTP to the loopback.
    tls: Option<(TlsConnector, ServerName<'static>)>,
    /// The path before `/v1/…`.
    base: String,
    open: Option<SendRequest<Full<Bytes>>>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: StatusCode,
    /// What `Retry-After` says, ms.
    pub retry_ms: Option<u64>,
    pub body: Bytes,
}

impl Http {
    /// # Errors
    /// A sentence, when a certificate or key cannot be used.
    pub fn new(link: &BatchLink) -> Result<Self, String> {
        let tls = match link.tls {
            false => None,
            true => {
                let config = tls_config(link.ca_file.as_deref(), link.client.as_ref())?;
                let name = ServerName::try_from(link.host.clone())
                    .map_err(|_| format!("`{}` is no name that a certificate has", link.host))?;
                Some((TlsConnector::from(Arc::new(config)), name))
            }
        };
        let (host, port, base) = (link.host.clone(), link.port, link.base.clone());
        Ok(Self { host, port, tls, base, open: None })
    }

    /// The path as it is sent, and signed where there is no body.
    pub fn path(&self, rest: &str) -> String {
        format!("{}{rest}", self.base)
    }

    /// Sends a request and waits for the whole answer, for a bounded time.
    ///
    /// # Errors
    /// A sentence: what did not work.
    pub async fn ask(
        &mut self,
        method: Method,
        path: &str,
        signature: &str,
        body: Vec<u8>,
    ) -> Result<Reply, String> {
        let asked = self.ask_once(method, path, signature, body);
        let answer = match tokio::time::timeout(limits::HUB_REQUEST_TIME, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} s", limits::HUB_REQUEST_TIME.as_secs())),
        };
        if answer.is_err() {
            // Whatever is under way on it belongs to nobody any more.
            self.open = None;
        }
        answer
    }

    async fn ask_once(
        &mut self,
        method: Method,
        path: &str,
        signature: &str,
        body: Vec<u8>,
    ) -> Result<Reply, String> {
        let mut sender = match self.open.take().filter(|open| !open.is_closed()) {
            Some(open) => open,
            None => self.connect().await?,
        };
        sender.ready().await.map_err(|error| whole(&error))?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, format!("{}:{}", self.host, self.port))
            .header(CONTENT_TYPE, "application/zstd")
            .header(batch::sign::HEADER, signature)
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| error.to_string())?;
        let answer = sender.send_request(request).await.map_err(|error| whole(&error))?;
        let (head, body) = answer.into_parts();
        let limited = Limited::new(body, limits::HUB_ANSWER_BYTES_MAX);
        let body = limited.collect().await.map_err(|error| error.to_string())?.to_bytes();
        self.open = Some(sender);
        let seconds = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_ms = seconds.and_then(|text| text.trim().parse::<u64>().ok());
        let retry_ms = retry_ms.map(|seconds| seconds.saturating_mul(1000));
        Ok(Reply { status: head.status, retry_ms, body })
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|error| format!("{}:{}: {error}", self.host, self.port))?;
        // A batch and its answer: nothing is gained by waiting for more.
        let _ = stream.set_nodelay(true);
        let failed = |error: hyper::Error| error.to_string();
        match &self.tls {
            Some((connector, name)) => {
                let stream = connector
                    .connect(name.clone(), stream)
                    .await
                    .map_err(|error| format!("TLS: {error}"))?;
                let (sender, connection) =
                    http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
                // Its errors are those of the request.
                tokio::spawn(connection);
                Ok(sender)
            }
            None => {
                let (sender, connection) =
                    http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
                tokio::spawn(connection);
                Ok(sender)
            }
        }
    }
}

/// What an error says, with what caused it: "connection error" alone helps nobody.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Whom to trust, and who the campus is, where somebody asks.
pub(crate) fn tls_config(
    ca_file: Option<&Path>,
    client: Option<&(PathBuf, PathBuf)>,
) -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore::empty();
    match ca_file {
        Some(path) => {
            for certificate in certificates(path)? {
                roots
                    .add(certificate)
                    .map_err(|error| format!("the certificate `{}`: {error}", path.display()))?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    if roots.is_empty() {
        return Err("no certificate authority to trust; set `ca_file`".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    let Some((certificate, key)) = client else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates(certificate)?;
    let key_of = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| format!("the key `{}`: {error}", key.display()))?;
    builder
        .with_client_auth_cert(chain, key_of)
        .map_err(|error| format!("the certificate `{}`: {error}", certificate.display()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let failed = |error| format!("the certificate `{}`: {error}", path.display());
    let all = CertificateDer::pem_file_iter(path).map_err(failed)?;
    all.collect::<Result<_, _>>().map_err(failed)
}
