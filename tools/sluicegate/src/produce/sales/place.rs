//! Where sales are put, and what they look like there.

use std::fmt::Debug;

use aws_sdk_dynamodb::types::AttributeValue;
use fastrand::Rng;

use super::order::{KEY, Order};
use super::poison::Poison;
use super::settings::{Keys, Settings};
use crate::produce::number::Spelled;
use crate::produce::outgoing::Outgoing;
use crate::produce::put_items::Write;

/// A Kinesis stream of sales, or a table of orders.
pub trait Place {
    /// What is put there.
    type Record: Clone + Debug + PartialEq;
    /// The poison that can be put there.
    const POISON: &'static [Poison];

    /// A sale, the same record each time.
    fn sale(order: &Order, settings: &Settings) -> Self::Record;

    /// A record that can never be counted, a sale apart from one thing.
    fn poison(poison: Poison, rng: &mut Rng, order: &Order, settings: &Settings) -> Self::Record;

    /// An earlier order with another amount and the `number`th status; `None` where nothing can be changed.
    fn changed(
        order: &Order,
        amount: Spelled,
        number: u64,
        settings: &Settings,
    ) -> Option<Self::Record>;

    /// The end of an earlier order; `None` where nothing can be deleted.
    fn deleted(order: &Order) -> Option<Self::Record>;
}

/// A Kinesis stream of sales.
#[derive(Clone, Copy, Debug)]
pub enum Stream {}

impl Place for Stream {
    type Record = Outgoing;
    const POISON: &'static [Poison] = &Poison::ON_STREAM;

    fn sale(order: &Order, settings: &Settings) -> Outgoing {
        let attribute = settings.group_attribute.as_deref();
        let text = order.json(Some(&order.amount.text), attribute);
        outgoing(text.into_bytes(), order, settings, false)
    }

    fn poison(poison: Poison, rng: &mut Rng, order: &Order, settings: &Settings) -> Outgoing {
        let bytes = poison.bytes(rng, order, settings.group_attribute.as_deref());
        outgoing(bytes, order, settings, true)
    }

    fn changed(_: &Order, _: Spelled, _: u64, _: &Settings) -> Option<Outgoing> {
        None
    }

    fn deleted(_: &Order) -> Option<Outgoing> {
        None
    }
}

fn outgoing(data: Vec<u8>, order: &Order, settings: &Settings, is_poison: bool) -> Outgoing {
    Outgoing {
        partition_key: match settings.keys {
            Keys::Group => order.group_name().to_owned(),
            Keys::Sale => order.id.clone(),
        },
        data: data.into(),
        order: order.number,
        is_poison,
    }
}

/// A DynamoDB table of orders, whose stream tells of new ones.
#[derive(Clone, Copy, Debug)]
pub enum Table {}

impl Place for Table {
    type Record = Write;
    const POISON: &'static [Poison] = &Poison::IN_TABLE;

    fn sale(order: &Order, settings: &Settings) -> Write {
        let item = order.item(Some(order.sales()), settings.group_attribute.as_deref());
        Write::put(KEY, item, order.number)
    }

    fn poison(poison: Poison, _: &mut Rng, order: &Order, settings: &Settings) -> Write {
        let item = poison.item(order, settings.group_attribute.as_deref());
        Write::put(KEY, item, order.number)
    }

    /// In its amount, where a function that counts changes goes wrong.
    fn changed(order: &Order, amount: Spelled, number: u64, settings: &Settings) -> Option<Write> {
        let changed = Order {
            amount,
            ..order.clone()
        };
        let mut write = Self::sale(&changed, settings);
        if let Some(item) = &mut write.item {
            let status = AttributeValue::S(format!("changed-{number}"));
            item.insert("status".to_owned(), status);
        }
        Some(write)
    }

    fn deleted(order: &Order) -> Option<Write> {
        Some(Write {
            key: KEY,
            id: order.id.clone(),
            item: None,
            order: order.number,
        })
    }
}
