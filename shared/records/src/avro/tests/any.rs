//! Any schemas, any datums.

use proptest::prelude::*;

use super::super::AvroReader;
use super::{read, schema};

fn any_schema() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(r#""null""#),
        Just(r#""boolean""#),
        Just(r#""int""#),
        Just(r#""long""#),
        Just(r#""float""#),
        Just(r#""double""#),
        Just(r#""bytes""#),
        Just(r#""string""#),
        Just(r#"{"type":"bytes","logicalType":"decimal","scale":2}"#),
    ]
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|items| format!(r#"{{"type":"array","items":{items}}}"#)),
            inner
                .clone()
                .prop_map(|values| format!(r#"{{"type":"map","values":{values}}}"#)),
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|all| format!("[{}]", all.join(","))),
            (proptest::collection::vec(inner, 0..4), any::<u64>()).prop_map(|(all, name)| {
                let field = |(index, of)| format!(r#"{{"name":"f{index}","type":{of}}}"#);
                let fields: Vec<_> = all.iter().enumerate().map(field).collect();
                format!(
                    r#"{{"type":"record","name":"R{name}","fields":[{}]}}"#,
                    fields.join(",")
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_give_json_or_an_error(
        written in any_schema(), wanted in any_schema(), bytes in proptest::collection::vec(prop_oneof![0_u8..8, any::<u8>()], 0..60)
    ) {
        let (written, wanted) = (schema(&written), schema(&wanted));
        let _ = read(&AvroReader::new(&written).unwrap(), &bytes);
        if let Ok(reader) = AvroReader::resolving(&written, &wanted) {
            let _ = read(&reader, &bytes);
        }
    }

    #[test]
    fn what_is_read_can_be_written_and_read_again(
        written in any_schema(), bytes in proptest::collection::vec(prop_oneof![0_u8..8, any::<u8>()], 0..60)
    ) {
        let schema = schema(&written);
        let reader = AvroReader::new(&schema).unwrap();
        // Members that come twice are two members to a reader, but one value to a writer; so are strings for bytes.
        if let Ok(text) = read(&reader, &bytes)
            && !written.contains("map")
            && !written.contains('[')
        {
            let mut datum = Vec::new();
            schema.write(&text, &mut datum).unwrap();
            prop_assert_eq!(read(&reader, &datum).unwrap(), text);
        }
    }

    #[test]
    fn integers_are_written_in_full(value in prop_oneof![any::<i64>(), -100_i64..100]) {
        let mut out = Vec::new();
        crate::json::write::push_integer(&mut out, value);
        prop_assert_eq!(out, value.to_string().into_bytes());
    }

    #[test]
    fn strings_are_escaped_as_json_wants(text in "\\PC{0,20}[\u{0}-\u{40}\"\\\\]{0,20}") {
        prop_assert_eq!(serde_json::from_str::<String>(&crate::json::write::quoted(&text)).unwrap(), text);
    }
}
