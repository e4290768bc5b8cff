//! Keeping memory between invocations.

use std::hint::black_box;

/// More than an invocation ever needs at once: an event has 6 MB, and what is made of it is no larger.
const BLOCK: usize = 24 * 1024 * 1024;

/// Has the allocator keep what is freed rather than give it back and fetch it again for each batch.
///
/// glibc takes the largest block that was ever freed for what is usual (up to 32 MB): only above that it asks the
/// kernel for a mapping of its own, and only above twice as much it shrinks its heap (mallopt(3), `M_MMAP_THRESHOLD`).
/// This block is never written to, so it costs no memory. Other allocators just free it.
pub(super) fn keep_between_invocations() {
    drop(black_box(Vec::<u8>::with_capacity(BLOCK)));
}
