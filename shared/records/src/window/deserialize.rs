//! Reading the event of a window: the records and what stands beside them, in one pass.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Window, WindowError, WindowEvent};
use crate::event::{self, StreamEvent};
use crate::json::{Reader, Value};
use crate::timestamp::Timestamp;

/// Most characters of a field's JSON that an error quotes.
const QUOTED: usize = 60;

impl<'de, E: StreamEvent, S: DeserializeOwned> Deserialize<'de> for WindowEvent<E, S> {
    /// Through the raw JSON text, as [`KinesisEvent`](crate::KinesisEvent) is.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        Self::from_json(json.get().as_bytes()).map_err(D::Error::custom)
    }
}

#[derive(Clone, Copy)]
enum Key {
    Records,
    Window,
    State,
    ShardId,
    StreamArn,
    IsFinal,
    IsTerminatedEarly,
}

/// As Lambda orders them.
const KEYS: [(&str, Option<Key>); 7] = [
    ("Records", Some(Key::Records)),
    ("window", Some(Key::Window)),
    ("state", Some(Key::State)),
    ("shardId", Some(Key::ShardId)),
    ("eventSourceARN", Some(Key::StreamArn)),
    ("isFinalInvokeForWindow", Some(Key::IsFinal)),
    ("isWindowTerminatedEarly", Some(Key::IsTerminatedEarly)),
];

/// The event's fields beside its records.
#[derive(Default)]
struct Fields<'a> {
    window: Option<Value<'a>>,
    state: Option<Value<'a>>,
    shard_id: Option<Value<'a>>,
    stream_arn: Option<Value<'a>>,
    is_final: Option<Value<'a>>,
    is_terminated_early: Option<Value<'a>>,
}

pub(super) fn from_json<E: StreamEvent, S: DeserializeOwned>(
    json: &[u8],
) -> Result<WindowEvent<E, S>, WindowError> {
    let text = event::text(json).map_err(WindowError::NotAnEvent)?;
    let mut records = E::default();
    records.begin(text);
    let mut fields = Fields::default();
    let read = event::read_object(text, &KEYS, |reader, key| {
        let field = match key {
            Key::Records => return event::read_records(&mut records, reader),
            Key::Window => &mut fields.window,
            Key::State => &mut fields.state,
            Key::ShardId => &mut fields.shard_id,
            Key::StreamArn => &mut fields.stream_arn,
            Key::IsFinal => &mut fields.is_final,
            Key::IsTerminatedEarly => &mut fields.is_terminated_early,
        };
        *field = Some(reader.value()?);
        Ok(())
    });
    read.map_err(|malformed| WindowError::NotAnEvent(malformed.error(text)))?;
    let window = fields.window()?;
    Ok(WindowEvent { records, window })
}

impl Fields<'_> {
    fn window<S: DeserializeOwned>(self) -> Result<Window<S>, WindowError> {
        let span = check("window", self.window, "an object", |value| {
            value.is_object().then_some(value)
        })?;
        let [start, end] = start_and_end(span);
        let a_time = r#"a time like "2020-12-09T07:04:00Z""#;
        let flag = |field, value| check(field, value, "true or false", truth);
        let string = |value: Value<'_>| value.string().map(String::from);
        Ok(Window {
            start: check("window.start", start, a_time, time)?,
            end: check("window.end", end, a_time, time)?,
            shard_id: check("shardId", self.shard_id, "a string", string)?,
            stream_arn: self.stream_arn.and_then(string),
            is_final: flag("isFinalInvokeForWindow", self.is_final)?,
            is_terminated_early: flag("isWindowTerminatedEarly", self.is_terminated_early)?,
            state: self.state.map_or(Ok(None), state)?,
        })
    }
}

/// The state, if there is anything in it.
fn state<S: DeserializeOwned>(value: Value<'_>) -> Result<Option<S>, WindowError> {
    let is_empty =
        value.is_object() && matches!(Reader::new(value.text()).next_key(true), Ok(None));
    if value.is_null() || is_empty {
        return Ok(None);
    }
    let state = serde_json::from_str(value.text());
    state.map(Some).map_err(WindowError::State)
}

/// The values of an object's members `start` and `end`.
fn start_and_end(object: Value<'_>) -> [Option<Value<'_>>; 2] {
    let mut values = [None; 2];
    // It has been read once already: this cannot fail.
    let _ = Reader::new(object.text()).object(
        &[("start", Some(0)), ("end", Some(1))],
        |reader, index: usize| {
            let value = reader.value()?;
            values[index] = Some(value);
            Ok(())
        },
    );
    values
}

fn time(value: Value<'_>) -> Option<Timestamp> {
    Timestamp::from_rfc3339(&value.string()?)
}

fn truth(value: Value<'_>) -> Option<bool> {
    value.text().parse().ok()
}

/// Takes the field's value as `read` does; the error says what there is instead.
fn check<'a, T>(
    field: &'static str,
    value: Option<Value<'a>>,
    expected: &'static str,
    read: impl FnOnce(Value<'a>) -> Option<T>,
) -> Result<T, WindowError> {
    value.and_then(read).ok_or_else(|| WindowError::Field {
        field,
        found: value.map_or_else(|| "missing".to_owned(), quote),
        expected,
    })
}

fn quote(value: Value<'_>) -> String {
    let is_short = value.text().chars().nth(QUOTED).is_none();
    let ellipsis = if is_short { "" } else { "…" };
    let start: String = value.text().chars().take(QUOTED).collect();
    start.replace(['\n', '\r'], " ") + ellipsis
}
