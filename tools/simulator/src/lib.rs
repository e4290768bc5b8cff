//! Event source mappings in virtual time.
