//! The products in memory.

use std::collections::HashMap;

use records::Number;
use records::cdc::{ColumnError, Row};

/// The version of the products where there are none: older than any other.
pub const NO_PRODUCTS_VERSION: &str = "0000000000000-0000000000000000";
/// So much of the entity tag is in the version.
const TAG_CHARACTERS: usize = 16;
/// Longest line that is read as a product, in bytes.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// A product. Its id is that of the items that are made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product<'l> {
    /// `productName`.
    pub name: std::borrow::Cow<'l, str>,
    /// `productPrice`, digit for digit.
    pub price: Number<'l>,
}

/// All products as of one version of their object. The texts are in one piece of memory: the list takes about what the
/// object does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductList {
    version: String,
    texts: String,
    places: HashMap<i64, Place>,
}

/// Where the texts of a product are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    name: u32,
    price: u32,
    end: u32,
}

/// Lines that are no products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BadLines {
    /// How many.
    pub count: usize,
    /// Number of the first one, from 1.
    pub first: usize,
}

/// A list being read, piece by piece.
#[derive(Debug)]
pub struct ListBuilder {
    list: ProductList,
    /// The beginning of a line whose end has not come yet, up to one byte more than a line may have.
    line: Vec<u8>,
    lines: usize,
    bad: BadLines,
}

impl ProductList {
    /// No products.
    pub fn empty() -> Self {
        Self {
            version: NO_PRODUCTS_VERSION.to_owned(),
            texts: String::new(),
            places: HashMap::new(),
        }
    }

    /// The version: text of a fixed width, later ones greater.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many products there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The product with an id.
    pub fn get(&self, id: i64) -> Option<Product<'_>> {
        let Place { name, price, end } = *self.places.get(&id)?;
        let text = |start: u32, end: u32| self.texts.get(start as usize..end as usize);
        Some(Product {
            name: text(name, price)?.into(),
            price: Number::parse(text(price, end)?).ok()?,
        })
    }
}

/// The version of the products by the time at which S3 took their object, in milliseconds since the epoch, and its
/// entity tag. S3 tells times in seconds: of two objects put within one second the tags decide, which is as good as
/// chance.
pub fn version(last_modified_millis: i64, tag: &str) -> String {
    let millis = last_modified_millis.clamp(0, 9_999_999_999_999);
    let tag = tag.chars().filter(char::is_ascii_alphanumeric);
    let tag: String = tag.take(TAG_CHARACTERS).collect();
    format!("{millis:013}-{tag:0<TAG_CHARACTERS$}")
}

impl ListBuilder {
    /// A list of this version without products so far.
    pub fn new(version: String) -> Self {
        Self {
            list: ProductList {
                version,
                ..ProductList::empty()
            },
            line: Vec::new(),
            lines: 0,
            bad: BadLines::default(),
        }
    }

    /// Adds the next piece of the object.
    pub fn add(&mut self, mut piece: &[u8]) {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            self.extend_line(&piece[..end]);
            self.end_line();
            piece = &piece[end + 1..];
        }
        self.extend_line(piece);
    }

    /// The list, after the last piece, and what in it was no product.
    pub fn finish(mut self) -> (ProductList, BadLines) {
        self.end_line();
        self.list.texts.shrink_to_fit();
        (self.list, self.bad)
    }

    fn extend_line(&mut self, piece: &[u8]) {
        let room = (MAX_LINE_BYTES + 1).saturating_sub(self.line.len());
        self.line.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    fn end_line(&mut self) {
        self.lines += 1;
        let line = std::mem::take(&mut self.line);
        let is_blank = line.trim_ascii().is_empty();
        if !is_blank && self.add_product(&line).is_none() {
            self.bad.count += 1;
            if self.bad.count == 1 {
                self.bad.first = self.lines;
            }
        }
        self.line = line;
        self.line.clear();
    }

    /// `None` if the line is no product.
    fn add_product(&mut self, line: &[u8]) -> Option<()> {
        if line.len() > MAX_LINE_BYTES {
            return None;
        }
        let row = Row::from_json(std::str::from_utf8(line).ok()?).ok()?;
        let (id, name, price) = read_product(&row).ok()?;
        let texts = &mut self.list.texts;
        let here = |texts: &String| u32::try_from(texts.len()).ok();
        let name_place = here(texts)?;
        texts.push_str(&name);
        let price_place = here(texts)?;
        texts.push_str(price.as_str());
        let place = Place {
            name: name_place,
            price: price_place,
            end: here(texts)?,
        };
        self.list.places.insert(id, place);
        Some(())
    }
}

