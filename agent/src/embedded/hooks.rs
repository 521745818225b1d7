//! Where `rmqtt` asks: connect, publish, subscribe, dropped; and the two parts it leaves to the host.

use super::access::{self, Access, Account, Connect, Refused};
use async_trait::async_trait;
use rmqtt::codec::v5::SubscribeAckReason;
use rmqtt::context::ServerContext;
use rmqtt::fitter::{DefaultFitter, Fitter, FitterManager};
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType};
use rmqtt::retain::{DefaultRetainStorage, RetainStorage};
use rmqtt::session::Session;
use rmqtt::types::{
    AuthResult, ConnectInfo, Disconnect, FitterType, Id, LastWill, ListenerConfig,
    PublishAclResult, Reason, Retain, SubscribeReturn, TopicFilter, TopicName,
};
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Messages that wait for one node: an acknowledgement, the desired state, a lease every half
/// minute. A node that is gone for a night shall not find a thousand old acknowledgements.
const NODE_QUEUE_MESSAGES_MAX: usize = 100;

/// Messages that wait for one anonymous reader: the retained state of a campus of 1,000 rooms, so
/// that a dashboard is filled in one go. 2,000 of the largest packets are 8 MB, so one reader that
/// stalls harms nobody.
pub const ANONYMOUS_QUEUE_MESSAGES_MAX: usize = 2_000;

/// Answers every question of the broker.
pub struct Hooks {
    access: Arc<Access>,
    context: ServerContext,
    dropped: Arc<AtomicU64>,
}

impl Hooks {
    pub fn new(access: Arc<Access>, context: ServerContext, dropped: Arc<AtomicU64>) -> Self {
        Self { access, context, dropped }
    }

    async fn authenticate(&self, connect: &ConnectInfo) -> AuthResult {
        let client_id = &connect.id().client_id;
        let will = connect.last_will();
        let account = self.access.connect(Connect {
            username: connect.username().map(AsRef::as_ref),
            password: connect.password().map(AsRef::as_ref),
            client_id,
            will: will.as_ref().map(|will| match will {
                LastWill::V3(will) => (&*will.topic, will.retain),
                LastWill::V5(will) => (&*will.topic, will.retain),
            }),
        });
        match account {
            Err(Refused::Password) => AuthResult::BadUsernameOrPassword,
            Err(Refused::Forbidden) => AuthResult::NotAuthorized,
            Ok(account) if !self.frees(connect.id(), account).await => AuthResult::NotAuthorized,
            Ok(account) => AuthResult::Allow(account == Account::Agent, None),
        }
    }

    /// Whether `account` may have the client id: a stronger owner keeps it, a weaker one is thrown
    /// out with its session, so that nothing of it is inherited.
    async fn frees(&self, id: &Id, account: Account) -> bool {
        let entry = self.context.extends.shared().await.entry(id.clone());
        let Some(owner) = entry.session().and_then(|session| account_of(&session)) else {
            return true;
        };
        if owner == account {
            return true;
        }
        if owner > account {
            return false;
        }
        match entry.try_lock().await {
            Ok(mut locked) => locked.kick(true, true, true).await.is_ok(),
            Err(_) => false,
        }
    }
}

#[async_trait]
impl Handler for Hooks {
    async fn hook(&self, asked: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        let answer = match asked {
            Parameter::ClientAuthenticate(connect) => {
                HookResult::AuthResult(self.authenticate(connect).await)
            }
            Parameter::ClientSubscribeCheckAcl(session, subscribe) => {
                let allowed = account_of(session)
                    .is_some_and(|it| self.access.may_subscribe(it, &subscribe.topic_filter));
                HookResult::SubscribeAclResult(if allowed {
                    SubscribeReturn::new_success(subscribe.opts.qos(), None)
                } else {
                    SubscribeReturn::new_failure(SubscribeAckReason::NotAuthorized)
                })
            }
            Parameter::MessagePublishCheckAcl(session, publish) => {
                let allowed = account_of(session)
                    .is_some_and(|it| self.access.may_publish(it, &publish.topic, publish.retain));
                HookResult::PublishAclResult(if allowed {
                    PublishAclResult::allow()
                } else {
                    PublishAclResult::rejected(false, None)
                })
            }
            Parameter::MessageDropped(_, _, _, reason) => {
                if matches!(reason, Reason::MessageQueueFull | Reason::InflightWindowFull) {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
                return (true, so_far);
            }
            _ => return (true, so_far),
        };
        (false, Some(answer))
    }
}

/// The account that a session was opened with.
fn account_of(session: &Session) -> Option<Account> {
    access::account(session.id.username.as_deref())
}

/// Retained messages in memory: what the library brings, which it keeps switched off by itself.
#[derive(Default)]
pub struct Retained(DefaultRetainStorage);

#[async_trait]
impl RetainStorage for Retained {
    fn enable(&self) -> bool {
        true
    }

    async fn set(
        &self,
        topic: &TopicName,
        retain: Retain,
        expiry: Option<Duration>,
    ) -> rmqtt::Result<()> {
        // Zero is the library's word for "never".
        let expiry = expiry.filter(|expiry| !expiry.is_zero());
        self.0.set_with_timeout(topic, retain, expiry).await
    }

    async fn get(&self, filter: &TopicFilter) -> rmqtt::Result<Vec<(TopicName, Retain)>> {
        self.0.get_message(filter).await
    }

    async fn count(&self) -> isize {
        self.0.count().await
    }

    async fn max(&self) -> isize {
        self.0.max().await
    }
}

/// Limits by account: the listener's are for the agent, smaller ones for everybody else.
pub struct Fitters;

impl FitterManager for Fitters {
    fn create(&self, connect: Arc<ConnectInfo>, id: Id, listener: ListenerConfig) -> FitterType {
        let account = access::account(connect.username().map(AsRef::as_ref));
        let queue_max = match account {
            Some(Account::Agent) => listener.max_mqueue_len,
            Some(Account::Node(_)) => NODE_QUEUE_MESSAGES_MAX,
            Some(Account::Anonymous) | None => ANONYMOUS_QUEUE_MESSAGES_MAX,
        };
        let anonymous = account == Some(Account::Anonymous);
        Arc::new(Limits { usual: DefaultFitter::new(connect, id, listener), queue_max, anonymous })
    }
}

struct Limits {
    usual: DefaultFitter,
    queue_max: usize,
    anonymous: bool,
}

impl Fitter for Limits {
    fn keep_alive(&self, keep_alive_s: &mut u16) -> rmqtt::Result<u16> {
        self.usual.keep_alive(keep_alive_s)
    }

    fn max_mqueue_len(&self) -> usize {
        self.queue_max
    }

    fn mqueue_rate_limit(&self) -> (NonZeroU32, Duration) {
        self.usual.mqueue_rate_limit()
    }

    fn max_inflight(&self) -> NonZeroU16 {
        self.usual.max_inflight()
    }

    fn session_expiry_interval(&self, disconnect: Option<&Disconnect>) -> Duration {
        // Nothing is kept for a reader that nobody knows.
        if self.anonymous { Duration::ZERO } else { self.usual.session_expiry_interval(disconnect) }
    }

    fn message_expiry_interval(&self, publish: &rmqtt::codec::types::Publish) -> Duration {
        self.usual.message_expiry_interval(publish)
    }

    fn max_client_topic_aliases(&self) -> u16 {
        self.usual.max_client_topic_aliases()
    }

    fn max_server_topic_aliases(&self) -> u16 {
        self.usual.max_server_topic_aliases()
    }
}
