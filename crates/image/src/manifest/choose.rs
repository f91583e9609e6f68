//! Chooses one image where there are several: by name, digest, number or platform.

use dockopt_core::image::Platform;

use super::Wanted;
use crate::error::ReadError;

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

/// The platform this program runs on; containers on other systems than Windows are Linux ones.
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

/// Whether a platform is the one asked for; a variant counts only if it is asked for.
pub(super) fn platform_matches(found: &Platform, wanted: &Platform) -> bool {
    let variant_fits = match (&wanted.variant, &found.variant) {
        (None, _) => true,
        (Some(wanted), Some(found)) => wanted == found,
        // arm64 has had one variant only, which many builders leave out.
        (Some(wanted), None) => found.architecture == "arm64" && wanted == "v8",
    };
    found.os == wanted.os && found.architecture == wanted.architecture && variant_fits
}

/// Refuses the only image there is if it is for another platform than the one asked for.
pub(crate) fn check_platform(found: Option<&Platform>, wanted: &Wanted) -> Result<(), ReadError> {
    match (&wanted.platform, found) {
        (Some(wanted), Some(found)) if !platform_matches(found, wanted) => Err(ReadError::Selection {
            reason: format!("there is no image for platform `{wanted}`"),
            choices: vec![found.to_string()],
            option: "--platform",
        }),
        _ => Ok(()),
    }
}

/// Whether two image names mean the same: the default registry, namespace and tag may be left out.
pub(super) fn names_match(one: &str, other: &str) -> bool {
    full_name(one) == full_name(other)
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
    fn names_are_compared_in_full() {
        assert!(names_match("alpine", "docker.io/library/alpine:latest"));
        assert!(names_match("localhost:5000/x", "localhost:5000/x:latest"));
        assert!(!names_match("alpine:3", "alpine"));
        assert!(!names_match("other/alpine", "alpine"));
    }
}
