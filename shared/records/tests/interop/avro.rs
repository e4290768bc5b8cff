//! Avro datums of any schema, read as they were written and as readers of other schemas see them.

use proptest::prelude::*;
use proptest::sample::select;
use records::avro::{AvroReader, AvroSchema};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::peer::{CASES, Peer, base64, from_base64, sample};

/// Schemas of writer and reader, and a value as the writer has it.
#[derive(Clone, Debug)]
struct Case {
    writer: String,
    reader: String,
    value: String,
}

fn case(writer: &str, reader: &str, value: &impl ToString) -> Case {
    Case {
        writer: writer.to_owned(),
        reader: reader.to_owned(),
        value: value.to_string(),
    }
}

fn primitive() -> impl Strategy<Value = Case> {
    let widths = [r#""int""#, r#""long""#, r#""float""#, r#""double""#];
    let float = |value: f64, text: String| {
        if value.is_finite() {
            text
        } else {
            r#""NaN""#.to_owned()
        }
    };
    prop_oneof![
        any::<bool>().prop_map(|value| case(r#""boolean""#, r#""boolean""#, &value)),
        (any::<i32>(), select(widths.to_vec()))
            .prop_map(|(value, reader)| case(r#""int""#, reader, &value)),
        (any::<i64>(), select(widths[1..].to_vec())).prop_map(|(value, reader)| case(
            r#""long""#,
            reader,
            &value
        )),
        (any::<f32>(), select(widths[2..].to_vec())).prop_map(move |(value, reader)| case(
            r#""float""#,
            reader,
            &float(value.into(), format!("{value:?}"))
        )),
        any::<f64>().prop_map(move |value| case(
            r#""double""#,
            r#""double""#,
            &float(value, format!("{value:?}"))
        )),
        ("\\PC{0,20}", select(vec![r#""string""#, r#""bytes""#])).prop_map(|(text, reader)| case(
            r#""string""#,
            reader,
            &json!(text)
        )),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| case(
            r#""bytes""#,
            r#""bytes""#,
            &json!(base64(&bytes))
        )),
    ]
}

fn named() -> impl Strategy<Value = Case> {
    let symbols = select(vec!["A", "B", "C"]);
    prop_oneof![
        (any::<u32>(), symbols, any::<bool>()).prop_map(|(name, symbol, is_wide)| {
            let of = |rest: &str| format!(r#"{{"type":"enum","name":"E{name}",{rest}}}"#);
            let reader = if is_wide { r#""symbols":["X","C","B","A"]"# } else { r#""symbols":["B","Z"],"default":"Z""# };
            case(&of(r#""symbols":["A","B","C"]"#), &of(reader), &json!(symbol))
        }),
        (any::<u32>(), any::<[u8; 5]>()).prop_map(|(name, bytes)| {
            let of = format!(r#"{{"type":"fixed","name":"F{name}","size":5}}"#);
            case(&of, &of, &json!(base64(&bytes)))
        }),
        (any::<u32>(), -(10_i128.pow(24))..10_i128.pow(24)).prop_map(|(name, unscaled)| {
            let of = format!(
                r#"{{"type":"fixed","name":"D{name}","size":12,"logicalType":"decimal","precision":25,"scale":5}}"#
            );
            case(&of, &of, &decimal(unscaled, 5))
        }),
    ]
}

fn logical() -> impl Strategy<Value = Case> {
    let of =
        |base: &str, logical: &str| format!(r#"{{"type":"{base}","logicalType":"{logical}"}}"#);
    // Days and parts of seconds that Python's dates have.
    let times = [
        ("int", "date", 2_900_000),
        ("int", "time-millis", 86_399_999),
        ("long", "time-micros", 86_399_999_999),
        ("long", "timestamp-millis", 253_402_300_799_999),
        ("long", "timestamp-micros", 253_402_300_799_999_999),
        ("long", "local-timestamp-millis", 253_402_300_799_999),
        ("long", "local-timestamp-micros", 253_402_300_799_999_999),
    ];
    let time =
        (select(times.to_vec()), any::<u64>()).prop_map(move |((base, logical, most), value)| {
            let of = of(base, logical);
            case(&of, &of, &(value % (most + 1)))
        });
    let in_bytes = (-(10_i128.pow(29))..10_i128.pow(29)).prop_map(|unscaled| {
        let of = r#"{"type":"bytes","logicalType":"decimal","precision":30,"scale":3}"#;
        case(of, of, &decimal(unscaled, 3))
    });
    let uuid = any::<u128>().prop_map(|bits| {
        let of = r#"{"type":"string","logicalType":"uuid"}"#;
        let id = records::glue::SchemaVersionId::from_bytes(bits.to_be_bytes());
        case(of, of, &json!(id.to_string()))
    });
    prop_oneof![time, in_bytes, uuid]
}

fn decimal(unscaled: i128, scale: usize) -> String {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", unscaled.unsigned_abs(), scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

fn any_case() -> impl Strategy<Value = Case> {
    let single = || prop_oneof![4 => primitive(), 2 => named(), 2 => logical()];
    let optional =
        (single(), any::<bool>(), any::<bool>()).prop_map(|(of, is_null, turned)| Case {
            writer: format!(r#"["null",{}]"#, of.writer),
            reader: if turned {
                format!(r#"[{},"null"]"#, of.reader)
            } else {
                format!(r#"["null",{}]"#, of.reader)
            },
            value: if is_null { "null".to_owned() } else { of.value },
        });
    prop_oneof![3 => single(), 1 => optional].prop_recursive(4, 40, 6, |inner| {
        let several = (inner.clone(), 0_usize..4);
        prop_oneof![
            several.clone().prop_map(|(of, count)| Case {
                writer: format!(r#"{{"type":"array","items":{}}}"#, of.writer),
                reader: format!(r#"{{"type":"array","items":{}}}"#, of.reader),
                value: format!("[{}]", vec![of.value; count].join(",")),
            }),
            several.prop_map(|(of, count)| {
                let member = |name| format!(r#""k{name}":{}"#, of.value);
                let members: Vec<_> = (0..count).map(member).collect();
                Case {
                    writer: format!(r#"{{"type":"map","values":{}}}"#, of.writer),
                    reader: format!(r#"{{"type":"map","values":{}}}"#, of.reader),
                    value: format!("{{{}}}", members.join(",")),
                }
            }),
            (
                any::<u32>(),
                proptest::collection::vec((inner, 0_u8..4), 0..6)
            )
                .prop_map(|(name, fields)| record(name, &fields)),
        ]
    })
}

/// A record of which the reader leaves fields out, renames, turns around and adds some.
fn record(name: u32, fields: &[(Case, u8)]) -> Case {
    let (mut written, mut wanted, mut members) = (Vec::new(), Vec::new(), Vec::new());
    for (number, (of, change)) in fields.iter().enumerate() {
        let reader = &of.reader;
        written.push(format!(r#"{{"name":"f{number}","type":{}}}"#, of.writer));
        members.push(format!(r#""f{number}":{}"#, of.value));
        match change {
            0 => {}
            1 => wanted.push(format!(
                r#"{{"name":"g{number}","aliases":["f{number}"],"type":{reader}}}"#
            )),
            _ => wanted.push(format!(r#"{{"name":"f{number}","type":{reader}}}"#)),
        }
    }
    wanted.reverse();
    // fastavro takes the first branch for a union's default, as Avro 1.11 has it.
    wanted.push(
        r#"{"name":"added","type":{"type":"array","items":["null","long"]},"default":[null]}"#
            .to_owned(),
    );
    wanted.push(r#"{"name":"text","type":"string","default":"é\"\n"}"#.to_owned());
    let of = |fields: &[String]| {
        format!(
            r#"{{"type":"record","name":"R{name}","fields":[{}]}}"#,
            fields.join(",")
        )
    };
    Case {
        writer: of(&written),
        reader: of(&wanted),
        value: format!("{{{}}}", members.join(",")),
    }
}

#[derive(Deserialize)]
struct Answer {
    again: String,
}

/// What both read of the datum is the same, and so is what is read of the datum that they write of it.
fn there_and_back(cases: &[Case], is_resolved: bool) {
    let (mut questions, mut texts) = (Vec::new(), Vec::new());
    for (number, case) in cases.iter().enumerate() {
        let wrong =
            |error: &dyn std::fmt::Display| -> ! { panic!("case {number}: {error}\n{case:?}") };
        let schema = AvroSchema::parse(&case.writer).unwrap_or_else(|error| wrong(&error));
        let mut datum = Vec::new();
        schema
            .write(&case.value, &mut datum)
            .unwrap_or_else(|error| wrong(&error));
        let reader = if is_resolved {
            let reader = AvroSchema::parse(&case.reader).unwrap_or_else(|error| wrong(&error));
            AvroReader::resolving(&schema, &reader)
        } else {
            AvroReader::new(&schema)
        };
        let text = read(&reader.unwrap_or_else(|error| wrong(&error)), &datum);
        let reader = is_resolved.then_some(&case.reader);
        questions.push(
            json!({"writer": case.writer, "reader": reader, "datum": base64(&datum), "text": text}),
        );
        texts.push(read(&AvroReader::new(&schema).unwrap(), &datum));
    }
    let answers: Vec<Answer> = Peer::Python.ask("avro", &questions);
    for (number, ((answer, text), case)) in answers.iter().zip(texts).zip(cases).enumerate() {
        let schema = AvroSchema::parse(&case.writer).unwrap();
        let got = read(
            &AvroReader::new(&schema).unwrap(),
            &from_base64(&answer.again),
        );
        assert_eq!(got, text, "case {number}: {case:?}");
        if !is_resolved {
            serde_json::from_str::<Value>(&text).unwrap();
        }
    }
}

fn read(reader: &AvroReader, datum: &[u8]) -> String {
    let mut text = Vec::new();
    reader.read(datum, 1 << 20, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
#[ignore = "make interop"]
fn datums_go_to_fastavro_and_come_back() {
    there_and_back(&sample(proptest::collection::vec(any_case(), CASES)), false);
}

#[test]
#[ignore = "make interop"]
fn readers_of_other_schemas_see_what_those_of_fastavro_see() {
    let cases = proptest::collection::vec(any_case(), CASES);
    there_and_back(&sample(cases), true);
}
