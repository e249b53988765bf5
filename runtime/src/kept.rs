//! Values as bytes and back, exactly: what a stopped run leaves for the one that goes on.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes of a value.
pub fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("memory can be written")
}

/// The value of these bytes, all of them; nothing if they are not one of this type.
pub fn value<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(value)
}
