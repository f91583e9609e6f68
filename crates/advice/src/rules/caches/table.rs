//! The caches of package managers.

use dockopt_core::findings::{FoundPath, Severity};
use dockopt_core::path::is_unsafe_to_show;

use crate::build::patch::Avoid;
use crate::rules::rule::Rule;

/// The cache of a package manager.
pub(super) struct Cache {
    pub(super) rule: Rule,
    /// What it is, in a sentence.
    pub(super) what: &'static str,
    /// The patterns of its places.
    pub(super) places: &'static [&'static str],
    /// The command that empties it; `None` if only its files can be removed.
    pub(super) clean: Option<&'static str>,
    /// The option that avoids it.
    pub(super) avoid: Option<Avoid>,
    /// The commands of later instructions that need it.
    pub(super) used: Option<Use>,
    /// Whether later commands may need it without saying so: builds without a network do.
    pub(super) may_be_needed: bool,
}

/// The commands that use a cache which an earlier command has filled.
#[derive(Debug)]
pub(super) struct Use {
    /// The programs.
    pub(super) programs: &'static [&'static str],
    /// Their subcommands that read it.
    pub(super) reads: &'static [&'static str],
    /// Their subcommand that fills it.
    pub(super) fills: &'static str,
}

impl Use {
    /// Returns how often a text names one of the programs; a directory of that name does not count.
    pub(super) fn mentions(&self, text: &str) -> usize {
        let words = text.split_inclusive(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
        let is_program = |word: &&str| {
            let end = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '-');
            !word.ends_with('/') && self.programs.contains(&word.trim_end_matches(end))
        };
        words.filter(is_program).count()
    }
}

