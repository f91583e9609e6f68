//! Finds the instructions of a Dockerfile that the steps of a history stand for.
//!
//! The history also has the steps of the base image, and the Dockerfile may have changed since the
//! build. So the two are aligned like texts: as many and as certain pairs as possible, in order.

use dockopt_core::findings::{LocatedBy, Location};
use dockopt_core::image::ProvenBuild;

use super::dockerfile::{Dockerfile, Instruction};
use super::steps::{Step, Steps};

/// Most pairs that are compared: no real Dockerfile comes near.
const MAX_PAIRS: usize = 1_000_000;

/// Notes the place in a Dockerfile of each step that it has. `file` is its name.
pub(super) fn locate(steps: &mut [Step], dockerfile: &Dockerfile, file: &str) {
    let path = dockerfile.path_to(None);
    let instructions: Vec<&Instruction> =
        path.iter().filter_map(|number| dockerfile.instructions.get(*number)).collect();
    if steps.len().saturating_mul(instructions.len()) > MAX_PAIRS {
        return;
    }
    for (step, at) in pairs(steps, &instructions, &dockerfile.text) {
        let (Some(step), Some(instruction)) = (steps.get_mut(step), instructions.get(at)) else { continue };
        let Instruction { line, end_line, .. } = **instruction;
        step.location = Some(Location { file: file.to_owned(), line, end_line });
        step.located_by = Some(LocatedBy::Dockerfile);
        step.number = path.get(at).copied();
        if step.is_copy() {
            // The history may have a digest instead of the source.
            let text = instruction.arguments.text();
            step.instruction = format!("{} {text}", instruction.keyword);
        }
    }
}

/// What is compared of a step or an instruction.
struct Compared {
    keyword: String,
    /// The words of the arguments, or of the script.
    words: Vec<String>,
    /// Where a copy goes.
    target: Option<String>,
}

impl Compared {
    fn step(step: &Step) -> Self {
        let rest = step.instruction.split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
        let keyword = step.keyword();
        let is_copy = step.is_copy();
        let words = words(rest).into_iter().skip_while(|word| is_copy && word.starts_with("--"));
        let target = rest.split_once(" in ").map(|(_, target)| target.trim().to_owned()).filter(|_| is_copy);
        Self { keyword, words: words.map(str::to_owned).collect(), target }
    }

    fn instruction(instruction: &Instruction, text: &str) -> Self {
        let arguments = instruction.arguments.text();
        let keyword = instruction.keyword.clone();
        let script = instruction.script(text);
        let compared = script.as_ref().map_or(arguments, |script| script.text());
        let words: Vec<String> = words(compared).into_iter().map(str::to_owned).collect();
        let is_copy = matches!(keyword.as_str(), "COPY" | "ADD");
        let list = || serde_json::from_str::<Vec<String>>(arguments).ok()?.pop();
        let target = list().or_else(|| words.last().cloned()).filter(|_| is_copy);
        Self { keyword, words, target }
    }
}

/// Returns the pairs of the best alignment; of equal ones, the pairs with the last steps.
fn pairs(steps: &[Step], instructions: &[&Instruction], text: &str) -> Vec<(usize, usize)> {
    let columns = instructions.len() + 1;
    let instructions: Vec<Compared> =
        instructions.iter().map(|instruction| Compared::instruction(instruction, text)).collect();
    let row = |step: Compared| instructions.iter().map(|one| likeness(&step, one)).collect();
    let likeness: Vec<Vec<u32>> = steps.iter().map(Compared::step).map(row).collect();
    let like = |step: usize, at: usize| likeness.get(step).and_then(|row| row.get(at)).copied().unwrap_or(0);
    // `best` has, for the first steps and instructions, the sum of their best alignment.
    let mut best = vec![0_u32; (steps.len() + 1) * columns];
    let value = |best: &[u32], step: usize, at: usize| best.get(step * columns + at).copied().unwrap_or(0);
    for step in 1..=steps.len() {
        for at in 1..columns {
            let pair = match like(step - 1, at - 1) {
                0 => 0,
                like => value(&best, step - 1, at - 1) + like,
            };
            let found = pair.max(value(&best, step - 1, at)).max(value(&best, step, at - 1));
            if let Some(slot) = best.get_mut(step * columns + at) {
                *slot = found;
            }
        }
    }
    let (mut step, mut at, mut found) = (steps.len(), columns - 1, Vec::new());
    while step > 0 && at > 0 {
        let (sum, like) = (value(&best, step, at), like(step - 1, at - 1));
        if like > 0 && sum == value(&best, step - 1, at - 1) + like {
            (step, at) = (step - 1, at - 1);
            found.push((step, at));
        } else if sum == value(&best, step, at - 1) {
            at -= 1;
        } else {
            step -= 1;
        }
    }
    found.reverse();
    found
}

/// Returns how surely a step stands for an instruction, 0 if it does not.
fn likeness(step: &Compared, instruction: &Compared) -> u32 {
    let is_same = step.words == instruction.words;
    match instruction.keyword.as_str() {
        keyword if keyword != step.keyword => 0,
        "RUN" => {
            if is_same {
                10
            } else {
                0
            }
        }
        "COPY" | "ADD" if is_same => 10,
        "COPY" | "ADD" => copied(step, instruction),
        _ if is_same => 6,
        _ => 3,
    }
}

