//! Scripts of `RUN`: their commands, as far as they can be told without running them.
//!
//! Only the outermost commands are split, and only those without control structures are understood.
//! A script that is not understood is not changed.

use std::ops::Range;

/// A script as a list of commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The commands in their order.
    pub commands: Vec<Command>,
    /// Whether all of it was understood: no control structure, no subshell, nothing open.
    pub is_plain: bool,
    /// Whether nothing can follow it: a quotation mark is open, an operator lacks its command, or
    /// the end is a comment or a heredoc.
    pub is_open: bool,
    /// Whether it ends with `;`.
    pub ends_with_semicolon: bool,
}

/// A command with its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words, without quotation marks.
    pub words: Vec<Word>,
    /// What follows it.
    pub after: Separator,
}

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word without quotation marks. Variables and substitutions are as they are written.
    pub text: String,
    /// Its place in the script.
    pub span: Range<usize>,
    /// Whether it has variables, substitutions or patterns that the shell replaces.
    pub is_expanded: bool,
}

/// What follows a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Separator {
    /// The end of the script.
    #[default]
    End,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;` or a line break.
    Sequence,
    /// `|`
    Pipe,
    /// `&`
    Background,
}

/// Words that start or end control structures.
const CONTROL: [&str; 17] = [
    "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "function",
    "select", "{", "}", "!",
];

/// Words before a command that do not change what it is.
const PREFIXES: [&str; 4] = ["sudo", "exec", "time", "command"];

impl Script {
    /// Splits a script.
    pub fn parse(text: &str) -> Self {
        let mut reader = Reader { text, at: 0, is_plain: true, is_open: false, semicolon: false };
        let mut ends_with_semicolon = false;
        let mut commands = Vec::new();
        loop {
            let command = reader.command();
            let is_end = command.after == Separator::End;
            if !command.words.is_empty() {
                commands.push(command);
            } else if let (true, Some(last)) = (is_end, commands.last_mut()) {
                // What separates the last command from nothing ends it.
                match last.after {
                    Separator::Sequence => {
                        last.after = Separator::End;
                        ends_with_semicolon = reader.semicolon;
                    }
                    Separator::Background => {}
                    _ => reader.is_open = true,
                }
            }
            if is_end {
                let Reader { is_plain, is_open, .. } = reader;
                return Self { commands, is_plain: is_plain && !is_open, is_open, ends_with_semicolon };
            }
        }
    }

    /// Whether the shell stops at the first failure: `set -e`.
    pub fn is_strict(&self) -> bool {
        let stops = |command: &Command| match command.texts().as_slice() {
            ["set", options @ ..] => {
                options.iter().any(|option| option.starts_with('-') && option.contains('e'))
            }
            _ => false,
        };
        self.commands.first().is_some_and(stops)
    }

    /// Whether a command is a call of one of these programs with one of these words.
    pub fn runs(&self, programs: &[&str], words: &[&str]) -> bool {
        self.commands.iter().any(|command| match command.texts().as_slice() {
            [program, rest @ ..] => {
                programs.contains(program) && rest.iter().any(|word| words.contains(word))
            }
            [] => false,
        })
    }

    /// Iterates over the commands that call a program, with the position of the program's word.
    pub fn calls<'s>(&'s self, program: &'s str) -> impl Iterator<Item = (&'s Command, usize)> {
        self.commands.iter().filter_map(move |command| {
            let at = command.program()?;
            (command.words.get(at)?.text == program).then_some((command, at))
        })
    }
}

impl Command {
    /// Returns the position of the program's word: behind assignments and words such as `sudo`.
    pub fn program(&self) -> Option<usize> {
        let is_prefix = |word: &Word| is_assignment(&word.text) || PREFIXES.contains(&word.text.as_str());
        self.words.iter().position(|word| !is_prefix(word))
    }

    /// Returns the name of the program.
    pub fn name(&self) -> &str {
        self.program().and_then(|at| self.words.get(at)).map_or("", |word| word.text.as_str())
    }

    /// Returns its words from the program on.
    pub fn texts(&self) -> Vec<&str> {
        let from = self.program().unwrap_or(self.words.len());
        self.words.iter().skip(from).map(|word| word.text.as_str()).collect()
    }
}

/// Whether a word sets a variable: `NAME=value`.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.chars().enumerate().all(|(at, letter)| {
            letter == '_' || letter.is_ascii_alphabetic() || (at > 0 && letter.is_ascii_digit())
        }) && !name.is_empty()
    })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    is_plain: bool,
    is_open: bool,
    /// Whether the last separator was `;`.
    semicolon: bool,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    fn command(&mut self) -> Command {
        let (mut words, mut is_start): (Vec<Word>, bool) = (Vec::new(), true);
        loop {
            self.blank();
            if let Some(after) = self.separator() {
                return Command { words, after };
            }
            let word = self.word();
            if is_start && CONTROL.contains(&word.text.as_str()) {
                self.is_plain = false;
            }
            is_start &= is_assignment(&word.text);
            words.push(word);
        }
    }

    /// Skips spaces, and a comment up to the end of its line.
    fn blank(&mut self) {
        while let Some(letter) = self.peek() {
            if letter == '#' {
                let length = self.rest().find('\n').unwrap_or(self.rest().len());
                self.at += length;
                // In a `RUN` that is joined from lines, nothing can be added behind a comment.
                self.is_open |= self.at >= self.text.len();
            } else if letter != '\n' && letter.is_whitespace() {
                self.at += letter.len_utf8();
            } else if !self.skip("\\\n") {
                return;
            }
        }
    }

    fn separator(&mut self) -> Option<Separator> {
        const SEPARATORS: [(&str, Separator); 6] = [
            ("&&", Separator::And),
            ("||", Separator::Or),
            (";", Separator::Sequence),
            ("\n", Separator::Sequence),
            ("|", Separator::Pipe),
            ("&", Separator::Background),
        ];
        if self.rest().is_empty() {
            return Some(Separator::End);
        }
        let found = SEPARATORS.iter().find(|(text, _)| self.skip(text));
        if let Some((text, _)) = found {
            self.semicolon = *text == ";";
        }
        let found = found.map(|(_, separator)| *separator);
        if found.is_none() && self.peek().is_some_and(|letter| matches!(letter, '(' | ')')) {
            self.is_plain = false;
        }
        found
    }

    /// Reads a word. A parenthesis is one of its own, so that reading goes on.
    fn word(&mut self) -> Word {
        let start = self.at;
        let (mut text, mut is_expanded) = (String::new(), false);
        while let Some(letter) = self.peek() {
            match letter {
                '\'' | '"' => is_expanded |= self.quoted(letter, &mut text),
                '\\' => self.escaped(&mut text),
                '$' | '`' => {
                    is_expanded = true;
                    self.substitution(&mut text);
                }
                '>' | '<' => self.redirection(&mut text),
                '(' | ')' if text.is_empty() => {
                    self.at += 1;
                    text.push(letter);
                    break;
                }
                ';' | '|' | '&' | '(' | ')' => break,
                _ if letter.is_whitespace() => break,
                _ => {
                    is_expanded |= "*?[~{".contains(letter);
                    text.push(letter);
                    self.at += letter.len_utf8();
                }
            }
        }
        Word { text, span: start..self.at, is_expanded }
    }

    /// Reads `>`, `2>&1`, `>&2`: the `&` separates nothing. A heredoc is not understood.
    fn redirection(&mut self, text: &mut String) {
        self.is_open |= self.rest().starts_with("<<");
        for operator in [">>", "<<", ">&", "<&", ">|", ">", "<"] {
            if self.skip(operator) {
                text.push_str(operator);
                return;
            }
        }
    }

    fn escaped(&mut self, text: &mut String) {
        self.at += 1;
        if let Some(letter) = self.peek() {
            self.at += letter.len_utf8();
            if letter != '\n' {
                text.push(letter);
            }
        }
    }

    /// Reads a part in quotation marks; returns whether the shell replaces something in it.
    fn quoted(&mut self, quote: char, text: &mut String) -> bool {
        self.at += 1;
        let mut is_expanded = false;
        while let Some(letter) = self.peek() {
            if letter == quote {
                self.at += 1;
                return is_expanded;
            }
            match letter {
                '\\' if quote == '"' => self.escaped(text),
                '$' | '`' if quote == '"' => {
                    is_expanded = true;
                    self.substitution(text);
                }
                _ => {
                    text.push(letter);
                    self.at += letter.len_utf8();
                }
            }
        }
        self.is_open = true;
        is_expanded
    }

    /// Reads `$NAME`, `${…}`, `$(…)` or `` `…` `` as it is written.
    fn substitution(&mut self, text: &mut String) {
        let start = self.at;
        let rest = self.rest();
        let length = if rest.starts_with("$(") {
            balanced(rest, '(', ')')
        } else if rest.starts_with("${") {
            balanced(rest, '{', '}')
        } else if rest.starts_with('`') {
            rest.get(1..).and_then(|rest| rest.find('`')).map(|at| at + 2)
        } else {
            Some(1)
        };
        let (length, is_whole) = (length.unwrap_or(rest.len()), length.is_some());
        self.is_open |= !is_whole;
        self.at += length;
        text.push_str(self.text.get(start..self.at).unwrap_or_default());
    }
}

/// Returns the length of a text up to the bracket that closes its first one.
fn balanced(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote: Option<char> = None;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match quote {
            _ if letter == '\\' && quote != Some('\'') => drop(letters.next()),
            Some(mark) if letter == mark => quote = None,
            None if matches!(letter, '\'' | '"') => quote = Some(letter),
            None if letter == open => depth += 1,
            None if letter == close => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + letter.len_utf8());
                }
            }
            _ => {}
        }
    }
    None
}
