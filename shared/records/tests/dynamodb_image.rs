//! Images: every type of attribute, found by name or one after the other, and what is none.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use records::dynamodb::MAX_DEPTH;
use records::{AttributeError, AttributeValue, DynamoDbEvent, Image};
use serde_json::{Value, json};

/// Calls `look` with an image of that JSON text.
fn with_image<T>(json: &str, look: impl FnOnce(Image<'_>) -> T) -> T {
    let event = format!(
        r#"{{"Records":[{{"eventName":"INSERT","dynamodb":{{"NewImage":{json},"SequenceNumber":"1"}}}}]}}"#
    );
    let event = DynamoDbEvent::from_json(event.as_bytes()).unwrap();
    look(
        event
            .record(0)
            .unwrap()
            .change()
            .unwrap()
            .new_image
            .unwrap(),
    )
}

/// A whole item with every type there is, as AWS's services write it.
const ALL_TYPES: &str = r#"{"number set":{"NS":["0","1"]},"number":{"N":"10"},"binary set":{"BS":["MTMyMQ==","MTQzMQ=="]},"string":{"S":"some-string"},"null":{"NULL":true},"map":{"M":{"a":{"S":"some-string"},"b":{"N":"0"}}},"boolean":{"BOOL":false},"id":{"S":"some-partition-key"},"string set":{"SS":["some-string-1","some-string-2"]},"binary":{"B":"MTMyMQ=="},"list":{"L":[{"S":"some-string-1"},{"N":"13"}]}}"#;

#[test]
fn every_type_is_read_by_name() {
    use AttributeValue::{B, Bool, Bs, L, M, N, Ns, Null, S, Ss};
    with_image(ALL_TYPES, |image| {
        let get = |name| image.get(name).unwrap().unwrap();
        assert_eq!(get("number set"), Ns(vec!["0".into(), "1".into()]));
        assert_eq!(get("number"), N("10".into()));
        assert_eq!(
            get("binary set"),
            Bs(vec![b"1321".to_vec(), b"1431".to_vec()])
        );
        assert_eq!(get("string"), S("some-string".into()));
        assert_eq!(get("null"), Null);
        assert_eq!(get("boolean"), Bool(false));
        assert_eq!(get("id"), S("some-partition-key".into()));
        assert_eq!(
            get("string set"),
            Ss(vec!["some-string-1".into(), "some-string-2".into()])
        );
        assert_eq!(get("binary"), B(b"1321".to_vec()));
        let M(map) = get("map") else { panic!("a map") };
        assert_eq!(map.get("b"), Ok(Some(N("0".into()))));
        assert_eq!(map.get("c"), Ok(None));
        let L(list) = get("list") else {
            panic!("a list")
        };
        let elements: Vec<_> = list.elements().map(Result::unwrap).collect();
        assert_eq!(elements, [S("some-string-1".into()), N("13".into())]);
        assert_eq!(image.get("some-string"), Ok(None));
        assert_eq!(image.get("S"), Ok(None));
        assert_eq!(image.get(""), Ok(None));
    });
}

#[test]
fn all_attributes_come_in_their_order() {
    with_image(ALL_TYPES, |image| {
        let names: Vec<_> = image
            .attributes()
            .map(|(name, _)| name.into_owned())
            .collect();
        let expected = [
            "number set",
            "number",
            "binary set",
            "string",
            "null",
            "map",
            "boolean",
            "id",
            "string set",
            "binary",
            "list",
        ];
        assert_eq!(names, expected);
        for (name, value) in image {
            assert_eq!(Ok(value.ok()), image.get(&name), "{name}");
        }
    });
    with_image("{ }", |image| assert_eq!(image.attributes().count(), 0));
}

#[test]
fn text_is_borrowed_from_the_event_unless_it_has_escapes() {
    with_image(r#"{"a":{"S":"plain ä"},"b":{"S":"\u00e4\n"}}"#, |image| {
        let is_borrowed = |name| match image.get(name).unwrap().unwrap() {
            AttributeValue::S(text) => matches!(text, std::borrow::Cow::Borrowed(_)),
            other => panic!("{other:?}"),
        };
        assert!(is_borrowed("a"));
        assert!(!is_borrowed("b"));
        assert_eq!(image.get("b").unwrap().unwrap().as_s(), Some("ä\n"));
    });
}

