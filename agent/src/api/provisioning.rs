//! Credentials of nodes: given to a board, taken away, and the key of its serial console used.
//!
//! Who may is decided by who is at the other end of the socket, as the kernel says, and everything is kept with
//! name and reason. A credential is answered once, and kept nowhere but at the broker, as a hash, and in the board.

use super::peer::Peer;
use super::types::{Node, Problem, ProvisionNode, Provisioned, RevokeNode, UnlockNode, Unlocked};
use super::{Answer, Api, Question, mismatch, problem};
use crate::accounts::{Accounts, AccountsError, keys};
use crate::hardware::Registry;
use crate::store::{self, QueryError};
use crate::{chance, digits, limits, names};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, Path, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use broker::Role;

type Answered<T> = Result<Json<T>, Problem>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// Gives a node's name to a board: a new credential, which the broker knows when this is answered. The same board
/// may ask again; the last credential counts.
///
/// # Errors
/// `no_such_node`, `reserved_name`, `bad_value`, `not_managed`, `not_allowed`; `other_hardware` when another board has
/// the name and `replace` is not meant, `other_node` when this one has another; `broker_refused`.
#[utoipa::path(post, path = "/v1/nodes/{node}/provision", request_body = ProvisionNode, responses((status = 200, body = Provisioned), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 502, body = Problem)))]
pub async fn provision(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(node): Path<String>,
    body: Body<ProvisionNode>,
) -> Answered<Provisioned> {
    let Json(order) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    allowed(&api, peer)?;
    let accounts = managed(&api)?;
    let profile = profile(&api, &node).await?;
    if broker::access::is_reserved(&node) {
        let message = "an account of that name has other rights; give the node another name";
        return Err(problem("reserved_name", &node, message));
    }
    let board = is_label("board", &order.board)?;
    let serial = is_serial(&order.serial)?;
    let why = order.why.clone().unwrap_or_default();
    said(&why)?;
    let _alone = api.provisioning.lock().await;
    let registry = registry(&api).await?;
    let verb = verb(&registry, &node, serial, order.replace)?;
    let secret = |error: std::io::Error| problem("internal", serial, &error.to_string());
    let unlock = api.keys.of_or_new(serial).map_err(secret)?;
    let password = chance::secret::<32>().map_err(secret)?;
    accounts.admit(&node, Role::Node, &password).await.map_err(|error| refused(&node, &error))?;
    keep(&api, peer, (verb, &node, serial, board), &why).await?;
    let config = &accounts.config;
    let (host, port) = &config.node_address;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    Ok(Json(Provisioned {
        campus: api.campus.id.to_string(),
        broker: format!("{host}:{port}"),
        server: config.server.clone(),
        ca: config.authority.as_ref().map(|der| STANDARD.encode(der)),
        password,
        unlock,
        profile,
        lamps: lamps(&api, &node),
        node,
    }))
}

/// Answers the question by which a board's serial console is opened.
///
/// # Errors
/// `no_such_node`, `bad_value`, `not_allowed`; `never_provisioned` when there is no key for it.
#[utoipa::path(post, path = "/v1/nodes/{node}/unlock", request_body = UnlockNode, responses((status = 200, body = Unlocked), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn unlock(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(node): Path<String>,
    body: Body<UnlockNode>,
) -> Answered<Unlocked> {
    let Json(order) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    allowed(&api, peer)?;
    profile(&api, &node).await?;
    let why = order.why.clone().unwrap_or_default();
    said(&why)?;
    let challenge =
        digits::bytes(&order.challenge).filter(|bytes| bytes.len() == smp::guard::CHALLENGE_BYTES);
    let wrong = || problem("bad_value", "challenge", "16 bytes, as 32 hexadecimal digits");
    let challenge = challenge.ok_or_else(wrong)?;
    let registry = registry(&api).await?;
    let held = registry.of(&node);
    let never =
        || problem("never_provisioned", &node, "no board was given this name; it has no key");
    let serial = match &order.serial {
        Some(serial) => is_serial(serial)?.to_owned(),
        None => held.ok_or_else(never)?.given.serial.clone(),
    };
    let board = held.filter(|held| held.given.serial == serial);
    let board = board.map_or_else(String::new, |held| held.given.board.clone());
    let key =
        api.keys.of(&serial).map_err(|error| problem("internal", &serial, &error.to_string()))?;
    let answer = keys::answer(&key.ok_or_else(never)?, &challenge).ok_or_else(never)?;
    // Kept before it is answered: nobody opens a console without a trace.
    keep(&api, peer, (store::hardware::UNLOCK, &node, &serial, &board), &why).await?;
    Ok(Json(Unlocked { answer }))
}

