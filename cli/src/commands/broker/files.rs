//! Files of a broker: written once, for their owners only, and looked at.

use crate::error::Error;
use broker::authority::{self, Certificate, Key};
use broker::setup::{self, File, Owner};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

/// Whom files are given to, where root writes them.
pub struct Owners {
    broker: Option<(u32, u32)>,
    agent: Option<(u32, u32)>,
}

impl Owners {
    /// These accounts of this computer, where there are such and only root writes.
    pub fn of(broker: &str, agent: &str) -> Self {
        if crate::session::uid() != 0 {
            return Self { broker: None, agent: None };
        }
        Self { broker: account(broker), agent: account(agent) }
    }

    fn for_file(&self, owner: Owner) -> Option<(u32, u32)> {
        match owner {
            Owner::Broker => self.broker,
            Owner::Agent => self.agent,
            Owner::Keeper => None,
        }
    }
}

/// Numbers of an account and of its group (passwd(5)).
fn account(name: &str) -> Option<(u32, u32)> {
    let all = fs::read_to_string("/etc/passwd").ok()?;
    all.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let (of, uid, gid) = (fields.first()?, fields.get(2)?, fields.get(3)?);
        if *of != name {
            return None;
        }
        Some((uid.parse().ok()?, gid.parse().ok()?))
    })
}

/// Writes all files into a folder; none may be there.
pub fn write_all(out: &Path, files: &[File], owners: &Owners) -> Result<(), Error> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| Error::Write { path, error }
    };
    if let Some(there) = files.iter().map(|file| out.join(&file.name)).find(|path| path.exists()) {
        let what = format!("`{}` is there, and would be written over", there.display());
        let hint = "move it away, or choose another folder with `--out`".to_owned();
        return Err(Error::run(what, Some(hint)));
    }
    // Everybody may pass: what nobody may read is closed by itself.
    fs::DirBuilder::new().recursive(true).mode(0o755).create(out).map_err(failed(out))?;
    for file in files {
        let path = out.join(&file.name);
        write_new(&path, &file.text, file.secret)?;
        if let Some((uid, gid)) = owners.for_file(file.owner) {
            chown(&path, Some(uid), Some(gid)).map_err(failed(&path))?;
        }
    }
    // Dynamic security writes a new file beside its own.
    if let Some((uid, gid)) = owners.broker {
        chown(out, Some(uid), Some(gid)).map_err(failed(out))?;
    }
    Ok(())
}

/// Writes a file that is not there yet.
pub fn write_new(path: &Path, text: &str, secret: bool) -> Result<(), Error> {
    let write = || {
        let mode = if secret { 0o600 } else { 0o644 };
        let mut file = fs::File::options().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error: io::Error| Error::Write { path: path.to_owned(), error })
}

/// Puts another key and certificate in the place of the old ones, the certificate last: between the two a
/// reload would find a pair that does not fit, refuse it, and go on with what it has.
pub fn replace_pair(
    out: &Path,
    key: &Key,
    certificate: &Certificate,
    owners: &Owners,
) -> Result<(), Error> {
    let pair =
        [(setup::SERVER_KEY, key.expose(), true), (setup::SERVER, certificate.pem.as_str(), false)];
    for (name, text, secret) in pair {
        let beside = out.join(format!("{name}.new"));
        let failed = |error| Error::Write { path: beside.clone(), error };
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        write_new(&beside, text, secret)?;
        if let Some((uid, gid)) = owners.for_file(Owner::Broker) {
            chown(&beside, Some(uid), Some(gid)).map_err(failed)?;
        }
    }
    for (name, _, _) in pair {
        let (beside, path) = (out.join(format!("{name}.new")), out.join(name));
        fs::rename(&beside, &path).map_err(|error| Error::Write { path, error })?;
    }
    Ok(())
}

/// What there is of a broker.
pub struct Found {
    /// Files that should be there and are not.
    pub missing: Vec<String>,
    /// Until when the authority is good, UTC seconds.
    pub authority_until_s: i64,
    /// Names and end of the broker's certificate.
    pub server: Option<authority::Said>,
    /// `dynamic-security` or `files`; empty where neither is there.
    pub form: &'static str,
}

impl Found {
    /// Whether nobody has to do anything.
    pub fn is_whole(&self, now_s: i64) -> bool {
        self.missing.is_empty() && !self.is_old(now_s)
    }

    /// Whether the broker's certificate should be renewed.
    pub fn is_old(&self, now_s: i64) -> bool {
        let end = self.server.as_ref().map_or(0, |server| server.until_s);
        end - now_s < authority::RENEW_DAYS * 86_400
    }
}

/// Looks at a folder that `init` has made.
pub fn look(out: &Path) -> Result<Found, Error> {
    let fault = |it: authority::Fault| Error::run(it.to_string(), None);
    let ca = Certificate::parse(&read(&out.join(setup::CA))?).map_err(fault)?;
    let authority_until_s = authority::said(&ca).map_err(fault)?.until_s;
    let is_there = |name: &str| out.join(name).exists();
    let server = match is_there(setup::SERVER) {
        true => {
            let server = Certificate::parse(&read(&out.join(setup::SERVER))?).map_err(fault)?;
            Some(authority::said(&server).map_err(fault)?)
        }
        false => None,
    };
    let (form, own, kind) = if is_there(setup::SECURITY) {
        ("dynamic-security", vec![setup::SECURITY], broker::Form::DynamicSecurity)
    } else if is_there(setup::PASSWD) {
        ("files", vec![setup::PASSWD, setup::ACL], broker::Form::Files)
    } else {
        ("", vec![setup::SECURITY], broker::Form::DynamicSecurity)
    };
    let usual = [setup::CA_KEY, setup::SERVER, setup::SERVER_KEY, setup::CONF];
    let secrets = setup::accounts(kind).map(|(name, _)| setup::secret_name(name));
    let all = usual.into_iter().chain(own).map(str::to_owned).chain(secrets);
    let missing = all.filter(|name| !is_there(name)).collect();
    Ok(Found { missing, authority_until_s, server, form })
}

/// The text of a file.
pub fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| Error::File { path: PathBuf::from(path), error })
}

/// The folder of Mosquitto's plugins, where Debian and others put it.
pub fn plugins(name: &str) -> Option<String> {
    let below = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|it| it.path());
    let usual = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    let mut all = below.chain(usual);
    all.find(|folder| folder.join(name).is_file()).map(|folder| folder.display().to_string())
}
