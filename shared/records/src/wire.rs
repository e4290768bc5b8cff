//! Protobuf's wire format (Protocol Buffers documentation, "Encoding").

/// Groups in groups that are passed over. Protobuf's own libraries stop at 100 as well.
const MAX_DEPTH: usize = 100;

/// Longest varint, in bytes.
const MAX_VARINT: usize = 10;

/// Highest number of a field.
const MAX_NUMBER: u32 = (1 << 29) - 1;

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Bits64([u8; 8]),
    Bytes(&'a [u8]),
    /// What is between a group's start and its end.
    Group(&'a [u8]),
    Bits32([u8; 4]),
}

/// The fields of a message, in the order in which they come.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// The next field's number and value, `Ok(None)` behind the last, `Err` if this is no message.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<(u32, Value<'a>)>, NoMessage> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (number, wire_type) = self.key()?;
        Ok(Some((number, self.value(number, wire_type, MAX_DEPTH)?)))
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, NoMessage> {
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

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], NoMessage> {
        let (array, rest) = self.0.split_first_chunk().ok_or(NoMessage)?;
        self.0 = rest;
        Ok(*array)
    }

    #[inline]
    fn key(&mut self) -> Result<(u32, u8), NoMessage> {
        let key = u32::try_from(self.varint()?).map_err(|_| NoMessage)?;
        let (number, [low, ..]) = (key >> 3, key.to_le_bytes());
        if number == 0 || number > MAX_NUMBER {
            return Err(NoMessage);
        }
        Ok((number, low & 7))
    }

    #[inline]
    fn value(&mut self, number: u32, wire_type: u8, depth: usize) -> Result<Value<'a>, NoMessage> {
        Ok(match wire_type {
            0 => Value::Varint(self.varint()?),
            1 => Value::Bits64(self.array()?),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| NoMessage)?;
                Value::Bytes(self.take(length)?)
            }
            3 if depth > 0 => Value::Group(self.group(number, depth)?),
            5 => Value::Bits32(self.array()?),
            _ => return Err(NoMessage),
        })
    }

    #[cold]
    fn group(&mut self, number: u32, depth: usize) -> Result<&'a [u8], NoMessage> {
        let start = self.0;
        loop {
            let inside = start.len() - self.0.len();
            let (inner, wire_type) = self.key()?;
            if wire_type != 4 {
                self.value(inner, wire_type, depth - 1)?;
            } else if inner == number {
                return start.get(..inside).ok_or(NoMessage);
            } else {
                return Err(NoMessage);
            }
        }
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
pub(crate) struct NoMessage;
