//! A Dockerfile: its instructions and stages.

use std::ops::Range;

use super::instruction::Instruction;
use super::parse;

/// A parsed Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// The text.
    pub text: String,
    /// The character that continues a line: `\`, or what the directive `escape` says.
    pub escape: char,
    /// The instructions in their order.
    pub instructions: Vec<Instruction>,
}

/// A stage: a `FROM` and the instructions up to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The image or stage that it starts from.
    pub base: String,
    /// The name after `AS`, in lower case.
    pub name: Option<String>,
    /// The numbers of its instructions, `FROM` included.
    pub instructions: Range<usize>,
}

impl Dockerfile {
    /// Parses a text.
    pub fn parse(text: &str) -> Self {
        let escape = parse::escape(text);
        Self { text: text.to_owned(), escape, instructions: parse::instructions(text, escape) }
    }

    /// Lists the stages.
    pub fn stages(&self) -> Vec<Stage> {
        let is_from = |(_, instruction): &(usize, &Instruction)| instruction.keyword == "FROM";
        let starts: Vec<(usize, &Instruction)> =
            self.instructions.iter().enumerate().filter(is_from).collect();
        let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([self.instructions.len()]);
        let stage = |((start, from), end): (&(usize, &Instruction), usize)| {
            let words: Vec<&str> = from.arguments.text().split_whitespace().collect();
            let name = match words.as_slice() {
                [_, word, name, ..] if word.eq_ignore_ascii_case("as") => Some(name.to_ascii_lowercase()),
                _ => None,
            };
            Stage {
                base: words.first().copied().unwrap_or_default().to_owned(),
                name,
                instructions: *start..end,
            }
        };
        starts.iter().zip(ends).map(stage).collect()
    }

    /// Whether an instruction is in a stage that another stage than the last one's starts from.
    pub fn is_shared(&self, number: usize) -> bool {
        let stages = self.stages();
        let Some(own) = stages.iter().position(|stage| stage.instructions.contains(&number)) else {
            return true;
        };
        let path = self.path_to(None);
        let is_on_path =
            |stage: &Stage| stage.instructions.clone().skip(1).any(|number| path.contains(&number));
        let starts_here = |(at, stage): (usize, &Stage)| Self::stage(&stages, &stage.base, at) == Some(own);
        let others = stages.iter().enumerate().filter(|(_, stage)| !is_on_path(stage));
        others.into_iter().any(starts_here)
    }

    /// Finds the stage of a name or number among the first ones.
    fn stage(stages: &[Stage], name: &str, below: usize) -> Option<usize> {
        let number = name.parse::<usize>().ok();
        let is_it = |(at, stage): &(usize, &Stage)| {
            stage.name.as_deref() == Some(&name.to_ascii_lowercase()) || number == Some(*at)
        };
        stages.iter().enumerate().take(below).filter(is_it).map(|(at, _)| at).next_back()
    }

    /// Returns the numbers of the instructions that make an image of a stage, in their order: those
    /// of the stages that it starts from, and its own. `None` is the last stage.
    pub fn path_to(&self, target: Option<&str>) -> Vec<usize> {
        let stages = self.stages();
        let by_name = |name: &str, below: usize| Self::stage(&stages, name, below);
        let last = target.map_or_else(|| stages.len().checked_sub(1), |name| by_name(name, stages.len()));
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut next = last;
        while let Some((at, stage)) = next.and_then(|at| Some((at, stages.get(at)?))) {
            parts.push(stage.instructions.start + 1..stage.instructions.end);
            next = by_name(&stage.base, at);
        }
        parts.into_iter().rev().flatten().collect()
    }
}
