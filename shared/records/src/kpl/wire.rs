//! Protobuf's wire format, as far as the two messages need it (Protocol Buffers documentation, "Encoding").

/// Groups in groups that are passed over. Protobuf's own libraries stop at 100 as well.
const MAX_DEPTH: usize = 100;

/// Longest varint, in bytes.
const MAX_VARINT: usize = 10;

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// Four bytes, eight bytes or a group: no field of ours.
    Other,
}

/// The fields of a message, in the order in which they come.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// The next field's number and value, `Ok(None)` behind the last, `Err` if this is no message.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(u32, Value<'a>)>, NoMessage> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (number, wire_type) = self.key()?;
        let value = match wire_type {
            0 => Value::Varint(self.varint()?),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| NoMessage)?;
                Value::Bytes(self.take(length)?)
            }
            _ => {
                self.pass(number, wire_type, MAX_DEPTH)?;
                Value::Other
            }
        };
        Ok(Some((number, value)))
    }

    #[inline]
    fn key(&mut self) -> Result<(u32, u8), NoMessage> {
        let key = u32::try_from(self.varint()?).map_err(|_| NoMessage)?;
        let (number, [low, ..]) = (key >> 3, key.to_le_bytes());
        if number == 0 {
            return Err(NoMessage);
        }
        Ok((number, low & 7))
    }

    fn pass(&mut self, number: u32, wire_type: u8, depth: usize) -> Result<(), NoMessage> {
        match wire_type {
            0 => drop(self.varint()?),
            1 => drop(self.take(8)?),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| NoMessage)?;
                self.take(length)?;
            }
            3 if depth > 0 => loop {
                let (inner, wire_type) = self.key()?;
                if wire_type == 4 {
                    return if inner == number {
                        Ok(())
                    } else {
                        Err(NoMessage)
                    };
                }
                self.pass(inner, wire_type, depth - 1)?;
            },
            5 => drop(self.take(4)?),
            _ => return Err(NoMessage),
        }
        Ok(())
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, NoMessage> {
        // Nearly all are of one byte.
        if let Some((byte @ 0..0x80, rest)) = self.0.split_first() {
            self.0 = rest;
            return Ok(u64::from(*byte));
        }
        let mut value = 0;
        for (index, byte) in self.0.iter().take(MAX_VARINT).enumerate() {
            // Bits beyond 64 are dropped, as Protobuf's libraries do.
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.take(index + 1)?;
                return Ok(value);
            }
        }
        Err(NoMessage)
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&'a [u8], NoMessage> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(NoMessage)?;
        self.0 = rest;
        Ok(taken)
    }
}

/// The bytes are not a Protobuf message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoMessage;
