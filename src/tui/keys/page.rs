//! The page of keys, in Markdown, for a keymap.

use super::keymap::{Group, Keymap, Line};

const INTRODUCTION: &str = "\
# Keys

You can change every key in the configuration file; `dockopt-dive config` prints it with all keys.
Under `keys`, actions have the names in the third column, and new keys replace those of the action.
Under `keybinding`, actions have dive's names in the fourth column, and new keys are added to those
of the action.

A key that you give to an action is taken from the actions that have it by default. A key of a pane
takes precedence over the same key of *Everywhere*. Terminals send the same byte for some keys:
`ctrl+m` and `enter`, `ctrl+i` and `tab`, `ctrl+[` and `esc`. Only the second of each pair works in
most of them. With `ctrl`, terminals do not distinguish upper from lower case.
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
