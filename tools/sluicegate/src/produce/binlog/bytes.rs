//! Reading from bytes that may end too early.

/// The bytes end before what is expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it ends too early")]
pub(super) struct TooShort;

/// Takes bytes off the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], TooShort> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(TooShort)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, TooShort> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    /// A number of up to eight bytes, the lowest first.
    pub(super) fn little(&mut self, count: usize) -> Result<u64, TooShort> {
        let bytes = self.take(count)?.iter().rev();
        Ok(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A number of up to eight bytes, the highest first.
    pub(super) fn big(&mut self, count: usize) -> Result<u64, TooShort> {
        let bytes = self.take(count)?.iter();
        Ok(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A length of up to eight bytes.
    pub(super) fn length(&mut self, count: usize) -> Result<usize, TooShort> {
        usize::try_from(self.little(count)?).map_err(|_| TooShort)
    }

    /// A number of one to nine bytes, whose first one tells how many (MySQL's length-encoded integer).
    pub(super) fn encoded(&mut self) -> Result<usize, TooShort> {
        match self.byte()? {
            0xfc => self.length(2),
            0xfd => self.length(3),
            0xfe => self.length(8),
            short => Ok(short.into()),
        }
    }
}
