//! Options about the base image.

use clap::Args;
use dockopt_core::base::BaseChoice;

use super::choice::ChoiceOptions;
use super::reading::ReadingOptions;
use crate::error::CliError;

/// Options about the base image.
#[derive(Debug, Args)]
pub(crate) struct BaseOptions {
    /// The base image, from any source: its layers count as the base
    #[arg(long, value_name = "IMAGE", conflicts_with = "base_layers")]
    base: Option<String>,

    /// Number of lowest layers that belong to the base image [default: what the image says, or its
    /// history suggests]
    #[arg(long, value_name = "N")]
    base_layers: Option<usize>,
}

impl BaseOptions {
    /// Returns the base image; reads the description of the one that is named.
    pub(super) fn choice(
        &self,
        reading: &ReadingOptions,
        choice: &ChoiceOptions,
    ) -> Result<BaseChoice, CliError> {
        match (&self.base, self.base_layers) {
            (Some(text), _) => reading.describe(text, choice).map(|info| BaseChoice::Image(Box::new(info))),
            (None, Some(layers)) => Ok(BaseChoice::Layers(layers)),
            (None, None) => Ok(BaseChoice::Described),
        }
    }
}