/// Shuts a node's board out: its session ends within 5 s, and nothing of it stays at the broker.
///
/// # Errors
/// `no_such_node`, `bad_value`, `not_managed`, `not_allowed`, `never_provisioned`, `broker_refused`.
#[utoipa::path(post, path = "/v1/nodes/{node}/revoke", request_body = RevokeNode, responses((status = 200, body = Node), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem), (status = 502, body = Problem)))]
pub async fn revoke(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(node): Path<String>,
    body: Body<RevokeNode>,
) -> Answered<Node> {
    let Json(RevokeNode { why }) =
        body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    allowed(&api, peer)?;
    let accounts = managed(&api)?;
    profile(&api, &node).await?;
    if why.trim().is_empty() {
        return Err(problem("bad_value", "why", "say why, in 1 to 500 characters"));
    }
    said(&why)?;
    let _alone = api.provisioning.lock().await;
    let registry = registry(&api).await?;
    let held = registry.of(&node).ok_or_else(|| {
        problem("never_provisioned", &node, "no board was given this name by this agent")
    })?;
    let (serial, board) = (held.given.serial.clone(), held.given.board.clone());
    match accounts.disable(&node).await {
        // Somebody has taken the account away already.
        Ok(()) | Err(AccountsError::NoSuch(_)) => {}
        Err(error) => return Err(refused(&node, &error)),
    }
    keep(&api, peer, (store::hardware::REVOKE, &node, &serial, &board), &why).await?;
    // The session is gone, and its will was said: what it left is cleared behind it.
    api.ask(Question::Forget(node.clone())).await?;
    match api.ask(Question::Node(node)).await? {
        Answer::Node(node) => Ok(Json(*node)),
        _ => Err(mismatch()),
    }
}

/// Whether this peer may change credentials.
fn allowed(api: &Api, peer: Peer) -> Result<(), Problem> {
    let name = peer.name();
    if may(api.technicians.as_ref().map(|all| all.as_slice()), peer.is_own(), &name) {
        return Ok(());
    }
    tracing::warn!(by = name, "somebody who may not asked for a credential");
    Err(problem("not_allowed", &name, "only a technician may: `technicians` in `[api]`"))
}

/// Whoever may use the socket, unless it is said who.
fn may(technicians: Option<&[String]>, own: bool, name: &str) -> bool {
    own || technicians.is_none_or(|all| all.iter().any(|it| it == name))
}

fn managed(api: &Api) -> Result<&Accounts, Problem> {
    let message = "nobody manages accounts at this broker: `accounts` in `[broker]` is not set";
    api.accounts.as_ref().ok_or_else(|| problem("not_managed", "broker", message))
}

/// What a node that the configuration knows is for.
async fn profile(api: &Api, node: &str) -> Result<String, Problem> {
    let known = api.campus.nodes.iter().find(|known| known.id.as_str() == node);
    let Some(known) = known else {
        let names = api.campus.nodes.iter().map(|node| node.id.to_string());
        let none = problem("no_such_node", node, &format!("no node `{node}`"));
        return Err(Problem { candidates: names::nearest(node, names), ..none });
    };
    if known.settings.is_none() {
        return Err(problem("not_a_node", node, "a gateway has no credential"));
    }
    let profile = match known.place {
        controller::Place::Room { .. } => "classroom",
        controller::Place::Building(_) => "mains",
    };
    Ok(profile.to_owned())
}

/// Channels that zones use of a node, in the order of the configuration.
fn lamps(api: &Api, node: &str) -> Vec<String> {
    let zones = api.campus.rooms.iter().flat_map(|room| &room.zones);
    let of_it = zones.filter(|zone| zone.node.as_str() == node);
    let mut lamps: Vec<String> = Vec::new();
    for zone in of_it {
        if !lamps.iter().any(|known| known == zone.channel.as_str()) {
            lamps.push(zone.channel.to_string());
        }
    }
    lamps
}

