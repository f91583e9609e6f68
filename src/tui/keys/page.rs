//! The page of keys, in Markdown, for a keymap.

use super::keymap::{Group, Keymap, Line};

const INTRODUCTION: &str = "\
# Keys

Every key can be changed in the configuration file, which `dockopt-dive config` prints with all of them: under `keys`, by the
name in the third column, new keys replace those of an action; under `keybinding`, by dive's name in the fourth, they are
added to them.

A key that you give to an action is taken from the actions that have it by default. A key of a pane goes before the same
key of *Everywhere*. Terminals send the same byte for some keys: `ctrl+m` and `enter`, `ctrl+i` and `tab`, `ctrl+[` and
`esc`, so that only the second works in most of them; with `ctrl` they do not tell upper from lower case.
";

/// Returns the page.
pub(crate) fn markdown(keymap: &Keymap) -> String {
    let sections: String = keymap.groups().iter().map(section).collect();
    format!("{INTRODUCTION}{sections}")
}

fn section(group: &Group) -> String {
    let lines: String = group.lines.iter().map(line).collect();
    let head = "| key | what it does | `keys` | `keybinding` |\n|---|---|---|---|\n";
    format!("\n## {}\n\n{head}{lines}", group.context.title())
}

fn line(line: &Line) -> String {
    let keys: Vec<String> = line.keys.iter().map(|key| code(&key.to_string())).collect();
    let dive: Vec<String> = line.row.dive.iter().map(|name| code(name)).collect();
    let row = line.row;
    format!("| {} | {} | `{}` | {} |\n", keys.join(" "), row.help, row.name, dive.join(" "))
}

/// Formats code for a table cell, which a bar would end.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}
