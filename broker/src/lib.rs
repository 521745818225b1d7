//! What an MQTT broker is given, as text and bytes: who may say and hear what, configuration, certificates.
//!
//! Terms:
//! - *account*: a name with a password; a client id is the account's and nobody else's.
//! - *role*: what an account is for, and so what it may: [`Role`].
//! - *form*: how Mosquitto is told of accounts: [`Form::Files`], or [`Form::DynamicSecurity`].
//! - *canary*: an account with a node's rights that tries what a node may not; *witness*: the account that
//!   listens whether anything of it is delivered.
//!
//! | module | what it makes |
//! |---|---|
//! | [`access`] | rights of each role: the one place that says them |
//! | [`acl`] | the access list of the form with files |
//! | [`security`] | the document of dynamic security, and commands to it |
//! | [`password`] | hashes as Mosquitto checks them, and the file of them |
//! | [`proof`] | what is tried to prove that rights work, and what may come of it |
//! | [`conf`] | `mosquitto.conf` |
//! | [`setup`] | all of it, as the files of a new broker |
//! | [`authority`] | the campus's authority and the broker's certificate |
//!
//! Nothing here reads a clock, a file or a source of chance: passwords, salts and times are arguments. Keys of
//! certificates are the exception ([`authority::Key::draw`]): they are drawn where they are used.

pub mod access;
pub mod acl;
pub mod authority;
pub mod conf;
pub mod password;
pub mod proof;
pub mod security;
pub mod setup;

pub use access::{Rights, Role};
pub use conf::{Conf, Form, Release};