/// Compares the targets of a copy. `BuildKit` notes the arguments; the classic builder and Buildah a
/// digest and the target: `dir:1234 in /app`.
fn copied(step: &Compared, instruction: &Compared) -> u32 {
    let (Some(target), Some(noted)) = (&instruction.target, &step.target) else { return 0 };
    let (target, noted) = (target.trim_end_matches('/'), noted.trim_end_matches('/'));
    let is_unknown = target.contains('$') || !target.starts_with('/');
    match is_unknown {
        _ if target == noted => 8,
        true if noted.ends_with(target.trim_start_matches("./").trim_start_matches('.')) => 6,
        true => 4,
        false => 0,
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

impl Steps {
    /// Notes the lines of each layer that the provenance of the builder tells, for the Dockerfile that it
    /// has. `file` is its name.
    #[must_use]
    pub fn proven(mut self, dockerfile: &Dockerfile, (build, file): (&ProvenBuild, &str)) -> Self {
        for step in self.all_mut() {
            let lines = step.layer.and_then(|layer| build.lines.get(layer).copied().flatten());
            let Some((first, _)) = lines else { continue };
            let found = dockerfile.instructions.iter().enumerate().find(|(_, instruction)| {
                (instruction.line..=instruction.end_line).contains(&(first as usize))
            });
            let is_unknown = step.instruction.is_empty();
            let Some((number, instruction)) =
                found.filter(|(_, one)| is_unknown || one.keyword == step.keyword())
            else {
                continue;
            };
            if is_unknown {
                step.instruction = format!("{} {}", instruction.keyword, instruction.arguments.text());
            }
            let (line, end_line) = (instruction.line, instruction.end_line);
            step.location = Some(Location { file: file.to_owned(), line, end_line });
            (step.located_by, step.number) = (Some(LocatedBy::Provenance), Some(number));
        }
        self
    }

    /// Notes the place in a Dockerfile of each step that it has. `file` is its name.
    #[must_use]
    pub fn located(mut self, dockerfile: &Dockerfile, file: &str) -> Self {
        locate(self.all_mut(), dockerfile, file);
        self
    }
}

#[cfg(test)]
mod tests {
    use dockopt_core::image::{HistoryEntry, ImageInfo, LayerInfo};

    use super::*;

    /// Returns the line of each step, 0 for those that the Dockerfile does not have.
    fn lines(history: &[&str], dockerfile: &str) -> Vec<usize> {
        let entry = |(layer, step): (usize, &&str)| HistoryEntry {
            created_by: Some((*step).to_owned()),
            layer: Some(layer),
            ..HistoryEntry::default()
        };
        let history: Vec<HistoryEntry> = history.iter().enumerate().map(entry).collect();
        let layers = vec![LayerInfo::default(); history.len()];
        let info = ImageInfo { history, layers, ..ImageInfo::default() };
        let steps = Steps::of(&info).located(&Dockerfile::parse(dockerfile), "Dockerfile");
        steps.all().iter().map(|step| step.location.as_ref().map_or(0, |at| at.line)).collect()
    }

    #[test]
    fn steps_of_the_classic_builder_are_located() {
        let dockerfile = "FROM debian\nARG V=1\nRUN apt-get update && \\\n    apt-get install -y x\nWORKDIR /app\nCOPY . .\nCOPY [\"a b\", \"/dest/\"]\nRUN chown -R a /app\nCMD [\"x\"]\n";
        let history = [
            "/bin/sh -c #(nop) ADD file:12 in / ",
            "/bin/sh -c #(nop)  CMD [\"bash\"]",
            "/bin/sh -c #(nop)  ARG V=1",
            "|1 V=1 /bin/sh -c apt-get update &&     apt-get install -y x",
            "/bin/sh -c #(nop) WORKDIR /app",
            "/bin/sh -c #(nop) COPY dir:34 in /app ",
            "/bin/sh -c #(nop) COPY file:56 in /dest/ ",
            "/bin/sh -c chown -R a /app",
            "/bin/sh -c #(nop)  CMD [\"x\"]",
        ];
        assert_eq!(lines(&history, dockerfile), [0, 0, 2, 3, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn steps_of_buildkit_are_located_through_stages() {
        let dockerfile = "FROM a AS build\nRUN make\nFROM b AS base\nRUN <<EOF\nset -e\nx\nEOF\nFROM base\nCOPY --from=build /x /y\nRUN make\n";
        let history = [
            "RUN /bin/sh -c make # buildkit",
            "RUN /bin/sh -c set -e\nx\n # buildkit",
            "COPY /x /y # buildkit",
            "RUN /bin/sh -c make # buildkit",
        ];
        assert_eq!(lines(&history, dockerfile), [0, 4, 9, 10]);
    }

    #[test]
    fn changed_instructions_are_not_located() {
        let dockerfile = "FROM a\nRUN new\nCOPY x /other\nRUN same\n";
        let history = ["RUN /bin/sh -c old # buildkit", "/bin/sh -c #(nop) COPY file:1 in /dest", "RUN same"];
        assert_eq!(lines(&history, dockerfile), [0, 0, 4]);
        assert_eq!(lines(&history, ""), [0, 0, 0]);
    }
}
