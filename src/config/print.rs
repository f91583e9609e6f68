//! The default configuration as a file, with all settings, keys and comments.

use super::config::Config;
use super::settings::{OURS, Setting};
use crate::tui::keys::{Context, KeyRow, ROWS};

const HEAD: &str = "\
# Configuration of dockopt-dive's browser, with all defaults. The browser reads it from
# $XDG_CONFIG_HOME/dockopt-dive/config.yaml (~/.config/dockopt-dive/config.yaml if that variable is
# not set), or from the file given with --config. Omitted settings keep their defaults.
";

const KEYS: &str = "
# One key or a list; [] is none. A key that you give to an action is taken from the others that have
# it. dive's section keybinding is read as well and adds to these keys; its sections filetree, layer
# and diff are read, too.
keys:
";

/// Returns the default configuration file.
pub(crate) fn default_file() -> String {
    let config = Config::default();
    let sections = OURS.chunk_by(|one, other| one.section == other.section);
    let settings: String = sections.map(|section| settings(section, &config)).collect();
    let keys: String = Context::ALL.into_iter().map(group).collect();
    format!("{HEAD}{settings}{KEYS}{keys}")
}

/// Returns the settings of one section.
fn settings(settings: &[Setting], config: &Config) -> String {
    let section = settings.first().map_or("", |first| first.section);
    let (head, indent) =
        if section.is_empty() { (String::new(), "") } else { (format!("{section}:\n"), "  ") };
    let line = |setting: &Setting| {
        let value = (setting.show)(config);
        format!("{indent}# {}\n{indent}{}: {value}\n", setting.help, setting.name)
    };
    let lines: String = settings.iter().map(line).collect();
    format!("\n{head}{lines}")
}

/// Returns the actions whose first context is `context`.
fn group(context: Context) -> String {
    let rows: String = ROWS.iter().filter(|row| row.contexts.first() == Some(&context)).map(keys).collect();
    if rows.is_empty() { rows } else { format!("  # {}\n{rows}", context.title()) }
}

fn keys(row: &KeyRow) -> String {
    let keys: Vec<String> = row.keys.iter().map(|key| quoted(&key.to_string())).collect();
    format!("  {}: [{}] # {}\n", row.name, keys.join(", "), row.help)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
