//! The bytes that matter inside of strings, found 64 at a time.

#![expect(
    clippy::inline_always,
    reason = "measured: events are read 1.5 times as fast when a scan stays in registers"
)]

/// Bytes that are looked at in one go: one bit each.
const BLOCK: usize = 64;

/// Finds quotes, backslashes and control characters.
///
/// All of a block's are found at once and kept as bits. Where a string ends is then a shift and a count of zeros away
/// from where it starts; to compare bytes from there on would make each string wait for the one before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Specials {
    /// Where the block ends that `found` tells of. The lowest bit is its first byte.
    end: usize,
    found: u64,
}

impl Specials {
    /// The place of the first special byte of `bytes` from `at` on; their end if there is none. Called with the same
    /// bytes and places that only grow.
    #[inline(always)]
    pub(super) fn next(&mut self, bytes: &[u8], mut at: usize) -> usize {
        loop {
            if at >= self.end {
                if self.end >= bytes.len() {
                    return bytes.len();
                }
                // Blocks that were passed over are not looked at.
                self.end = at - at % BLOCK;
                self.look(bytes);
            }
            // `at` is in the block: the shift is below 64.
            let found = self.found >> ((at + BLOCK - self.end) % BLOCK);
            if found != 0 {
                return at + found.trailing_zeros() as usize;
            }
            at = self.end;
        }
    }

    /// Goes to the next block.
    #[inline(always)]
    fn look(&mut self, bytes: &[u8]) {
        let rest = bytes.get(self.end..).unwrap_or_default();
        let whole = rest.first_chunk();
        self.found = whole.map_or_else(|| specials_of_rest(rest), specials);
        self.end += BLOCK;
    }
}

/// A bit for each special byte.
fn specials(block: &[u8; BLOCK]) -> u64 {
    // Compilers turn this loop into a few vector instructions.
    let mut flags = [0_u8; BLOCK];
    for (flag, byte) in flags.iter_mut().zip(block) {
        *flag = u8::from(*byte < b' ') | u8::from(*byte == b'"') | u8::from(*byte == b'\\');
    }
    let (groups, _) = flags.as_chunks();
    groups
        .iter()
        .rev()
        .fold(0, |bits, group| bits << 8 | gather(*group))
}

/// The same of less than a block. Zeros are control characters: what is behind the text ends a string as well.
fn specials_of_rest(rest: &[u8]) -> u64 {
    let mut block = [0; BLOCK];
    for (to, from) in block.iter_mut().zip(rest) {
        *to = *from;
    }
    specials(&block)
}

/// Gathers the lowest bits of eight bytes, each 0 or 1, into one byte.
fn gather(flags: [u8; 8]) -> u64 {
    // The factor moves the flag of byte i to bit 56 + i; none of the other products carries into these.
    u64::from_le_bytes(flags).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn specials_are_found_where_they_are(
            bytes in proptest::collection::vec(prop_oneof![Just(b'a'), any::<u8>(), Just(b' '), Just(0xc3)], 0..400),
            from in proptest::collection::btree_set(0_usize..400, 0..20),
        ) {
            let mut specials = Specials::default();
            let mut last = 0;
            for at in from {
                let at = at.max(last).min(bytes.len());
                let expected = (at..bytes.len()).find(|at| matches!(bytes[*at], b'"' | b'\\' | ..b' '));
                last = specials.next(&bytes, at);
                prop_assert_eq!(last, expected.unwrap_or(bytes.len()));
            }
        }
    }
}