/// What the database keeps of boards.
async fn registry(api: &Api) -> Result<Registry, Problem> {
    let past = api.past.clone();
    let rows = tokio::task::spawn_blocking(move || past.hardware()).await;
    let rows = rows.map_err(|error| problem("internal", "", &error.to_string()))?;
    rows.map(Registry::new).map_err(|error: QueryError| problem("internal", "", &error.to_string()))
}

/// What this is: a new name, the same board again, or another one.
fn verb(
    registry: &Registry,
    node: &str,
    serial: &str,
    replace: bool,
) -> Result<&'static str, Problem> {
    if let Some(other) = registry.node_of(serial).filter(|other| *other != node) {
        let message = format!(
            "the board `{serial}` is `{other}`; revoke that first, or check whether two boards bear one serial number"
        );
        return Err(problem("other_node", other, &message));
    }
    match registry.of(node) {
        Some(held) if held.given.serial != serial && held.gone.is_none() => {
            let (other, since) = (&held.given.serial, held.given.at_ms);
            match replace {
                true => Ok("replace"),
                false => {
                    let message = format!(
                        "the board `{other}` has this name since {}; to give it to `{serial}`, ask for a replacement",
                        moment(since)
                    );
                    Err(problem("other_hardware", other, &message))
                }
            }
        }
        Some(held) if held.given.serial != serial => Ok("replace"),
        _ => Ok("provision"),
    }
}

fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}

/// Keeps what happened; returns when it is committed.
async fn keep(
    api: &Api,
    peer: Peer,
    (verb, node, serial, board): (&str, &str, &str, &str),
    why: &str,
) -> Result<(), Problem> {
    let row = store::Hardware {
        at_ms: 0,
        verb: verb.to_owned(),
        node: node.to_owned(),
        serial: serial.to_owned(),
        board: board.to_owned(),
        uid: peer.uid,
        by: peer.name(),
        why: why.to_owned(),
    };
    api.ask(Question::Hardware(Box::new(row))).await.map(|_| ())
}

fn refused(node: &str, error: &AccountsError) -> Problem {
    tracing::error!(node, %error, "the broker was not told of an account");
    problem("broker_refused", node, &error.to_string())
}

fn is_serial(serial: &str) -> Result<&str, Problem> {
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_' | ':');
    // No name of a file begins with a dot here.
    let good = (1..=limits::SERIAL_BYTES_MAX).contains(&serial.len())
        && serial.chars().all(fits)
        && !serial.starts_with('.');
    let message = "1 to 64 letters, digits, `-`, `.`, `_` and `:`";
    if good { Ok(serial) } else { Err(problem("bad_value", "serial", message)) }
}

fn is_label<'t>(key: &str, text: &'t str) -> Result<&'t str, Problem> {
    let good = (1..=limits::SERIAL_BYTES_MAX).contains(&text.len())
        && text.chars().all(|it| it.is_ascii_graphic());
    let message = "1 to 64 letters, digits and signs, without spaces";
    if good { Ok(text) } else { Err(problem("bad_value", key, message)) }
}

fn said(why: &str) -> Result<(), Problem> {
    if why.chars().count() > limits::REASON_CHARS_MAX {
        return Err(problem("bad_value", "why", "say why, in at most 500 characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_technicians_may_where_it_is_said_who_they_are() {
        let said = [String::from("li")];
        assert!(may(Some(&said), false, "li") && may(Some(&said), true, "root"));
        assert!(!may(Some(&said), false, "wang") && !may(Some(&[]), false, "li"));
        assert!(may(None, false, "wang"));
    }

    #[test]
    fn a_serial_number_is_no_path() {
        for good in ["DE6420F38F2A4C31", "a-b_c.1:2", "0"] {
            assert_eq!(is_serial(good), Ok(good));
        }
        for bad in ["", "../x", "a/b", ".x", "a b", &"a".repeat(65), "ä"] {
            assert!(is_serial(bad).is_err(), "{bad}");
        }
    }
}
