//! Packages of Ruby: `specifications/NAME-VERSION[-PLATFORM].gemspec`.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, Probe, ProbeId, Started, Want};
use serde::{Deserialize, Serialize};

use super::encoding::encode;

/// The most bytes of a specification that are read: name and version are at its start.
const HEAD: u64 = 16 * 1024;

/// The probe.
pub struct Gem;

impl Gem {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "gem", version: 1 };
}

/// An installed gem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GemFact {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// Name, version and platform: the name of its directory.
    pub full_name: String,
}

/// Returns the full name of the gem whose specification has this path.
fn full_name(path: &[u8]) -> Option<&str> {
    let name = path.strip_suffix(b".gemspec")?;
    let mut parts = name.rsplit(|&byte| byte == b'/');
    let name = parts.next().filter(|name| !name.is_empty())?;
    let is_specification = match parts.next()? {
        b"default" => parts.next()? == b"specifications",
        directory => directory == b"specifications",
    };
    std::str::from_utf8(name).ok().filter(|_| is_specification)
}

impl Probe for Gem {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        if full_name(entry.path).is_some() { Want::Head(HEAD) } else { Want::Nothing }
    }

    fn start(&self, entry: &Entry<'_>) -> Started {
        let full_name = full_name(entry.path).map(str::to_owned);
        Collected::start(move |content| encode(&gem(&full_name?, content)?))
    }
}

/// Finds name and version: usually the second line is `# stub: NAME VERSION PLATFORM PATHS`;
/// otherwise the specification assigns them.
fn gem(full_name: &str, content: &[u8]) -> Option<GemFact> {
    let text = String::from_utf8_lossy(content);
    let mut stub = text.lines().find_map(|line| line.strip_prefix("# stub: ")).unwrap_or_default().split(' ');
    let from_stub = stub.next().filter(|name| !name.is_empty()).zip(stub.next());
    let (name, version) = from_stub.or_else(|| assigned(&text, ".name").zip(assigned(&text, ".version")))?;
    Some(GemFact { name: name.to_owned(), version: version.to_owned(), full_name: full_name.to_owned() })
}

/// Returns the text that a line assigns: `s.name = "rake".freeze`.
fn assigned<'t>(text: &'t str, attribute: &str) -> Option<&'t str> {
    let value = |line: &'t str| {
        let (target, value) = line.split_once('=')?;
        target.trim_end().ends_with(attribute).then(|| value.split(['"', '\'']).nth(1)).flatten()
    };
    text.lines().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stub_or_assignments_name_the_gem() {
        for text in [
            "# -*- encoding: utf-8 -*-\n# stub: rake 13.0.6 ruby lib\n",
            "Gem::Specification.new do |s|\n  s.name = \"rake\".freeze\n  s.version = '13.0.6'\n",
            "  s.name    = \"rake\"\n  s.version = Gem::Version.new(\"13.0.6\")\n",
        ] {
            let gem = gem("rake-13.0.6", text.as_bytes()).expect("a gem");
            assert_eq!((gem.name.as_str(), gem.version.as_str()), ("rake", "13.0.6"), "{text}");
        }
        assert_eq!(gem("x", b"x"), None);
    }

    #[test]
    fn specifications_are_recognised_by_their_path() {
        assert_eq!(
            full_name(b"usr/lib/ruby/gems/3.1.0/specifications/rake-13.0.6.gemspec"),
            Some("rake-13.0.6")
        );
        assert_eq!(full_name(b"x/specifications/default/json-2.gemspec"), Some("json-2"));
        assert_eq!(full_name(b"gems/x/x.gemspec"), None);
    }
}
