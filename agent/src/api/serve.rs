//! The router, its OpenAPI, and the sockets it is served on.

use super::{
    Api, calendar, energy, events, explain, hubs, learn, ledger, light, meters, nodes, peer::Peer,
    problem, provisioning, repair, replay, report, rooms, rules, ruling, types,
};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::OpenApi;

/// The published contract, generated from the types.
#[derive(OpenApi)]
#[openapi(
    info(title = "Campus Edge agent", description = "Rooms, nodes and energy of one campus."),
    paths(
        rooms::status,
        rooms::rooms,
        rooms::room,
        explain::explain,
        rooms::set,
        rooms::auto,
        learn::learn,
        light::calibrate,
        light::calibration,
        events::events,
        events::fire,
        events::demand,
        events::end_demand,
        events::lock,
        events::unlock,
        events::scene,
        nodes::nodes,
        nodes::node,
        nodes::unclaimed,
        nodes::identify,
        nodes::restart,
        provisioning::provision,
        provisioning::unlock,
        provisioning::revoke,
        rules::rules,
        rules::holds,
        ruling::plan,
        ruling::apply,
        ruling::rollback,
        ruling::history,
        replay::replay,
        energy::energy,
        ledger::audit,
        ledger::explain,
        repair::repair,
        repair::replace,
        meters::meters,
        meters::buses,
        meters::read,
        meters::probe,
        report::report,
        calendar::calendar,
        calendar::timetable,
        hubs::hubs,
        hubs::gaps,
        hubs::resend,
        hubs::begin,
    ),
    components(schemas(types::Problem))
)]
struct Contract;

/// The OpenAPI document as JSON.
pub fn openapi() -> String {
    Contract::openapi()
        .to_pretty_json()
        .unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

/// Everything on the Unix socket.
pub fn router(api: Api) -> Router {
    Router::new()
        .route("/v1/status", get(rooms::status))
        .route("/v1/rooms", get(rooms::rooms))
        .route("/v1/rooms/learn", post(learn::learn))
        .route("/v1/rooms/{building}/{room}", get(rooms::room))
        .route("/v1/rooms/{building}/{room}/explain", get(explain::explain))
        .route("/v1/rooms/{building}/{room}/set", post(rooms::set))
        .route("/v1/rooms/{building}/{room}/auto", post(rooms::auto))
        .route("/v1/rooms/{building}/{room}/calibrate", post(light::calibrate))
        .route("/v1/rooms/{building}/{room}/calibration", get(light::calibration))
        .route("/v1/rooms/{building}/{room}/lock", post(events::lock))
        .route("/v1/rooms/{building}/{room}/unlock", post(events::unlock))
        .route("/v1/rooms/{building}/{room}/scene", post(events::scene))
        .route("/v1/events", get(events::events))
        .route("/v1/fire", post(events::fire))
        .route("/v1/demand", post(events::demand))
        .route("/v1/demand/end", post(events::end_demand))
        .route("/v1/nodes", get(nodes::nodes))
        .route("/v1/nodes/unclaimed", get(nodes::unclaimed))
        .route("/v1/nodes/{node}", get(nodes::node))
        .route("/v1/nodes/{node}/identify", post(nodes::identify))
        .route("/v1/nodes/{node}/restart", post(nodes::restart))
        .route("/v1/nodes/{node}/provision", post(provisioning::provision))
        .route("/v1/nodes/{node}/unlock", post(provisioning::unlock))
        .route("/v1/nodes/{node}/revoke", post(provisioning::revoke))
        .route("/v1/rules", get(rules::rules))
        .route("/v1/rules/holds", get(rules::holds))
        .route("/v1/rules/replay", post(replay::replay))
        .route("/v1/rules/plan", post(ruling::plan))
        .route("/v1/rules/apply", post(ruling::apply))
        .route("/v1/rules/rollback", post(ruling::rollback))
        .route("/v1/rules/history", get(ruling::history))
        .route("/v1/energy", get(energy::energy))
        .route("/v1/energy/audit", get(ledger::audit))
        .route("/v1/energy/explain", get(ledger::explain))
        .route("/v1/energy/repair", post(repair::repair))
        .route("/v1/meters", get(meters::meters))
        .route("/v1/meters/read", post(meters::read))
        .route("/v1/meters/replace", post(repair::replace))
        .route("/v1/buses", get(meters::buses))
        .route("/v1/buses/probe", post(meters::probe))
        .route("/v1/report", get(report::report))
        .route("/v1/calendar", get(calendar::calendar))
        .route("/v1/rooms/{building}/{room}/timetable", get(calendar::timetable))
        .route("/v1/hubs", get(hubs::hubs))
        .route("/v1/hubs/gaps", get(hubs::gaps))
        .route("/v1/hubs/resend", post(hubs::resend))
        .route("/v1/hubs/incarnation", post(hubs::begin))
        .route("/v1/watch", get(watch))
        .route("/metrics", get(metrics))
        .route(
            "/openapi.json",
            get(|| async { ([("content-type", "application/json")], openapi()) }),
        )
        .fallback(|| async { problem("no_such_path", "", "no such path; see /openapi.json") })
        .with_state(api)
}

async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    let text = api.metrics.render() + &api.hubs.board.prometheus();
    ([("content-type", "text/plain; version=0.0.4")], text)
}

