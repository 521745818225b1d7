//! Certificates of a receiver, of those who connect, and of its broker.

use crate::Fault;
use crate::config::Tls;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads the files.
///
/// # Errors
/// One of them holds nothing of use, or the key does not fit the certificate.
pub fn server(tls: &Tls) -> Result<Arc<ServerConfig>, Fault> {
    let chain = certificates(&tls.cert_file)?;
    let key = key_of(&tls.key_file)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::new(format!("TLS: {error}"), ""))?;
    let builder = match &tls.client_ca_file {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let roots = authorities(file)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| Fault::new(format!("`{}`: {error}", file.display()), ""))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|error| {
        let what = format!("`{}` with its key: {error}", tls.cert_file.display());
        Fault::new(what, "do certificate and key belong together?")
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Whom to trust at a broker, and who the receiver is, where the broker asks.
///
/// # Errors
/// As [`server`].
pub fn client(
    ca_file: &Path,
    client: Option<&(PathBuf, PathBuf)>,
) -> Result<Arc<ClientConfig>, Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::new(format!("TLS: {error}"), ""))?
        .with_root_certificates(authorities(ca_file)?);
    let Some((certificate, key)) = client else {
        return Ok(Arc::new(builder.with_no_client_auth()));
    };
    let config = builder.with_client_auth_cert(certificates(certificate)?, key_of(key)?);
    config.map(Arc::new).map_err(|error| {
        let what = format!("`{}` with its key: {error}", certificate.display());
        Fault::new(what, "do certificate and key belong together?")
    })
}

fn authorities(file: &Path) -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| {
            Fault::new(format!("`{}`: {error}", file.display()), "it is a CA's certificate")
        })?;
    }
    Ok(roots)
}

fn key_of(file: &Path) -> Result<PrivateKeyDer<'static>, Fault> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| {
        Fault::new(format!("no private key in `{}`: {error}", file.display()), "it is PEM")
    })
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let wrong =
        |error| Fault::new(format!("no certificate in `{}`: {error}", file.display()), "it is PEM");
    let all: Vec<_> = CertificateDer::pem_file_iter(file)
        .map_err(wrong)?
        .collect::<Result<_, _>>()
        .map_err(wrong)?;
    if all.is_empty() {
        return Err(Fault::new(format!("no certificate in `{}`", file.display()), "it is PEM"));
    }
    Ok(all)
}
