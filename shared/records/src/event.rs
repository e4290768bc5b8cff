//! What the events of both kinds of stream have in common: an object with an array `Records`.

use serde::de::Error;

use crate::json::{Malformed, Reader};

/// An event with the records of a stream: [`KinesisEvent`](crate::KinesisEvent) or
/// [`DynamoDbEvent`](crate::DynamoDbEvent).
///
/// ```
/// use records::{KinesisEvent, StreamEvent, WindowEvent};
///
/// /// Records of either kind of stream in a window.
/// fn read<E: StreamEvent>(json: &[u8]) -> Option<WindowEvent<E, u64>> {
///     WindowEvent::from_json(json).ok()
/// }
///
/// assert!(read::<KinesisEvent>(b"no event").is_none());
/// ```
#[expect(
    private_bounds,
    reason = "sealed: how records are read is no one else's matter"
)]
pub trait StreamEvent: ReadRecords {}

impl StreamEvent for crate::KinesisEvent {}
impl StreamEvent for crate::DynamoDbEvent {}

/// Reads the elements of `Records`.
pub(crate) trait ReadRecords: Default {
    /// Called once, before any record, with the whole text that is going to be read.
    fn begin(&mut self, json: &str);

    /// Reads one element, whatever it is.
    fn read_record(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed>;
}

/// Reads the JSON of an event.
pub(crate) fn from_json<E: ReadRecords>(json: &[u8]) -> Result<E, serde_json::Error> {
    let text = text(json)?;
    let mut event = E::default();
    event.begin(text);
    let read = read_object(text, &[("Records", Some(()))], |reader, ()| {
        read_records(&mut event, reader)
    });
    read.map_err(|malformed| malformed.error(text))?;
    Ok(event)
}

/// The text of an event.
pub(crate) fn text(json: &[u8]) -> Result<&str, serde_json::Error> {
    std::str::from_utf8(json).map_err(serde_json::Error::custom)
}

/// Reads an event as [`Reader::object`] does.
pub(crate) fn read_object<'a, K: Copy>(
    text: &'a str,
    keys: &[(&str, Option<K>)],
    member: impl FnMut(&mut Reader<'a>, K) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut reader = Reader::new(text);
    let not_an_object = reader.unexpected("an object with `Records`");
    if !reader.object(keys, member)? {
        return Err(not_an_object);
    }
    reader.end()
}

/// Reads the array of records; null is an empty one.
pub(crate) fn read_records<E: ReadRecords>(
    event: &mut E,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    let not_an_array = reader.unexpected("an array of records or null");
    let is_array = reader.array(|reader| event.read_record(reader))?;
    if is_array || reader.value()?.is_null() {
        return Ok(());
    }
    Err(not_an_array)
}
