//! Client for the API of an engine: Docker's own, and Podman's compatible one.
//!
//! bollard is asynchronous, the rest of the program uses threads. Each request runs on a small
//! runtime of its own on the calling thread; an export has a thread that passes its bytes on as
//! they arrive.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::thread::Builder;
use std::time::Duration;

use bollard::models::{ImageHistoryResponseItem, ImageSummary, SystemVersion};
use bollard::query_parameters::ListImagesOptionsBuilder;
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::{Stream, StreamExt};
use tokio::runtime::Runtime;

use super::endpoint::{Address, Endpoint};
use super::error::EngineError;
use super::image::EngineImage;
use super::ssh::Ssh;
use crate::bytes::decode::ByteStream;
use crate::bytes::pipe::{PipeWriter, pipe};

/// The longest wait for a small response.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest wait for the ID of an engine.
const ID_PATIENCE: Duration = Duration::from_secs(3);
/// The longest wait for the start of an export: engines assemble large images first.
const EXPORT_PATIENCE: Duration = Duration::from_secs(3600);
/// How often a waiting export checks for its reader.
const LOOK: Duration = Duration::from_millis(100);
/// Pieces of an export that may wait for the reader; engines send at most 32 KiB each.
const DEPTH: usize = 256;

/// An engine with an API.
#[derive(Clone, Debug)]
pub(super) struct Client {
    endpoint: Endpoint,
}

