//! Asks the agent: HTTP/1.1 over its Unix socket, one connection per question.

use crate::error::Error;
use agent::api::types::{Problem, Room, Status};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;

/// Longest wait for an answer. The agent answers from memory in milliseconds; a day of energy from a
/// slow card takes about one second.
const ANSWER_S: u64 = 10;

/// Longest wait for what reads all that is kept: three years of slots of 200 meters take a minute from
/// a slow card.
pub const LEDGER_ANSWER_S: u64 = 120;

/// Longest wait for one meter: six questions, three tries of half a second each, behind others.
pub const METER_ANSWER_S: u64 = 60;

/// Longest wait for a probe: 247 addresses, every profile, half a second for each that is silent,
/// beside the polls that go on.
pub const PROBE_ANSWER_S: u64 = 1800;

/// Longest line of `/v1/watch`: 1,000 rooms of about 4 kB each, and room to spare.
const LINE_BYTES_MAX: usize = 16 << 20;

/// What an agent says once a second on `/v1/watch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The campus.
    pub status: Status,
    /// Its rooms.
    pub rooms: Vec<Room>,
}

/// An answer, as we understand it and as it came.
#[derive(Debug)]
pub struct Answer<T> {
    /// As we understand it.
    pub body: T,
    /// As it came: `--json` passes on what a newer agent may have added.
    pub raw: Bytes,
}

/// An agent that answers.
#[derive(Clone, Debug)]
pub struct Agent {
    socket: PathBuf,
    answer_s: u64,
}

/// The usual places of an agent's socket, most particular first.
pub fn usual_places(var: impl Fn(&str) -> Option<String>, uid: u32) -> Vec<PathBuf> {
    let runtime = var("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let own = runtime.iter().map(|folder| folder.join("campus/agent.sock"));
    let mut places: Vec<PathBuf> = own.collect();
    places.push(PathBuf::from("/run/campus/agent.sock"));
    places.push(demo_socket(runtime.as_deref(), uid));
    places
}

/// Where a demo of this user serves its API.
pub fn demo_socket(runtime: Option<&Path>, uid: u32) -> PathBuf {
    let folder = runtime.map_or_else(std::env::temp_dir, Path::to_path_buf);
    folder.join(format!("campus-demo-{uid}.sock"))
}

impl Agent {
    /// The agent at `named`, or the first that answers at `places`.
    ///
    /// # Errors
    /// [`Error::AgentAway`] or [`Error::NoAgent`] when none answers.
    pub async fn find(named: Option<&Path>, places: &[PathBuf]) -> Result<Self, Error> {
        if let Some(socket) = named {
            let socket = socket.to_path_buf();
            return match UnixStream::connect(&socket).await {
                Ok(_) => Ok(Self::at(socket)),
                Err(error) => Err(Error::AgentAway { socket, error }),
            };
        }
        let mut tried = Vec::new();
        for socket in places {
            match UnixStream::connect(socket).await {
                Ok(_) => return Ok(Self::at(socket.clone())),
                Err(error) => tried.push((socket.clone(), error)),
            }
        }
        Err(Error::NoAgent { tried })
    }

    /// The agent at this socket, whether or not it answers yet.
    pub fn at(socket: PathBuf) -> Self {
        Self { socket, answer_s: ANSWER_S }
    }

    /// The same agent, for a question that takes up to this many seconds.
    pub fn patient(&self, answer_s: u64) -> Self {
        Self { answer_s, ..self.clone() }
    }

    /// Reads something.
    ///
    /// # Errors
    /// What the agent refused, or why it cannot be understood.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Answer<T>, Error> {
        self.ask(Method::GET, path, Bytes::new()).await
    }

    /// Changes something.
    ///
    /// # Errors
    /// What the agent refused, or why it cannot be understood.
    pub async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Answer<T>, Error> {
        let body = serde_json::to_vec(body).map_err(|error| self.garbled(&error))?;
        self.ask(Method::POST, path, Bytes::from(body)).await
    }

    /// Follows the campus.
    ///
    /// # Errors
    /// What the agent refused, or why it cannot be understood.
    pub async fn watch(&self) -> Result<Watch, Error> {
        let request = self.request(Method::GET, "/v1/watch", Bytes::new())?;
        let answer = self.in_time(self.send(request)).await?;
        if answer.status() != StatusCode::OK {
            return Err(self.problem(&self.in_time(self.collect(answer)).await?));
        }
        Ok(Watch { agent: self.clone(), body: answer.into_body(), waiting: Vec::new() })
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Answer<T>, Error> {
        let request = self.request(method, path, body)?;
        let (status, bytes) = self
            .in_time(async {
                let answer = self.send(request).await?;
                Ok((answer.status(), self.collect(answer).await?))
            })
            .await?;
        if !status.is_success() {
            return Err(self.problem(&bytes));
        }
        let body = serde_json::from_slice(&bytes).map_err(|error| self.garbled(&error))?;
        Ok(Answer { body, raw: bytes })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, Error> {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "campus")
            .header("content-type", "application/json")
            .body(Full::new(body))
            .map_err(|error| self.garbled(&error))
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Error> {
        let away = |error| Error::AgentAway { socket: self.socket.clone(), error };
        let stream = UnixStream::connect(&self.socket).await.map_err(away)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.garbled(&error))?;
        // The connection ends with the answer; what goes wrong in it is said by `send_request`.
        tokio::spawn(connection);
        sender.send_request(request).await.map_err(|error| self.garbled(&error))
    }

    async fn collect(&self, answer: Response<Incoming>) -> Result<Bytes, Error> {
        let body = answer.into_body().collect().await.map_err(|error| self.garbled(&error))?;
        Ok(body.to_bytes())
    }

    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        match tokio::time::timeout(Duration::from_secs(self.answer_s), answer).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::Slow { socket: self.socket.clone(), seconds: self.answer_s }),
        }
    }

    fn problem(&self, bytes: &[u8]) -> Error {
        match serde_json::from_slice::<Problem>(bytes) {
            Ok(problem) => Error::refused(problem),
            Err(error) => self.garbled(&error),
        }
    }

    fn garbled(&self, error: &dyn std::error::Error) -> Error {
        Error::Garbled { socket: self.socket.clone(), why: error.to_string() }
    }
}

