//! Accounts at the broker: given to nodes, taken away, listed. The broker is told in the form that is configured.
//!
//! | module | what it tells |
//! |---|---|
//! | `dynamic` | Mosquitto's dynamic security, by MQTT |
//! | [`keys`] | no broker: keys of serial consoles, in files |
//! | `files` | a password file and an access list, and a command that has them read again |

mod dynamic;
mod files;
pub mod keys;

use crate::config::{AccountsConfig, AccountsForm, BrokerConfig, Config};
use crate::talk::{Place, TalkError};
use broker::Role;
use broker::security::Listed;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;
use wire::Id;

/// Why the broker could not be told.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// It does not answer, or does not let the account in.
    #[error("{0}")]
    Talk(#[from] TalkError),
    /// It refused a command.
    #[error("the broker refused `{command}`: {why}")]
    Refused {
        /// Which.
        command: String,
        /// What it said.
        why: String,
    },
    /// A file cannot be read or written.
    #[error("`{}`: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The command that has them read again failed.
    #[error("`{command}` failed: {why}")]
    Reload {
        /// The command.
        command: String,
        /// What it said.
        why: String,
    },
    /// There is no such account.
    #[error("no account `{0}`")]
    NoSuch(String),
}

/// The accounts of one broker. Changes come one after the other.
#[derive(Clone)]
pub struct Accounts {
    /// What was configured.
    pub config: Arc<AccountsConfig>,
    /// Where the broker is.
    pub place: Place,
    campus: Id,
    changing: Arc<Mutex<()>>,
}

impl Accounts {
    /// Those of this configuration; `None` where nobody manages any.
    ///
    /// # Errors
    /// A sentence, when the authority cannot be used.
    pub fn of(config: &Config) -> Result<Option<Self>, String> {
        let Some(accounts) = &config.accounts else { return Ok(None) };
        let BrokerConfig::Url { host, port, tls, ca_file, .. } = &config.broker else {
            return Ok(None);
        };
        let tls = match tls {
            true => Some(Arc::new(crate::hub::tls_config(ca_file.as_deref(), None)?)),
            false => None,
        };
        let place = Place { host: host.clone(), port: *port, tls };
        let campus = config.campus.id;
        let config = Arc::new(accounts.clone());
        Ok(Some(Self { config, place, campus, changing: Arc::default() }))
    }

    /// Gives an account a password and its rights, and makes it where there was none. Who used it is thrown out.
    ///
    /// # Errors
    /// As [`AccountsError`] says; the account may have been changed or not.
    pub async fn admit(&self, name: &str, role: Role, password: &str) -> Result<(), AccountsError> {
        let _alone = self.changing.lock().await;
        match &self.config.form {
            AccountsForm::DynamicSecurity { password: admin } => {
                dynamic::admit(&self.place, admin, (&self.campus, name, role), password).await
            }
            AccountsForm::Files { reload } => {
                files::admit(&self.config.folder, reload, (&self.campus, name, role), password)
                    .await
            }
        }
    }

    /// Shuts an account out, and ends its session.
    ///
    /// # Errors
    /// [`AccountsError::NoSuch`] when there is none.
    pub async fn disable(&self, name: &str) -> Result<(), AccountsError> {
        let _alone = self.changing.lock().await;
        match &self.config.form {
            AccountsForm::DynamicSecurity { password } => {
                dynamic::disable(&self.place, password, name).await
            }
            AccountsForm::Files { reload } => {
                files::disable(&self.config.folder, reload, name).await
            }
        }
    }

    /// Takes an account away for good.
    ///
    /// # Errors
    /// [`AccountsError::NoSuch`] when there is none.
    pub async fn remove(&self, name: &str, role: Role) -> Result<(), AccountsError> {
        let _alone = self.changing.lock().await;
        match &self.config.form {
            AccountsForm::DynamicSecurity { password } => {
                dynamic::remove(&self.place, password, name, role).await
            }
            AccountsForm::Files { reload } => {
                files::remove(&self.config.folder, reload, name).await
            }
        }
    }

    /// All accounts.
    ///
    /// # Errors
    /// As [`AccountsError`] says.
    pub async fn list(&self) -> Result<Vec<Listed>, AccountsError> {
        match &self.config.form {
            AccountsForm::DynamicSecurity { password } => {
                dynamic::list(&self.place, password).await
            }
            AccountsForm::Files { .. } => files::list(&self.config.folder, &self.campus),
        }
    }
}
