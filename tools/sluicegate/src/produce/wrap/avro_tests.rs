use proptest::prelude::*;
use records::glue::{DataFormat, NoSchemas, Schema, SchemaSet, SchemaVersionId};
use records::layers::Decoder;

use super::*;
use crate::produce::outgoing::Outgoing;
use crate::produce::sales::place::Stream;
use crate::produce::sales::{self, Sales};
use crate::produce::sensors::{self, Sensors};
use crate::produce::wrap::{Registered, Subject, Wrapping};
use crate::share::Share;

const AVRO: SchemaVersionId = SchemaVersionId::from_bytes([1; 16]);
const JSON: SchemaVersionId = SchemaVersionId::from_bytes([2; 16]);

fn wrapping(subject: &Subject) -> (Wrapping, SchemaSet) {
    let definition = subject.avro.as_deref().unwrap();
    let registered = Registered::of(Some((AVRO, definition)), JSON).unwrap();
    let wrapping = Wrapping {
        schemas: Some(registered),
        ..Wrapping::default()
    };
    let mut schemas = SchemaSet::default();
    let avro = Schema::new(DataFormat::Avro, definition, None);
    schemas.insert(AVRO, Some(avro));
    schemas.insert(JSON, Some(Schema::new(DataFormat::Json, "{}", None)));
    (wrapping, schemas)
}

/// How many records were written as Avro. Each of them says the same when it is read; poison is the same.
fn written_as_avro(subject: &Subject, records: impl Iterator<Item = Outgoing>) -> usize {
    let (wrapping, schemas) = wrapping(subject);
    let mut decoder = Decoder::new("glue".parse().unwrap());
    let mut avro = 0;
    for record in records {
        let data = wrapping.user_record(&record);
        let users = decoder.decode(&data, &schemas);
        let read = users.records().next().unwrap();
        let payload = read.data.unwrap();
        let is_avro = read.schema_version_id == Some(AVRO);
        avro += usize::from(is_avro);
        if record.is_poison || !is_avro {
            assert!(!is_avro);
            assert_eq!(payload, record.data.as_ref());
            continue;
        }
        let [sent, got] = [record.data.as_ref(), payload]
            .map(|text| meaning(std::str::from_utf8(text).unwrap()).unwrap());
        assert_eq!(sent, got);
    }
    avro
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn readings_say_the_same_when_they_are_read_as_when_they_were_written(seed: u64) {
        let settings = sensors::Settings {
            count: 300,
            seed,
            poison: Share::percent(6),
            duplicates: Share::percent(5),
            ..sensors::Settings::default()
        };
        let records = Sensors::new(settings).map(|produced| produced.record);
        let avro = written_as_avro(&sensors::subject(), records);
        // Poison, what has a field that nobody knows, and extreme numbers stay JSON.
        prop_assert!((230..282).contains(&avro), "{avro}");
    }

    #[test]
    fn sales_say_the_same_when_they_are_read_as_when_they_were_written(seed: u64) {
        let settings = sales::Settings {
            count: 300,
            seed,
            poison: Share::percent(6),
            ..sales::Settings::default()
        };
        let subject = sales::subject(&settings);
        let records = Sales::<Stream>::new(settings).map(|produced| produced.record);
        let avro = written_as_avro(&subject, records);
        prop_assert!((150..282).contains(&avro), "{avro}");
    }
}

#[test]
fn what_a_schema_does_not_say_stays_json() {
    let schema = AvroSchema::parse(&sensors::subject().avro.unwrap()).unwrap();
    let payloads = AvroPayloads::new(schema).unwrap();
    for (payload, is_avro) in [
        (
            r#"{"sensor_id":"s","temperature":81.40,"current_time":17e8}"#,
            true,
        ),
        (
            r#"{"sensor_id":"s","temperature":8140e-2,"current_time":1.125}"#,
            true,
        ),
        (
            r#"{"sensor_id":"s","temperature":1,"current_time":1,"humidity":40.5}"#,
            true,
        ),
        (
            r#"{"sensor_id":"s","temperature":81.405,"current_time":1}"#,
            false,
        ),
        (
            r#"{"sensor_id":"s","temperature":1E125,"current_time":1}"#,
            false,
        ),
        (
            r#"{"sensor_id":"s","temperature":1,"current_time":1,"x":1}"#,
            false,
        ),
        (
            r#"{"sensor_id":"s","temperature":1,"current_time":1,"humidity":"1"}"#,
            false,
        ),
        (r#"{"sensor_id":"s","temperature":1}"#, false),
        ("", false),
    ] {
        let written = payloads.write(payload.as_bytes());
        assert_eq!(written.is_some(), is_avro, "{payload}");
    }
    assert_eq!(payloads.write(b"\xff"), None);
}

#[test]
fn without_schemas_a_user_record_is_its_payload() {
    let record = Outgoing {
        partition_key: "a".to_owned(),
        data: b"junk".to_vec().into(),
        order: 0,
        is_poison: true,
    };
    let data = Wrapping::default().user_record(&record);
    let mut decoder = Decoder::new("".parse().unwrap());
    let users = decoder.decode(&data, &NoSchemas);
    assert_eq!(users.records().next().unwrap().data, Ok(&b"junk"[..]));
}
