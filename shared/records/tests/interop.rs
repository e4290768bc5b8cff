//! The same data through other implementations: `aws_kinesis_agg` and fastavro (Python).
//!
//! `cargo test -p records --test interop -- --ignored`, with a `python3` in the path that has both packages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;
use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use records::avro::{AvroReader, AvroSchema};
use records::kpl::{Aggregator, Reading, Tables, read};

/// What a Python program makes of a text.
fn python(program: &str, input: &str) -> String {
    let mut child = Command::new("python3")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// A value of a strategy, the same each time.
fn sample<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> T {
    use proptest::strategy::ValueTree;
    strategy
        .new_tree(&mut TestRunner::deterministic())
        .unwrap()
        .current()
}

type User = (String, Option<String>, Vec<u8>);

fn users() -> Vec<Vec<User>> {
    let key = prop_oneof!["[a-c]", "[a-zA-Z0-9é-]{1,40}"];
    let hash_key = proptest::option::of("[1-9][0-9]{0,36}");
    let user = (
        key,
        hash_key,
        proptest::collection::vec(any::<u8>(), 0..200),
    );
    sample(proptest::collection::vec(
        proptest::collection::vec(user, 1..30),
        40,
    ))
}

/// A line for each record: the key, its hash key if it has one, the data in base64.
fn lines<'a>(users: impl IntoIterator<Item = (&'a str, Option<&'a str>, &'a [u8])>) -> String {
    let line = |(key, hash_key, data): (&str, Option<&str>, &[u8])| {
        format!(
            "{key} {} {}\n",
            hash_key.unwrap_or("-"),
            STANDARD.encode(data)
        )
    };
    users.into_iter().map(line).collect()
}

fn as_parts(user: &User) -> (&str, Option<&str>, &[u8]) {
    (&user.0, user.1.as_deref(), &user.2)
}

#[test]
#[ignore = "needs python3 with aws_kinesis_agg"]
fn aggregates_are_read_by_the_python_library_as_they_were_written() {
    let (mut input, mut expected) = (String::new(), String::new());
    for users in users() {
        // The library takes a missing index of a hash key for 0 where there is a table: all have one, or none has.
        let has_hash_keys = users.iter().all(|user| user.1.is_some());
        let users: Vec<_> = users
            .iter()
            .map(as_parts)
            .map(|(key, hash_key, data)| (key, hash_key.filter(|_| has_hash_keys), data))
            .collect();
        let mut aggregator = Aggregator::default();
        for (key, hash_key, data) in &users {
            aggregator.push(key, *hash_key, data).unwrap();
        }
        writeln!(
            input,
            "{}",
            STANDARD.encode(aggregator.finish().unwrap().data)
        )
        .unwrap();
        expected += &lines(users);
    }
    let program = r#"
import sys, base64
from aws_kinesis_agg import deaggregator
for line in sys.stdin:
    record = {"kinesis": {"data": line.strip(), "partitionKey": "k", "sequenceNumber": "1", "kinesisSchemaVersion": "1.0",
                          "approximateArrivalTimestamp": 1.0}, "eventID": "s:1"}
    for user in deaggregator.deaggregate_records([record]):
        k = user["kinesis"]
        sys.stdout.buffer.write(f"{k['partitionKey']} {k.get('explicitHashKey') or '-'} {k['data'] if isinstance(k['data'], str) else k['data'].decode()}\n".encode())
"#;
    assert_eq!(python(program, &input), expected);
}

#[test]
#[ignore = "needs python3 with aws_kinesis_agg"]
fn aggregates_of_the_python_library_are_read() {
    let all = users();
    let input: String = all
        .iter()
        .map(|users| lines(users.iter().map(as_parts)) + "\n")
        .collect();
    let program = r#"
import sys, base64
from aws_kinesis_agg import aggregator
agg = aggregator.RecordAggregator()
for line in sys.stdin.buffer:
    line = line.decode().rstrip("\n")
    if not line:
        print(base64.b64encode(agg.clear_and_get().get_contents()[2]).decode())
        continue
    key, hash_key, data = line.split(" ")
    agg.add_user_record(key, base64.b64decode(data), None if hash_key == "-" else hash_key)
"#;
    let output = python(program, &input);
    assert_eq!(output.lines().count(), all.len());
    for (line, users) in output.lines().zip(&all) {
        let data = STANDARD.decode(line).unwrap();
        let mut tables = Tables::default();
        let Reading::Aggregate(aggregate) = read(&data, &mut tables) else {
            panic!("not an aggregate: {line}")
        };
        let got = aggregate.records().map(Result::unwrap);
        // The library computes a hash key where none is given.
        let got: Vec<_> = got.map(|one| (one.partition_key, one.data)).collect();
        let expected: Vec<_> = users
            .iter()
            .map(|user| (user.0.as_str(), user.2.as_slice()))
            .collect();
        assert_eq!(got, expected);
    }
}

const SCHEMA: &str = r#"{"type":"record","name":"R","fields":[{"name":"s","type":"string"},{"name":"l","type":"long"},{"name":"d","type":"double"},{"name":"f","type":"float"},{"name":"u","type":["null","int","boolean"]},{"name":"a","type":{"type":"array","items":"long"}},{"name":"m","type":{"type":"map","values":"string"}},{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}}]}"#;

#[test]
#[ignore = "needs python3 with fastavro"]
fn datums_go_to_fastavro_and_come_back() {
    let schema = AvroSchema::parse(SCHEMA).unwrap();
    let value = (
        "\\PC{0,20}",
        any::<i64>(),
        any::<f64>(),
        -1e6_f32..1e6,
        proptest::collection::vec(any::<i64>(), 0..5),
    );
    let values = sample(proptest::collection::vec(value, 200));
    let (mut input, mut expected) = (SCHEMA.to_owned() + "\n", Vec::new());
    for (index, (text, long, double, float, items)) in values.into_iter().enumerate() {
        let double = if double.is_finite() { double } else { 0.0 };
        let union = ["null", "-7", "true"][index % 3];
        let symbol = ["A", "B"][index % 2];
        let text = serde_json::to_string(&text).unwrap();
        let json = format!(
            r#"{{"s":{text},"l":{long},"d":{double:?},"f":{float:?},"u":{union},"a":{items:?},"m":{{"k":{text}}},"e":"{symbol}"}}"#
        )
        .replace(", ", ",");
        let mut datum = Vec::new();
        schema.write(&json, &mut datum).unwrap();
        writeln!(input, "{}", STANDARD.encode(&datum)).unwrap();
        expected.push(json);
    }
    // Read and written again there: what comes back is the library's own.
    let program = r"
import sys, io, json, base64, fastavro
schema = fastavro.parse_schema(json.loads(sys.stdin.readline()))
for line in sys.stdin:
    value = fastavro.schemaless_reader(io.BytesIO(base64.b64decode(line)), schema)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, value)
    print(base64.b64encode(out.getvalue()).decode())
";
    let output = python(program, &input);
    assert_eq!(output.lines().count(), expected.len());
    let reader = AvroReader::new(&schema).unwrap();
    for (line, expected) in output.lines().zip(&expected) {
        let mut text = Vec::new();
        reader
            .read(&STANDARD.decode(line).unwrap(), 10_000, &mut text)
            .unwrap();
        let got: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(got, expected);
    }
}
