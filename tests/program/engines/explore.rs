//! `extract` and `cat` on an engine's images, compared with the engine's own export.

use std::collections::BTreeMap;

use super::{archive, output_of, tool, with_engines};
use crate::explore::oracle::{Member, Members, Path, components, members, rooted};

/// Paths that Docker creates or replaces in every container, with everything below them.
const OF_CONTAINER: [&str; 8] =
    ["/.dockerenv", "/dev", "/etc/hostname", "/etc/hosts", "/etc/mtab", "/etc/resolv.conf", "/proc", "/sys"];

/// Returns whether Docker creates or replaces a path in every container.
fn is_of_container(path: &Path) -> bool {
    let path = String::from_utf8_lossy(&rooted(path)).into_owned();
    // `/etc` changes with the files in it, and exists in every container.
    path == "/etc" || OF_CONTAINER.iter().any(|own| path == *own || path.starts_with(&format!("{own}/")))
}

/// Returns the members, hard links replaced by their files, without what belongs to a container.
fn files(tar: &[u8]) -> BTreeMap<Path, Member> {
    let all: Members = members(tar, 0);
    let file = |member: &Member| match member.kind {
        'h' => all[&components(&member.data)].clone(),
        _ => member.clone(),
    };
    let kept = all.iter().filter(|(path, _)| !path.is_empty() && !is_of_container(path));
    kept.map(|(path, member)| (path.clone(), file(member))).collect()
}

/// Returns the tar of a container that was created from an image and never started.
fn exported(image: &str) -> Vec<u8> {
    let created = output_of(tool("docker").args(["create", image, "/none"]));
    let id = String::from_utf8(created).expect("an ID");
    let tar = output_of(tool("docker").args(["export", id.trim()]));
    output_of(tool("docker").args(["rm", id.trim()]));
    tar
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER) and real images (DOCKOPT_TEST_IMAGES)"]
fn extracted_root_is_what_docker_exports() {
    for image in ["static", "many-layers"] {
        let exported = files(&exported(image));
        assert!(!exported.is_empty(), "{image}");
        for reference in [format!("docker://{image}"), archive(image)] {
            let ours = files(&output_of(with_engines().args(["extract", &reference, "/", "-o", "-"])));
            let names = |tar: &BTreeMap<Path, Member>| tar.keys().map(rooted).collect::<Vec<_>>();
            assert!(names(&ours) == names(&exported), "{reference}");
            for (path, member) in &exported {
                let name = String::from_utf8_lossy(&rooted(path)).into_owned();
                let found = &ours[path];
                let without_data = |member: &Member| Member { data: Vec::new(), ..member.clone() };
                assert_eq!(without_data(found), without_data(member), "{reference}: {name}");
                assert!(found.data == member.data, "{reference}: content of {name}");
            }
        }
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER) and real images (DOCKOPT_TEST_IMAGES)"]
fn file_of_an_engine_is_what_docker_exports() {
    let exported = files(&exported("many-layers"));
    let largest = exported.iter().filter(|(_, member)| member.kind == 'f');
    let (path, member) = largest.max_by_key(|(_, member)| member.data.len()).expect("a file");
    let name = String::from_utf8(rooted(path)).expect("UTF-8");
    let ours = output_of(with_engines().args(["cat", "docker://many-layers", &name]));
    assert!(ours == member.data, "{name}");
}