type ReadProduct<'a> = (i64, std::borrow::Cow<'a, str>, Number<'a>);

fn read_product<'a>(row: &Row<'a>) -> Result<ReadProduct<'a>, ColumnError> {
    Ok((
        row.required("productId")?.integer()?,
        row.required("productName")?.text()?,
        row.required("productPrice")?.number()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (ProductList, BadLines) {
        let mut list = ListBuilder::new(version(0, ""));
        list.add(text.as_bytes());
        list.finish()
    }

    const TWO: &str = "{\"productId\":999900001,\"productName\":\"Durable Concrete Chair\",\"productPrice\":13.560}\n\
        {\"productPrice\":\"93.09\",\"productId\":\"999900002\",\"productName\":\"Gorgeous \\\"Wool\\\" Pl\u{e4}te\",\"x\":{}}\n";

    #[test]
    fn products_are_found_by_their_id_with_all_digits() {
        let (list, bad) = read(TWO);
        assert_eq!((list.len(), bad), (2, BadLines::default()));
        let shown = |id| {
            list.get(id)
                .map(|product| format!("{} {}", product.name, product.price))
        };
        assert_eq!(shown(999_900_001).unwrap(), "Durable Concrete Chair 13.56");
        assert_eq!(
            shown(999_900_002).unwrap(),
            "Gorgeous \"Wool\" Pl\u{e4}te 93.09"
        );
        assert_eq!(shown(999_900_003), None);
    }

    #[test]
    fn wherever_the_object_is_cut_into_pieces_the_list_is_the_same() {
        let expected = read(TWO);
        for cut in 0..=TWO.len() {
            let mut list = ListBuilder::new(version(0, ""));
            let (left, right) = TWO.as_bytes().split_at(cut);
            list.add(left);
            list.add(right);
            assert_eq!(list.finish(), expected, "cut at {cut}");
        }
        assert_eq!(read(TWO.trim_end()), expected);
        assert_eq!(read(&TWO.replace('\n', "\r\n\n")), expected);
    }

    #[test]
    fn a_line_that_is_no_product_is_skipped_and_counted() {
        let long = format!(
            r#"{{"productId":1,"productName":"{}","productPrice":1}}"#,
            "x".repeat(MAX_LINE_BYTES)
        );
        for bad in [
            "{",
            "[]",
            "7",
            r#"{"productId":1,"productName":"a"}"#,
            r#"{"productId":1.5,"productName":"a","productPrice":1}"#,
            r#"{"productId":1,"productName":7,"productPrice":1}"#,
            r#"{"productId":1,"productName":"a","productPrice":"cheap"}"#,
            r#"{"productId":1,"productName":"a","productPrice":1e200}"#,
            r#"{"productId":1,"productId":2,"productName":"a","productPrice":1}"#,
            &long,
        ] {
            let (list, lines) = read(&format!("\n{bad}\n{TWO}\n{bad}"));
            assert_eq!(list.len(), 2, "{bad}");
            assert_eq!(lines, BadLines { count: 2, first: 2 }, "{bad}");
        }
    }

    #[test]
    fn of_two_lines_with_one_id_the_later_one_counts() {
        let (list, _) = read(&format!(
            "{TWO}{}",
            r#"{"productId":999900001.0,"productName":"Chair","productPrice":0}"#
        ));
        assert_eq!(list.len(), 2);
        let product = list.get(999_900_001).unwrap();
        assert_eq!((&*product.name, product.price.as_str()), ("Chair", "0"));
    }

    #[test]
    fn versions_have_one_width_and_are_ordered_by_time() {
        let tag = "\"9e107d9d372bb6826bd81d3542a419d6-2\"";
        assert_eq!(
            version(1_763_712_000_000, tag),
            "1763712000000-9e107d9d372bb682"
        );
        assert_eq!(version(-5, "\"\""), NO_PRODUCTS_VERSION);
        assert!(version(999_999_999_999, "ff") < version(1_000_000_000_000, "00"));
        assert_eq!(version(i64::MAX, "ab").len(), NO_PRODUCTS_VERSION.len());
    }
}
