//! What the canary says, and whether the witness hears it.

use super::{Stage, Unproven};
use crate::talk::Will;
use broker::proof::Verb;

impl Stage<'_> {
    /// Has the canary say something in this way; whether it was delivered.
    pub(super) async fn says(&mut self, verb: Verb, topic: &str) -> Result<bool, Unproven> {
        let text = self.text();
        match verb {
            Verb::Publish(qos) => self.tells(topic, &text, (qos, false)).await,
            Verb::Retain => self.tells(topic, &text, (1, true)).await,
            _ => self.bequeaths(topic, &text, verb == Verb::WillRetained).await,
        }
    }

    /// Publishes.
    pub(super) async fn tells(
        &mut self,
        topic: &str,
        text: &str,
        how: (u8, bool),
    ) -> Result<bool, Unproven> {
        if self.canary.publish(topic, text.as_bytes(), how).await.is_err() {
            // Some brokers end the connection of who says what it may not.
            self.reopen().await?;
        }
        self.was_heard(topic, text).await
    }

    /// Leaves a will, and breaks off.
    async fn bequeaths(&mut self, topic: &str, text: &str, retain: bool) -> Result<bool, Unproven> {
        let will = Will { topic, payload: text.as_bytes(), retain };
        let (trial, version) = (self.trial, self.version);
        // A broker may refuse whoever brings such a will: then it says nothing.
        if let Ok(talk) = Self::canary(trial, version, trial.node.0, Some(will)).await {
            talk.break_off().await;
        }
        self.reopen().await?;
        self.was_heard(topic, text).await
    }

    async fn was_heard(&mut self, topic: &str, text: &str) -> Result<bool, Unproven> {
        let mut heard = Vec::new();
        self.mark(&mut heard).await?;
        Ok(heard.iter().any(|it| it.topic == topic && it.payload == text.as_bytes()))
    }
}
