//! Event source mappings in virtual time.

pub mod timeline;

pub use timeline::Timeline;
