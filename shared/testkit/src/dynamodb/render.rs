//! Attribute values as text.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// An attribute value as `type:content`, for comparison in tests.
///
/// `S:sensor-1`, `N:81.4`, `BOOL:true`, `NULL`, `B:` with base64, `L:[N:1,S:a]`, `M:{a=N:1,b=S:x}` and sets as
/// `SS:[a,b]`; maps and sets are sorted. The form is for reading, not for parsing: nothing is escaped.
pub fn render(value: &AttributeValue) -> String {
    match value {
        AttributeValue::S(text) => format!("S:{text}"),
        AttributeValue::N(number) => format!("N:{number}"),
        AttributeValue::Bool(truth) => format!("BOOL:{truth}"),
        AttributeValue::Null(_) => "NULL".to_owned(),
        AttributeValue::B(bytes) => format!("B:{}", base64(bytes.as_ref())),
        AttributeValue::L(values) => {
            let values: Vec<String> = values.iter().map(render).collect();
            format!("L:[{}]", values.join(","))
        }
        AttributeValue::M(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{name}={}", render(value)))
                .collect();
            format!("M:{{{}}}", sorted(fields))
        }
        AttributeValue::Ss(texts) => format!("SS:[{}]", sorted(texts.clone())),
        AttributeValue::Ns(numbers) => format!("NS:[{}]", sorted(numbers.clone())),
        AttributeValue::Bs(blobs) => {
            let blobs = blobs.iter().map(|bytes| base64(bytes.as_ref())).collect();
            format!("BS:[{}]", sorted(blobs))
        }
        other => format!("{other:?}"),
    }
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn sorted(mut parts: Vec<String>) -> String {
    parts.sort();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_sdk_dynamodb::primitives::Blob;

    use super::*;

    #[test]
    fn every_type_has_its_text() {
        let map = HashMap::from([
            ("b".to_owned(), AttributeValue::S("x".to_owned())),
            ("a".to_owned(), AttributeValue::Bool(true)),
        ]);
        let cases = [
            (AttributeValue::S("a:b".to_owned()), "S:a:b"),
            (AttributeValue::N("81.40".to_owned()), "N:81.40"),
            (AttributeValue::Null(true), "NULL"),
            (AttributeValue::B(Blob::new("Hello")), "B:SGVsbG8="),
            (AttributeValue::M(map), "M:{a=BOOL:true,b=S:x}"),
            (
                AttributeValue::L(vec![
                    AttributeValue::N("2".to_owned()),
                    AttributeValue::N("1".to_owned()),
                ]),
                "L:[N:2,N:1]",
            ),
            (
                AttributeValue::Ss(vec!["b".to_owned(), "a".to_owned()]),
                "SS:[a,b]",
            ),
            (AttributeValue::Ns(vec!["1".to_owned()]), "NS:[1]"),
            (
                AttributeValue::Bs(vec![Blob::new("Hello")]),
                "BS:[SGVsbG8=]",
            ),
        ];
        for (value, text) in cases {
            assert_eq!(render(&value), text);
        }
    }
}
