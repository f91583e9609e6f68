//! Byte streams: reading, decompressing, digesting, spooling and counting. Nothing here depends on
//! images.

pub(crate) mod decode;
pub(crate) mod gzip;
pub(crate) mod hash;
pub(crate) mod limits;
pub(crate) mod pipe;
pub(crate) mod points;
pub(crate) mod progress;
pub(crate) mod remote;
pub(crate) mod resume;
pub(crate) mod sniff;
pub(crate) mod spool;
pub(crate) mod stages;
pub(crate) mod verify;
pub(crate) mod window;
