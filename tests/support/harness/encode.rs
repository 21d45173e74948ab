//! Events in every form that producers may give them.

use audiohm_ingest::event::{Event, Reason};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// A record, and what it means.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) topic: String,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) means: Means,
}

/// What a record means.
#[derive(Clone, Debug)]
pub(crate) enum Means {
    Event(Event),
    Tombstone,
    Bad(Reason),
}

/// How an event is put into a record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// One JSON object.
    Plain,
    /// The same without the id, which for a play must be the derived one.
    WithoutId,
    /// After the five bytes of a schema registry.
    Framed,
    /// One of the CloudEvents, all in the value.
    Structured,
    /// The same with its data in base64.
    Base64,
    /// One of the CloudEvents, its attributes in headers.
    Binary,
}

impl Sent {
    /// The record of an event, keyed by its user.
    pub(crate) fn event(topic: &str, event: &Event, form: Form) -> Self {
        let (value, headers) = match form {
            Form::Plain => (bare(event).to_string().into_bytes(), Vec::new()),
            Form::WithoutId => (without_id(event).to_string().into_bytes(), Vec::new()),
            Form::Framed => (
                [&[0, 0, 0, 3, 9], bare(event).to_string().as_bytes()].concat(),
                Vec::new(),
            ),
            Form::Structured => structured(event, json!({ "data": data(event) })),
            Form::Base64 => structured(
                event,
                json!({ "data_base64": STANDARD.encode(data(event).to_string()) }),
            ),
            Form::Binary => binary(event),
        };
        Self {
            topic: topic.to_owned(),
            key: Some(event.user_id().to_string().into_bytes()),
            value: Some(value),
            headers,
            means: Means::Event(event.clone()),
        }
    }

    /// A record without a value.
    pub(crate) fn tombstone(topic: &str, key: &[u8]) -> Self {
        Self {
            topic: topic.to_owned(),
            key: Some(key.to_vec()),
            value: None,
            headers: Vec::new(),
            means: Means::Tombstone,
        }
    }

    /// A record that is no event, without a key.
    pub(crate) fn bad(topic: &str, value: impl Into<Vec<u8>>, reason: Reason) -> Self {
        Self {
            topic: topic.to_owned(),
            key: None,
            value: Some(value.into()),
            headers: Vec::new(),
            means: Means::Bad(reason),
        }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &[u8]) -> Self {
        self.headers.push((name.to_owned(), value.to_vec()));
        self
    }
}

/// The fields that are the same in every form.
fn data(event: &Event) -> Value {
    match event {
        Event::Play(play) => json!({
            "user_id": play.user_id.to_string(), "track_id": play.track_id.to_string(), "played_at": play.played_at.to_string(),
            "played_for": play.played_for, "completed": play.completed, "source": play.source,
        }),
        Event::Like(like) => json!({
            "user_id": like.user_id.to_string(), "track_id": like.track_id.to_string(), "occurred_at": like.liked_at.to_string(),
            "notes": like.notes,
        }),
        Event::Unlike(unlike) => json!({
            "user_id": unlike.user_id.to_string(), "track_id": unlike.track_id.to_string(),
            "occurred_at": unlike.unliked_at.to_string(),
        }),
    }
}

fn without_id(event: &Event) -> Value {
    with(data(event), json!({ "type": event.kind().as_str(), "version": 1 }))
}

fn bare(event: &Event) -> Value {
    let id = match event {
        Event::Play(play) => json!({ "event_id": play.id.to_string() }),
        Event::Like(_) | Event::Unlike(_) => json!({}),
    };
    with(without_id(event), id)
}

/// The id of its envelope.
fn id(event: &Event) -> String {
    match event {
        Event::Play(play) => play.id.to_string(),
        Event::Like(_) | Event::Unlike(_) => format!("{}-{}", event.user_id(), event.track_id()),
    }
}

fn structured(event: &Event, data: Value) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let envelope = json!({
        "specversion": "1.0", "id": id(event), "source": "/player",
        "type": format!("com.audiohm.{}.v1", event.kind()),
    });
    let headers = vec![(
        "Content-Type".to_owned(),
        b"application/cloudevents+json; charset=utf-8".to_vec(),
    )];
    (with(envelope, data).to_string().into_bytes(), headers)
}

fn binary(event: &Event) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let header = |name: &str, value: String| (name.to_owned(), value.into_bytes());
    let headers = vec![
        header("ce_specversion", "1.0".to_owned()),
        header("ce_id", id(event)),
        header("ce_source", "/player".to_owned()),
        header("ce_type", format!("com.audiohm.{}.v1", event.kind())),
    ];
    (data(event).to_string().into_bytes(), headers)
}

fn with(one: Value, other: Value) -> Value {
    let members = |value| match value {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    Value::Object(members(one).into_iter().chain(members(other)).collect())
}
