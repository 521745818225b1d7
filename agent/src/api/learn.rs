//! Rooms' own numbers, learnt from the log on a thread of its own. Nothing is changed by it.

use super::explain::refused;
use super::types::{KnownTime, LearnOrder, Lesson, LessonPast, Problem, RoomLesson, ToldTruth};
use super::{Api, no_such_room, problem};
use crate::again::learn::{self, Known, Truth};
use crate::again::{PastFault, Present};
use crate::answers::occupancy_numbers;
use crate::limits;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use controller::occupancy::learn::{
    EMPTY_MIN, LABELLED_MIN, OCCUPIED_MIN, Taught, Told, TooLittle,
};
use controller::{Campus, Timestamp};

/// Has rooms learn their own numbers from the recorded past, and says what would change and how much better
/// that tells who was there.
///
/// # Errors
/// `no_such_room`; `not_kept` for a time that the log does not hold; `bad_value` for one that is empty or still
/// to come, and for a truth that contradicts itself; `too_much`.
#[utoipa::path(post, path = "/v1/rooms/learn", request_body = LearnOrder, responses((status = 200, body = Lesson), (status = 404, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn learn(
    State(api): State<Api>,
    body: Result<Json<LearnOrder>, JsonRejection>,
) -> Result<Json<Lesson>, Problem> {
    let Json(order) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    let until = api.clock.now();
    if order.since_ms.is_some_and(|since| since >= until.0) {
        return Err(problem("bad_value", "since", "a time that has begun"));
    }
    let rooms = rooms(&api.campus, &order.rooms)?;
    let truth = truth(&api.campus, &order.truth)?;
    // One at a time: who asks next waits.
    let _alone = api.replaying.clone().lock_owned().await;
    let learning = move || learnt(&api, &rooms, (order.since_ms, until), &truth);
    let asked = tokio::task::spawn_blocking(learning).await;
    asked.map_err(|error| problem("internal", "learn", &error.to_string()))?.map(Json)
}

/// The names of the rooms that are asked about.
fn rooms(campus: &Campus, asked: &[String]) -> Result<Vec<String>, Problem> {
    let known = || campus.rooms.iter().map(|room| room.place().to_string());
    if asked.is_empty() {
        return Ok(known().collect());
    }
    for room in asked {
        is_known(room, known())?;
    }
    Ok(asked.to_vec())
}

fn is_known(room: &str, mut known: impl Iterator<Item = String> + Clone) -> Result<(), Problem> {
    let all = known.clone();
    if known.any(|id| id == *room) {
        return Ok(());
    }
    Err(no_such_room(room, &format!("no room `{room}`"), all))
}

/// What is known, in order; times that overlap cannot be told apart.
fn truth(campus: &Campus, said: &[KnownTime]) -> Result<Truth, Problem> {
    let bad = |why: &str| problem("bad_value", "truth", why);
    if said.len() > limits::LEARN_KNOWN_MAX {
        return Err(bad(&format!("at most {} times", limits::LEARN_KNOWN_MAX)));
    }
    let known = campus.rooms.iter().map(|room| room.place().to_string());
    let mut truth = Truth::new();
    for KnownTime { room, from_ms, until_ms, occupied } in said {
        is_known(room, known.clone())?;
        if from_ms >= until_ms {
            return Err(bad(&format!("times of `{room}` that end after their begin")));
        }
        let known = Known { from_ms: *from_ms, until_ms: *until_ms, occupied: *occupied };
        truth.entry(room.clone()).or_default().push(known);
    }
    for (room, known) in &mut truth {
        known.sort_by_key(|known| known.from_ms);
        if known.windows(2).any(|pair| pair[1].from_ms < pair[0].until_ms) {
            return Err(bad(&format!("times of `{room}` that do not overlap")));
        }
    }
    Ok(truth)
}

/// Reads the disk: not for async code.
fn learnt(
    api: &Api,
    rooms: &[String],
    (since_ms, until): (Option<i64>, Timestamp),
    truth: &Truth,
) -> Result<Lesson, Problem> {
    let away = |fault: &PastFault| refused("learn", fault);
    let since_ms = match since_ms {
        Some(since_ms) => since_ms,
        None => {
            let kept = api.past.past_from().map_err(|error| away(&error.into()))?;
            let begin = kept.unwrap_or(i64::MIN).max(until.0 - limits::LEARN_SPAN_MS);
            begin.min(until.0)
        }
    };
    let (campus, current) = api.present();
    let present = Present { campus: &campus, source: &api.source, rules: &current };
    let span = (Timestamp(since_ms), until);
    let lesson =
        learn::lesson(&api.past, present, rooms, span, truth).map_err(|fault| away(&fault))?;
    let minutes = |min: usize| min as u64;
    Ok(Lesson {
        since_ms,
        until_ms: until.0,
        rows: lesson.rows,
        damaged: lesson.damaged,
        needed: LessonPast {
            labelled_min: minutes(LABELLED_MIN),
            occupied_min: minutes(OCCUPIED_MIN),
            empty_min: minutes(EMPTY_MIN),
            co2_min: minutes(LABELLED_MIN),
            ..LessonPast::default()
        },
        rooms: lesson.rooms.into_iter().map(room).collect(),
    })
}

fn room(lesson: learn::RoomLesson) -> RoomLesson {
    let before = occupancy_numbers(&lesson.in_force);
    let mut said = RoomLesson {
        room: lesson.room,
        outcome: "too_little".to_owned(),
        truth: if lesson.known { "known" } else { "movement" }.to_owned(),
        past: LessonPast::default(),
        before,
        after: None,
        told_before: None,
        told_after: None,
    };
    match lesson.learnt {
        Err(TooLittle(there)) => said.past = past(&there),
        Ok(learnt) => {
            let outcome = if learnt.is_better() { "better" } else { "no_better" };
            said.outcome = outcome.to_owned();
            said.past = past(&learnt.past);
            said.after = Some(occupancy_numbers(&learnt.settings));
            said.told_before = Some(told(&learnt.before));
            said.told_after = Some(told(&learnt.after));
        }
    }
    said
}

fn past(of: &Taught) -> LessonPast {
    LessonPast {
        labelled_min: of.labelled_min as u64,
        occupied_min: of.occupied_min as u64,
        empty_min: of.empty_min() as u64,
        co2_min: of.co2_min as u64,
        school_days: of.school_days as u64,
        other_days: of.free_days as u64,
    }
}

fn told(of: &Told) -> ToldTruth {
    ToldTruth {
        missed_min: of.missed_min,
        false_min: of.false_min,
        balanced_pct: of.balanced as f64 / 100.0,
    }
}