/// A stream of snapshots.
pub struct Watch {
    agent: Agent,
    body: Incoming,
    waiting: Vec<u8>,
}

impl Watch {
    /// The next line as it came; `None` when the agent ended. May be dropped and asked again: no
    /// byte is lost, since bytes are moved only after the wait.
    ///
    /// # Errors
    /// [`Error::Garbled`] when it is no line of an agent.
    pub async fn line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        loop {
            if let Some(end) = self.waiting.iter().position(|&byte| byte == b'\n') {
                let rest = self.waiting.split_off(end + 1);
                return Ok(Some(std::mem::replace(&mut self.waiting, rest)));
            }
            let Some(frame) = self.body.frame().await else { return Ok(None) };
            let Ok(frame) = frame else { return Ok(None) };
            if let Some(bytes) = frame.data_ref() {
                self.waiting.extend_from_slice(bytes);
            }
            if self.waiting.len() > LINE_BYTES_MAX {
                return Err(self.agent.garbled(&io::Error::other("a line without an end")));
            }
        }
    }

    /// The next snapshot; `None` when the agent ended.
    ///
    /// # Errors
    /// [`Error::Garbled`] when it is no snapshot.
    pub async fn next(&mut self) -> Result<Option<Snapshot>, Error> {
        match self.line().await? {
            None => Ok(None),
            Some(line) => {
                serde_json::from_slice(&line).map(Some).map_err(|error| self.agent.garbled(&error))
            }
        }
    }
}

#[cfg(test)]
mod tests;
