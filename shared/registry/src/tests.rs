use std::cell::RefCell;
use std::collections::HashMap;

use records::glue::DataFormat;

use super::*;

/// Schema versions in memory, with what was asked for.
#[derive(Default)]
struct Memory {
    versions: RefCell<HashMap<SchemaVersionId, Fetched>>,
    fails: bool,
    asked: RefCell<usize>,
}

impl SchemaSource for &Memory {
    fn fetch(
        &self,
        id: SchemaVersionId,
    ) -> impl Future<Output = Result<Option<Fetched>, FetchError>> + Send {
        *self.asked.borrow_mut() += 1;
        let answer = if self.fails {
            let reason = "throttled".to_owned();
            Err(FetchError::Failed { id, reason })
        } else {
            Ok(self.versions.borrow().get(&id).cloned())
        };
        std::future::ready(answer)
    }
}

const ID: SchemaVersionId = SchemaVersionId::from_bytes([7; 16]);

fn event() -> KinesisEvent {
    // A header with that id, and "abc" in Avro.
    let text = r#"{"Records":[{"kinesis":{"sequenceNumber":"1","data":"AwAHBwcHBwcHBwcHBwcHBwcHBmFiYw=="}}]}"#;
    KinesisEvent::from_json(text.as_bytes()).unwrap()
}

/// What the event's record becomes: its text, or the reason of an error.
async fn decode(registry: &mut Registry<&Memory>) -> Result<String, &'static str> {
    let mut decoder = Decoder::new("glue".parse().unwrap());
    let event = event();
    let deadline = Instant::now() + Duration::from_secs(1);
    let (all, failure) = registry.decode_event(&mut decoder, &event, deadline).await;
    assert_eq!(failure.is_some(), !all.missing_schemas().is_empty());
    let record = all.records().next().unwrap();
    record
        .data
        .map(|data| String::from_utf8(data.to_vec()).unwrap())
        .map_err(records::layers::LayerError::reason)
}

fn avro() -> Fetched {
    Fetched {
        format: DataFormat::Avro,
        definition: r#""string""#.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_schema_is_loaded_once() {
    let memory = Memory::default();
    memory.versions.borrow_mut().insert(ID, avro());
    let mut registry = Registry::new(&memory, None);
    for _ in 0..3 {
        assert_eq!(decode(&mut registry).await, Ok(r#""abc""#.to_owned()));
    }
    assert_eq!(*memory.asked.borrow(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_schema_that_is_not_there_is_asked_for_again_after_a_while() {
    let memory = Memory::default();
    let mut registry = Registry::new(&memory, None);
    for _ in 0..3 {
        assert_eq!(decode(&mut registry).await, Err("unknown-schema"));
    }
    assert_eq!(*memory.asked.borrow(), 1);
    memory.versions.borrow_mut().insert(ID, avro());
    tokio::time::advance(UNKNOWN_FOR).await;
    assert_eq!(decode(&mut registry).await, Ok(r#""abc""#.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_leaves_the_record_to_be_retried() {
    let memory = Memory {
        fails: true,
        ..Memory::default()
    };
    let mut registry = Registry::new(&memory, None);
    for _ in 0..2 {
        assert_eq!(decode(&mut registry).await, Err("schema-not-loaded"));
    }
    assert_eq!(*memory.asked.borrow(), 2);
}

#[tokio::test(start_paused = true)]
async fn avro_is_read_as_the_readers_schema() {
    let memory = Memory::default();
    memory.versions.borrow_mut().insert(ID, avro());
    let reader = AvroSchema::parse(r#"["null", "bytes"]"#).unwrap();
    let mut registry = Registry::new(&memory, Some(reader));
    assert_eq!(decode(&mut registry).await, Ok(r#""YWJj""#.to_owned()));
}
