use proptest::prelude::*;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};

use super::*;

const SCHEMA: &str = r#"
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";

enum Color { NONE = 0; RED = 1; BLUE = -2; }

message Order {
  message Item { string sku = 1; sint32 quantity = 2; }
  string id = 1;
  repeated Item items = 2;
  map<string, int64> counts = 3;
  oneof way { string street = 4; uint64 box_number = 5; Item gift = 6; }
  optional int32 weight = 7;
  repeated double prices = 8;
  Color color = 9;
  repeated Color colors = 10;
  google.protobuf.Timestamp at = 11;
  bytes raw = 12;
  Order again = 13;
  map<int32, Item> by_number = 14;
  fixed32 a = 15; fixed64 b = 16; sfixed32 c = 17; sfixed64 d = 18; float e = 19; bool f = 20; uint32 g = 21;
  sint64 h = 22; int64 i = 23;
  map<bool, bytes> flags = 24;
}
message Other {}
"#;

fn schema() -> ProtobufSchema {
    ProtobufSchema::parse(SCHEMA).unwrap()
}

fn read(message: &[u8]) -> Result<String, &'static str> {
    read_as(&schema(), "shop.Order", message)
}

fn read_as(schema: &ProtobufSchema, name: &str, message: &[u8]) -> Result<String, &'static str> {
    let mut out = b"before".to_vec();
    let id = schema.message(name).unwrap();
    let result = schema.read(id, message, 10_000, &mut out);
    let text = String::from_utf8(out).unwrap();
    let text = text.strip_prefix("before").unwrap();
    match result {
        Ok(()) => Ok(text.to_owned()),
        Err(error) => {
            assert_eq!(text, "", "{error}");
            Err(error.reason())
        }
    }
}

/// The pool of the schema, for the library that is compared with.
fn pool() -> DescriptorPool {
    struct Source;
    impl protox::file::FileResolver for Source {
        fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
            match name {
                "s.proto" => protox::file::File::from_source(name, SCHEMA),
                name => protox::file::GoogleFileResolver::new().open_file(name),
            }
        }
    }
    let mut compiler = protox::Compiler::with_file_resolver(Source);
    compiler.include_imports(true).open_file("s.proto").unwrap();
    compiler.descriptor_pool()
}

/// What `prost-reflect` makes of a message. Times are left out: they have a form of their own there.
fn expected(pool: &DescriptorPool, message: &[u8]) -> Option<serde_json::Value> {
    let descriptor = pool.get_message_by_name("shop.Order").unwrap();
    let message = DynamicMessage::decode(descriptor, message).ok()?;
    let options = SerializeOptions::new()
        .stringify_64_bit_integers(false)
        .use_proto_field_name(true)
        .skip_default_fields(false);
    let mut text = Vec::new();
    message
        .serialize_with_options(&mut serde_json::Serializer::new(&mut text), &options)
        .ok()?;
    serde_json::from_slice(&text).ok()
}

