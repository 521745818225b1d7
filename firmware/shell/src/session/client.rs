//! MQTT 5 on one line to the broker: the only file that knows which client that is.
//!
//! A broker learns the largest packet that we take when we connect, and drops larger ones instead of
//! sending them (MQTT 5, 3.1.2.11.4), so that no retained payload can wedge a node for ever.

use super::line::Line;
use crate::Identity;
use core::fmt;
use embassy_futures::select::{Either, select};
use embassy_time::{Duration, with_timeout};
use minimq::{
    Buffers, ConfigBuilder, Connection, Error, PubError, Publication, QoS, Session,
    SubscriptionOptions, TopicFilter, Will,
};

/// The broker hears from us at least so often, s; it gives up after one and a half of it.
const KEEP_ALIVE_S: u16 = 20;

/// The loop looks up at least so often, ms.
const ROUND_MS: u64 = 5_000;

/// Why a session ended or did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The broker's name is not known.
    NoName,
    /// Nobody listens there.
    NoAnswer,
    /// A step took too long.
    TimedOut,
    /// The connection ended.
    Lost,
    /// The broker refuses the account.
    Refused,
    /// The broker said what MQTT does not allow.
    Confused,
    /// More was to be sent than the queue holds.
    Overflow,
    /// An identity that makes no session.
    Identity,
    /// What answers there ended the TLS handshake, or does not speak TLS.
    NoTls,
    /// The TLS handshake went wrong.
    OddTls,
    /// The campus's certificate in the identity is none that we can use.
    BadCa,
    /// The broker's certificate is not signed by the campus's authority.
    Stranger,
    /// It bears another name.
    OtherName,
    /// It does not count yet, or not any more.
    OutOfDate,
    /// The broker did not show that the certificate is its own.
    Unproved,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoName => "the broker's name is not known here",
            Self::NoAnswer => "nobody listens at the broker's address",
            Self::TimedOut => "the broker does not answer",
            Self::Lost => "the connection is lost",
            Self::Refused => "the broker refuses this account",
            Self::Confused => "the broker sends nonsense",
            Self::Overflow => "more to send than fits",
            Self::Identity => "the identity makes no session",
            Self::NoTls => "no TLS 1.3 at the broker's address: is that the port with TLS?",
            Self::OddTls => "the TLS handshake with the broker went wrong",
            Self::BadCa => "the campus certificate in the identity page is no P-256 authority",
            Self::Stranger => "the broker's certificate is not of this campus; nothing was sent",
            Self::OtherName => "the broker's certificate bears another name; nothing was sent",
            Self::OutOfDate => "the broker's certificate is out of date; renew it at the broker",
            Self::Unproved => "the broker did not prove who it is; nothing was sent",
        })
    }
}

/// A session of one account. It is used for one connection: nothing may be left from the last one.
///
/// # Errors
/// [`Broken::Identity`].
pub fn session<'a>(
    rx: &'a mut [u8],
    tx: &'a mut [u8],
    identity: &'a Identity,
    will_topic: &str,
    will: &'a [u8],
) -> Result<Session<'a>, Broken> {
    let will = Will::new(will_topic, will, &[])
        .map_err(|_| Broken::Identity)?
        .retained()
        .qos(QoS::AtLeastOnce);
    let config = ConfigBuilder::new(Buffers::new(rx, tx))
        .client_id(identity.node.as_str())
        .and_then(|config| config.will(will))
        .map_err(|_| Broken::Identity)?
        .keepalive_interval(KEEP_ALIVE_S);
    let config = if identity.password.is_empty() {
        config
    } else {
        config
            .auth(identity.node.as_str(), identity.password.as_bytes())
            .map_err(|_| Broken::Identity)?
    };
    Ok(Session::new(config))
}

/// A live connection.
pub struct Client<'a, 'buf, 'l, 's> {
    connection: Connection<'a, 'buf, Line<'l, 's>>,
}

impl<'a, 'buf, 'l, 's> Client<'a, 'buf, 'l, 's> {
    /// Says hello to the broker.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn connect(
        session: &'a mut Session<'buf>,
        line: Line<'l, 's>,
    ) -> Result<Self, Broken> {
        match session.connect(line).await {
            Ok(connection) => Ok(Self { connection }),
            Err(Error::Peer(minimq::PeerError::Rejected(_))) => Err(Broken::Refused),
            Err(error) => Err(broken(&error)),
        }
    }

    /// Subscribes, and waits until the broker says that it stands. Payloads that come before are
    /// dropped: there is no subscription yet.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn subscribe(&mut self, filter: &str) -> Result<(), Broken> {
        let options = SubscriptionOptions::default().maximum_qos(QoS::AtLeastOnce);
        let filters = [TopicFilter::new(filter).options(options)];
        let op = match self.connection.subscribe(&filters, &[]).await {
            Ok(op) => op,
            Err(error) => return Err(broken(&error)),
        };
        while self.connection.is_pending(&op) {
            match self.connection.poll().await {
                Ok(_) => {}
                Err(Error::Peer(minimq::PeerError::Rejected(_))) => return Err(Broken::Refused),
                Err(error) => return Err(broken(&error)),
            }
        }
        Ok(())
    }

    /// Publishes with QoS 1 what `copy` writes. False when it has to wait until the broker
    /// has acknowledged something.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn publish(
        &mut self,
        topic: &str,
        retained: bool,
        copy: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Result<bool, Broken> {
        if !self.connection.can_publish(QoS::AtLeastOnce) {
            return self.alive().map(|()| false);
        }
        let payload = |out: &mut [u8]| copy(out).ok_or(());
        let publication = Publication::new(topic, payload).qos(QoS::AtLeastOnce);
        let publication = if retained { publication.retain() } else { publication };
        match self.connection.publish(publication).await {
            Ok(_) => Ok(true),
            // An arena that is empty and still too small will never be big enough.
            Err(
                PubError::Payload(()) | PubError::Session(Error::Resource(_) | Error::NotReady),
            ) => {
                if self.connection.session().is_publish_quiescent() {
                    Err(Broken::Overflow)
                } else {
                    self.alive().map(|()| false)
                }
            }
            Err(PubError::Session(error)) => Err(broken(&error)),
        }
    }

    /// Waits until the broker sends something, acknowledges something, or `bell` rings; gives
    /// topic and payload of what it sent.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn wait(
        &mut self,
        bell: impl Future<Output = ()>,
    ) -> Result<Option<(&str, &[u8])>, Broken> {
        let work = select(self.connection.poll(), bell);
        match with_timeout(Duration::from_millis(ROUND_MS), work).await {
            Ok(Either::First(Ok(Some(message)))) => Ok(Some((message.topic(), message.payload()))),
            Ok(Either::First(Ok(None))) | Ok(Either::Second(())) | Err(_) => Ok(None),
            // A publish that the broker refuses was still answered: the brain sends it again
            // until it gives it up.
            Ok(Either::First(Err(Error::Peer(minimq::PeerError::Rejected(_))))) => Ok(None),
            Ok(Either::First(Err(error))) => Err(broken(&error)),
        }
    }

    /// Ends the connection at once: the broker publishes the will.
    pub async fn close(self) {
        self.connection.into_inner().close().await;
    }

    fn alive(&self) -> Result<(), Broken> {
        if self.connection.is_connected() { Ok(()) } else { Err(Broken::Lost) }
    }
}

fn broken<E>(error: &Error<E>) -> Broken {
    match error {
        Error::Peer(_) => Broken::Confused,
        Error::Resource(_) => Broken::Overflow,
        Error::InvalidRequest => Broken::Identity,
        _ => Broken::Lost,
    }
}
