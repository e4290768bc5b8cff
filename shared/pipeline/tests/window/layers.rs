//! Records with layers in windows.

use pipeline::InvocationError;
use records::glue::{Header, SchemaVersionId};
use records::kpl::Aggregator;
use serde_json::json;

use crate::support::{Event, Run};

fn aggregate(data: &[&[u8]]) -> Vec<u8> {
    let mut aggregator = Aggregator::default();
    for data in data {
        aggregator.push("key", None, data).unwrap();
    }
    aggregator.finish().unwrap().data
}

#[tokio::test]
async fn each_record_of_an_aggregate_is_added_and_poison_keeps_the_others() {
    let run = Run::new().with_layers("kpl");
    let mut event = Event::of(&["1"]);
    event.records = event.records.record(aggregate(&[b"2", b"poison", b"4"]));
    let numbers = event.records.sequence_numbers();
    let answer = run.process(&event.json()).await;
    assert_eq!(answer.unwrap(), json!({"state": {"sum": 7}}));
    assert_eq!(
        run.quarantined(),
        [(numbers[1].clone().unwrap(), "told-so".to_owned())]
    );
}

#[tokio::test]
async fn a_schema_that_cannot_be_loaded_fails_the_call_so_that_the_state_stays() {
    let run = Run::new().with_layers("glue");
    let mut event = Event::of(&[]);
    let header = Header::new(SchemaVersionId::from_bytes([7; 16]));
    event.records = event.records.record(header.write(b"1").unwrap());
    let error = run.process(&event.json()).await.unwrap_err();
    assert!(matches!(&error, InvocationError::Layers(_)), "{error}");
    assert!(run.quarantined().is_empty());
}
