//! Places: which files are examined.
//!
//! What packages install is published, so its keys are no secrets, and it is most of an image.
//! There, only files by the names of personal settings are examined.

use super::super::path::clean;

/// Largest file that is examined: 1 MiB. Settings and keys have a few kilobytes.
pub(super) const LARGEST: u64 = 1 << 20;

/// Whether the content of a file is examined, by its path and its size. Called for every entry.
pub fn is_examined(path: &[u8], size: u64) -> bool {
    if size == 0 || size > LARGEST {
        return false;
    }
    let path = clean(path);
    let mut components = path.split(|byte| *byte == b'/');
    let name = components.next_back().unwrap_or_default();
    is_personal(name) || !(is_of_system(path) || is_binary(name) || is_of_language(components))
}

/// Names of settings of a person, which no package has.
const PERSONAL: [&[u8]; 26] = [
    b".env",
    b".netrc",
    b"_netrc",
    b".npmrc",
    b".yarnrc.yml",
    b".pypirc",
    b"pip.conf",
    b".git-credentials",
    b".pgpass",
    b".my.cnf",
    b".dockercfg",
    b".s3cfg",
    b".boto",
    b"id_rsa",
    b"id_dsa",
    b"id_ecdsa",
    b"id_ed25519",
    b".vault-token",
    b".bash_history",
    b".zsh_history",
    b".ash_history",
    b".sh_history",
    b".mysql_history",
    b".psql_history",
    b"direct_url.json",
    b".rediscli_history",
];

/// Directories of the root, of `usr` and elsewhere that packages of the system fill.
const OF_ROOT: [&[u8]; 6] = [b"bin", b"sbin", b"lib", b"lib32", b"lib64", b"libx32"];
const OF_USR: [&[u8]; 10] =
    [b"bin", b"sbin", b"lib", b"lib32", b"lib64", b"libx32", b"libexec", b"include", b"share", b"games"];
const ELSEWHERE: [(&[u8], &[u8], &[u8]); 14] = [
    (b"usr", b"local", b"go"),
    (b"usr", b"local", b"include"),
    (b"var", b"lib", b"dpkg"),
    (b"var", b"lib", b"apt"),
    (b"var", b"lib", b"rpm"),
    (b"var", b"cache", b"apt"),
    (b"var", b"cache", b"dnf"),
    (b"var", b"cache", b"yum"),
    (b"var", b"cache", b"apk"),
    (b"var", b"cache", b"debconf"),
    (b"var", b"cache", b"ldconfig"),
    (b"var", b"log", b"apt"),
    (b"var", b"log", b"dpkg.log"),
    (b"var", b"log", b"bootstrap.log"),
];

/// Directories that package managers of languages fill, anywhere; the second list, below another one.
const OF_LANGUAGES: [&[u8]; 9] = [
    b"node_modules",
    b"site-packages",
    b"dist-packages",
    b"gems",
    b"_cacache",
    b"__pycache__",
    b".pnpm-store",
    b".rustup",
    b"conda-meta",
];
const BELOW: [(&[u8], &[u8]); 4] =
    [(b".cargo", b"registry"), (b"pkg", b"mod"), (b"vendor", b"bundle"), (b".m2", b"repository")];

/// Ends of names of files that hold no text.
const BINARY: [&[u8]; 42] = [
    b"gz", b"xz", b"bz2", b"zst", b"zip", b"tar", b"tgz", b"whl", b"jar", b"war", b"png", b"jpg", b"jpeg",
    b"gif", b"webp", b"ico", b"svg", b"pdf", b"mp3", b"mp4", b"woff", b"woff2", b"ttf", b"otf", b"eot",
    b"mo", b"map", b"so", b"a", b"o", b"pyc", b"pyo", b"class", b"wasm", b"node", b"exe", b"dll", b"deb",
    b"rpm", b"apk", b"rlib", b"rmeta",
];

fn is_personal(name: &[u8]) -> bool {
    PERSONAL.contains(&name)
}

fn is_of_system(path: &[u8]) -> bool {
    let mut components = path.split(|byte| *byte == b'/');
    let [first, second, third] = [(); 3].map(|()| components.next().unwrap_or_default());
    let is_usr = first == b"usr" && OF_USR.contains(&second);
    is_usr || OF_ROOT.contains(&first) || ELSEWHERE.contains(&(first, second, third))
}

fn is_of_language<'p>(directories: impl Iterator<Item = &'p [u8]>) -> bool {
    let mut above: &[u8] = b"";
    for directory in directories {
        let is_python = above == b"lib" && directory.starts_with(b"python");
        if is_python || OF_LANGUAGES.contains(&directory) || BELOW.contains(&(above, directory)) {
            return true;
        }
        above = directory;
    }
    false
}

fn is_binary(name: &[u8]) -> bool {
    let end = name.iter().rposition(|byte| *byte == b'.').and_then(|at| name.get(at + 1..));
    end.is_some_and(|end| BINARY.contains(&end))
}

/// Whether a path has one of these directories in it.
pub(super) fn has_directory(path: &[u8], names: &[&str]) -> bool {
    let mut components = path.split(|byte| *byte == b'/');
    components.next_back();
    components.any(|component| names.iter().any(|name| name.as_bytes() == component))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_files_are_not_examined() {
        for path in [
            "./app/.env",
            "root/.ssh/id_rsa",
            "app/node_modules/a/.npmrc",
            "etc/x.conf",
            "usr/src/app/config.js",
            "usr/local/bin/run",
            "home/lib/python",
            "opt/gems",
            "usr/lib/x/.netrc",
            "root/.cargo/credentials.toml",
        ] {
            assert!(is_examined(path.as_bytes(), 10), "{path}");
        }
        for path in [
            "usr/lib/a",
            "var/lib/dpkg/info/x.list",
            "app/node_modules/a/test.pem",
            "usr/local/lib/python3.12/test/k.pem",
            "app/a.png",
            "opt/venv/lib/python3.11/site-packages/x.py",
            "root/go/pkg/mod/x/key.pem",
        ] {
            assert!(!is_examined(path.as_bytes(), 10), "{path}");
        }
        assert!(!is_examined(b"app/.env", 0) && !is_examined(b"app/.env", LARGEST + 1));
    }
}
