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
    /// The programs that may need it later without saying so: builds without a network do.
    pub(super) needed_by: &'static [&'static str],
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
        let is_end = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '-');
        let is_program =
            |word: &&str| !word.ends_with('/') && self.programs.contains(&word.trim_end_matches(is_end));
        text.split_inclusive(is_end).filter(is_program).count()
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
            Some(Avoid { programs, subcommands, option, .. }) => {
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

/// A cache whose files are removed, and which nothing needs afterwards.
const fn cache(rule: Rule, what: &'static str, places: &'static [&'static str]) -> Cache {
    Cache { rule, what, places, clean: None, avoid: None, used: None, needed_by: &[] }
}

const LINK: &str = "https://docs.docker.com/build/building/best-practices/";
/// Most paths that a command names.
const MOST_PATHS: usize = 8;

/// All caches.
pub(super) static CACHES: [Cache; 22] = [
    Cache {
        clean: Some("rm -rf /var/lib/apt/lists/*"),
        used: Some(APT),
        ..cache(
            rule(
                "apt-lists",
                "Package lists of apt",
                "`apt-get update` downloads lists of all packages, which are of no use in an image and out of date in a \
             day. Remove them in the same instruction: `apt-get update && apt-get install … && rm -rf \
             /var/lib/apt/lists/*`.",
            ),
            "apt's package lists",
            &["/var/lib/apt/lists"],
        )
    },
    Cache {
        clean: Some("apt-get clean"),
        used: Some(APT),
        ..cache(
            rule(
                "apt-cache",
                "Cache of apt",
                "apt keeps downloaded packages and two indexes, `pkgcache.bin` and `srcpkgcache.bin`. `apt-get clean` in \
             the same instruction removes them. Official images of Debian and Ubuntu are configured not to keep them.",
            ),
            "apt's cache",
            &["/var/cache/apt/archives", "/var/cache/apt/*.bin"],
        )
    },
    Cache {
        clean: Some("rm -rf /var/cache/apk/*"),
        avoid: Some(Avoid {
            programs: &["apk"],
            subcommands: &["add", "upgrade"],
            option: "--no-cache",
            not_with: &["update"],
        }),
        ..cache(
            rule(
                "apk-cache",
                "Cache of apk",
                "`apk add --no-cache` fetches the index, installs, and keeps neither index nor packages.",
            ),
            "apk's cache",
            &["/var/cache/apk", "/etc/apk/cache"],
        )
    },
    cache(
        rule(
            "dnf-cache",
            "Cache of dnf or yum",
            "dnf, microdnf and yum keep metadata and packages. `dnf clean all` in the same instruction removes them.",
        ),
        "the cache of dnf",
        &["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"],
    ),
    cache(
        rule("zypper-cache", "Cache of zypper", "`zypper clean --all` in the same instruction removes it."),
        "the cache of zypper",
        &["/var/cache/zypp"],
    ),
    cache(
        rule(
            "pacman-cache",
            "Cache of pacman",
            "pacman keeps every downloaded package. `rm -rf /var/cache/pacman/pkg/*` in the same instruction removes them.",
        ),
        "pacman's cache",
        &["/var/cache/pacman/pkg"],
    ),
    Cache {
        avoid: Some(Avoid {
            programs: &["pip", "pip3", "python -m pip", "python3 -m pip"],
            subcommands: &["install", "download", "wheel"],
            option: "--no-cache-dir",
            not_with: &[],
        }),
        ..cache(
            rule(
                "pip-cache",
                "Cache of pip",
                "pip keeps downloads and built wheels. `pip install --no-cache-dir`, or `ENV PIP_NO_CACHE_DIR=1`, avoids \
             it; with BuildKit, `RUN --mount=type=cache,target=/root/.cache/pip` keeps it between builds and out of \
             the image.",
            ),
            "pip's cache",
            &[".cache/pip"],
        )
    },
    Cache {
        needed_by: &["uv"],
        ..cache(
            rule(
                "uv-cache",
                "Cache of uv",
                "uv keeps downloads and unpacked packages. `uv --no-cache`, or `ENV UV_NO_CACHE=1`, avoids it.",
            ),
            "uv's cache",
            &[".cache/uv"],
        )
    },
    cache(
        rule(
            "poetry-cache",
            "Cache of Poetry",
            "Poetry keeps downloads and the artifacts it built. `poetry install --no-cache` avoids most of it.",
        ),
        "Poetry's cache",
        &[".cache/pypoetry/cache", ".cache/pypoetry/artifacts"],
    ),
    cache(
        rule(
            "npm-cache",
            "Cache of npm",
            "npm keeps every package that it downloads. Remove it in the same instruction, or keep it out of the image \
             with `RUN --mount=type=cache,target=/root/.npm`.",
        ),
        "npm's cache",
        &[".npm/_cacache", ".npm/_logs"],
    ),
    cache(
        rule(
            "yarn-cache",
            "Cache of Yarn",
            "Yarn keeps every package that it downloads. `yarn cache clean` in the same instruction removes it.",
        ),
        "Yarn's cache",
        &[".cache/yarn", "/usr/local/share/.cache/yarn"],
    ),
    Cache {
        needed_by: &["pnpm"],
        ..cache(
            rule(
                "pnpm-cache",
                "Store of pnpm",
                "pnpm keeps a store of all files. What `node_modules` links from it costs nothing; what it copied is stored \
             twice.",
            ),
            "pnpm's store",
            &[".local/share/pnpm/store", ".pnpm-store", ".cache/pnpm"],
        )
    },
    cache(
        rule("bun-cache", "Cache of Bun", "Bun keeps every package that it downloads."),
        "Bun's cache",
        &[".bun/install/cache"],
    ),
    Cache {
        needed_by: &["go"],
        ..cache(
            rule(
                "go-cache",
                "Caches of Go",
                "Go keeps compiled packages and the source of modules; a program needs neither. Build in a stage of its own \
             and copy the program, or remove them in the same instruction.",
            ),
            "Go's caches",
            &[".cache/go-build", "go/pkg/mod"],
        )
    },
    Cache {
        needed_by: &["cargo"],
        ..cache(
            rule(
                "cargo-cache",
                "Caches of Cargo",
                "Cargo keeps the source of every crate. Build in a stage of its own and copy the program, or remove it in the \
             same instruction.",
            ),
            "Cargo's registry",
            &[".cargo/registry", ".cargo/git", "/usr/local/cargo/registry", "/usr/local/cargo/git"],
        )
    },
    Cache {
        needed_by: &["mvn", "mvnw"],
        ..cache(
            rule(
                "maven-cache",
                "Repository of Maven",
                "Maven keeps the artifacts it downloads, its own plugins included. Build in a stage of its own.",
            ),
            "Maven's repository",
            &[".m2/repository"],
        )
    },
    Cache {
        needed_by: &["gradle", "gradlew"],
        ..cache(
            rule(
                "gradle-cache",
                "Caches of Gradle",
                "Gradle keeps artifacts and its own distributions. Build in a stage of its own.",
            ),
            "Gradle's caches",
            &[".gradle/caches"],
        )
    },
    cache(
        rule(
            "composer-cache",
            "Cache of Composer",
            "Composer keeps every archive it downloads. `composer install --no-cache` avoids it.",
        ),
        "Composer's cache",
        &[".composer/cache", ".cache/composer"],
    ),
    cache(
        rule(
            "gem-cache",
            "Archives of gems",
            "`gem` and Bundler keep the archive of each installed gem in a directory `cache`. Nothing needs them \
             afterwards.",
        ),
        "the archives of gems",
        &["ruby/gems/*/cache", "/var/lib/gems/*/cache", "/usr/local/bundle/cache", "bundle/ruby/*/cache"],
    ),
    cache(
        rule(
            "conda-cache",
            "Packages of Conda",
            "Conda keeps the archive and the unpacked files of each package. Files that environments link cost nothing; \
             the others do. `conda clean --all --yes` in the same instruction removes them.",
        ),
        "Conda's packages",
        &["conda/pkgs", "miniconda3/pkgs", "mambaforge/pkgs", "miniforge3/pkgs", "anaconda3/pkgs"],
    ),
    Cache {
        needed_by: &["dotnet"],
        ..cache(
            rule(
                "nuget-cache",
                "Caches of NuGet",
                "NuGet keeps packages and answers of its servers. Build in a stage of its own; `dotnet publish` copies what \
             the program needs.",
            ),
            "NuGet's caches",
            &[".nuget/packages", ".local/share/NuGet"],
        )
    },
    Cache {
        clean: Some("rm -f /var/lib/dpkg/*-old /var/cache/debconf/*-old"),
        ..cache(
            Rule {
                severity: Severity::Info,
                ..rule(
                    "dpkg-backups",
                    "Backups of dpkg and debconf",
                    "dpkg and debconf keep the version before the last of their databases: `status-old`, \
                 `templates.dat-old`. Nothing reads them.",
                )
            },
            "backups of dpkg's databases",
            &["/var/lib/dpkg/*-old", "/var/cache/debconf/*-old"],
        )
    },
];
