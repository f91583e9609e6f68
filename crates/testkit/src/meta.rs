//! The metadata of one tar entry, with defaults that are the same on every run.

/// The default modification time, in seconds since 1970: 2020-09-13T12:26:40Z.
pub const DEFAULT_MTIME: u64 = 1_600_000_000;

/// Mode, owner, times and extended attributes of an entry.
///
/// The mode defaults to 0755 for directories, 0777 for symlinks and 0644 for everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Meta {
    pub(crate) mode: Option<u32>,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    pub(crate) mtime: u64,
    pub(crate) mtime_nanos: Option<u32>,
    pub(crate) xattrs: Vec<(String, Vec<u8>)>,
}

impl Default for Meta {
    fn default() -> Self {
        Self { mode: None, uid: 0, gid: 0, mtime: DEFAULT_MTIME, mtime_nanos: None, xattrs: Vec::new() }
    }
}

impl Meta {
    /// Returns the default metadata: owned by root, [`DEFAULT_MTIME`], no extended attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the permission bits, setuid, setgid and sticky included.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Sets the numeric user and group; numbers too large for octal are written in base 256.
    pub fn owner(mut self, uid: u64, gid: u64) -> Self {
        self.uid = uid;
        self.gid = gid;
        self
    }

    /// Sets the modification time in whole seconds since 1970.
    pub fn mtime(mut self, seconds: u64) -> Self {
        self.mtime = seconds;
        self
    }

    /// Adds nanoseconds to the modification time, which is then written as a PAX `mtime` record.
    pub fn mtime_nanos(mut self, nanos: u32) -> Self {
        self.mtime_nanos = Some(nanos);
        self
    }

    /// Adds an extended attribute, written as a PAX `SCHILY.xattr.` record.
    pub fn xattr(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.xattrs.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Returns the PAX records that this metadata needs besides its header.
    pub(crate) fn pax_records(&self) -> Vec<(String, Vec<u8>)> {
        let mut records = Vec::new();
        if let Some(nanos) = self.mtime_nanos {
            let value = format!("{}.{nanos:09}", self.mtime);
            records.push(("mtime".to_owned(), value.into_bytes()));
        }
        for (name, value) in &self.xattrs {
            records.push((format!("SCHILY.xattr.{name}"), value.clone()));
        }
        records
    }
}
