//! Attributes of items as the JSON of DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodbstreams::primitives::Blob;
use aws_sdk_dynamodbstreams::types::AttributeValue;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

/// An item: its attributes by name, each as `{"type": value}`.
pub(super) fn item_json(item: &HashMap<String, AttributeValue>) -> Value {
    let attributes = item.iter();
    attributes
        .map(|(name, value)| (name.clone(), attribute_json(value)))
        .collect()
}

fn attribute_json(value: &AttributeValue) -> Value {
    let binary = |blob: &Blob| BASE64_STANDARD.encode(blob);
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(blob) => json!({ "B": binary(blob) }),
        AttributeValue::Bool(value) => json!({ "BOOL": value }),
        AttributeValue::Null(value) => json!({ "NULL": value }),
        AttributeValue::L(items) => {
            json!({ "L": items.iter().map(attribute_json).collect::<Value>() })
        }
        AttributeValue::M(item) => json!({ "M": item_json(item) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(blobs) => {
            json!({ "BS": blobs.iter().map(binary).collect::<Value>() })
        }
        // A type that this SDK does not know yet has no value that could be shown.
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_keep_type_and_digits() {
        let number = || AttributeValue::N("1.50".to_owned());
        let blob = || Blob::new(b"\x00\xff");
        for (value, expected) in [
            (AttributeValue::S("a\"b".to_owned()), json!({"S": "a\"b"})),
            (number(), json!({"N": "1.50"})),
            (AttributeValue::B(blob()), json!({"B": "AP8="})),
            (AttributeValue::Bool(false), json!({"BOOL": false})),
            (AttributeValue::Null(true), json!({"NULL": true})),
            (
                AttributeValue::L(vec![number()]),
                json!({"L": [{"N": "1.50"}]}),
            ),
            (
                AttributeValue::M([("x".to_owned(), number())].into()),
                json!({"M": {"x": {"N": "1.50"}}}),
            ),
            (
                AttributeValue::Ss(vec!["a".to_owned()]),
                json!({"SS": ["a"]}),
            ),
            (
                AttributeValue::Ns(vec!["1e2".to_owned()]),
                json!({"NS": ["1e2"]}),
            ),
            (AttributeValue::Bs(vec![blob()]), json!({"BS": ["AP8="]})),
        ] {
            assert_eq!(attribute_json(&value), expected);
        }
    }
}