/// Status and rooms once a second, one JSON object a line, until the reader goes.
async fn watch(State(api): State<Api>) -> Response {
    let (lines, out) = mpsc::channel::<io::Result<Bytes>>(2);
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            tick.tick().await;
            let Some(line) = snapshot(&api).await else { return };
            if lines.send(Ok(line)).await.is_err() {
                return;
            }
        }
    });
    let body = Body::from_stream(ReceiverStream::new(out));
    ([("content-type", "application/x-ndjson")], body).into_response()
}

async fn snapshot(api: &Api) -> Option<Bytes> {
    let status = rooms::status(State(api.clone())).await.ok()?.0;
    let rooms = rooms::rooms(State(api.clone())).await.ok()?.0;
    let mut line =
        serde_json::to_vec(&serde_json::json!({"status": status, "rooms": rooms})).ok()?;
    line.push(b'\n');
    Some(Bytes::from(line))
}

/// Opens the socket; takes the place of one that nobody answers on any more.
///
/// # Errors
/// `AddrInUse` when another agent answers there; otherwise what the system says.
pub async fn open_socket(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            if UnixStream::connect(path).await.is_ok() {
                return Err(error);
            }
            std::fs::remove_file(path)?;
            let listener = UnixListener::bind(path)?;
            only_for_us(path)?;
            Ok(listener)
        }
        Ok(listener) => {
            only_for_us(path)?;
            Ok(listener)
        }
        Err(error) => Err(error),
    }
}

/// Owner and group: the staff who may set lights are members of the agent's group.
fn only_for_us(path: &Path) -> io::Result<()> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))
}

/// Serves the API on the socket until the task is aborted.
pub fn on_socket(listener: UnixListener, api: Api) -> JoinHandle<()> {
    let service = router(api).into_make_service_with_connect_info::<Peer>();
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!(%error, "the API ended");
        }
    })
}

/// Serves only `/metrics` over TCP, for a Prometheus on another machine.
pub fn metrics_on(listener: TcpListener, api: Api) -> JoinHandle<()> {
    let router = Router::new().route("/metrics", get(metrics)).with_state(api);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the metrics listener ended");
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published document is made from the types; `UPDATE_DOCS=1 cargo test -p agent` renews it.
    #[test]
    fn the_published_openapi_is_what_the_types_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/openapi.json");
        let fresh = format!("{}\n", openapi());
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &fresh).expect("docs/reference is writable");
        }
        let published = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            published == fresh,
            "docs/reference/openapi.json is stale: UPDATE_DOCS=1 cargo test -p agent"
        );
    }

    /// A route that is served and not published, or the other way round, is a promise broken.
    #[test]
    fn every_route_is_published() {
        let routes = include_str!("serve.rs").lines().filter_map(|line| {
            line.trim()
                .strip_prefix(".route(\"/v1/")?
                .split_once('"')
                .map(|(path, _)| path.to_owned())
        });
        let contract = openapi();
        for route in routes.filter(|route| route != "watch") {
            assert!(contract.contains(&format!("\"/v1/{route}\"")), "/v1/{route} is not published");
        }
    }
}