const APT: Use = Use {
    programs: &["apt-get", "apt", "aptitude"],
    reads: &["install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "source", "download"],
    fills: "update",
};

impl Cache {
    /// Returns the command that removes the cache at these places; `None` if there are too many, or if
    /// a name could be taken for something else.
    pub(super) fn command(&self, paths: &[FoundPath]) -> Option<String> {
        if let Some(command) = self.clean {
            return Some(command.to_owned());
        }
        let name = |found: &FoundPath| {
            let text = std::str::from_utf8(found.path.as_bytes()).ok()?;
            (!text.chars().any(is_unsafe_to_show)).then(|| quoted(&format!("/{text}")))
        };
        let names: Option<Vec<String>> = paths.iter().map(name).collect();
        names.filter(|names| names.len() <= MOST_PATHS).map(|names| format!("rm -rf {}", names.join(" ")))
    }

    /// Returns what to do, in words.
    pub(super) fn fix(&self, command: Option<&str>) -> String {
        let end = match command {
            Some(command) => format!("end the instruction with `&& {command}`"),
            None => "remove it at the end of the instruction".to_owned(),
        };
        match &self.avoid {
            Some(Avoid { programs, subcommands, option }) => {
                let command = [programs.first(), subcommands.first()].into_iter().flatten();
                let command: Vec<&str> = command.copied().collect();
                format!("use `{} {option}`, or {end}", command.join(" "))
            }
            None => end,
        }
    }
}

/// Quotes a path for a shell, unless it needs no quotes.
fn quoted(path: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+@%:,=".contains(letter);
    if path.chars().all(is_plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

const fn rule(id: &'static str, title: &'static str, help: &'static str) -> Rule {
    Rule { id, title, severity: Severity::High, least: 64_000, help, links: &[LINK] }
}

const LINK: &str = "https://docs.docker.com/build/building/best-practices/";
const NOTHING: Option<Avoid> = None;
/// Most paths that a command names.
const MOST_PATHS: usize = 8;

/// All caches.
pub(super) static CACHES: [Cache; 22] = [
    Cache {
        rule: rule(
            "apt-lists",
            "Package lists of apt",
            "`apt-get update` downloads lists of all packages, which are of no use in an image and out of date in a \
             day. Remove them in the same instruction: `apt-get update && apt-get install … && rm -rf \
             /var/lib/apt/lists/*`.",
        ),
        what: "apt's package lists",
        places: &["/var/lib/apt/lists"],
        clean: Some("rm -rf /var/lib/apt/lists/*"),
        avoid: NOTHING,
        used: Some(APT),
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "apt-cache",
            "Cache of apt",
            "apt keeps downloaded packages and two indexes, `pkgcache.bin` and `srcpkgcache.bin`. `apt-get clean` in \
             the same instruction removes them. Official images of Debian and Ubuntu are configured not to keep them.",
        ),
        what: "apt's cache",
        places: &["/var/cache/apt/archives", "/var/cache/apt/*.bin"],
        clean: Some("apt-get clean"),
        avoid: NOTHING,
        used: Some(APT),
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "apk-cache",
            "Cache of apk",
            "`apk add --no-cache` fetches the index, installs, and keeps neither index nor packages.",
        ),
        what: "apk's cache",
        places: &["/var/cache/apk", "/etc/apk/cache"],
        clean: Some("rm -rf /var/cache/apk/*"),
        avoid: Some(Avoid { programs: &["apk"], subcommands: &["add", "upgrade"], option: "--no-cache" }),
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "dnf-cache",
            "Cache of dnf or yum",
            "dnf, microdnf and yum keep metadata and packages. `dnf clean all` in the same instruction removes them.",
        ),
        what: "the cache of dnf",
        places: &["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "zypper-cache",
            "Cache of zypper",
            "`zypper clean --all` in the same instruction removes it.",
        ),
        what: "the cache of zypper",
        places: &["/var/cache/zypp"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "pacman-cache",
            "Cache of pacman",
            "pacman keeps every downloaded package. `rm -rf /var/cache/pacman/pkg/*` in the same instruction removes them.",
        ),
        what: "pacman's cache",
        places: &["/var/cache/pacman/pkg"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "pip-cache",
            "Cache of pip",
            "pip keeps downloads and built wheels. `pip install --no-cache-dir`, or `ENV PIP_NO_CACHE_DIR=1`, avoids \
             it; with BuildKit, `RUN --mount=type=cache,target=/root/.cache/pip` keeps it between builds and out of \
             the image.",
        ),
        what: "pip's cache",
        places: &[".cache/pip"],
        clean: None,
        avoid: Some(Avoid {
            programs: &["pip", "pip3", "python -m pip", "python3 -m pip"],
            subcommands: &["install", "download", "wheel"],
            option: "--no-cache-dir",
        }),
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "uv-cache",
            "Cache of uv",
            "uv keeps downloads and unpacked packages. `uv --no-cache`, or `ENV UV_NO_CACHE=1`, avoids it.",
        ),
        what: "uv's cache",
        places: &[".cache/uv"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: true,
    },
    Cache {
        rule: rule(
            "poetry-cache",
            "Cache of Poetry",
            "Poetry keeps downloads and the artifacts it built. `poetry install --no-cache` avoids most of it.",
        ),
        what: "Poetry's cache",
        places: &[".cache/pypoetry/cache", ".cache/pypoetry/artifacts"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "npm-cache",
            "Cache of npm",
            "npm keeps every package that it downloads. Remove it in the same instruction, or keep it out of the image \
             with `RUN --mount=type=cache,target=/root/.npm`.",
        ),
        what: "npm's cache",
        places: &[".npm/_cacache", ".npm/_logs"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "yarn-cache",
            "Cache of Yarn",
            "Yarn keeps every package that it downloads. `yarn cache clean` in the same instruction removes it.",
        ),
        what: "Yarn's cache",
        places: &[".cache/yarn", "/usr/local/share/.cache/yarn"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "pnpm-cache",
            "Store of pnpm",
            "pnpm keeps a store of all files. What `node_modules` links from it costs nothing; what it copied is stored \
             twice.",
        ),
        what: "pnpm's store",
        places: &[".local/share/pnpm/store", ".pnpm-store", ".cache/pnpm"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: true,
    },
    Cache {
        rule: rule("bun-cache", "Cache of Bun", "Bun keeps every package that it downloads."),
        what: "Bun's cache",
        places: &[".bun/install/cache"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "go-cache",
            "Caches of Go",
            "Go keeps compiled packages and the source of modules; a program needs neither. Build in a stage of its own \
             and copy the program, or remove them in the same instruction.",
        ),
        what: "Go's caches",
        places: &[".cache/go-build", "go/pkg/mod"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: true,
    },
    Cache {
        rule: rule(
            "cargo-cache",
            "Caches of Cargo",
            "Cargo keeps the source of every crate. Build in a stage of its own and copy the program, or remove it in the \
             same instruction.",
        ),
        what: "Cargo's registry",
        places: &[".cargo/registry", ".cargo/git", "/usr/local/cargo/registry", "/usr/local/cargo/git"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: true,
    },
    Cache {
        rule: rule(
            "maven-cache",
            "Repository of Maven",
            "Maven keeps the artifacts it downloads, its own plugins included. Build in a stage of its own.",
        ),
        what: "Maven's repository",
        places: &[".m2/repository"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: true,
    },
    Cache {
        rule: rule(
            "gradle-cache",
            "Caches of Gradle",
            "Gradle keeps artifacts and its own distributions. Build in a stage of its own.",
        ),
        what: "Gradle's caches",
        places: &[".gradle/caches"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: true,
    },
    Cache {
        rule: rule(
            "composer-cache",
            "Cache of Composer",
            "Composer keeps every archive it downloads. `composer install --no-cache` avoids it.",
        ),
        what: "Composer's cache",
        places: &[".composer/cache", ".cache/composer"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "gem-cache",
            "Archives of gems",
            "`gem` and Bundler keep the archive of each installed gem in a directory `cache`. Nothing needs them \
             afterwards.",
        ),
        what: "the archives of gems",
        places: &[
            "ruby/gems/*/cache",
            "/var/lib/gems/*/cache",
            "/usr/local/bundle/cache",
            "bundle/ruby/*/cache",
        ],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "conda-cache",
            "Packages of Conda",
            "Conda keeps the archive and the unpacked files of each package. Files that environments link cost nothing; \
             the others do. `conda clean --all --yes` in the same instruction removes them.",
        ),
        what: "Conda's packages",
        places: &["conda/pkgs", "miniconda3/pkgs", "mambaforge/pkgs", "miniforge3/pkgs", "anaconda3/pkgs"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
    Cache {
        rule: rule(
            "nuget-cache",
            "Caches of NuGet",
            "NuGet keeps packages and answers of its servers. Build in a stage of its own; `dotnet publish` copies what \
             the program needs.",
        ),
        what: "NuGet's caches",
        places: &[".nuget/packages", ".local/share/NuGet"],
        clean: None,
        avoid: NOTHING,
        used: None,
        may_be_needed: true,
    },
    Cache {
        rule: Rule {
            severity: Severity::Info,
            ..rule(
                "dpkg-backups",
                "Backups of dpkg and debconf",
                "dpkg and debconf keep the version before the last of their databases: `status-old`, \
                 `templates.dat-old`. Nothing reads them.",
            )
        },
        what: "backups of dpkg's databases",
        places: &["/var/lib/dpkg/*-old", "/var/cache/debconf/*-old"],
        clean: Some("rm -f /var/lib/dpkg/*-old /var/cache/debconf/*-old"),
        avoid: NOTHING,
        used: None,
        may_be_needed: false,
    },
];
