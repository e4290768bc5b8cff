use proptest::prelude::*;
use serde_json::json;

use super::tests::filters;
use super::*;

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c<>=.]{0,3}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        "[a-c.]{0,3}",
        Just("$or".to_owned()),
        Just("Filters".to_owned()),
        Just("Pattern".to_owned()),
        Just("prefix".to_owned()),
        Just("numeric".to_owned()),
        Just("anything-but".to_owned()),
        Just("exists".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused_on_one_line(value in json_value(), record in json_value()) {
        for criteria in [FilterCriteria::parse(&value), filters(std::slice::from_ref(&value))] {
            match criteria {
                Ok(criteria) => {
                    let _ = criteria.check_kinesis();
                    let _ = criteria.check_dynamodb();
                    let text = record.to_string();
                    let as_data = json!({"data": &record});
                    prop_assert_eq!(
                        criteria.passes_kinesis(text.as_bytes()),
                        criteria.passes_record(&as_data)
                    );
                    let _ = criteria.passes_record(&record);
                }
                Err(error) => prop_assert!(!error.to_string().contains('\n')),
            }
        }
    }

    #[test]
    fn any_bytes_pass_or_not(data in prop::collection::vec(any::<u8>(), 0..64), text in "[\\[\\]{}\",:0-9a-z\\\\. -]{0,40}") {
        let criteria = filters(&[json!({"data": {"a": [{"exists": false}]}})]).unwrap();
        for bytes in [&data[..], text.as_bytes()] {
            let is_json = serde_json::from_slice::<Value>(bytes).is_ok();
            prop_assert!(is_json || !criteria.passes_kinesis(bytes));
        }
    }
}
