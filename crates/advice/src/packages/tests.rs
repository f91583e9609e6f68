//! Packages in small images, and sums in random ones.

use dockopt_core::ledger::Ledger;
use dockopt_core::packages::Package;
use proptest::prelude::*;

use super::*;
use crate::testing::Image;

/// Returns the packages of an image, whose bytes must add up.
fn packages(image: Image) -> (Tree, Packages) {
    let (tree, evidence) = image.facts();
    let ownership = ownership(&tree, &evidence);
    let packages = ownership.packages().clone();
    let total = Ledger::of(&tree, 1).total;
    let sum = |of: fn(&Package) -> u64| packages.packages.iter().map(of).sum::<u64>();
    assert_eq!(sum(|package| package.live) + packages.unowned.live, total.live);
    assert_eq!(sum(|package| package.wasted) + packages.unowned.wasted, total.wasted);
    let files: u64 = sum(|package| package.files) + packages.unowned.files;
    let inodes: std::collections::HashSet<_> = tree.final_files().map(|file| file.inode).collect();
    assert_eq!(files, inodes.len() as u64);
    for (number, package) in packages.packages.iter().enumerate() {
        let owned = |(entry, _): &(EntryId, EntryFacts<'_>)| ownership.owner(&tree, *entry) == Some(number);
        let bytes: u64 = stored_files(&tree).filter(owned).map(|(_, facts)| facts.stored).sum();
        assert_eq!(bytes, package.live + package.wasted, "{}", package.name);
    }
    (tree, packages)
}

/// Returns `name version live wasted files layer` of each package.
fn shown(image: Image) -> Vec<String> {
    let line = |package: &Package| {
        let Package { name, version, live, wasted, files, layer, .. } = package;
        format!("{name} {version} {live} {wasted} {files} {layer}")
    };
    packages(image).1.packages.iter().map(line).collect()
}

#[test]
fn files_belong_to_the_package_that_lists_them() {
    let image = Image::default()
        .layer()
        .status(&["a 1", "b 2"])
        .list("a", "/.\n/usr\n/usr/bin\n/usr/bin/a\n/missing\n")
        .list("b", "/usr/bin/b\n/usr/bin/empty\n")
        .file("usr/bin/a", "12345")
        .file("usr/bin/b", "123")
        .file("usr/bin/empty", "")
        .file("usr/bin/c", "1");
    assert_eq!(shown(image), ["a 1 5 0 1 0", "b 2 3 0 2 0"]);
}

#[test]
fn listed_directory_may_be_a_symbolic_link() {
    let image = Image::default()
        .layer()
        .entry("bin", EntryKind::Symlink, "usr/bin", b"")
        .entry("loop", EntryKind::Symlink, "loop", b"")
        .entry("lib64", EntryKind::Symlink, "/usr/../usr/./lib", b"")
        .status(&["mount 1"])
        .list("mount", "/bin/mount\n/lib64/libmount.so\n/loop/x\n/../../etc/passwd\n")
        .file("usr/bin/mount", "1234")
        .file("usr/lib/libmount.so", "12")
        .file("etc/passwd", "1");
    assert_eq!(shown(image), ["mount 1 7 0 3 0"]);
}

#[test]
fn upgrade_leaves_the_old_version_with_its_waste() {
    let image = Image::default()
        .layer()
        .status(&["lib 1"])
        .list("lib", "/lib/old\n/lib/same\n")
        .file("lib/old", "1234567")
        .file("lib/same", "12345")
        .layer()
        .status(&["lib 2"])
        .list("lib", "/lib/same\n/lib/new\n")
        .file("lib/.wh.old", "")
        .file("lib/same", "abcd")
        .file("lib/new", "x");
    assert_eq!(shown(image), ["lib 1 0 12 0 0", "lib 2 5 0 2 1"]);
}

#[test]
fn removed_package_is_listed_only_with_its_waste() {
    let image = Image::default()
        .layer()
        .status(&["gone 1", "stays 1", "empty 1"])
        .list("gone", "/gone\n")
        .list("stays", "/stays\n")
        .file("gone", "12")
        .file("stays", "1")
        .layer()
        .status(&["stays 1"])
        .file(".wh.gone", "")
        .file("var/lib/dpkg/info/.wh.gone.list", "");
    assert_eq!(shown(image), ["gone 1 0 2 0 0", "stays 1 1 0 1 0"]);
}

#[test]
fn hard_links_count_once_by_any_of_their_names() {
    let image = Image::default()
        .layer()
        .status(&["perl 1"])
        .list("perl", "/usr/bin/perl5\n/usr/bin/perl\n")
        .file("usr/bin/zzz", "1234")
        .entry("usr/bin/perl", EntryKind::HardLink, "usr/bin/zzz", b"")
        .entry("usr/bin/perl5", EntryKind::HardLink, "usr/bin/zzz", b"");
    assert_eq!(shown(image), ["perl 1 4 0 1 0"]);
}

#[test]
fn distroless_packages_have_files_of_their_own() {
    let digest = "0123456789abcdef0123456789abcdef";
    let image = Image::default()
        .layer()
        .file("etc/os-release", "ID=debian\n")
        .file("var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2024a\nArchitecture: all\n")
        .file("var/lib/dpkg/status.d/tzdata.md5sums", format!("{digest}  usr/share/zoneinfo/UTC\n"))
        .file("usr/share/zoneinfo/UTC", "123");
    let packages = packages(image).1.packages;
    assert_eq!((packages.len(), packages[0].live), (1, 3));
    assert_eq!(packages[0].purl, "pkg:deb/debian/tzdata@2024a?arch=all");
}

#[test]
fn list_without_a_package_has_no_version() {
    let image = Image::default().layer().list("lost:arm64", "/lost\n").file("lost", "1");
    assert_eq!(shown(image), ["lost  1 0 1 0"]);
}

#[test]
fn diverted_file_has_another_name() {
    let image = Image::default()
        .layer()
        .status(&["dash 1", "bash 2"])
        .file("var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\ndash\n/x\n/y\n:\n")
        .list("bash", "/bin/sh\n")
        .list("dash", "/bin/sh\n/x\n")
        .file("bin/sh", "12")
        .file("bin/sh.distrib", "1234")
        .file("y", "1");
    assert_eq!(shown(image), ["bash 2 4 0 1 0", "dash 1 3 0 2 0"]);
}

#[test]
fn diversion_counts_from_its_layer_on() {
    let image = || {
        Image::default()
            .layer()
            .status(&["a 1"])
            .list("a", "/usr/bin/x\n")
            .file("usr/bin/x", "12345")
            .layer()
            .status(&["a 1", "b 1"])
            .list("b", "/usr/bin/x\n")
            .file("var/lib/dpkg/diversions", "/usr/bin/x\n/usr/bin/x.real\nb\n")
            .file("usr/bin/x.real", "12345")
            .file("usr/bin/x", "123")
    };
    assert_eq!(shown(image()), ["a 1 5 5 1 0", "b 1 3 0 1 1"]);
    // What takes the place of a file that an administrator diverts belongs to nobody.
    let local = Image::default()
        .layer()
        .status(&["a 1"])
        .list("a", "/usr/bin/x\n")
        .file("usr/bin/x", "12345")
        .layer()
        .file("var/lib/dpkg/diversions", "/usr/bin/x\n/usr/bin/x.real\n:\n")
        .file("usr/bin/x.real", "12345")
        .file("usr/bin/x", "123");
    assert_eq!(shown(local), ["a 1 5 5 1 0"]);
    // It ends with the next list.
    let image = image()
        .layer()
        .status(&["a 1"])
        .file("var/lib/dpkg/diversions", "")
        .file("var/lib/dpkg/info/.wh.b.list", "")
        .file("usr/bin/.wh.x.real", "")
        .file("usr/bin/x", "1234567");
    assert_eq!(shown(image), ["a 1 7 10 1 0", "b 1 0 3 0 1"]);
}

#[test]
fn configuration_of_a_removed_package_belongs_to_the_one_that_lists_it_too() {
    let status = "Package: a\nStatus: deinstall ok config-files\nVersion: 1\n\n\
                  Package: b\nStatus: install ok installed\nVersion: 1\n";
    let image = Image::default()
        .layer()
        .file("var/lib/dpkg/status", status)
        .list("a", "/etc/c\n")
        .list("b", "/etc/c\n")
        .file("etc/c", "12");
    let (tree, evidence) = image.facts();
    let ownership = ownership(&tree, &evidence);
    let packages = &ownership.packages().packages;
    assert_eq!(packages.iter().map(|one| (one.name.as_str(), one.live)).collect::<Vec<_>>(), [("b", 2)]);
    assert_eq!(ownership.warnings(), []);
}

#[test]
fn program_that_says_what_it_is_belongs_to_others_first() {
    let program = include_bytes!("../../../../fuzz/corpus/elf/valid");
    let size = program.len();
    let modules = ["libc 0.2.1 0 0 0 0", "stdlib 1.22 0 0 0 0"];
    let image = || Image::default().layer().file("srv/app.so", program);
    let owned = |image: Image, path: &str| {
        let (tree, evidence) = image.facts();
        let ownership = ownership(&tree, &evidence);
        let node = tree.find(path.as_bytes()).expect("a path");
        let entry = tree.final_entry(node).expect("an entry");
        ownership.owner(&tree, entry).map(|owner| ownership.packages().packages[owner].title())
    };
    let golang = Some("golang example.com/a v1.0.0".to_owned());
    assert_eq!(owned(image(), "srv/app.so"), golang);
    let (_, packages) = packages(image());
    assert_eq!(packages.packages.iter().map(|one| one.live).sum::<u64>(), size as u64);
    assert!(modules.iter().all(|module| shown(image()).iter().any(|row| row == module)));
    // Another content in the same place is not the program.
    assert_eq!(owned(image().layer().file("srv/app.so", "script"), "srv/app.so"), None);
    let listed = image().status(&["a 1"]).list("a", "/srv/app.so\n");
    assert_eq!(owned(listed.layer().file("srv/app.so", program), "srv/app.so"), Some("deb a 1".to_owned()));
    let npm = Image::default()
        .layer()
        .file("node_modules/esbuild/package.json", r#"{"name":"esbuild","version":"1"}"#)
        .file("node_modules/esbuild/bin/esbuild.so", program);
    assert_eq!(owned(npm, "node_modules/esbuild/bin/esbuild.so"), Some("npm esbuild 1".to_owned()));
}

#[test]
fn links_are_followed_from_each_place_anew() {
    let links = |image: Image| {
        (0..60).fold(image, |image, at| {
            image.entry(&format!("l{at}"), EntryKind::Symlink, &format!("l{}", at + 1), b"")
        })
    };
    let image = links(Image::default().layer()).file("l60/f", "12").status(&["a 1"]);
    assert_eq!(shown(image.list("a", "/l0/f\n/l30/f\n")), ["a 1 2 0 1 0"]);
}

#[test]
fn file_that_two_packages_list_is_a_warning() {
    let image = Image::default()
        .layer()
        .status(&["a 1", "b 1", "c 1"])
        .list("a", "/moved\n")
        .list("b", "/shared\n/moved\n")
        .file("shared", "1")
        .file("moved", "1")
        .layer()
        .list("b", "/shared\n")
        .list("c", "/shared\n/missing\n");
    let warnings = |image: Image| -> Vec<String> {
        let (tree, evidence) = image.facts();
        ownership(&tree, &evidence).warnings().iter().map(|warning| warning.message.clone()).collect()
    };
    assert_eq!(
        warnings(image),
        ["1 file listed by two packages, the first is `/shared` by deb b 1 and deb c 1"]
    );
    let image = wheel(Image::default().layer(), "one", "1", "tests/a.py,,\ntests/b.py,,\n");
    let image = wheel(image, "other", "2", "tests/a.py,,\ntests/b.py,,\n");
    let image = image.file("site/tests/a.py", "1").file("site/tests/b.py", "1");
    // Also if a third one owns it.
    let image = image.status(&["c 1"]).list("c", "/site/tests/a.py\n");
    assert_eq!(
        warnings(image),
        ["2 files listed by two packages, the first is `/site/tests/a.py` by pypi one 1 and pypi other 2"]
    );
}

#[test]
fn apk_lists_all_packages_in_one_file() {
    let image = Image::default()
        .layer()
        .file("lib/apk/db/installed", "P:musl\nV:1\nA:x86_64\nF:lib\nR:libc.so\n\n")
        .file("lib/libc.so", "1234")
        .layer()
        .file("lib/apk/db/installed", "P:musl\nV:2\nF:lib\nR:libc.so\n\nP:zlib\nV:1\nF:lib\nR:libz.so\n\n")
        .file("lib/libc.so", "12345")
        .file("lib/libz.so", "1");
    assert_eq!(shown(image), ["musl 2 5 0 1 1", "musl 1 0 4 0 0", "zlib 1 1 0 1 1"]);
}

/// A wheel with its metadata.
fn wheel(image: Image, name: &str, version: &str, record: &str) -> Image {
    let directory = format!("site/{name}-{version}.dist-info");
    image
        .file(&format!("{directory}/METADATA"), format!("Name: {name}\nVersion: {version}\n"))
        .file(&format!("{directory}/RECORD"), record)
}

#[test]
fn wheel_owns_its_record_and_what_is_compiled_from_it() {
    let record = "a/__init__.py,,\n\"a/x,y.py\",,\n../bin/a,,\n/etc/a.conf,,\n../../../../missing,,\n";
    let image = wheel(Image::default().layer(), "a", "1", record)
        .file("site/a/__init__.py", "1")
        .file("site/a/x,y.py", "12")
        .file("site/a/__pycache__/__init__.cpython-311.pyc", "1234")
        .file("site/a/__pycache__/other.cpython-311.pyc", "12345678")
        .file("bin/a", "12345")
        .file("etc/a.conf", "1")
        .file("site/a-1.dist-info/INSTALLER", "pip")
        .file("site/a/more", "1");
    let (_, packages) = packages(image);
    let metadata = "Name: a\nVersion: 1\n".len() + record.len() + 3;
    assert_eq!(packages.packages[0].live, 13 + metadata as u64);
    assert_eq!(packages.packages[0].purl, "pkg:pypi/a@1");
    assert_eq!(packages.unowned.live, 9);
}

#[test]
fn upgraded_wheel_leaves_the_old_one_with_its_waste() {
    let image = wheel(Image::default().layer(), "a", "1", "a.py,,\n").file("site/a.py", "123");
    let image =
        wheel(image.layer(), "a", "2", "a.py,,\n").file("site/.wh.a-1.dist-info", "").file("site/a.py", "12");
    let metadata = "Name: a\nVersion: 1\na.py,,\n".len();
    assert_eq!(shown(image), [format!("a 1 0 {} 0 0", 3 + metadata), format!("a 2 {} 0 3 1", 2 + metadata)]);
}

#[test]
fn eggs_own_their_modules_or_what_they_list() {
    let image = Image::default()
        .layer()
        .file("site/old.egg-info", "Name: old\nVersion: 1\n")
        .file("site/b.egg-info/PKG-INFO", "Name: b\nVersion: 1\n")
        .file("site/b.egg-info/top_level.txt", "b\nsingle\n")
        .file("site/b/x.py", "12")
        .file("site/single.py", "1")
        .file("site/c.egg-info/PKG-INFO", "Name: c\nVersion: 1\n")
        .file("site/c.egg-info/installed-files.txt", "../c.py\nPKG-INFO\n")
        .file("site/c.py", "123")
        .file("site/d.egg/EGG-INFO/PKG-INFO", "Name: d\nVersion: 1\n")
        .file("site/d.egg/d.py", "1234")
        .file("site/e.py", "1");
    let (_, packages) = packages(image);
    let mut lines: Vec<_> =
        packages.packages.iter().map(|package| format!("{} {}", package.name, package.live)).collect();
    lines.sort();
    assert_eq!(lines, ["b 31", "c 39", "d 23", "old 21"]);
    assert_eq!(packages.unowned.live, 1);
}

#[test]
fn directory_that_a_link_replaced_keeps_its_owners() {
    let json = r#"{"name":"w","version":"1"}"#;
    let image = Image::default()
        .layer()
        .status(&["d 1"])
        .list("d", "/lib/sh\n")
        .file("lib/sh", "123")
        .file("opt/node_modules/w/package.json", json)
        .layer()
        .file(".wh.lib", "")
        .file(".wh.opt", "")
        .file("usr/lib/other", "1")
        .layer()
        .entry("lib", EntryKind::Symlink, "usr/lib", b"")
        .entry("opt", EntryKind::Symlink, "srv", b"")
        .file("srv/z", "1");
    assert_eq!(shown(image), [format!("w 1 0 {} 0 0", json.len()), "d 1 0 3 0 0".to_owned()]);
}

#[test]
fn scope_with_a_manifest_is_no_package_of_everything_in_it() {
    let image = Image::default()
        .layer()
        .file("node_modules/@s/package.json", r#"{"name":"s"}"#)
        .file("node_modules/@s/a/package.json", r#"{"name":"@s/a"}"#)
        .file("node_modules/@s/b/index.js", "123");
    let packages = packages(image).1;
    let owned: Vec<_> = packages.packages.iter().map(|one| (one.name.as_str(), one.files)).collect();
    assert_eq!(owned, [("@s/a", 1), ("s", 0)]);
}

#[test]
fn database_that_is_not_read_is_a_warning() {
    let image = Image::default()
        .layer()
        .file("var/lib/rpm/Packages.db", "RpmP")
        .file("usr/lib/sysimage/rpm/rpmdb.sqlite", "SQLite format 3\0 and more")
        .file("lib/apk/db/installed", "ADBdpkg")
        .layer()
        .file("var/lib/rpm/.wh.Packages.db", "");
    let (tree, evidence) = image.facts();
    let warnings = ownership(&tree, &evidence).warnings().to_vec();
    let expected = [
        "`/lib/apk/db/installed` is a database of apk in its binary format, which is not read: \
         files of its packages have no owner",
        "`/usr/lib/sysimage/rpm/rpmdb.sqlite` cannot be read to its end, its page size is invalid: \
         packages are missing",
    ];
    assert_eq!(warnings.iter().map(|warning| warning.message.as_str()).collect::<Vec<_>>(), expected);
}

#[test]
fn list_of_the_system_wins_over_that_of_a_language_in_the_same_layer() {
    let image = Image::default().layer().status(&["python3-a 1"]).list("python3-a", "/site/a.py\n");
    let image = wheel(image, "a", "1", "a.py,,\n").file("site/a.py", "123");
    let image = wheel(image.layer(), "a", "2", "a.py,,\n").file("site/a.py", "12");
    let (_, packages) = packages(image);
    let owner = |name: &str, version: &str| {
        let found =
            packages.packages.iter().find(|package| package.name == name && package.version == version);
        found.map(|package| (package.live, package.wasted)).expect("a package")
    };
    assert_eq!(owner("python3-a", "1"), (0, 3));
    assert_eq!(owner("a", "2").0, 2 + "Name: a\nVersion: 1\na.py,,\n".len() as u64);
}

#[test]
fn innermost_npm_package_owns_a_file() {
    let json = |name: &str| format!(r#"{{"name":"{name}","version":"1"}}"#);
    let image = Image::default()
        .layer()
        .file("app/package.json", json("app"))
        .file("app/index.js", "1")
        .file("app/node_modules/.cache/x", "12")
        .file("app/node_modules/a/package.json", json("a"))
        .file("app/node_modules/a/index.js", "123")
        .file("app/node_modules/a/esm/package.json", r#"{"type":"module"}"#)
        .file("app/node_modules/a/test/package.json", json("part"))
        .file("app/node_modules/a/node_modules/.bin/x", "1")
        .file("app/node_modules/a/node_modules/@s/b/package.json", json("@s/b"))
        .file("app/node_modules/a/node_modules/@s/b/index.js", "1234");
    let (_, packages) = packages(image);
    let owned: Vec<_> =
        packages.packages.iter().map(|package| (package.purl.as_str(), package.files)).collect();
    assert_eq!(
        owned,
        [("pkg:npm/a@1", 4), ("pkg:npm/%40s/b@1", 2), ("pkg:npm/app@1", 1), ("pkg:npm/part@1", 0)]
    );
    assert_eq!((packages.unowned.live, packages.unowned.files), (4, 3));
}

#[test]
fn gems_own_their_directories() {
    let image = Image::default()
        .layer()
        .file("g/specifications/x-1.gemspec", "# stub: x 1 ruby lib\n")
        .file("g/gems/x-1/lib/x.rb", "12")
        .file("g/cache/x-1.gem", "123")
        .file("g/extensions/x86_64-linux/3.1.0/x-1/x.so", "1234")
        .file("g/specifications/default/json-2.gemspec", "# stub: json 2 ruby lib\n")
        .file("g/gems/json-2/exe", "1")
        .file("g/gems/y-1/lib/y.rb", "1");
    assert_eq!(shown(image), ["x 1 30 0 4 0", "json 2 25 0 2 0"]);
}

#[test]
fn conda_lists_files_below_its_environment() {
    let image = Image::default()
        .layer()
        .file("opt/c/conda-meta/z-1-0.json", r#"{"name":"z","version":"1","files":["lib/z.so","../x"]}"#)
        .file("opt/c/lib/z.so", "12")
        .file("opt/x", "1")
        .file("opt/y", "1");
    assert_eq!(shown(image), ["z 1 57 0 3 0"]);
}

fn any_image() -> impl Strategy<Value = Vec<Vec<(u8, u8, u8)>>> {
    prop::collection::vec(prop::collection::vec((0..12_u8, 0..6_u8, 0..6_u8), 0..12), 1..5)
}

proptest! {
    #[test]
    fn packages_and_unowned_bytes_add_up(layers in any_image()) {
        let path = |number: u8| ["a", "d/b", "d/c", "node_modules/d/b", "l/b", "d/e/f"][usize::from(number)];
        let name = |number: u8| ["p", "q", "r"][usize::from(number % 3)];
        let mut image = Image::default();
        for layer in layers {
            image = image.layer();
            for (kind, one, other) in layer {
                image = match kind {
                    3 => {
                        let directory = ["d", "d/e", "node_modules/d", "d/node_modules/e", "l", "node_modules"];
                        let content = format!(r#"{{"name":"{}","version":"{other}"}}"#, name(one));
                        image.file(&format!("{}/package.json", directory[usize::from(one)]), &content)
                    }
                    0..3 => image.file(path(one), "x".repeat(usize::from(other) + 1)),
                    4 => wheel(image, name(one), "1", &format!("../{}\n../l/b,,\n../../{},,\n", path(one), path(other))),
                    5 => image.entry(path(one), EntryKind::HardLink, path(other), b""),
                    6 => image.entry("l", EntryKind::Symlink, ["d", "e", "/d/e", "l", "..", "a"][usize::from(one)], b""),
                    7 => image.file(&format!("d/.wh.{}", ["b", "c", "e", "x", "f", ".wh..opq"][usize::from(one)]), ""),
                    8 | 9 => image.list(name(one), &format!("/{}\n/{}\n/l/b\n", path(one), path(other))),
                    10 => image.status(&[&format!("{} {other}", name(one)), "q 1"]),
                    _ => image.file(&format!("var/lib/dpkg/info/.wh.{}.list", name(one)), ""),
                };
            }
        }
        // The helper asserts the sums.
        packages(image);
    }
}
