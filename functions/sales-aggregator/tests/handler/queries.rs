//! The queries that the README names, against rows that the function has written.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue::S;
use testkit::FaultPlan;

use crate::support::{Setup, Stack, TABLE, events};

const TIME: Duration = Duration::from_secs(30);

/// The sort keys that a query finds. A filter is on the group.
async fn find(
    stack: &Stack,
    condition: &str,
    values: &[(&str, &str)],
    group: Option<&str>,
) -> Vec<String> {
    let query = stack.dynamodb.client().query().table_name(TABLE);
    let condition = format!("Series = :s AND {condition}");
    let mut query = query.key_condition_expression(condition);
    for (name, value) in values {
        query = query.expression_attribute_values(*name, S((*value).to_owned()));
    }
    if let Some(group) = group {
        query = query.filter_expression("#g = :g");
        query = query.expression_attribute_names("#g", "Group");
        query = query.expression_attribute_values(":g", S(group.to_owned()));
    }
    let found = query.send().await.unwrap().items.unwrap_or_default();
    let key = |item: &std::collections::HashMap<String, _>| match &item["WindowGroup"] {
        S(key) => key.clone(),
        other => panic!("{other:?}"),
    };
    found.iter().map(key).collect()
}

#[tokio::test(start_paused = true)]
async fn the_queries_of_the_readme_find_what_they_say() {
    let stack = Stack::start(Setup::default(), FaultPlan::none()).await;
    let event = &events()["kinesis-final"];
    let later = event
        .replace("2025-11-21T08:00:30Z", "2025-11-21T09:00:30Z")
        .replace("2025-11-21T08:00:00Z", "2025-11-21T09:00:00Z");
    let other_shard = event.replace("shardId-000000000000", "shardId-000000000001");
    for event in [event, &later, &other_shard] {
        stack.invoke(event, TIME).await.unwrap();
    }
    let total = (":s", "total#sluicegate-sales");
    let hour = [
        total,
        (":from", "2025-11-21T08:00:00Z"),
        (":to", "2025-11-21T09:00:00Z"),
    ];
    let between = "WindowGroup BETWEEN :from AND :to";
    let all = ["all", "berlin", "paris"].map(|group| format!("2025-11-21T08:00:00Z#{group}"));
    assert_eq!(find(&stack, between, &hour, None).await, all);
    assert_eq!(
        find(&stack, between, &hour, Some("berlin")).await,
        all[1..2]
    );

    let begins = "begins_with(WindowGroup, :w)";
    let window = [total, (":w", "2025-11-21T08:00:00Z#")];
    assert_eq!(find(&stack, begins, &window, None).await, all);

    let one = [total, (":w", "2025-11-21T08:00:00Z#berlin")];
    assert_eq!(
        find(&stack, "WindowGroup = :w", &one, None).await,
        all[1..2]
    );

    let parts = [
        (":s", "part#sluicegate-sales"),
        (":w", "2025-11-21T08:00:00Z#berlin#"),
    ];
    let part = "49590338271490256608559692538361571095921575989130000001";
    let shards =
        [0, 1].map(|shard| format!("2025-11-21T08:00:00Z#berlin#shardId-{shard:012}#{part}"));
    assert_eq!(find(&stack, begins, &parts, None).await, shards);

    let newest = stack.dynamodb.client().query().table_name(TABLE);
    let newest = newest
        .key_condition_expression("Series = :s")
        .expression_attribute_values(":s", S(total.1.to_owned()))
        .scan_index_forward(false)
        .limit(1);
    let newest = newest.send().await.unwrap().items.unwrap();
    assert_eq!(
        newest[0]["WindowStart"],
        S("2025-11-21T09:00:00Z".to_owned())
    );
}
