//! All members of an object, one after the other.

use super::scan::Scan;
use super::{Malformed, Reader, Value};

impl<'a> Reader<'a> {
    /// Reads an object, handing over the key and the value of each member. Anything but an object is read to its end,
    /// which gives `false`.
    #[inline]
    pub(crate) fn members(
        &mut self,
        mut member: impl FnMut(Value<'a>, Value<'a>),
    ) -> Result<bool, Malformed> {
        if self.scan.peek() != Some(b'{') {
            self.value()?;
            return Ok(false);
        }
        let text = self.text;
        let piece = |scan: &Scan<'a>, start: usize, is_plain| {
            Value::new(
                text.get(start..scan.at).unwrap_or_default(),
                start,
                is_plain,
            )
        };
        // Kept in registers.
        let mut scan = self.scan.clone();
        let mut before = b'{';
        while scan.pass(before) {
            match scan.peek() {
                Some(b'"') => {}
                Some(b'}') if before == b'{' => break,
                _ => return Err(Malformed::Syntax),
            }
            before = b',';
            let start = scan.at;
            let is_plain = scan.pass_string()?;
            let key = piece(&scan, start, is_plain);
            scan.pass_colon()?;
            let next = scan.peek();
            let start = scan.at;
            let is_plain = next == Some(b'"');
            let is_plain = if is_plain {
                scan.pass_string()?
            } else {
                scan.pass_value_in_registers()?;
                false
            };
            member(key, piece(&scan, start, is_plain));
        }
        if !scan.pass(b'}') {
            return Err(Malformed::Syntax);
        }
        self.scan = scan;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The members as they are read one by one.
    fn expected(text: &str) -> Result<Vec<(String, String)>, Malformed> {
        let mut reader = Reader::new(text);
        let mut members = Vec::new();
        while let Some(key) = reader.next_key(members.is_empty())? {
            let value = reader.value()?;
            members.push((key.into_owned(), value.text().to_owned()));
        }
        reader.end()?;
        Ok(members)
    }

    fn check(text: &str) {
        let mut reader = Reader::new(text);
        let mut members = Vec::new();
        let is_object = reader.members(|key, value| {
            members.push((key.name().into_owned(), value.text().to_owned()));
        });
        let read = match is_object {
            Ok(true) => reader.end().map(|()| members),
            _ => Err(Malformed::Syntax),
        };
        assert_eq!(read.ok(), expected(text).ok(), "{text:?}");
    }

    #[test]
    fn members_are_those_of_an_object() {
        for text in [
            "{}",
            "{ }",
            "{,}",
            "{\"a\":1}",
            "{\"a\":1,}",
            "{\"a\":1 \"b\":2}",
            "{\"a\":1,\"b\":[{}]}",
            "{\"a\":\"x\\n\"}",
            " { \"a\" : \"b\" , \"c\" : null } ",
            "{\"a\"}",
            "{\"a\":}",
            "{1:1}",
            "{\"a\":1",
            "{",
            "[]",
            "null",
            "",
            "{\"a\":1}}",
            "{\"\\u0061\":1}",
            "{\"\\ud800\":1}",
        ] {
            check(text);
        }
    }

    proptest! {
        #[test]
        fn any_text_has_the_members_that_are_read_one_by_one(tokens in proptest::collection::vec(
            prop_oneof![
                Just("{"), Just("}"), Just("["), Just("]"), Just(","), Just("\"a\""), Just("\"a\":"), Just("1"),
                Just("\"\\n\""), Just("{\"b\":2}"), Just(" "), Just("\""), Just("null"),
            ], 0..10)
        ) {
            check(&tokens.concat());
            check(&format!("{{{}}}", tokens.concat()));
        }
    }
}
