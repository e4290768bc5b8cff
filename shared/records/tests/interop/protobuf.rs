//! Protobuf messages, with the index that AWS Glue's serializers write in front.
#![cfg(feature = "protobuf")]

use records::glue::{DataFormat, Header, Schema, SchemaSet, SchemaVersionId};
use records::layers::{Decoder, Layers};
use serde::Deserialize;
use serde_json::{Number, Value, json};

use crate::peer::{CASES, Peer, from_base64};

const PROTO3: &str = r#"syntax = "proto3"; package shop.orders;
    enum Status { OPEN = 0; SHIPPED = 1; LOST = -3; }
    message Zebra { string name = 1; }
    message Order {
        message Item { string sku = 1; sint32 delta = 2; uint32 quantity = 3; fixed64 batch = 4; bytes picture = 5; }
        int32 a = 1; int64 b = 2; uint32 c = 3; uint64 d = 4; sint32 e = 5; sint64 f = 6; fixed32 g = 7; fixed64 h = 8;
        sfixed32 i = 9; sfixed64 j = 10; float k = 11; double l = 12; bool m = 13; string n = 14; bytes o = 15;
        Status p = 16; Item q = 17; repeated Item r = 18; repeated int32 s = 19; repeated double t = 20 [packed = false];
        repeated string u = 21; map<string, Item> v = 22; map<int64, float> w = 23; map<bool, bytes> x = 24;
        oneof either { string y = 25; Zebra z = 26; } optional int32 camelCase = 27; repeated Status snake_case = 28;
        Order again = 2000; }"#;

const PROTO2: &str = r#"syntax = "proto2";
    message Reading {
        enum Unit { CELSIUS = 1; KELVIN = 7; }
        required string sensor_id = 1; optional double temperature = 2 [default = 1.5]; optional Unit unit = 3;
        repeated group Level = 4 { required int32 depth = 1; optional string note = 2; }
        repeated sint64 packed = 5 [packed = true]; map<uint32, string> names = 6; optional Reading before = 7; }"#;

#[derive(Deserialize)]
struct Answer {
    index: u8,
    /// The message in base64, and its JSON.
    messages: Vec<(String, Value)>,
}

/// Protobuf's JSON has strings for integers of 64 bits, ours numbers.
fn normal(value: Value) -> Value {
    match value {
        Value::String(text) if text.parse::<i128>().is_ok() => json!({"number": text}),
        Value::Number(number) if !number.is_f64() => json!({"number": number.to_string()}),
        // A float without a fraction has none in one of the two.
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 => json!({"number": format!("{float:.0}")}),
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, normal(value)))
            .collect(),
        other => other,
    }
}

/// The first place where two values differ.
fn difference(place: &str, got: &Value, expected: &Value) -> Option<String> {
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) if got.keys().eq(expected.keys()) => got
            .iter()
            .find_map(|(name, got)| difference(&format!("{place}.{name}"), got, &expected[name])),
        (Value::Array(got), Value::Array(expected)) if got.len() == expected.len() => {
            let mut pairs = got.iter().zip(expected).enumerate();
            pairs.find_map(|(at, (got, expected))| {
                difference(&format!("{place}[{at}]"), got, expected)
            })
        }
        // Of two shortest texts that are the same float each side may take another.
        (Value::Number(got), Value::Number(expected)) if narrow(got) == narrow(expected) => None,
        _ => (got != expected).then(|| format!("{place} is {got}, expected {expected}")),
    }
}

#[allow(clippy::cast_possible_truncation)]
fn narrow(number: &Number) -> Option<f32> {
    number.as_f64().map(|number| number as f32)
}

#[test]
#[ignore = "make interop"]
fn messages_of_python_are_read() {
    let schemas = [
        (PROTO3, "shop.orders.Order"),
        (PROTO3, "shop.orders.Order.Item"),
        (PROTO3, "shop.orders.Zebra"),
        (PROTO2, "Reading"),
        (PROTO2, "Reading.Level"),
    ];
    let cases: Vec<_> = schemas
        .iter()
        .map(|(schema, message)| json!({"schema": schema, "message": message, "seed": 7, "count": CASES}))
        .collect();
    let answers: Vec<Answer> = Peer::Python.ask("protobuf", &cases);
    let id = SchemaVersionId::from_bytes([7; 16]);
    let mut decoder = Decoder::new("glue-protobuf".parse::<Layers>().unwrap());
    for ((schema, name), answer) in schemas.iter().zip(answers) {
        let mut set = SchemaSet::default();
        set.insert(id, Some(Schema::new(DataFormat::Protobuf, schema, None)));
        for (number, (message, expected)) in answer.messages.into_iter().enumerate() {
            let payload = [&[answer.index], from_base64(&message).as_slice()].concat();
            let header = [Header::new(id), Header::zlib(id)][number % 2];
            let data = header.write(&payload).unwrap();
            let all = decoder.decode(&data, &set);
            let record = all.records().next().unwrap();
            let text = record
                .data
                .unwrap_or_else(|error| panic!("{name} {number}: {error}"));
            let got: Value = serde_json::from_slice(text).unwrap();
            if let Some(difference) = difference("", &normal(got), &normal(expected)) {
                panic!("{name} {number}: {difference}\nthe message: {message}");
            }
        }
    }
}
