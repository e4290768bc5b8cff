//! Products: the list that orders are enriched with. The same seed gives the same list.

use fastrand::Rng;

use super::number::plain;

/// Id of the first product; the others follow one by one.
pub const FIRST_ID: u64 = 999_900_001;
/// How many there are unless you say otherwise.
pub const USUAL_COUNT: u32 = 2_000;

/// The first ones, whatever the seed: name, and price in cents. Three as in the walk-through, and one whose name is as
/// long as any.
const FIRST: [(&str, i64); 4] = [
    ("Durable Concrete Chair", 1_356),
    ("Gorgeous Wool Plate", 9_309),
    ("Lightweight Rubber Table", 9_227),
    ("Lightweight Concrete Keyboard", 4_999),
];
/// The longest word of each list together make a name of 29 characters.
const QUALITIES: [&str; 16] = [
    "Awesome",
    "Compact",
    "Durable",
    "Elegant",
    "Ergonomic",
    "Fantastic",
    "Foldable",
    "Gorgeous",
    "Handmade",
    "Heavy",
    "Lightweight",
    "Modern",
    "Plain",
    "Rustic",
    "Sturdy",
    "Tiny",
];
const MATERIALS: [&str; 12] = [
    "Bamboo", "Bronze", "Concrete", "Copper", "Cotton", "Glass", "Granite", "Leather", "Linen",
    "Rubber", "Steel", "Wool",
];
const THINGS: [&str; 12] = [
    "Bench", "Bottle", "Bowl", "Chair", "Clock", "Hat", "Keyboard", "Knife", "Lamp", "Plate",
    "Shoes", "Table",
];

/// A product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// `productId`.
    pub id: u64,
    /// `productName`.
    pub name: String,
    /// `productPrice` without trailing zeros: `13.56`.
    pub price: String,
}

impl Product {
    /// Its line in the list, without the line's end.
    pub fn json(&self) -> String {
        // The names are of letters and spaces.
        format!(
            r#"{{"productId":{},"productName":"{}","productPrice":{}}}"#,
            self.id, self.name, self.price
        )
    }
}

/// Makes `count` products.
pub fn products(count: u32, seed: u64) -> Vec<Product> {
    let rng = &mut Rng::with_seed(seed);
    let made = (FIRST_ID..).zip(0..count).map(|(id, number)| {
        let first = FIRST.get(number as usize);
        let (name, cents) = match first {
            Some((name, cents)) => ((*name).to_owned(), *cents),
            None => (name(rng), rng.i64(100..=10_000)),
        };
        let price = plain(cents, 2);
        Product { id, name, price }
    });
    made.collect()
}

/// The list as NDJSON.
pub fn ndjson(products: &[Product]) -> String {
    products
        .iter()
        .flat_map(|product| [product.json(), "\n".to_owned()])
        .collect()
}

fn name(rng: &mut Rng) -> String {
    let mut word = |words: &[&'static str]| words[rng.usize(0..words.len())];
    [word(&QUALITIES), word(&MATERIALS), word(&THINGS)].join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn the_list_is_that_of_the_walk_through_in_its_shape() {
        let products = products(USUAL_COUNT, 1);
        let text = ndjson(&products);
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        assert_eq!(
            lines[..3],
            [
                r#"{"productId":999900001,"productName":"Durable Concrete Chair","productPrice":13.56}"#,
                r#"{"productId":999900002,"productName":"Gorgeous Wool Plate","productPrice":93.09}"#,
                r#"{"productId":999900003,"productName":"Lightweight Rubber Table","productPrice":92.27}"#,
            ]
        );
        assert_eq!(lines.len(), 2_000);
        let longest = products.iter().map(|product| product.name.len()).max();
        assert_eq!(longest, Some(29));
        let names: HashSet<&str> = products.iter().map(|product| &*product.name).collect();
        assert!(names.len() > 1_000, "{}", names.len());
        for (line, id) in lines.into_iter().zip(999_900_001..) {
            let product: Value = serde_json::from_str(line).unwrap();
            assert_eq!(product["productId"], id);
            let price = product["productPrice"].as_f64().unwrap();
            assert!((1.0..=100.0).contains(&price), "{line}");
        }
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn the_seed_decides_about_all_but_the_first_ones() {
        assert_eq!(products(500, 7), products(500, 7));
        let (one, other) = (products(500, 7), products(500, 8));
        assert_eq!(one[..4], other[..4]);
        assert_ne!(one[4..], other[4..]);
        assert_eq!(products(2, 7), one[..2]);
        assert_eq!(
            products(400, 7),
            one[..400],
            "a longer list is the same list and more"
        );
        assert!(ndjson(&products(0, 7)).is_empty());
    }
}
