//! The published JSON Schema: made from the types, and held against the file in `docs/`.

use crate::limits::{GONE_MAX, NUMBER_MAX, ROWS_MAX, SPAN_S_MAX, TIME_MS_MAX};
use crate::row::{Class, QUANTITIES};
use crate::{ErrorBody, Receipt, Span};
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/integrate/hub-batch.schema.json");

#[test]
fn the_published_schema_is_fresh() {
    let fresh = serde_json::to_string_pretty(&document()).expect("it is JSON") + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(FILE, &fresh).expect("docs/ can be written");
    }
    let published = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        published == fresh,
        "docs/integrate/hub-batch.schema.json is stale: UPDATE_DOCS=1 cargo test -p batch"
    );
}

#[test]
fn the_frozen_batch_has_no_key_that_the_schema_does_not_know() {
    let schema = document();
    let batch: Value = serde_json::from_str(include_str!("../tests/frozen/batch.json"))
        .expect("the frozen batch is JSON");
    let known = &schema["properties"];
    for key in batch.as_object().expect("a batch is an object").keys() {
        assert!(known.get(key).is_some(), "{key}");
    }
    for row in batch["rows"].as_array().expect("rows are a list") {
        let of_class = match row["class"].as_str() {
            Some("loss") => &schema["$defs"]["Loss"],
            _ => &schema["$defs"]["Summary"],
        };
        for (key, value) in row.as_object().expect("a row is an object") {
            let later = ["a_later_key", "humidity_permille", "zz"].contains(&key.as_str());
            let known = of_class["properties"].get(key).is_some();
            assert!(known != later && (known || value.is_i64()), "{key}");
        }
    }
}

fn document() -> Value {
    let of = |schema: schemars::Schema| {
        let mut schema = schema.to_value();
        let parts = schema.as_object_mut().expect("a schema is an object");
        parts.remove("$schema");
        parts.remove("$defs");
        let text = serde_json::to_string(&schema).expect("it is JSON");
        serde_json::from_str::<Value>(&text).expect("it is JSON")
    };
    let refused = schemars::schema_for!(crate::Refused);
    let code = schemars::schema_for!(crate::Code);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Batch",
        "description": "What a campus sends to its hub: POST /v1/batches, zstd over this JSON, signed. Made by `UPDATE_DOCS=1 cargo test -p batch`; do not edit.",
        "type": "object",
        "required": ["v", "campus", "incarnation", "from_seq", "rows"],
        "properties": {
            "v": {"const": crate::VERSION, "description": "Version."},
            "campus": {"$ref": "#/$defs/Identifier", "description": "Who sends."},
            "incarnation": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "Of which life of the campus's database."},
            "from_seq": {"type": "integer", "minimum": 1, "description": "Number of the first row, or of the first that is gone."},
            "gone": {"type": "array", "maxItems": GONE_MAX, "items": {"$ref": "#/$defs/Span"}, "description": "Numbers that no longer exist at the campus; a `loss` row says what they were."},
            "rows": {"type": "array", "maxItems": ROWS_MAX, "items": {"oneOf": [{"$ref": "#/$defs/Summary"}, {"$ref": "#/$defs/Loss"}]}, "description": "In the order of their numbers, which run on from `from_seq` and leave out what is gone. Keys of a row stand in the canonical order, without spaces."},
        },
        "$defs": {
            "Identifier": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,31}$"},
            "Summary": row(&[Class::Quarter, Class::Day]),
            "Loss": row(&[Class::Loss]),
            "Span": of(schemars::schema_for!(Span)),
            "Receipt": of(schemars::schema_for!(Receipt)),
            "Refused": of(refused),
            "Code": of(code),
            "ErrorBody": of(schemars::schema_for!(ErrorBody)),
        },
    })
}

fn row(classes: &[Class]) -> Value {
    let names: Vec<&str> = classes.iter().map(|class| class.as_str()).collect();
    let time = |means: &str| json!({"type": "integer", "minimum": 0, "maximum": TIME_MS_MAX, "description": means});
    let mut properties = json!({
        "stream": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,31}(/[a-z0-9][a-z0-9-]{0,31}){0,3}$", "description": "What it is about: room/<building>/<room>, building/<building>, meter/<meter>, campus."},
        "class": {"enum": names, "description": "Which kind of summary; each stream has one chain per class."},
        "slot_ms": time("Where its time begins, UTC, ms since 1970; of a day the midnight of the campus."),
        "span_s": {"type": "integer", "minimum": 1, "description": "How long it is, s."},
        "revision": {"type": "integer", "minimum": 1, "maximum": u32::MAX, "description": "From 1; late readings and repairs make the next. The highest counts."},
        "prev": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "The hash before it in its chain; absent when the row before it in its chain stands in this batch. Always the last key, and no part of what is hashed."},
    });
    let mut required = vec!["stream", "class", "slot_ms", "span_s", "revision"];
    if classes.contains(&Class::Loss) {
        properties["what"] = json!({"type": "string", "pattern": "^[a-z0-9_]{1,32}$", "description": "What is gone."});
        properties["count"] = json!({"type": "integer", "minimum": 0, "maximum": NUMBER_MAX, "description": "How many."});
        properties["from_ms"] = time("From when, UTC, ms.");
        properties["to_ms"] = time("Until when, UTC, ms.");
        required.extend(["what", "count", "from_ms", "to_ms"]);
    } else {
        properties["span_s"]["maximum"] = SPAN_S_MAX.into();
        for quantity in QUANTITIES {
            let (low, high) = quantity.range;
            properties[quantity.key] = json!({"type": "integer", "minimum": low, "maximum": high, "description": quantity.means.trim()});
        }
    }
    json!({
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": {"type": "integer", "description": "Keys of later versions are whole numbers. Receivers keep them."},
    })
}
