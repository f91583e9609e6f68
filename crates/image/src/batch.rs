//! Entries on their way from the threads that read layers to the one that builds the tree.
//!
//! A batch holds some hundred entries and their names in one buffer; a bounded channel of batches keeps memory
//! small however fast layers are read.

use std::ops::Range;
use std::sync::mpsc::SyncSender;

use dockopt_core::entry::{Content, Entry};
use dockopt_core::tree::{TreeBuilder, TreeError};

use crate::tar::Member;

const ENTRIES: usize = 512;
const NAME_BYTES: usize = 256 * 1024;
/// Batches that may wait for the builder.
pub(crate) const CHANNEL_DEPTH: usize = 16;

/// Consecutive entries of one layer.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    slot: u32,
    names: Vec<u8>,
    members: Vec<Packed>,
}

#[derive(Debug)]
struct Packed {
    member: Member,
    content: Content,
    path: Range<usize>,
    link: Range<usize>,
}

impl Batch {
    /// Adds the entries to the tree.
    pub(crate) fn push_into(&self, builder: &mut TreeBuilder) -> Result<(), TreeError> {
        builder.open_slot(self.slot);
        self.members.iter().try_for_each(|packed| {
            let member = &packed.member;
            builder.push(
                self.slot,
                &Entry {
                    path: self.names.get(packed.path.clone()).unwrap_or_default(),
                    kind: member.kind,
                    type_flag: member.type_flag,
                    link: self.names.get(packed.link.clone()).unwrap_or_default(),
                    size: member.size,
                    mode: member.mode,
                    uid: member.uid,
                    gid: member.gid,
                    modified: member.modified,
                    device: member.device,
                    xattrs: member.xattrs,
                    content: packed.content,
                },
            )
        })
    }
}

/// The builder has gone: it met an error, or the read was cancelled.
#[derive(Debug)]
pub(crate) struct BuilderGone;

/// Fills batches for one layer and sends them.
pub(crate) struct BatchSender {
    batch: Batch,
    sender: SyncSender<Batch>,
}

impl BatchSender {
    pub(crate) fn new(slot: u32, sender: SyncSender<Batch>) -> Self {
        Self {
            batch: Batch {
                slot,
                ..Batch::default()
            },
            sender,
        }
    }

    pub(crate) fn push(
        &mut self,
        member: Member,
        content: Content,
        path: &[u8],
        link: &[u8],
    ) -> Result<(), BuilderGone> {
        let names = &mut self.batch.names;
        let start = names.len();
        names.extend_from_slice(path);
        let middle = names.len();
        names.extend_from_slice(link);
        let end = names.len();
        self.batch.members.push(Packed {
            member,
            content,
            path: start..middle,
            link: middle..end,
        });
        if self.batch.members.len() >= ENTRIES || end >= NAME_BYTES {
            self.send()
        } else {
            Ok(())
        }
    }

    /// Sends what is left, and with it that the layer exists, even if it is empty.
    pub(crate) fn finish(mut self) -> Result<(), BuilderGone> {
        self.send()
    }

    fn send(&mut self) -> Result<(), BuilderGone> {
        let slot = self.batch.slot;
        let full = std::mem::replace(
            &mut self.batch,
            Batch {
                slot,
                ..Batch::default()
            },
        );
        self.sender.send(full).map_err(|_| BuilderGone)
    }
}
