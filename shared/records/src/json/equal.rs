//! Comparing short texts: keys.

/// Compares in two overlapping halves where that is possible, without a call.
#[inline(always)]
pub(super) fn are_equal(left: &[u8], right: &[u8]) -> bool {
    fn by_halves<const N: usize>(left: &[u8], right: &[u8]) -> bool {
        left.first_chunk::<N>() == right.first_chunk()
            && left.last_chunk::<N>() == right.last_chunk()
    }
    if left.len() != right.len() {
        return false;
    }
    match left.len() {
        4..8 => by_halves::<4>(left, right),
        8..=16 => by_halves::<8>(left, right),
        17..=32 => by_halves::<16>(left, right),
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_are_equal_or_not(left in "[ab]{0,40}", right in "[ab]{0,40}", at in 0_usize..40) {
            let mut nearly = left.clone().into_bytes();
            if let Some(byte) = nearly.get_mut(at) {
                *byte = b'c';
            }
            prop_assert_eq!(are_equal(left.as_bytes(), right.as_bytes()), left == right);
            prop_assert_eq!(are_equal(left.as_bytes(), &nearly), left.as_bytes() == nearly);
            prop_assert!(are_equal(left.as_bytes(), left.as_bytes()));
        }
    }
}
