//! The owners of files, for filters that ask for them.

use dockopt_advice::packages::ownership;
use dockopt_core::evidence::Probes;
use dockopt_core::filter::Filter;
use dockopt_core::ownership::Ownership;
use dockopt_image::Image;

/// Returns the probes that a filter needs.
pub(super) fn probes(filter: Option<&Filter>) -> Probes {
    if asks(filter) { dockopt_advice::probes() } else { Probes::default() }
}

/// Returns the owners that a filter needs. The image was read with its probes.
pub(super) fn owners(filter: Option<&Filter>, image: &Image) -> Ownership {
    if asks(filter) { ownership(&image.tree, &image.evidence) } else { Ownership::default() }
}

fn asks(filter: Option<&Filter>) -> bool {
    filter.is_some_and(Filter::asks_for_owners)
}
