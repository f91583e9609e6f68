//! Packages that rpm has built and installed.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use dockopt_advice::evidence::rpm::{Rpm, RpmFact};
use dockopt_testkit::Image;

use super::{examined, output_of, packages, report};

/// Number of packages: enough for a database of several levels.
const PACKAGES: usize = 120;

/// Returns a specification of many packages in this version; the first one has many files, a hard
/// link, a link, and files that are listed and not there.
fn specification(version: &str) -> String {
    let mut text = format!(
        "Name: p0\nVersion: {version}\nRelease: 1\nEpoch: 2\nSummary: s\nLicense: MIT\nBuildArch: noarch\n\
         %description\n{}\n",
        "A long description. ".repeat(500)
    );
    let mut install = "%install\nmkdir -p %{buildroot}/usr/share/p0 %{buildroot}/etc %{buildroot}/bin\n\
        for i in $(seq 1 900); do echo \"file $i\" > %{buildroot}/usr/share/p0/with-a-long-name-$i; done\n\
        ln %{buildroot}/usr/share/p0/with-a-long-name-1 %{buildroot}/usr/share/p0/link\n\
        ln -s p0 %{buildroot}/usr/share/other\necho conf > %{buildroot}/etc/p0.conf\n"
        .to_owned();
    let mut files =
        "%files\n/usr/share/p0\n/usr/share/other\n%config /etc/p0.conf\n%ghost /var/log/p0\n".to_owned();
    for number in 1..PACKAGES {
        writeln!(text, "%package -n p{number}\nSummary: s\n%description -n p{number}\ntext").expect("memory");
        writeln!(install, "seq {number} > %{{buildroot}}/bin/p{number}").expect("memory");
        writeln!(files, "%files -n p{number}\n/bin/p{number}").expect("memory");
    }
    text + &install + &files
}

fn rpm(root: &Path) -> Command {
    let mut rpm = Command::new("rpm");
    rpm.arg("--root").arg(root).args(["--define", "_dbpath /var/lib/rpm"]);
    rpm
}

/// Builds the packages and installs them.
fn install(directory: &Path, root: &Path, version: &str, how: &str) {
    let top = directory.join(version);
    fs::create_dir_all(&top).expect("a directory");
    let file = top.join("p.spec");
    fs::write(&file, specification(version)).expect("written");
    let mut build = Command::new("rpmbuild");
    build.args(["--define", &format!("_topdir {}", top.display()), "-bb"]).arg(&file);
    output_of(&mut build);
    let files = fs::read_dir(top.join("RPMS/noarch")).expect("built").flatten().map(|entry| entry.path());
    output_of(rpm(root).args([how, "--nodeps", "--noscripts"]).args(files));
}

/// Returns version and bytes of each package by its name, by what rpm lists.
fn expected(root: &Path) -> BTreeMap<String, (String, u64)> {
    let format = "[%{=NAME}\\t%{=EVR}\\t%{FILENAMES}\\n]";
    let listed = output_of(rpm(root).args(["-qa", "--queryformat", format]));
    let (mut owned, mut seen) = (BTreeMap::new(), HashSet::new());
    for line in listed.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, version, path] = fields[..] else { panic!("{line}") };
        let (_, bytes) = owned.entry(name.to_owned()).or_insert((version.to_owned(), 0));
        let Ok(metadata) = fs::symlink_metadata(root.join(path.trim_start_matches('/'))) else { continue };
        if metadata.is_file() && seen.insert((metadata.dev(), metadata.ino())) {
            *bytes += metadata.len();
        }
    }
    owned
}

/// Returns a root directory as a tar.
fn tar(root: &Path) -> Vec<u8> {
    let output = Command::new("tar").arg("-C").arg(root).args(["--sort=name", "-cf", "-", "."]).output();
    output.expect("tar is installed").stdout
}

