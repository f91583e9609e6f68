//! Parses a source file as far as the architecture needs it: the modules it declares and the paths
//! it names. Comments, literals and test code are ignored.

use std::collections::BTreeMap;

/// The modules, imports and paths of one file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Source {
    /// Modules in files of their own, `mod name;`, with their `#[path]`.
    pub(super) modules: BTreeMap<String, Option<String>>,
    /// Imports, including re-exports.
    pub(super) imports: Vec<Import>,
    /// Paths in code that start with `crate`, `self`, `super` or any other word.
    pub(super) paths: Vec<Vec<String>>,
    /// Names of the structs, enums and traits.
    pub(super) types: Vec<String>,
}

/// One name that a `use` imports.
#[derive(Debug, PartialEq)]
pub(super) struct Import {
    pub(super) path: Vec<String>,
    /// The name in this file; `*` for everything in the path.
    pub(super) name: String,
}

impl Source {
    pub(super) fn parse(text: &str) -> Self {
        let tokens = without_tests(&tokens(text));
        let mut source = Self::default();
        let mut file = None;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let next = |by: usize| tokens.get(at + by).map(String::as_str);
            match token.as_str() {
                "use" if next(1) != Some("<") => {
                    at = source.parse_use(&tokens, at + 1, &[]);
                    continue;
                }
                "path" if next(1) == Some("=") => {
                    file = next(2).and_then(|name| name.strip_prefix('"')).map(str::to_owned);
                }
                "struct" | "enum" | "trait" => source.types.extend(tokens.get(at + 1).cloned()),
                "mod" if next(2) == Some(";") => {
                    source.modules.extend(tokens.get(at + 1).map(|name| (name.clone(), file.take())));
                }
                _ if is_word(token) && next(1) == Some("::") => {
                    let path = path(tokens.get(at..).unwrap_or_default());
                    at += path.len() * 2 - 1;
                    source.paths.push(path);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        source
    }

    /// Parses one tree of a `use`; returns the index after it.
    fn parse_use(&mut self, tokens: &[String], start: usize, above: &[String]) -> usize {
        let mut path = above.to_vec();
        let mut at = start;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token.as_str() {
                "::" => {}
                "{" => {
                    while tokens.get(at).is_some_and(|token| token != "}") {
                        at = self.parse_use(tokens, at, &path);
                        at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                    }
                    return at + 1;
                }
                "*" => {
                    self.imports.push(Import { path, name: "*".to_owned() });
                    return at;
                }
                "as" => {
                    let name = tokens.get(at).cloned().unwrap_or_default();
                    self.imports.push(Import { path, name });
                    return at + 1;
                }
                "," | "}" | ";" => {
                    at -= 1;
                    break;
                }
                _ => path.push(token.clone()),
            }
        }
        // `use a::{self}` imports `a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = path.last().cloned().unwrap_or_default();
        self.imports.push(Import { path, name });
        at
    }
}

/// Returns the words of a path at the start of the tokens.
fn path(tokens: &[String]) -> Vec<String> {
    let mut path = Vec::new();
    for pair in tokens.chunks(2) {
        let [word, rest @ ..] = pair else { break };
        if !is_word(word) {
            break;
        }
        path.push(word.clone());
        if rest.first().is_none_or(|sign| sign != "::") {
            break;
        }
    }
    path
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphanumeric() || first == '_')
}

/// Splits into words, `::`, single characters, and strings with only their opening quote.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '"' => {
                let length = string(rest);
                tokens.push(rest[..length].strip_suffix('"').unwrap_or(rest).to_owned());
                length
            }
            '\'' => quote(rest),
            _ if raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            _ if rest.starts_with("::") => {
                tokens.push("::".to_owned());
                2
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                let end = rest.find(|character: char| !character.is_alphanumeric() && character != '_');
                let length = end.unwrap_or(rest.len()).max(first.len_utf8());
                tokens.push(rest[..length].to_owned());
                length
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// Returns the length of a string literal.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            _ => escaped = character == '\\' && !escaped,
        }
    }
    text.len()
}

/// Returns the length of a raw string literal, `r"…"` or `br##"…"##`; `None` if the text does not
/// start with one.
fn raw_string(text: &str) -> Option<usize> {
    let start = text.strip_prefix('b').unwrap_or(text).strip_prefix('r')?;
    let hashes = start.len() - start.trim_start_matches('#').len();
    let content = start[hashes..].strip_prefix('"')?;
    let end = content.find(&format!("\"{}", "#".repeat(hashes)))?;
    Some(text.len() - content.len() + end + 1 + hashes)
}

