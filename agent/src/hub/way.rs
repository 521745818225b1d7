//! The way of batches to a hub: HTTPS, or a broker. What is sent and what is answered are the same.

use super::answer::{Failure, understood};
use super::http::Http;
use super::mqtt::Mqtt;
use crate::store::outbox::Lives;
use batch::mqtt::Kind;
use batch::{Receipt, SecretKey};
use hyper::Method;
use std::sync::Arc;

/// The way to one hub.
pub(super) struct Way {
    campus: wire::Id,
    /// What is sent is signed with it.
    key: Arc<SecretKey>,
    over: Over,
}

/// By what it goes.
pub(super) enum Over {
    Http(Http),
    Mqtt(Box<Mqtt>),
}

impl Way {
    /// Nothing is connected yet.
    pub fn new(campus: wire::Id, key: Arc<SecretKey>, over: Over) -> Self {
        Self { campus, key, over }
    }

    /// Sends a batch; a receipt says what of it is committed.
    ///
    /// # Errors
    /// There is none.
    pub async fn send(&mut self, packed: Vec<u8>) -> Result<Receipt, Failure> {
        let signature = self.key.sign(&packed);
        let reply = match &mut self.over {
            Over::Http(http) => {
                let path = http.path("/v1/batches");
                http.ask(Method::POST, &path, &signature, packed).await.map_err(later)?
            }
            Over::Mqtt(mqtt) => mqtt.ask(Kind::Batch, &signature, packed).await?,
        };
        understood(reply)
    }

    /// Asks what the hub holds of an incarnation.
    ///
    /// # Errors
    /// It does not say.
    pub async fn held(&mut self, life: &Lives) -> Result<Receipt, Failure> {
        let campus = self.campus;
        let reply = match &mut self.over {
            Over::Http(http) => {
                let name = &life.name;
                let query = format!("/v1/watermark?campus={campus}&incarnation={name}");
                let path = http.path(&query);
                let signature = self.key.sign(&batch::sign::get(&path));
                http.ask(Method::GET, &path, &signature, Vec::new()).await.map_err(later)?
            }
            Over::Mqtt(mqtt) => {
                let name = life
                    .incarnation()
                    .ok_or_else(|| later(format!("incarnation `{}` is damaged", life.name)))?;
                let question = batch::mqtt::question(&campus, &name);
                mqtt.ask(Kind::Watermark, &self.key.sign(&question), question).await?
            }
        };
        understood(reply)
    }
}

fn later(what: String) -> Failure {
    Failure::Later(what, None)
}