#[test]
#[ignore = "needs rpm"]
fn files_are_those_that_rpm_lists() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path().join("root");
    fs::create_dir(&root).expect("a directory");
    install(directory.path(), &root, "1.0", "-i");
    let image = Image::new().layer_tar(tar(&root));
    let before = expected(&root);
    assert_eq!(before.len(), PACKAGES);
    let shown = |owned: &BTreeMap<String, (String, u64)>| -> Vec<(String, String, u64)> {
        owned.iter().map(|(name, (version, bytes))| (name.clone(), version.clone(), *bytes)).collect()
    };
    let first = report(&image);
    assert_eq!(packages(&first, "rpm"), shown(&before));
    assert_eq!(first["warnings"], serde_json::json!([]));

    // After an upgrade in a second layer, the bytes of the old versions are wasted.
    install(directory.path(), &root, "1.1", "-U");
    let after = expected(&root);
    let report = report(&image.layer_tar(tar(&root)));
    let found = packages(&report, "rpm");
    let (new, old): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, version, _)| version == "2:1.1-1");
    assert_eq!(new, shown(&after));
    assert_eq!(old.len(), PACKAGES);
    let rows = report["packages"].as_array().expect("a list");
    let wasted: u64 = rows.iter().filter_map(|row| row["wasted"].as_u64()).sum();
    assert_eq!(wasted, before.values().map(|(_, bytes)| bytes).sum::<u64>());
}

/// Returns the headers of all packages as a database of Berkeley DB, which its own tool writes.
fn berkeley(root: &Path, directory: &Path) -> Vec<u8> {
    let script = "import sqlite3, sys\n\
        print('VERSION=3\\nformat=bytevalue\\ntype=hash\\nh_nelem=200\\ndb_pagesize=4096\\nHEADER=END')\n\
        print(' 00000000\\n c8000000')\n\
        for number, blob in sqlite3.connect(sys.argv[1]).execute('select hnum, blob from Packages'):\n    \
            print('', number.to_bytes(4, 'little').hex()); print('', blob.hex())\n\
        print('DATA=END')\n";
    let text =
        output_of(Command::new("python3").args(["-c", script]).arg(root.join("var/lib/rpm/rpmdb.sqlite")));
    let (file, target) = (directory.join("dump"), directory.join("Packages"));
    fs::write(&file, text).expect("written");
    output_of(Command::new("db5.3_load").arg("-f").arg(&file).arg(&target));
    fs::read(&target).expect("a database")
}

/// A sequence of numbers that look random (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("small")
    }
}

#[test]
#[ignore = "needs rpm"]
fn damaged_database_is_read_as_far_as_it_goes() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path().join("root");
    fs::create_dir(&root).expect("a directory");
    install(directory.path(), &root, "1.0", "-i");
    let whole = fs::read(root.join("var/lib/rpm/rpmdb.sqlite")).expect("a database");
    let fact = |bytes: &[u8]| {
        let fact = examined(&Rpm, "var/lib/rpm/rpmdb.sqlite", bytes)?;
        RpmFact::decode(&fact)
    };
    let is_right = |bytes: &[u8]| {
        fact(bytes).is_some_and(|fact| fact.packages.len() == PACKAGES && fact.problem.is_none())
    };
    assert!(is_right(&whole));
    let older = berkeley(&root, directory.path());
    assert!(is_right(&older));
    let sorted = |bytes: &[u8]| {
        let mut packages = fact(bytes).expect("packages").packages;
        packages.sort_by(|one, other| one.name.cmp(&other.name));
        packages
    };
    assert_eq!(sorted(&older), sorted(&whole));
    for whole in [whole, older] {
        damage(&whole, &fact);
    }
}

/// Reads a database 1,000 times, each time with other damage.
fn damage(whole: &[u8], fact: &dyn Fn(&[u8]) -> Option<RpmFact>) {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut incomplete = 0;
    for round in 0..1000 {
        let mut bytes = whole.to_vec();
        // Every other round changes the structure of pages, the others cut the file too.
        for _ in 0..=numbers.below(20) {
            let page = numbers.below(bytes.len() / 4096) * 4096;
            let at = if round % 2 == 0 { page + numbers.below(64) } else { numbers.below(bytes.len()) };
            bytes[at] = u8::try_from(numbers.below(256)).expect("a byte");
        }
        if round % 5 == 1 {
            bytes.truncate(numbers.below(bytes.len()));
        }
        if let Some(fact) = fact(&bytes) {
            // What is left is at most what a database of this size may list.
            assert!(fact.packages.len() <= 20 * PACKAGES, "{round}: {}", fact.packages.len());
            incomplete += usize::from(fact.problem.is_some());
        }
    }
    assert!(incomplete > 100, "{incomplete}");
}
