//! Bytes on their way: read, decompressed, digested, kept, counted; nothing here knows an image.

pub(crate) mod decode;
pub(crate) mod hash;
pub(crate) mod limits;
pub(crate) mod pipe;
pub(crate) mod progress;
pub(crate) mod remote;
pub(crate) mod sniff;
pub(crate) mod spool;
pub(crate) mod verify;
pub(crate) mod window;
