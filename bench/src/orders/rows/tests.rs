use serde_json::json;

use super::*;

const ORDER: u64 = 10_000_001;
const ITEM: u64 = products::FIRST_PRODUCT;

fn change(key: RowKey, operation: Operation, transaction: u64) -> (u64, Change) {
    (transaction, Change::new(key, operation, transaction, 1))
}

/// What becomes of a call's body.
type Edit<'a> = &'a dyn Fn(String) -> Option<String>;

/// Tables with the rows, put as a handler puts them; `edit` may change the calls' bodies, or take some out.
fn tables(rows: &Rows, edit: Edit<'_>) -> Tables {
    let mut tables = Tables::new(&[SOURCE, ENRICHED]);
    let source = rows.source.iter().map(|(key, row)| {
        let entity = key
            .item
            .map_or("ORDER".to_owned(), |item| format!("ITEM#{item}"));
        (SOURCE.table, keyed(row, key.order, "entity", text(&entity)))
    });
    let enriched = rows.enriched.iter().map(|((order, id), row)| {
        (
            ENRICHED.table,
            keyed(row, *order, "itemId", number(&id.to_string())),
        )
    });
    for (table, mut item) in source.chain(enriched) {
        if !is_live(&item) {
            item.insert("expiresAt".to_owned(), number("1763712000"));
        }
        let body = json!({"TableName": table, "Item": item}).to_string();
        if let Some(body) = edit(body) {
            tables.put(body.as_bytes()).unwrap();
        }
    }
    tables
}

/// Whether an item is seen by `OrderEnriched`, and with which status.
fn shown(rows: &Rows, item: u64) -> Option<bool> {
    rows.enriched.get(&(ORDER, item)).map(is_live)
}

#[test]
fn the_newest_change_of_each_row_makes_the_rows_and_each_order_is_read_once() {
    let (order, item) = (RowKey::order(ORDER), RowKey::item(ORDER, ITEM));
    let mut rows = Rows::default();
    for (changes, puts, queries, is_shown) in [
        (vec![change(item, Operation::Insert, 5)], (1, 0), 1, None),
        (
            vec![change(order, Operation::Insert, 6)],
            (1, 1),
            1,
            Some(true),
        ),
        (
            vec![
                change(item, Operation::Delete, 8),
                change(item, Operation::Update, 7),
            ],
            (1, 1),
            1,
            Some(false),
        ),
        // Older than the deletion.
        (
            vec![change(item, Operation::Update, 7)],
            (1, 1),
            1,
            Some(false),
        ),
        (
            vec![change(order, Operation::Update, 9)],
            (1, 0),
            1,
            Some(false),
        ),
        (
            vec![change(item, Operation::Insert, 10)],
            (1, 1),
            1,
            Some(true),
        ),
        (
            vec![change(order, Operation::Delete, 11)],
            (1, 1),
            1,
            Some(false),
        ),
        (
            vec![change(item, Operation::Load, 12)],
            (1, 1),
            1,
            Some(false),
        ),
    ] {
        let expected = Calls {
            source_puts: puts.0,
            queries,
            enriched_puts: puts.1,
        };
        assert_eq!(rows.apply(&changes), expected, "{changes:?}");
        assert_eq!(shown(&rows, ITEM), is_shown, "{changes:?}");
    }
}

#[test]
fn a_moved_row_is_gone_where_it_was() {
    let mut rows = Rows::default();
    let (old, new) = (RowKey::item(ORDER, ITEM), RowKey::item(ORDER, ITEM + 1));
    let header = change(RowKey::order(ORDER), Operation::Insert, 1);
    rows.apply(&[header, change(old, Operation::Insert, 2)]);
    let (sequence, moved) = change(new, Operation::Update, 3);
    let moved_from = Some(old);
    let calls = rows.apply(&[(
        sequence,
        Change {
            moved_from,
            ..moved
        },
    )]);
    assert_eq!((calls.source_puts, calls.enriched_puts), (2, 2));
    assert_eq!(
        [ITEM, ITEM + 1].map(|item| shown(&rows, item)),
        [Some(false), Some(true)]
    );
}

#[test]
fn a_handler_cannot_pass_with_other_rows() {
    let mut rows = Rows::default();
    let header = change(RowKey::order(ORDER), Operation::Insert, 1);
    let items = [0, 1, 9_999].map(|item| RowKey::item(ORDER, ITEM + item));
    let [kept, deleted, unknown] = items.map(|key| change(key, Operation::Insert, 2));
    rows.apply(&[header, kept, deleted, unknown]);
    rows.apply(&[change(items[1], Operation::Delete, 3)]);
    rows.check(&tables(&rows, &Some)).unwrap();

    let replaced =
        |from: &'static str, to: &'static str| move |body: String| Some(body.replacen(from, to, 1));
    let without = |text: &'static str| move |body: String| (!body.contains(text)).then_some(body);
    let edits: [(Edit<'_>, &str); 8] = [
        (&without("OrderEnriched"), "OrderEnriched lacks"),
        (&without("ORDER\""), "OrderSource lacks"),
        (&without("missing"), "OrderEnriched lacks"),
        (&replaced("Durable", "durable"), "a row of OrderEnriched is"),
        (
            &replaced("0000-2-0000002a", "0000-2-0000002b"),
            "a row of OrderSource is",
        ),
        (&replaced("999900001", "999900008"), "lacks the row"),
        (&replaced("1763712000\"", "17637120000\""), "expires at"),
        (
            &replaced("\"deleted\":{\"N\":\"1\"},", ""),
            "a row that is there expires",
        ),
    ];
    for (edit, reason) in edits {
        let error = rows.check(&tables(&rows, edit)).unwrap_err().to_string();
        assert!(error.contains(reason), "{reason}: {error}");
    }
    let error = Rows::default()
        .check(&tables(&rows, &Some))
        .unwrap_err()
        .to_string();
    assert!(error.contains("not expected"), "{error}");
}
