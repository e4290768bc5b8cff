//! The payload of a Kinesis record, field by field.

use std::borrow::Cow;

use records::PayloadError;
use records::payload::{JsonText, MemberError, Members, members_from_json};

/// The payload as it comes. Numbers stay text, so that no digit is lost.
#[derive(Default)]
pub(super) struct Wire<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) group: Option<Cow<'a, str>>,
    /// The JSON of the field `sales`.
    pub(super) sales: Option<&'a str>,
    /// The object `Item` has been read: it is the sale, and what stands beside it is not.
    is_item: bool,
}

#[derive(Clone, Copy)]
enum Field {
    Item,
    Id,
    Sales,
    Group,
}

impl<'a> Wire<'a> {
    /// Reads an object whose group attribute has this name.
    pub(super) fn read(data: &'a [u8], group: Option<&str>) -> Result<Self, PayloadError> {
        let mut wire = Self::default();
        let keys = keys(group);
        let [at_top @ .., _] = &keys;
        members_from_json(data, at_top, |members, field| {
            wire.member(&keys, members, field)
        })?;
        // Sales may be grouped by their id, however little sense that makes.
        if group == Some("ID") {
            wire.group.clone_from(&wire.id);
        }
        Ok(wire)
    }

    fn member(
        &mut self,
        keys: &Keys<'_>,
        members: &mut Members<'_, 'a>,
        field: Field,
    ) -> Result<(), MemberError> {
        if self.is_item {
            return members.value().map(drop);
        }
        match field {
            Field::Item => {
                let mut item = Self::default();
                let [_, in_item @ ..] = keys;
                members.object(in_item, |members, field| item.member(keys, members, field))?;
                *self = Self {
                    is_item: true,
                    ..item
                };
            }
            Field::Id => self.id = name(members.value()?)?,
            Field::Sales => self.sales = Some(members.value()?.as_str()),
            Field::Group => self.group = name(members.value()?)?,
        }
        Ok(())
    }
}

/// In the order in which producers write them, the item last where it is not first. The time is among them for the
/// sake of that order.
type Keys<'g> = [(&'g str, Option<Field>); 6];

fn keys(group: Option<&str>) -> Keys<'_> {
    let time = (group == Some("timeStamp")).then_some(Field::Group);
    [
        ("Item", Some(Field::Item)),
        ("ID", Some(Field::Id)),
        ("sales", Some(Field::Sales)),
        ("timeStamp", time),
        (group.unwrap_or("timeStamp"), Some(Field::Group)),
        ("Item", Some(Field::Item)),
    ]
}

/// Text, or a number taken as the text that it is: stores and ids are written both ways. Null is no name.
fn name(value: JsonText<'_>) -> Result<Option<Cow<'_, str>>, MemberError> {
    if let Some(text) = value.string() {
        return Ok(Some(text));
    }
    let text = value.as_str();
    match text.as_bytes() {
        b"null" => Ok(None),
        [b'-' | b'0'..=b'9', ..] | b"true" | b"false" => Ok(Some(Cow::Borrowed(text))),
        _ => Err(MemberError::expected("a text or a number")),
    }
}