#[test]
fn an_unreadable_attribute_is_an_error_of_its_own_only() {
    use AttributeError::{NotBase64, NotTyped, UnknownType, WrongContent};
    for (value, expected) in [
        ("null", NotTyped),
        ("5", NotTyped),
        ("\"S\"", NotTyped),
        ("[]", NotTyped),
        ("[{\"S\":\"a\"}]", NotTyped),
        ("{}", NotTyped),
        (r#"{"S":"a","N":"1"}"#, NotTyped),
        (r#"{"N":"1","N":"1"}"#, NotTyped),
        (r#"{"BOOL":true,"S":"a"}"#, NotTyped),
        (r#"{"X":"a"}"#, UnknownType),
        (r#"{"s":"a"}"#, UnknownType),
        (r#"{"":"a"}"#, UnknownType),
        (r#"{"L":"a"}"#, WrongContent("L")),
        (r#"{"M":"a"}"#, WrongContent("M")),
        (r#"{"S":null}"#, WrongContent("S")),
        (r#"{"S":"\ud800"}"#, WrongContent("S")),
        (r#"{"N":5}"#, WrongContent("N")),
        (r#"{"B":[]}"#, WrongContent("B")),
        (r#"{"B":"a"}"#, NotBase64),
        (r#"{"BOOL":"true"}"#, WrongContent("BOOL")),
        (r#"{"NULL":1}"#, WrongContent("NULL")),
        (r#"{"SS":"a"}"#, WrongContent("SS")),
        (r#"{"SS":["a",1]}"#, WrongContent("SS")),
        (r#"{"NS":[1,2]}"#, WrongContent("NS")),
        (r#"{"BS":["MTMyMQ==","?"]}"#, NotBase64),
        (r#"{"L":{}}"#, WrongContent("L")),
        (r#"{"M":[]}"#, WrongContent("M")),
    ] {
        with_image(
            &format!(r#"{{"a":{{"N":"1"}},"bad":{value},"c":{{"N":"3"}}}}"#),
            |image| {
                assert_eq!(image.get("bad"), Err(expected), "{value}");
                assert_eq!(
                    image.get("c"),
                    Ok(Some(AttributeValue::N("3".into()))),
                    "{value}"
                );
                let all: Vec<_> = image.attributes().map(|(_, value)| value.is_ok()).collect();
                assert_eq!(all, [true, false, true], "{value}");
            },
        );
    }
}

#[test]
fn white_space_is_no_difference() {
    with_image(
        " { \"a\" : { \"N\" : \"1\" } , \"b\":{ \"L\" : [ { \"NULL\" : true } ] } } ",
        |image| {
            assert_eq!(image.get("a").unwrap().unwrap().as_n(), Some("1"));
            assert_eq!(
                format!("{image:?}"),
                r#"{"a": Ok(N("1")), "b": Ok(L([Ok(Null)]))}"#
            );
        },
    );
}

/// The depth of lists in `value` that can be reached.
fn depth(value: &AttributeValue<'_>) -> Result<usize, AttributeError> {
    let AttributeValue::L(list) = value else {
        return Ok(0);
    };
    list.elements()
        .try_fold(1, |deepest, element| Ok(deepest.max(1 + depth(&element?)?)))
}

#[test]
fn nesting_ends_where_dynamodb_ends_it() {
    let nested = |levels: usize| {
        format!(
            r#"{{"a":{}{{"N":"1"}}{}}}"#,
            r#"{"L":["#.repeat(levels),
            "]}".repeat(levels)
        )
    };
    let depth = |levels| {
        with_image(&nested(levels), |image| {
            depth(&image.get("a").unwrap().unwrap())
        })
    };
    assert_eq!(depth(MAX_DEPTH), Ok(MAX_DEPTH));
    assert_eq!(depth(MAX_DEPTH + 1), Err(AttributeError::TooDeep));
    assert_eq!(depth(50_000), Err(AttributeError::TooDeep));
}

fn any_attribute() -> impl Strategy<Value = Value> {
    let text = "\\PC{0,6}|[\"\\\\\n/]{0,3}";
    let leaf = prop_oneof![
        text.prop_map(|text| json!({"S": text})),
        "-?[0-9]{1,5}".prop_map(|digits| json!({"N": digits})),
        any::<bool>().prop_map(|truth| json!({"BOOL": truth})),
        Just(json!({"NULL": true})),
        proptest::collection::vec(text, 0..3).prop_map(|texts| json!({"SS": texts})),
    ];
    leaf.prop_recursive(4, 20, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|list| json!({"L": list})),
            proptest::collection::btree_map(text, inner, 0..4).prop_map(|map| json!({"M": map})),
        ]
    })
}

/// Writes an attribute back as it came.
fn to_json(value: &AttributeValue<'_>) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(digits) => json!({"N": digits}),
        AttributeValue::Bool(truth) => json!({"BOOL": truth}),
        AttributeValue::Null => json!({"NULL": true}),
        AttributeValue::Ss(texts) => json!({"SS": texts}),
        AttributeValue::L(list) => {
            let elements: Vec<_> = list
                .elements()
                .map(|element| to_json(&element.unwrap()))
                .collect();
            json!({"L": elements})
        }
        AttributeValue::M(map) => {
            let members: BTreeMap<_, _> = map
                .attributes()
                .map(|(key, value)| (key, to_json(&value.unwrap())))
                .collect();
            json!({"M": members})
        }
        other => panic!("{other:?} was not written"),
    }
}

proptest! {
    #[test]
    fn an_image_is_read_as_it_was_written(
        image in proptest::collection::btree_map("\\PC{0,20}|[\"\\\\a]{0,70}", any_attribute(), 0..8),
    ) {
        with_image(&json!(image).to_string(), |read| {
            assert_eq!(read.attributes().count(), image.len());
            for (name, value) in &image {
                assert_eq!(&to_json(&read.get(name).unwrap().unwrap()), value);
            }
        });
    }
}
