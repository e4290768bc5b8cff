//! Consumers that know nothing of the generator.

use std::collections::{BTreeMap, HashMap, HashSet};

use bigdecimal::BigDecimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::Produced;
use super::super::model::{Expected, NO_GROUP, Sums};
use crate::produce::outgoing::Outgoing;
use crate::produce::put_items::{Item, Write};

/// A sale as a naive consumer sees it.
#[derive(Deserialize)]
struct NaiveSale<'a> {
    #[serde(rename = "ID")]
    id: String,
    #[serde(borrow)]
    sales: &'a RawValue,
    store: Option<String>,
}

#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(rename = "Item", borrow)]
    item: NaiveSale<'a>,
}

pub(super) type NaiveSums = BTreeMap<String, Vec<BigDecimal>>;

/// Each id once, by a naive consumer of a stream.
pub(super) fn naive_stream(records: &[Produced<Outgoing>]) -> NaiveSums {
    let mut sums = NaiveSums::new();
    let mut ids = HashSet::new();
    for produced in records {
        if matches!(produced.expected, Expected::Quarantined(_)) {
            continue;
        }
        let data = produced.record.data.as_ref();
        let sale = serde_json::from_slice(data).map_or_else(
            |_| serde_json::from_slice::<NaiveSale<'_>>(data).unwrap(),
            |wrapped: Wrapped<'_>| wrapped.item,
        );
        if ids.insert(sale.id) {
            let group = sale.store.unwrap_or_else(|| NO_GROUP.to_owned());
            let amount = sale.sales.get().parse().unwrap();
            sums.entry(group).or_default().push(amount);
        }
    }
    sums
}

/// Whatever is new in a table, and how often something was no news.
pub(super) fn naive_table(records: &[Produced<Write>]) -> (NaiveSums, u64) {
    let mut sums = NaiveSums::new();
    let mut others = 0;
    let mut table: HashMap<String, Item> = HashMap::new();
    for produced in records {
        let Write { id, item, .. } = &produced.record;
        if let Expected::Quarantined(_) = produced.expected {
            continue;
        }
        let before = match item {
            Some(item) => table.insert(id.clone(), item.clone()),
            None => table.remove(id),
        };
        let Some(item) = item.as_ref().filter(|_| before.is_none()) else {
            others += 1;
            continue;
        };
        let group = item
            .get("store")
            .map_or(NO_GROUP, |group| group.as_s().unwrap());
        let amount = item["sales"].as_n().unwrap().parse().unwrap();
        sums.entry(group.to_owned()).or_default().push(amount);
    }
    (sums, others)
}

pub(super) fn sums(naive: NaiveSums) -> BTreeMap<String, Sums> {
    let sums = naive.into_iter().map(|(group, amounts)| {
        let sums = Sums {
            count: amounts.len() as u64,
            sum: amounts.iter().sum(),
            min: amounts.iter().min().unwrap().clone(),
            max: amounts.iter().max().unwrap().clone(),
        };
        (group, sums)
    });
    sums.collect()
}
