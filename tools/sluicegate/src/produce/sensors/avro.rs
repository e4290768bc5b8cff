//! Readings in Avro.

use crate::produce::wrap::Subject;

/// A reading in Avro. The numbers are as exact as sensors are; a reading that says more stays JSON.
const AVRO: &str = r#"{"type": "record", "name": "Reading", "namespace": "sluicegate", "fields": [
    {"name": "sensor_id", "type": "string"},
    {"name": "temperature", "type": {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 2}},
    {"name": "current_time", "type": {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 3}},
    {"name": "humidity", "default": null, "type":
        ["null", {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 1}]}]}"#;

/// What the schemas of readings are.
pub fn subject() -> Subject {
    Subject {
        name: "readings".to_owned(),
        avro: Some(AVRO.to_owned()),
    }
}
