//! Accounts by Mosquitto's dynamic security: commands and answers on its control topic.

use super::AccountsError;
use crate::chance;
use crate::config::Secret;
use crate::talk::{Hello, Place, Talk, TalkError, Version};
use broker::Role;
use broker::access::ADMIN;
use broker::security::{self, Listed, Said};
use serde_json::Value;
use wire::Id;

pub(super) async fn admit(
    place: &Place,
    admin: &Secret,
    (campus, name, role): (&Id, &str, Role),
    password: &str,
) -> Result<(), AccountsError> {
    let mut commands = security::admit(campus, name, role, password);
    // Whoever has the session with the old password is shut out before it is let in again.
    let enable = commands.pop().into_iter();
    let commands: Vec<Value> =
        commands.into_iter().chain([security::disable(name)]).chain(enable).collect();
    let said = ask(place, admin, &commands).await?;
    all_done(said.iter().filter(|said| !security::is_there_already(said)))
}

pub(super) async fn disable(
    place: &Place,
    admin: &Secret,
    name: &str,
) -> Result<(), AccountsError> {
    let said = ask(place, admin, &[security::disable(name)]).await?;
    all_done(known(&said, name)?)
}

pub(super) async fn remove(
    place: &Place,
    admin: &Secret,
    name: &str,
    role: Role,
) -> Result<(), AccountsError> {
    // Deleting does not end a session in 2.0; shutting out does.
    let mut commands = vec![security::disable(name)];
    commands.extend(security::remove(name, role));
    let said = ask(place, admin, &commands).await?;
    all_done(known(&said, name)?)
}

pub(super) async fn list(place: &Place, admin: &Secret) -> Result<Vec<Listed>, AccountsError> {
    let said = ask(place, admin, &[security::list()]).await?;
    all_done(said.iter())?;
    Ok(said.first().map(|said| security::listed(&said.data)).unwrap_or_default())
}

/// Says commands and waits for as many answers.
async fn ask(
    place: &Place,
    admin: &Secret,
    commands: &[Value],
) -> Result<Vec<Said>, AccountsError> {
    let hello = Hello {
        version: Version::V5,
        client: ADMIN,
        account: Some((ADMIN, admin.expose())),
        will: None,
    };
    let mut talk = Talk::connect(place, hello).await?;
    talk.subscribe(security::RESPONSE).await?;
    let mark = chance::secret::<32>().map_err(TalkError::from)?;
    let payload = security::payload(commands, &mark);
    talk.publish(security::TOPIC, payload.as_bytes(), (1, false)).await?;
    let mut said = Vec::new();
    while said.len() < commands.len() {
        let message = talk.hear().await?;
        said.extend(security::answers(&message.payload, &mark));
    }
    talk.leave().await;
    Ok(said)
}

fn known<'s>(said: &'s [Said], name: &str) -> Result<std::slice::Iter<'s, Said>, AccountsError> {
    let missing = |said: &Said| said.error.as_deref() == Some("Client not found");
    match said.first().is_some_and(missing) {
        true => Err(AccountsError::NoSuch(name.to_owned())),
        false => Ok(said.iter()),
    }
}

fn all_done<'s>(said: impl IntoIterator<Item = &'s Said>) -> Result<(), AccountsError> {
    match said.into_iter().find_map(|said| Some((said, said.error.clone()?))) {
        Some((said, why)) => Err(AccountsError::Refused { command: said.command.clone(), why }),
        None => Ok(()),
    }
}
