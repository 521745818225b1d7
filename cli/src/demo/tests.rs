//! The demo around a campus that is only pretended: start, view, end, account.

use super::summary::tests::good;
use super::{Happening, Ready, Settings, orchestrate};
use crate::args::{Broker, Global};
use crate::client::Snapshot;
use crate::error::{Error, Exit};
use crate::fixtures::body;
use crate::session::Session;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

fn settings(for_time: Option<Duration>) -> Settings {
    Settings { rooms: 3, speed: 60.0, seed: 7, for_time, broker: Broker::Embedded, emulated: None }
}

fn session() -> Session {
    Session::new(&Global { agent: None, lang: None, no_color: true })
}

fn ready(socket: &Path) -> Happening {
    Happening::Ready(Ready {
        socket: socket.to_path_buf(),
        broker: "mqtt://127.0.0.1:1".into(),
        folder: PathBuf::from("x"),
        rooms: 3,
        nodes: 3,
        meters: 2,
        emulated: 0,
        seed: 7,
        speed: 60.0,
    })
}

/// Answers one `/v1/watch` with a snapshot per minute of the campus, without an end.
async fn serve_watch(listener: UnixListener) {
    let Ok((mut stream, _)) = listener.accept().await else { return };
    let mut request = [0; 1024];
    let _ = stream.read(&mut request).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\r\n";
    let _ = stream.write_all(head.as_bytes()).await;
    let mut snapshot = Snapshot { status: body("status_well"), rooms: body("rooms") };
    loop {
        let mut line = serde_json::to_string(&snapshot).expect("a snapshot");
        line.push('\n');
        if stream.write_all(line.as_bytes()).await.is_err() {
            return;
        }
        snapshot.status.now_ms += 60_000;
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_demo_ends_when_its_time_is_over_and_accounts_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("agent.sock");
    let agent = tokio::spawn(serve_watch(UnixListener::bind(&socket).expect("a socket")));
    let session = session();
    let ended = orchestrate(
        settings(Some(Duration::from_millis(300))),
        &session,
        false,
        |asked, tell, mut stop| async move {
            assert_eq!(asked.command(), "campus demo --rooms 3 --speed 60 --seed 7 --for 300ms");
            tell.send(ready(&socket)).expect("somebody listens");
            stop.wait_for(|stop| *stop).await.expect("told to stop");
            Ok(good())
        },
    );
    assert_eq!(ended.await.expect("a good end"), Exit::Done);
    agent.abort();
}

#[tokio::test]
async fn a_campus_that_cannot_start_says_why() {
    let session = session();
    let ended = orchestrate(settings(None), &session, false, |_, tell, _| async move {
        drop(tell);
        Err(Error::Run { what: "broker: address in use".into(), hint: None })
    });
    let error = ended.await.expect_err("it cannot start");
    assert_eq!(error.to_string(), "broker: address in use");
}

#[tokio::test]
async fn a_campus_that_ends_by_itself_ends_the_demo() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("agent.sock");
    let agent = tokio::spawn(serve_watch(UnixListener::bind(&socket).expect("a socket")));
    let session = session();
    let ended = orchestrate(settings(None), &session, false, |_, tell, _| async move {
        tell.send(ready(&socket)).expect("somebody listens");
        let mut outcome = good();
        outcome.meters[0].physical_wh += 1;
        Ok(outcome)
    });
    assert_eq!(ended.await.expect("an end"), Exit::PersonNeeded);
    agent.abort();
}