#[test]
fn all_kinds_of_fields_are_read() {
    let defaults = r#"{"id":"","items":[],"counts":{},"prices":[],"color":"NONE","colors":[],"raw":"","by_number":{},"a":0,"b":0,"c":0,"d":0,"e":0.0,"f":false,"g":0,"h":0,"i":0,"flags":{}}"#;
    assert_eq!(read(b""), Ok(defaults.to_owned()));
    let message = [
        b"\x12\x04\x0a\x02\"\n\x12\x02\x10\x03".as_slice(),
        // A map's entry twice, and one without a value.
        b"\x1a\x05\x0a\x01k\x10\x05\x1a\x05\x0a\x01k\x10\x06\x1a\x00",
        // Two of the alternatives: the last one holds.
        b"\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x22\x01s",
        b"\x38\x00",
        // Numbers packed and on their own; an unknown value of an enum.
        b"\x42\x08\x00\x00\x00\x00\x00\x00\xe0\x3f\x41\x9a\x99\x99\x99\x99\x99\xb9\x3f",
        b"\x48\x07\x52\x0b\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01",
        b"\x62\x01\xff",
        // A message in two parts.
        b"\x6a\x03\x0a\x01x\x6a\x02\x38\x05",
        b"\x72\x06\x08\xff\xff\xff\xff\x0f",
        // A field that the schema does not have.
        b"\xfa\x3f\x03abc",
    ]
    .concat();
    let again = defaults
        .replace(r#""id":"""#, r#""id":"x""#)
        .replace(r#""prices""#, r#""weight":5,"prices""#);
    let expected = format!(
        r#"{{"id":"","items":[{{"sku":"\"\n","quantity":0}},{{"sku":"","quantity":-2}}],"counts":{{"":0,"k":6}},"street":"s","weight":0,"prices":[0.5,0.1],"color":7,"colors":["BLUE","RED"],"raw":"/w==","again":{again},"by_number":{{"-1":{{"sku":"","quantity":0}}}},"a":0,"b":0,"c":0,"d":0,"e":0.0,"f":false,"g":0,"h":0,"i":0,"flags":{{}}}}"#
    );
    assert_eq!(read(&message), Ok(expected));
}

#[test]
fn integers_of_64_bits_keep_their_digits() {
    let largest = read(b"\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").unwrap();
    assert!(largest.contains(r#""box_number":18446744073709551615"#));
    let least = read(b"\xb8\x01\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01").unwrap();
    assert!(least.contains(r#""i":-9223372036854775808"#));
    // Without digits that the float did not have.
    assert!(
        read(b"\x9d\x01\xcd\xcc\xcc\x3d")
            .unwrap()
            .contains(r#""e":0.1,"#)
    );
    assert!(
        read(b"\x9d\x01\x00\x00\xc0\x7f")
            .unwrap()
            .contains(r#""e":"NaN","#)
    );
}

#[test]
fn a_message_that_is_none_has_a_reason() {
    for (message, reason) in [
        (b"\x0a".as_slice(), "not-a-message"),
        (b"\x0a\x01\xff", "not-utf8"),
        (b"\x08\x01", "wrong-type"),
        (b"\x10\x01", "wrong-type"),
        (b"\x18\x01", "wrong-type"),
        (b"\x42\x03abc", "not-a-message"),
        (b"\x07\x00", "not-a-message"),
    ] {
        assert_eq!(read(message), Err(reason), "{message:?}");
    }
    let mut deep = Vec::new();
    for _ in 0..100 {
        let mut outer = vec![0x6a];
        prost_reflect::prost::encoding::encode_varint(deep.len() as u64, &mut outer);
        outer.extend_from_slice(&deep);
        deep = outer;
    }
    assert_eq!(read(&deep), Err("too-deep"));
    assert_eq!(read(&b"\x6a\x00".repeat(3)).map(drop), Ok(()));
    assert_eq!(read(&b"\x12\x00".repeat(1_000)), Err("too-large"));
}

#[test]
fn glues_index_counts_all_messages_by_name() {
    let of = |text: &str, names: &[&str]| {
        let schema = ProtobufSchema::parse(text).unwrap();
        for (index, name) in (0..).zip(names) {
            assert_eq!(schema.indexed(index), schema.message(name), "{name}");
            assert!(schema.message(name).is_some(), "{name}");
        }
        assert_eq!(schema.indexed(u32::try_from(names.len()).unwrap()), None);
    };
    of(
        r#"syntax = "proto2"; message B { message C {} message A { message D {} } }"#,
        &["B", "B.A", "B.A.D", "B.C"],
    );
    of(
        r#"syntax = "proto2"; package p; message Customer { required string name = 1; } message Address {}"#,
        &["p.Address", "p.Customer"],
    );
    of(
        SCHEMA,
        &[
            "shop.Order",
            "shop.Order.ByNumberEntry",
            "shop.Order.CountsEntry",
            "shop.Order.FlagsEntry",
            "shop.Order.Item",
            "shop.Other",
        ],
    );
}

#[test]
fn fields_of_proto2_are_there_or_not() {
    let schema = ProtobufSchema::parse(
        r#"syntax = "proto2";
        message M { optional int32 a = 1 [default = 5]; required string b = 2; repeated int32 c = 3;
                    optional group G = 4 { optional bool d = 1; } }"#,
    )
    .unwrap();
    assert_eq!(read_as(&schema, "M", b""), Ok(r#"{"c":[]}"#.to_owned()));
    let message = b"\x08\x01\x12\x00\x18\x01\x1a\x01\x02\x23\x08\x01\x24";
    assert_eq!(
        read_as(&schema, "M", message),
        Ok(r#"{"a":1,"b":"","c":[1,2],"g":{"d":true}}"#.to_owned())
    );
}

#[test]
fn a_schema_that_is_none_is_refused() {
    for bad in [
        "",
        "message",
        "syntax = \"proto3\"; message M { No no = 1; }",
        "syntax = \"proto3\"; import \"other.proto\";",
        "syntax = \"proto3\"; message M { int32 a = 1; int32 b = 1; }",
    ] {
        if let Err(error) = ProtobufSchema::parse(bad) {
            assert!(!error.to_string().contains('\n'), "{error}");
        } else {
            assert_eq!(bad, "");
        }
    }
}

/// Fields that the schema has, or nearly.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let number = 1_u8..30;
    let field = (
        number,
        0_u8..6,
        proptest::collection::vec(prop_oneof![0_u8..4, any::<u8>()], 0..12),
    )
        .prop_map(|(number, kind, bytes)| {
            // The other library takes any type of value for a map's.
            let kind = if matches!(number, 3 | 14 | 24) {
                2
            } else {
                kind
            };
            let mut out = Vec::new();
            prost_reflect::prost::encoding::encode_varint(
                u64::from(number) << 3 | u64::from(kind),
                &mut out,
            );
            if kind == 2 {
                out.push(u8::try_from(bytes.len()).unwrap());
            }
            out.extend_from_slice(&bytes);
            out
        });
    proptest::collection::vec(field, 0..6).prop_map(|fields| fields.concat())
}

fn without_times(mut value: serde_json::Value) -> serde_json::Value {
    if let Some(object) = value.as_object_mut() {
        object.remove("at");
        let again = object.remove("again").map(without_times);
        object.extend(again.map(|again| ("again".to_owned(), again)));
    }
    value
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn messages_are_read_as_another_library_reads_them(message in message()) {
        thread_local! {
            static POOL: (ProtobufSchema, DescriptorPool) = (schema(), pool());
        }
        POOL.with(|(schema, pool)| {
            let got = read_as(schema, "shop.Order", &message);
            let expected = expected(pool, &message);
            // That library refuses groups where the schema has messages, and takes values of another type for maps.
            let is_stricter = got == Err("wrong-type");
            prop_assert!(got.is_ok() || is_stricter || expected.is_none(), "{:?} {:?}", got, message);
            if let (Ok(text), Some(expected)) = (got, expected) {
                let got: serde_json::Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(without_times(got), without_times(expected), "{:?}", message);
            }
            Ok(())
        })?;
    }
}
