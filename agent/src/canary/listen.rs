//! What the canary asks to hear, and whether it is given it.

use super::{PROOF, Stage, Unproven};
use crate::talk::Message;
use broker::access::WITNESS;
use broker::proof::Verb;

impl Stage<'_> {
    /// Has the canary listen in this way, and the witness say something; whether it was delivered.
    pub(super) async fn hears(&mut self, verb: Verb, topic: &str) -> Result<bool, Unproven> {
        let retained = verb == Verb::SubscribeRetained;
        let text = self.text();
        if retained {
            self.witness_says(topic, &text, true).await?;
        }
        let filter = verb.filter(topic);
        let said = (!retained).then_some((topic, text.as_str()));
        let heard = self.overhears(&[&filter], said).await?;
        if retained {
            self.witness_says(topic, "", true).await?;
        }
        Ok(heard.iter().any(|it| it.topic == topic && it.payload == text.as_bytes()))
    }

    /// What a new connection of the canary is given that listens to these filters, while somebody says something:
    /// the witness on a topic, or the canary itself where the topic begins with `$`.
    pub(super) async fn overhears(
        &mut self,
        filters: &[&str],
        said: Option<(&str, &str)>,
    ) -> Result<Vec<Message>, Unproven> {
        self.reopen().await?;
        let own = self.own("down/mark");
        let account = self.trial.node.0.to_owned();
        let failed = |error| Unproven::Account(account.clone(), error);
        self.canary.subscribe(&own).await.map_err(failed)?;
        for filter in filters {
            if self.canary.subscribe(filter).await.is_err() {
                // A broker may end the connection of who asks for what it may not.
                self.reopen().await?;
                self.canary.subscribe(&own).await.map_err(failed)?;
            }
        }
        if let Some((topic, text)) = said {
            if !topic.starts_with('$') {
                self.witness_says(topic, text, false).await?;
            } else if self.canary.publish(topic, text.as_bytes(), (1, false)).await.is_err() {
                self.reopen().await?;
                self.canary.subscribe(&own).await.map_err(failed)?;
            }
        }
        let mark = self.text();
        self.witness_says(&own, &mark, false).await?;
        let mut heard = Vec::new();
        loop {
            let message = self.canary.hear().await.map_err(failed)?;
            if message.topic == own && message.payload == mark.as_bytes() {
                break;
            }
            heard.push(message);
        }
        let known =
            |it: &Message| it.payload.starts_with(PROOF.as_bytes()) || it.topic.starts_with('$');
        heard.retain(known);
        Ok(heard)
    }

    /// The witness says something; what it hears itself meanwhile is of no interest.
    pub(super) async fn witness_says(
        &mut self,
        topic: &str,
        text: &str,
        retain: bool,
    ) -> Result<(), Unproven> {
        let said = self.witness.publish(topic, text.as_bytes(), (1, retain)).await;
        said.map_err(|error| Unproven::Account(WITNESS.to_owned(), error))
    }
}
