use super::*;

/// A row as DynamoDB's JSON gives it: entity, version, and whether it is gone.
fn row(entity: &str, version: &str, is_gone: bool) -> Row {
    let gone = if is_gone {
        r#","deleted":{"N":"1"}"#
    } else {
        ""
    };
    let json = format!(r#"{{"entity":{{"S":"{entity}"}},"version":{{"S":"{version}"}}{gone}}}"#);
    serde_json::from_str(&json).unwrap()
}

/// `1:o5/i3` for item 1 that is there, `gone 1:o5/i3` for one that is not.
fn joined(partition: &[Row], wanted: &Wanted) -> Vec<String> {
    let shown = |row: &EnrichedRow<'_>| {
        let gone = if row.live.is_some() { "" } else { "gone " };
        let EnrichedRow {
            item_id,
            order_version,
            item_version,
            ..
        } = row;
        format!("{gone}{item_id}:{order_version}/{item_version}")
    };
    join(7, partition, wanted).iter().map(shown).collect()
}

fn all() -> Wanted {
    Wanted {
        all: true,
        ..Wanted::default()
    }
}

fn items(ids: &[i64]) -> Wanted {
    Wanted {
        items: ids.iter().copied().collect(),
        ..Wanted::default()
    }
}

#[test]
fn there_is_no_row_before_order_and_item_have_been_seen() {
    let (order, item) = (row("ORDER", "o5", false), row("ITEM#1", "i3", false));
    for wanted in [all(), items(&[1])] {
        assert!(joined(&[], &wanted).is_empty());
        assert!(joined(std::slice::from_ref(&order), &wanted).is_empty());
        assert!(joined(std::slice::from_ref(&item), &wanted).is_empty());
        let both = [item.clone(), order.clone()];
        assert_eq!(joined(&both, &wanted), ["1:o5/i3"]);
    }
}

#[test]
fn a_change_of_the_order_makes_all_items_that_are_there_and_one_of_an_item_makes_that_one() {
    let partition = [
        row("ITEM#-4", "i1", false),
        row("ITEM#1", "i3", false),
        row("ITEM#2", "i4", true),
        row("ORDER", "o5", false),
    ];
    assert_eq!(joined(&partition, &all()), ["-4:o5/i1", "1:o5/i3"]);
    assert_eq!(joined(&partition, &items(&[1, 99])), ["1:o5/i3"]);
    assert_eq!(joined(&partition, &items(&[2])), ["gone 2:o5/i4"]);
    let mut both = items(&[2]);
    both.add(Entity::Order);
    assert_eq!(joined(&partition, &both).len(), 3);
}

#[test]
fn with_the_order_gone_all_its_rows_are() {
    let partition = [
        row("ITEM#1", "i3", false),
        row("ITEM#2", "i4", true),
        row("ORDER", "o5", true),
    ];
    assert_eq!(joined(&partition, &all()), ["gone 1:o5/i3"]);
    assert_eq!(
        joined(&partition, &items(&[1, 2])),
        ["gone 1:o5/i3", "gone 2:o5/i4"]
    );
}

#[test]
fn rows_that_were_written_by_others_are_left_out() {
    let strange = [
        row("NOTE#1", "x", false),
        row("ITEM#one", "x", false),
        serde_json::from_str(r#"{"entity":{"S":"ITEM#5"}}"#).unwrap(),
        serde_json::from_str("{}").unwrap(),
        row("ITEM#1", "i3", false),
        row("ORDER", "o5", false),
    ];
    assert_eq!(joined(&strange, &all()), ["1:o5/i3"]);
}
