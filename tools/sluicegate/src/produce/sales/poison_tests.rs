use records::Timestamp;
use serde_json::Value;

use super::*;
use crate::produce::number::Spelled;

fn order(is_bare: bool) -> Order {
    Order {
        number: 7,
        id: "1-7".to_owned(),
        group: Some("store-1".to_owned()),
        amount: Spelled {
            text: "20.50".to_owned(),
            value: "20.5".to_owned(),
        },
        time: Timestamp::from_micros(1_700_000_000_000_000),
        is_bare,
        has_unknown_field: false,
    }
}

fn bytes(poison: Poison, is_bare: bool) -> Vec<u8> {
    poison.bytes(&mut Rng::with_seed(1), &order(is_bare), Some("store"))
}

/// Why these bytes are no sale, judged without the generator's word.
fn judged(bytes: &[u8]) -> &'static str {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return "not-utf8";
    };
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) if error.to_string().contains("recursion limit") => return "too-deep",
        // f64 has no room for it, but it is JSON.
        Err(error) if error.to_string().contains("number out of range") => {
            return "number-out-of-range";
        }
        Err(_) => return "not-json",
    };
    let item = value.get("Item").unwrap_or(&value);
    let Some(item) = item.as_object() else {
        return "wrong-shape";
    };
    let Some(id) = item["ID"].as_str() else {
        return "wrong-shape";
    };
    match item.get("sales") {
        None | Some(Value::Null) => "missing-field",
        Some(Value::Number(_)) if id.len() > 1_024 => "id-too-long",
        Some(Value::Number(_)) if item["store"].as_str().unwrap().len() > 128 => "group-too-long",
        Some(Value::Number(_)) if text.contains("e126") || text.contains("e-131") => {
            "number-out-of-range"
        }
        Some(Value::Number(_)) => "too-many-digits",
        Some(_) => "wrong-shape",
    }
}

#[test]
fn each_kind_is_wrong_in_the_way_it_says() {
    for poison in Poison::ON_STREAM {
        for is_bare in [false, true] {
            let bytes = bytes(poison, is_bare);
            assert_eq!(judged(&bytes), poison.reason(), "{poison:?}, {is_bare}");
        }
    }
}

#[test]
fn a_truncated_sale_never_is_whole() {
    for seed in 0..200 {
        let rng = &mut Rng::with_seed(seed);
        let cut = Poison::Truncated.bytes(rng, &order(seed % 2 == 0), Some("store"));
        assert!(serde_json::from_slice::<Value>(&cut).is_err());
    }
}

#[test]
fn limits_are_missed_by_one() {
    let value = |poison| -> Value { serde_json::from_slice(&bytes(poison, true)).unwrap() };
    let length = |poison, field: &str| value(poison)[field].as_str().map(str::len);
    assert_eq!(length(Poison::LongId, "ID"), Some(1_025));
    assert_eq!(length(Poison::LongGroup, "store"), Some(129));

    let text = String::from_utf8(bytes(Poison::ManyDigits, true)).unwrap();
    let (_, rest) = text.split_once("\"sales\":").unwrap();
    assert_eq!(rest.split_once(',').unwrap().0.len(), 39);
}

#[test]
fn an_item_of_each_kind_is_wrong_in_one_thing() {
    let good = order(false).item(Some(order(false).sales()), Some("store"));
    for poison in Poison::IN_TABLE {
        let item = poison.item(&order(false), Some("store"));
        let changed: Vec<&str> = ["ID", "sales", "store", "timeStamp"]
            .into_iter()
            .filter(|name| item.get(*name) != good.get(*name))
            .collect();
        let expected = match poison {
            Poison::LongId => "ID",
            Poison::LongGroup => "store",
            _ => "sales",
        };
        assert_eq!(changed, [expected], "{poison:?}");
        assert!(
            item.get("sales")
                .is_none_or(|sales| sales.is_n() == (expected != "sales"))
        );
    }
}
