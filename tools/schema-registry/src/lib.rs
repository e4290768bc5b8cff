#![doc = include_str!("../README.md")]

mod compatibility;
mod definition;
mod error;
mod metadata;
mod protocol;
mod registries;
mod requests;
mod responses;
mod schema;

pub use compatibility::Compatibility;
pub use error::RegistryError;
pub use registries::{Registries, StoredRegistries};
pub use stand_in::{Answer, StateError, serve};

/// Registries with a clock and, where wanted, a file. Clones share them.
pub type RegistryService = stand_in::Service<Registries>;
