//! Accounts by a password file and an access list, which the broker reads again when a command says so.

use super::AccountsError;
use crate::chance;
use broker::password::{Hash, PasswordFile, SALT_BYTES};
use broker::security::Listed;
use broker::{Role, acl};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wire::Id;

pub(super) async fn admit(
    folder: &Path,
    reload: &[String],
    (campus, name, role): (&Id, &str, Role),
    password: &str,
) -> Result<(), AccountsError> {
    set_password(folder, name, password)?;
    let path = folder.join("acl");
    let lists = read(&path)?;
    let block = acl::account(campus, name, role);
    let with = acl::without(&lists, name) + &block;
    if with != lists {
        replace(&path, &with)?;
    }
    read_again(reload).await
}

pub(super) async fn disable(
    folder: &Path,
    reload: &[String],
    name: &str,
) -> Result<(), AccountsError> {
    if !passwords(folder)?.names().any(|known| known == name) {
        return Err(AccountsError::NoSuch(name.to_owned()));
    }
    // A password that nobody knows, not even we.
    let nobodys = chance::secret::<32>().map_err(|error| failed(&folder.join("passwd"), &error))?;
    set_password(folder, name, &nobodys)?;
    read_again(reload).await
}

pub(super) async fn remove(
    folder: &Path,
    reload: &[String],
    name: &str,
) -> Result<(), AccountsError> {
    let mut file = passwords(folder)?;
    if !file.remove(name) {
        return Err(AccountsError::NoSuch(name.to_owned()));
    }
    replace(&folder.join("passwd"), &file.text())?;
    let path = folder.join("acl");
    replace(&path, &acl::without(&read(&path)?, name))?;
    read_again(reload).await
}

pub(super) fn list(folder: &Path, campus: &Id) -> Result<Vec<Listed>, AccountsError> {
    let blocks = acl::accounts(&read(&folder.join("acl"))?, campus);
    let file = passwords(folder)?;
    let one = |name: &str| {
        let block = blocks.iter().find(|(of, _)| of == name);
        // Whoever has no block has a node's rights, by the pattern.
        let role = block.map_or(Some(Role::Node), |(_, role)| *role);
        // Who was shut out cannot be told from others in this form.
        Listed { name: name.to_owned(), role, disabled: false }
    };
    Ok(file.names().map(one).collect())
}

fn set_password(folder: &Path, name: &str, password: &str) -> Result<(), AccountsError> {
    let path = folder.join("passwd");
    let mut file = passwords(folder)?;
    let salt = chance::draw::<SALT_BYTES>().map_err(|error| failed(&path, &error))?;
    file.set(name, &Hash::new(password, salt));
    replace(&path, &file.text())
}

fn passwords(folder: &Path) -> Result<PasswordFile, AccountsError> {
    let path = folder.join("passwd");
    PasswordFile::parse(&read(&path)?)
        .map_err(|line| AccountsError::File { path, why: format!("line {line} is no account") })
}

fn read(path: &Path) -> Result<String, AccountsError> {
    fs::read_to_string(path).map_err(|error| failed(path, &error))
}

/// The whole new file or the whole old one, with the owner and the mode of the old one.
fn replace(path: &Path, text: &str) -> Result<(), AccountsError> {
    let write = || {
        let old = fs::metadata(path)?;
        let beside = path.with_extension("new");
        let _ = fs::remove_file(&beside);
        let mut file =
            fs::File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        {
            use std::os::unix::fs::MetadataExt;
            // Only where it must be: a file of one's own needs no privilege.
            let new = file.metadata()?;
            if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
                chown(&beside, Some(old.uid()), Some(old.gid()))?;
            }
        }
        fs::set_permissions(&beside, fs::Permissions::from_mode(old.permissions().mode() & 0o777))?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        // The new name must survive a power cut too.
        fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(|error: std::io::Error| failed(path, &error))
}

async fn read_again(reload: &[String]) -> Result<(), AccountsError> {
    let command = reload.to_vec();
    let shown = reload.join(" ");
    let ran = tokio::task::spawn_blocking(move || run(&command)).await;
    ran.unwrap_or_else(|error| Err(error.to_string()))
        .map_err(|why| AccountsError::Reload { command: shown, why })
}

/// Runs a command to its end, within [`crate::limits::RELOAD_TIME`].
fn run(command: &[String]) -> Result<(), String> {
    let (program, args) = command.split_first().ok_or("no command")?;
    let child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let end = Instant::now() + crate::limits::RELOAD_TIME;
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(status.to_string()),
            None if Instant::now() >= end => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no end within {} s", crate::limits::RELOAD_TIME.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> AccountsError {
    AccountsError::File { path: PathBuf::from(path), why: error.to_string() }
}
