//! Which brackets are open.

/// The open brackets as a stack of bits: no memory is taken for the first 64 levels.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    /// The innermost levels, the lowest bit the innermost of all: 1 for an object, 0 for an array.
    bits: u64,
    depth: usize,
    outer: Vec<u64>,
}

/// What a bracket opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Object,
    Array,
}

impl Nesting {
    pub(super) fn push(&mut self, bracket: Bracket) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u64::from(bracket == Bracket::Object);
        self.depth += 1;
    }

    pub(super) fn innermost(&self) -> Option<Bracket> {
        match (self.depth, self.bits & 1) {
            (0, _) => None,
            (_, 0) => Some(Bracket::Array),
            (_, _) => Some(Bracket::Object),
        }
    }

    pub(super) fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.bits >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_depth_is_remembered(objects in proptest::collection::vec(any::<bool>(), 0..400)) {
            let bracket = |object| if object { Bracket::Object } else { Bracket::Array };
            let mut nesting = Nesting::default();
            for object in &objects {
                nesting.push(bracket(*object));
            }
            for object in objects.iter().rev() {
                prop_assert_eq!(nesting.innermost(), Some(bracket(*object)));
                nesting.pop();
            }
            prop_assert_eq!(nesting.innermost(), None);
        }
    }
}