impl Client {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    /// Inspects an image; returns `None` if the engine does not have it.
    pub(super) fn inspect(&self, name: &str) -> Result<Option<EngineImage>, EngineError> {
        match self.ask(|docker| async move { docker.inspect_image(name).await }) {
            Ok(found) => Ok(Some(found.into())),
            Err(error) if error.is_no_such_image() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists the images with their sizes.
    pub(super) fn images(&self) -> Result<Vec<ImageSummary>, EngineError> {
        let options = ListImagesOptionsBuilder::new().shared_size(true).build();
        self.ask(|docker| async move { docker.list_images(Some(options)).await })
    }

    /// Returns the history of an image, the last step first.
    pub(super) fn history(&self, id: &str) -> Result<Vec<ImageHistoryResponseItem>, EngineError> {
        self.ask(|docker| async move { docker.image_history(id).await })
    }

    /// Returns the ID of the engine; `None` on any error, and for Podman, whose API generates
    /// another ID for each response.
    ///
    /// Where a ping does not distinguish Podman from Docker, the version does; the requests for
    /// version and ID then run in parallel.
    pub(super) fn id(&self) -> Option<String> {
        let is_podman_by_ping = super::ping::is_podman(&self.endpoint.address);
        if is_podman_by_ping == Some(true) {
            return None;
        }
        let question = |docker: Docker| async move {
            let version = async {
                match is_podman_by_ping {
                    Some(_) => Ok(()),
                    None => docker.version().await.ok().filter(|found| !is_podman(found)).map(drop).ok_or(()),
                }
            };
            let info = async { docker.info().await.map_err(drop) };
            Ok(futures_util::future::try_join(version, info).await)
        };
        let ((), info) = self.ask_within(ID_PATIENCE, question).ok()?.ok()?;
        info.id
    }

    /// Exports an image; the archive is a stream.
    pub(super) fn export(&self, id: &str) -> ByteStream<'static> {
        let (writer, reader) = pipe(DEPTH);
        let (client, id, sender) = (self.clone(), id.to_owned(), writer.clone());
        let work = move || {
            let exported = client.knock().and_then(|()| runtime()).and_then(|runtime| {
                runtime.block_on(async {
                    let docker = client.connect(EXPORT_PATIENCE)?;
                    forward(docker.export_image(&id), &sender).await
                })
            });
            sender.end(exported.map_err(io::Error::other));
        };
        if let Err(error) = Builder::new().name("export".to_owned()).spawn(work) {
            writer.end(Err(error));
        }
        Box::new(reader)
    }

    /// Sends a request that has a small response.
    fn ask<T, F: Future<Output = Result<T, bollard::errors::Error>>>(
        &self,
        question: impl FnOnce(Docker) -> F,
    ) -> Result<T, EngineError> {
        self.ask_within(PATIENCE, question)
    }

    fn ask_within<T, F: Future<Output = Result<T, bollard::errors::Error>>>(
        &self,
        patience: Duration,
        question: impl FnOnce(Docker) -> F,
    ) -> Result<T, EngineError> {
        self.knock()?;
        runtime()?.block_on(async {
            let docker = self.connect(patience)?;
            match tokio::time::timeout(patience, question(docker)).await {
                Ok(answer) => Ok(answer?),
                Err(_) => Err(EngineError::Timeout(patience)),
            }
        })
    }

    /// Connects to a socket once, for the I/O error that bollard does not report.
    fn knock(&self) -> Result<(), EngineError> {
        #[cfg(unix)]
        if let Address::Unix(path) = &self.endpoint.address {
            std::os::unix::net::UnixStream::connect(path).map_err(EngineError::Connect)?;
        }
        Ok(())
    }

    fn connect(&self, patience: Duration) -> Result<Docker, EngineError> {
        let (patience, version) = (patience.as_secs(), API_DEFAULT_VERSION);
        match &self.endpoint.address {
            #[cfg(unix)]
            Address::Unix(path) => {
                let path = path.to_str().ok_or_else(|| not_text(path))?;
                Ok(Docker::connect_with_unix(path, patience, version)?)
            }
            #[cfg(windows)]
            Address::NamedPipe(path) => Ok(Docker::connect_with_named_pipe(path, patience, version)?),
            Address::Tcp { host_port, tls: None } => {
                Ok(Docker::connect_with_http(&format!("tcp://{host_port}"), patience, version)?)
            }
            Address::Tcp { host_port, tls: Some(tls) } => {
                if !tls.verify {
                    let reason = "connections without a check of the engine's certificate are not supported";
                    return Err(EngineError::Setup(reason.to_owned()));
                }
                crate::host::install_provider();
                let host = format!("tcp://{host_port}");
                Ok(Docker::connect_with_ssl(&host, &tls.key, &tls.cert, &tls.ca, patience, version)?)
            }
            Address::Ssh { url, identity } => {
                let ssh = Ssh::to(url, identity.as_deref());
                let ssh = ssh.map_err(|reason| EngineError::Setup(reason.to_owned()))?;
                let send = move |request| ssh.clone().send(request);
                Ok(Docker::connect_with_custom_transport(send, Some("http://docker"), patience, version)?)
            }
            #[cfg(unix)]
            Address::NamedPipe(_) => Err(EngineError::Setup("named pipes exist on Windows only".to_owned())),
            #[cfg(not(unix))]
            Address::Unix(_) => {
                Err(EngineError::Setup("Unix sockets are not supported on this system".to_owned()))
            }
            Address::Command { .. } => Err(EngineError::Setup("it has no socket".to_owned())),
        }
    }
}

/// Returns whether a version is Podman's.
fn is_podman(version: &SystemVersion) -> bool {
    let components = version.components.iter().flatten();
    components.into_iter().any(|component| component.name.contains("Podman"))
}

fn not_text(path: &Path) -> EngineError {
    EngineError::Setup(format!("the path `{}` is not UTF-8", path.display()))
}

fn runtime() -> Result<Runtime, EngineError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| EngineError::Setup(format!("no runtime for it: {error}")))
}

/// Forwards pieces until the stream ends or its reader is dropped.
async fn forward<B: AsRef<[u8]>>(
    stream: impl Stream<Item = Result<B, bollard::errors::Error>>,
    writer: &PipeWriter<B>,
) -> Result<(), EngineError> {
    let mut stream = pin!(stream);
    while writer.is_wanted() {
        match tokio::time::timeout(LOOK, stream.next()).await {
            Err(_) => {}
            Ok(None) => return Ok(()),
            Ok(Some(piece)) => {
                if writer.send(piece?).is_err() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}
