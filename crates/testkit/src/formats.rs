//! An image in every format.

use crate::archive::Archive;
use crate::compression::Compression;
use crate::docker::{self, Legacy};
use crate::image::Image;
use crate::index::Index;
use crate::oci;

impl Image {
    /// Returns the archive of `docker save` before version 25; [`docker::docker_legacy`] has
    /// options.
    pub fn docker_legacy(&self) -> Archive {
        docker::docker_legacy(std::slice::from_ref(self), Legacy::default())
    }

    /// Returns the archive of `docker save` from version 25 on, without the containerd image store.
    pub fn docker_25(&self) -> Archive {
        docker::docker_25(std::slice::from_ref(self))
    }

    /// Returns the archive of `docker save` from version 29 on, with the containerd image store.
    pub fn docker_29(&self) -> Archive {
        docker::docker_29(std::slice::from_ref(self))
    }

    /// Returns the archive of kaniko with `--tar-path`.
    pub fn kaniko(&self) -> Archive {
        docker::kaniko(self)
    }

    /// Returns the archive of `podman save`.
    pub fn podman(&self) -> Archive {
        docker::podman(self)
    }

    /// Returns an OCI layout (skopeo's `oci:`), for [`Archive::write_dir`].
    pub fn oci_layout(&self, compression: Compression) -> Archive {
        oci::single(self, compression)
    }

    /// Returns an OCI archive (`oci-archive:`), directories included, for [`Archive::to_tar`].
    pub fn oci_archive(&self, compression: Compression) -> Archive {
        oci::with_directories(&self.oci_layout(compression))
    }

    /// Returns an index with only this image, to extend.
    pub fn index(&self, compression: Compression) -> Index {
        Index::new(compression).image(self)
    }
}
