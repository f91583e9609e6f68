//! Random layers, compared with the `tar` crate as a writer and as a reader.
//!
//! Headers are compared field by field next to the walker (`src/tar/oracle_tests.rs`). The tests
//! here compare the files of whole images, and check that two writers of the same entries do not
//! produce two versions of them.

use crate::common;
use std::collections::BTreeMap;

use crate::common::every_way;
use dockopt_testkit::{HeaderFormat, Image, Layer, LongNames, Meta, RawEntry};
use proptest::prelude::*;

/// A file, optionally with a hard link to it.
#[derive(Clone, Debug)]
struct File {
    name: Vec<u8>,
    content: Vec<u8>,
    mode: u32,
    uid: u64,
    gid: u64,
    mtime: u64,
    linked: bool,
}

impl File {
    fn link(&self) -> Vec<u8> {
        [b"links/", &self.name[..]].concat()
    }

    fn meta(&self) -> Meta {
        Meta::new().mode(self.mode).owner(self.uid, self.gid).mtime(self.mtime)
    }

    fn header(&self, gnu: bool) -> tar::Header {
        let mut header = if gnu { tar::Header::new_gnu() } else { tar::Header::new_ustar() };
        header.set_mode(self.mode);
        header.set_uid(self.uid);
        header.set_gid(self.gid);
        header.set_mtime(self.mtime);
        header
    }
}

/// Components without separators, without the bytes that end a name, and without line breaks,
/// because the crate splits PAX records at them.
fn component() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        8 => b'a'..=b'z',
        1 => any::<u8>().prop_filter("no separator", |byte| !matches!(byte, 0 | b'/' | b'\n')),
    ];
    prop::collection::vec(byte, 1..90)
        .prop_filter("no dots, no markers", |name| !name.starts_with(b".") && !name.ends_with(b"."))
}

fn files() -> impl Strategy<Value = Vec<File>> {
    let file = (
        prop::collection::vec(component(), 1..4),
        prop::collection::vec(any::<u8>(), 0..1500),
        0..0o10000_u32,
        prop_oneof![Just(0), 0..1_u64 << 21, 1_u64 << 21..1 << 32],
        0..1_u64 << 32,
        prop_oneof![0..1_u64 << 33, 1_u64 << 33..1 << 40],
        any::<bool>(),
    );
    let file = file.prop_map(|(path, content, mode, uid, gid, mtime, linked)| File {
        name: path.join(&b'/'),
        content,
        mode,
        uid,
        gid,
        mtime,
        linked,
    });
    prop::collection::vec(file, 0..12).prop_map(|mut files| {
        // Each file has its own directory, so that paths do not collide.
        for (at, file) in files.iter_mut().enumerate() {
            file.name = [format!("d{at}/").as_bytes(), &file.name].concat();
        }
        files
    })
}

/// Writes the layer with the `tar` crate.
fn written_by_tar(files: &[File]) -> Vec<u8> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let mut builder = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = file.header(true);
        header.set_size(file.content.len() as u64);
        let name = OsStr::from_bytes(&file.name);
        builder.append_data(&mut header, name, &file.content[..]).unwrap();
        if file.linked {
            let mut header = file.header(true);
            header.set_entry_type(tar::EntryType::Link);
            header.set_size(0);
            let link = file.link();
            builder.append_link(&mut header, OsStr::from_bytes(&link), name).unwrap();
        }
    }
    builder.into_inner().unwrap()
}

/// Writes the same layer with the testkit.
fn written_by_testkit(files: &[File], format: HeaderFormat, long_names: LongNames) -> Vec<u8> {
    let mut layer = Layer::new().long_names(long_names);
    for file in files {
        let entry = |typeflag, name| RawEntry::new(typeflag, name).meta(file.meta()).format(format);
        layer = layer.entry(entry(b'0', file.name.clone()).data(&file.content));
        if file.linked {
            layer = layer.entry(entry(b'1', file.link()).link(&file.name));
        }
    }
    layer.into_tar()
}

/// Reads the files of a layer and their sizes with the `tar` crate.
fn read_by_tar(bytes: &[u8]) -> BTreeMap<Vec<u8>, u64> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(bytes).entries().unwrap() {
        let entry = entry.unwrap();
        let size = match entry.link_name_bytes() {
            Some(target) => files.get(&*target).copied().unwrap(),
            None => entry.size(),
        };
        files.insert(entry.path_bytes().to_vec(), size);
    }
    files
}

fn forms() -> impl Strategy<Value = (HeaderFormat, LongNames)> {
    let formats = prop_oneof![Just(HeaderFormat::Ustar), Just(HeaderFormat::Gnu), Just(HeaderFormat::V7)];
    (formats, prop_oneof![Just(LongNames::Pax), Just(LongNames::Gnu)])
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn files_equal_those_read_by_the_tar_crate(files in files(), (format, long_names) in forms()) {
        for tar in [written_by_tar(&files), written_by_testkit(&files, format, long_names)] {
            let seen = every_way(&Image::new().layer_tar(&tar));
            prop_assert_eq!(&seen.files, &read_by_tar(&tar));
            let stored: usize = files.iter().map(|file| file.content.len()).sum();
            prop_assert_eq!((seen.stored(), seen.live()), (stored as u64, stored as u64));
            prop_assert_eq!(&seen.warnings, &Vec::<String>::new());
        }
    }

    #[test]
    fn same_files_by_two_writers_are_identical(files in files(), (format, long_names) in forms()) {
        let image = Image::new()
            .layer_tar(written_by_tar(&files))
            .layer_tar(written_by_testkit(&files, format, long_names));
        let seen = every_way(&image);
        let causes = seen.ledger.waste.iter().map(|row| row.cause.word());
        prop_assert!(causes.clone().all(|cause| cause == "identical"), "{:?}", seen.causes());
        let wasted: usize = files.iter().map(|file| file.content.len()).sum();
        prop_assert_eq!(seen.ledger.total.wasted, wasted as u64);
    }

    #[test]
    fn change_of_one_field_is_detected(files in files(), (format, long_names) in forms(), field in 0..4) {
        let mut changed = files.clone();
        for file in &mut changed {
            match field {
                0 => file.mode ^= 1,
                1 => file.uid ^= 1,
                2 => file.gid ^= 1 << 31,
                _ => file.mtime ^= 1,
            }
        }
        let image = Image::new()
            .layer_tar(written_by_tar(&files))
            .layer_tar(written_by_testkit(&changed, format, long_names));
        let seen = every_way(&image);
        prop_assert!(
            seen.ledger.waste.iter().all(|row| row.cause.word() == "metadata"),
            "{:?}",
            seen.causes()
        );
    }

    #[test]
    fn damaged_bytes_do_not_panic(
        files in files(),
        (format, long_names) in forms(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut tar = written_by_testkit(&files, format, long_names);
        for (at, byte) in damage {
            let at = at.index(tar.len());
            if let Some(place) = tar.get_mut(at) {
                *place = byte;
            }
        }
        let archive = Image::new().layer_tar(&tar).docker_legacy().to_tar();
        if let Err(error) = common::read(&archive) {
            let error = common::chain(&error);
            prop_assert!(error.contains("layer 0") || error.contains("too large"), "{}", error);
        }
    }
}
