use serde_json::json;

use super::*;

const SCHEMA: Schema = Schema {
    table: "T",
    hash: "h",
    range: "r",
};

fn put(tables: &mut Tables, range: &str, version: &str, condition: &str) -> String {
    let body = json!({
        "TableName": "T",
        "Item": {"h": {"N": "1"}, "r": {"S": range}, "v": {"S": version}, "w": {"S": "5"}},
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#v": "v"},
        "ExpressionAttributeValues": {":v": {"S": version}, ":w": {"S": "5"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    match tables.put(body.to_string().as_bytes()).unwrap() {
        Answer::Ok(answer) => answer,
        Answer::Refused(answer) => format!("refused {answer}"),
    }
}

#[test]
fn a_put_is_made_only_if_its_condition_holds() {
    for (condition, may_replace) in [
        ("attribute_not_exists(h)", false),
        ("attribute_not_exists(h) OR #v < :v", true),
        ("attribute_not_exists(h) OR v < :v AND w <= :w", true),
        ("attribute_not_exists(h) OR v < :v AND w < :w", false),
        ("attribute_not_exists(h) OR w = :w AND v = :v", false),
        ("attribute_not_exists(h) OR other < :v", false),
    ] {
        let mut tables = Tables::new(&[SCHEMA]);
        assert_eq!(put(&mut tables, "a", "1", condition), "{}", "{condition}");
        let second = put(&mut tables, "a", "2", condition);
        assert_eq!(second == "{}", may_replace, "{condition}: {second}");
        let there = if may_replace { "2" } else { "1" };
        let versions: Vec<_> = tables.items("T").map(|item| item["v"].clone()).collect();
        assert_eq!(versions, [Attribute::S(there.to_owned())], "{condition}");
        assert!(
            may_replace || second.contains(r#""v":{"S":"1"}"#),
            "{second}"
        );
    }
}

#[test]
fn a_query_gives_its_partition_in_the_order_of_the_range_key() {
    let mut tables = Tables::new(&[SCHEMA]);
    for range in ["b", "a"] {
        put(&mut tables, range, "1", "attribute_not_exists(h)");
    }
    let mut query = |hash: &str| {
        let body = json!({"TableName": "T", "KeyConditionExpression": "h = :h",
            "ExpressionAttributeValues": {":h": {"N": hash}}});
        let Answer::Ok(answer) = tables.query(body.to_string().as_bytes()).unwrap() else {
            panic!("refused");
        };
        serde_json::from_str::<serde_json::Value>(&answer).unwrap()
    };
    let found = query("1");
    let ranges = [0, 1].map(|index| found["Items"][index]["r"]["S"].clone());
    assert_eq!(
        (ranges, &found["Count"]),
        ([json!("a"), json!("b")], &json!(2))
    );
    assert_eq!(query("2")["Items"], json!([]));
}

#[test]
fn what_is_not_known_here_is_no_answer() {
    let mut tables = Tables::new(&[SCHEMA]);
    for body in [
        r#"{"TableName":"U","Item":{}}"#,
        r#"{"TableName":"T","Item":{"h":{"N":"1"}}}"#,
        r#"{"TableName":"T","Item":{"h":{"N":"1"},"r":{"S":"a"}},"ConditionExpression":"size(v) > :v"}"#,
        "{}",
    ] {
        assert!(tables.put(body.as_bytes()).is_err(), "{body}");
    }
}
