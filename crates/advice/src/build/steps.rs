//! The steps of a build: which instruction made which layer.
//!
//! The history of an image lists its instructions, those without a layer included. An image may
//! have no history, or one that does not match its layers; then a step is all that is known of a
//! layer.

use dockopt_core::findings::{LocatedBy, Location};
use dockopt_core::image::ImageInfo;
use dockopt_core::instruction::instruction;

use super::dockerfile::shell::Script;

/// One step of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The layer it made.
    pub layer: Option<usize>,
    /// The instruction as the history has it, without the shell and the marks of the builder; empty
    /// if there is none.
    pub instruction: String,
    /// The lines of a Dockerfile.
    pub location: Option<Location>,
    /// What tells the instruction.
    pub located_by: Option<LocatedBy>,
    /// The number of the instruction in that Dockerfile.
    pub number: Option<usize>,
}

/// The steps of a build, the first one first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    steps: Vec<Step>,
}

impl Steps {
    /// Lists the steps of an image by its history; by its layers alone if the history does not
    /// match them.
    pub fn of(info: &ImageInfo) -> Self {
        let with_layer = info.history.iter().filter(|entry| entry.layer.is_some()).count();
        let of_history = info.history.iter().map(|entry| Step::new(entry.layer, entry.created_by.as_deref()));
        let of_layers = info.layers.iter().enumerate();
        let of_layers = of_layers.map(|(index, layer)| Step::new(Some(index), layer.created_by.as_deref()));
        let matches = with_layer == info.layers.len();
        Self { steps: if matches { of_history.collect() } else { of_layers.collect() } }
    }

    /// Returns all steps.
    pub fn all(&self) -> &[Step] {
        &self.steps
    }

    pub(super) fn all_mut(&mut self) -> &mut [Step] {
        &mut self.steps
    }

    /// Returns the step that made a layer.
    pub fn of_layer(&self, layer: usize) -> Option<&Step> {
        self.steps.iter().find(|step| step.layer == Some(layer))
    }
}

impl Step {
    fn new(layer: Option<usize>, created_by: Option<&str>) -> Self {
        let instruction = instruction(created_by.unwrap_or_default());
        let located_by = (!instruction.is_empty()).then_some(LocatedBy::History);
        Self { layer, instruction, location: None, located_by, number: None }
    }

    /// Returns the first word in upper case: `RUN`, `COPY`; empty without an instruction.
    pub fn keyword(&self) -> String {
        let word = self.instruction.split_whitespace().next().unwrap_or_default();
        word.to_ascii_uppercase()
    }

    /// Whether it runs a command.
    pub fn is_run(&self) -> bool {
        self.keyword() == "RUN"
    }

    /// Returns the script of a `RUN`; `None` for other instructions.
    pub fn script(&self) -> Option<Script> {
        self.instruction.strip_prefix("RUN ").map(Script::parse)
    }

    /// Whether it copies files from outside of the image.
    pub fn is_copy(&self) -> bool {
        matches!(self.keyword().as_str(), "COPY" | "ADD")
    }
}

#[cfg(test)]
mod tests {
    use dockopt_core::image::{HistoryEntry, LayerInfo};

    use super::*;

    fn entry(created_by: &str, layer: Option<usize>) -> HistoryEntry {
        HistoryEntry {
            created_by: Some(created_by.to_owned()),
            empty_layer: layer.is_none(),
            layer,
            ..HistoryEntry::default()
        }
    }

    #[test]
    fn history_that_matches_has_the_steps_without_layers_too() {
        let history = vec![
            entry("/bin/sh -c #(nop) ADD file:1 in / ", Some(0)),
            entry("ENV A=1", None),
            entry("RUN /bin/sh -c make # buildkit", Some(1)),
        ];
        let info = ImageInfo { history, layers: vec![LayerInfo::default(); 2], ..ImageInfo::default() };
        let steps = Steps::of(&info);
        let words: Vec<_> = steps.all().iter().map(Step::keyword).collect();
        assert_eq!(words, ["ADD", "ENV", "RUN"]);
        assert!(steps.of_layer(1).is_some_and(Step::is_run) && steps.of_layer(0).is_some_and(Step::is_copy));
        assert_eq!(steps.of_layer(2), None);
    }

    #[test]
    fn history_that_does_not_match_gives_way_to_the_layers() {
        let layers = vec![
            LayerInfo { created_by: Some("RUN a".to_owned()), ..LayerInfo::default() },
            LayerInfo::default(),
        ];
        let info = ImageInfo { history: vec![entry("RUN a", Some(0))], layers, ..ImageInfo::default() };
        let steps = Steps::of(&info);
        assert_eq!(steps.of_layer(0).map(|step| step.instruction.as_str()), Some("RUN a"));
        assert_eq!(steps.of_layer(1), Some(&Step { layer: Some(1), ..Step::default() }));
    }
}
