//! Selects one of several images by name, digest, number or platform.

use dockopt_core::image::Platform;

use super::error::ManifestError;
use super::plan::Choice;

/// Parses `OS/ARCHITECTURE[/VARIANT]`; a bare architecture means Linux.
pub fn parse_platform(text: &str) -> Option<Platform> {
    let parts: Vec<&str> = text.split('/').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let (os, architecture, variant) = match *parts.as_slice() {
        [architecture] => ("linux", architecture, None),
        [os, architecture] => (os, architecture, None),
        [os, architecture, variant] => (os, architecture, Some(variant)),
        _ => return None,
    };
    let architecture = match architecture {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        known => known,
    };
    Some(Platform {
        os: os.to_owned(),
        architecture: architecture.to_owned(),
        variant: variant.map(str::to_owned),
    })
}

/// Returns the platform this program runs on. Containers on systems other than Windows are Linux
/// ones.
pub(super) fn host_platform() -> Platform {
    let os = if std::env::consts::OS == "windows" { "windows" } else { "linux" };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    Platform { os: os.to_owned(), architecture: architecture.to_owned(), variant: None }
}

/// Returns whether a platform matches the requested one; the variant matters only if requested.
pub(super) fn platform_matches(found: &Platform, wanted: &Platform) -> bool {
    let variant_fits = match (&wanted.variant, &found.variant) {
        (None, _) => true,
        (Some(wanted), Some(found)) => wanted == found,
        // arm64 has only had one variant, which many builders omit.
        (Some(wanted), None) => found.architecture == "arm64" && wanted == "v8",
    };
    found.os == wanted.os && found.architecture == wanted.architecture && variant_fits
}

/// Fails if the only image is for another platform than the requested one.
pub(crate) fn check_platform(found: Option<&Platform>, wanted: &Choice) -> Result<(), ManifestError> {
    match (&wanted.platform, found) {
        (Some(wanted), Some(found)) if !platform_matches(found, wanted) => Err(ManifestError::Selection {
            reason: format!("there is no image for platform `{wanted}`"),
            choices: vec![found.to_string()],
            option: "--platform",
        }),
        _ => Ok(()),
    }
}

/// Returns whether two image names are equivalent. The default registry, namespace and tag may be
/// omitted.
pub(super) fn names_match(one: &str, other: &str) -> bool {
    full_name(one) == full_name(other)
}

/// Moves the requested name before the other names of an image, if it is one of them.
pub(crate) fn put_first(names: &mut [String], asked: &str) {
    // Podman uses `localhost` as the registry of images built under a short name.
    let here = format!("localhost/{asked}");
    let place = |wanted: &str| names.iter().position(|name| names_match(name, wanted));
    if let Some(up_to_it) = place(asked).or_else(|| place(&here)).and_then(|at| names.get_mut(..=at)) {
        up_to_it.rotate_right(1);
    }
}

fn full_name(name: &str) -> String {
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let has_tag = name.rsplit('/').next().is_some_and(|last| last.contains(':') || last.contains('@'));
    if has_tag { name.to_owned() } else { format!("{name}:latest") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_parsed_and_compared() {
        let platform = |text| parse_platform(text).expect("a platform");
        assert_eq!(platform("arm64").to_string(), "linux/arm64");
        assert_eq!(platform("linux/x86_64").to_string(), "linux/amd64");
        assert_eq!(platform("linux/arm/v7").to_string(), "linux/arm/v7");
        assert_eq!(parse_platform("linux//v7"), None);
        assert_eq!(parse_platform("a/b/c/d"), None);
        assert!(platform_matches(&platform("linux/arm/v7"), &platform("linux/arm")));
        assert!(!platform_matches(&platform("linux/arm/v6"), &platform("linux/arm/v7")));
        assert!(platform_matches(&platform("linux/arm64"), &platform("linux/arm64/v8")));
    }

    #[test]
    fn requested_name_comes_first() {
        for (asked, expected) in [
            ("c", ["c:latest", "a:1", "localhost/b:2", "localhost/c:latest"]),
            ("docker.io/library/c:latest", ["c:latest", "a:1", "localhost/b:2", "localhost/c:latest"]),
            ("localhost/c", ["localhost/c:latest", "a:1", "localhost/b:2", "c:latest"]),
            ("b:2", ["localhost/b:2", "a:1", "c:latest", "localhost/c:latest"]),
            ("a:1", ["a:1", "localhost/b:2", "c:latest", "localhost/c:latest"]),
            ("a", ["a:1", "localhost/b:2", "c:latest", "localhost/c:latest"]),
            ("sha256:00", ["a:1", "localhost/b:2", "c:latest", "localhost/c:latest"]),
        ] {
            let mut names = ["a:1", "localhost/b:2", "c:latest", "localhost/c:latest"].map(str::to_owned);
            put_first(&mut names, asked);
            assert_eq!(names, expected, "{asked}");
        }
        put_first(&mut [], "a");
    }

    #[test]
    fn names_are_compared_in_full() {
        assert!(names_match("alpine", "docker.io/library/alpine:latest"));
        assert!(names_match("localhost:5000/x", "localhost:5000/x:latest"));
        assert!(!names_match("alpine:3", "alpine"));
        assert!(!names_match("other/alpine", "alpine"));
    }
}