/// Returns the length of a character literal, or of the quote that starts a lifetime.
fn quote(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            text[2..].char_indices().skip(1).find(|(_, end)| *end == '\'').map_or(1, |(at, _)| at + 3)
        }
        Some(_) => characters.next().filter(|(_, end)| *end == '\'').map_or(1, |(at, _)| at + 1),
        None => 1,
    }
}

/// Removes every item with an attribute `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let attribute = attribute(&tokens[at..]);
        let words = &tokens[at..at + attribute];
        let has = |word: &str| words.iter().any(|token| token == word);
        if has("cfg") && has("test") && !has("not") {
            at += attribute;
            at += item(&tokens[at..]);
        } else {
            let length = attribute.max(1);
            kept.extend_from_slice(&tokens[at..at + length]);
            at += length;
        }
    }
    kept
}

/// Returns the number of tokens of the attribute at the start, 0 without one.
fn attribute(tokens: &[String]) -> usize {
    let is = |at: usize, sign: &str| tokens.get(at).is_some_and(|token| token == sign);
    if is(0, "#") && is(1, "[") { 1 + block(&tokens[1..], "[", "]") } else { 0 }
}

/// Keywords that introduce an item.
const KEYWORDS: [&str; 10] =
    ["const", "enum", "fn", "impl", "mod", "static", "struct", "trait", "type", "use"];

/// Returns the number of tokens of the item at the start, including its attributes.
fn item(tokens: &[String]) -> usize {
    let mut at = 0;
    while attribute(&tokens[at..]) > 0 {
        at += attribute(&tokens[at..]);
    }
    let keyword = tokens[at..].iter().position(|token| KEYWORDS.contains(&token.as_str())).unwrap_or(0) + at;
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token == word);
    let is_constant = is(keyword, "const") && !is(keyword + 1, "fn");
    let ends_with_semicolon =
        is_constant || ["static", "type", "use"].into_iter().any(|word| is(keyword, word));
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            ";" => return at + 1,
            "{" => {
                at += block(&tokens[at..], "{", "}");
                if !ends_with_semicolon {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

/// Returns the number of tokens of a block, from its opening to its closing bracket.
fn block(tokens: &[String], open: &str, close: &str) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        depth += i32::from(token == open) - i32::from(token == close);
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(text: &str) -> Vec<String> {
        let imports = Source::parse(text).imports;
        imports.into_iter().map(|import| format!("{} as {}", import.path.join("::"), import.name)).collect()
    }

    #[test]
    fn import_trees_are_flattened() {
        assert_eq!(
            imports("pub(crate) use a::{self, b::{C, d::*}, E as F,}; use super::g;"),
            ["a as a", "a::b::C as C", "a::b::d as *", "a::E as F", "super::g as g"]
        );
    }

    #[test]
    fn comments_and_literals_name_no_paths() {
        let source = Source::parse(
            "// use a::b;\n/* crate::c */ let x = \"super::d \\\" crate::e\"; let y = r#\"crate::f\"#; let z = b'\"'; fn g<'a>() { crate::h::I }",
        );
        assert_eq!(source.imports, []);
        assert_eq!(source.paths, [["crate", "h", "I"]]);
    }

    #[test]
    fn a_module_may_name_its_file() {
        let source = Source::parse("#[path = \"a/b.rs\"]\npub(crate) mod a; mod c;");
        let file = Some("a/b.rs".to_owned());
        assert_eq!(source.modules, [("a".to_owned(), file), ("c".to_owned(), None)].into());
    }

    #[test]
    fn types_are_named() {
        let source = Source::parse("pub struct A<'a>(B); enum C { D } pub(crate) trait E {} impl F for A {}");
        assert_eq!(source.types, ["A", "C", "E"]);
    }

    #[test]
    fn test_code_is_ignored() {
        let source = Source::parse(
            "mod a;\n#[cfg(test)]\nmod b;\n#[cfg(test)]\n#[expect(x)]\nuse c::{d};\n#[cfg(test)] mod tests { use super::*; fn f() { g::h() } }\nfn i() -> impl J + use<> { k::l() }",
        );
        assert_eq!(source.modules, [("a".to_owned(), None)].into());
        assert_eq!(source.imports, []);
        assert_eq!(source.paths, [["k", "l"]]);
    }
}
