//! Talks to an engine through its API: Docker's own, and the same one as Podman serves it.
//!
//! bollard is asynchronous, the rest of the program is threads: every question gets a small runtime of its own on the
//! thread that asks, and an export one on a thread that hands its bytes on as they arrive.

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

/// How long an engine may take for a small answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take to report its ID.
const ID_PATIENCE: Duration = Duration::from_secs(3);
/// How long it may take before an export begins: large images are put together first.
const EXPORT_PATIENCE: Duration = Duration::from_secs(3600);
/// How often an export that waits looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(100);
/// Pieces of an export that may wait, of at most 32 KiB as engines send them.
const DEPTH: usize = 256;

/// An engine that is reached through its API.
#[derive(Clone, Debug)]
pub(super) struct Client {
    endpoint: Endpoint,
}

impl Client {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    /// What the engine says of an image; `None` if it has none of that name.
    pub(super) fn inspect(&self, name: &str) -> Result<Option<EngineImage>, EngineError> {
        match self.ask(|docker| async move { docker.inspect_image(name).await }) {
            Ok(found) => Ok(Some(found.into())),
            Err(error) if error.is_no_such_image() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The images it has, and the sizes it tells of them.
    pub(super) fn images(&self) -> Result<Vec<ImageSummary>, EngineError> {
        let options = ListImagesOptionsBuilder::new().shared_size(true).build();
        self.ask(|docker| async move { docker.list_images(Some(options)).await })
    }

    /// The steps that made an image, the last one first.
    pub(super) fn history(&self, id: &str) -> Result<Vec<ImageHistoryResponseItem>, EngineError> {
        self.ask(|docker| async move { docker.image_history(id).await })
    }

    /// The ID that the engine reports; `None` for Podman, which makes up another one for each answer, and on any error.
    ///
    /// Where headers do not tell Podman from Docker, its version does; both questions are then asked at once.
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

    /// The archive of an image, as it arrives.
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

    /// Asks something that is answered soon.
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

    /// Tells why a socket cannot be connected to, which bollard does not tell apart.
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
                    let reason = "a connection that does not check the engine's certificate is not made";
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
            Address::NamedPipe(_) => Err(EngineError::Setup("named pipes are for Windows".to_owned())),
            #[cfg(not(unix))]
            Address::Unix(_) => Err(EngineError::Setup("Unix sockets are not for this system".to_owned())),
            Address::Command { .. } => Err(EngineError::Setup("it has no socket".to_owned())),
        }
    }
}

/// Whether an answer about versions is that of Podman, which serves Docker's API as well.
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

/// Hands on what arrives until nobody wants it any more.
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
