//! Client for Podman's own program, for Podman without a socket or on another machine.
//!
//! The exit status decides: an archive is complete only after status 0. Errors include the
//! program's standard error.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::endpoint::EngineKind;
use super::error::{EngineError, bounded};
use super::image::{EngineImage, Inspection};
use crate::bytes::decode::ByteStream;
use crate::bytes::remote::Failing;

/// Bytes kept of a program's standard error.
const COMPLAINTS: u64 = 8 * 1024;
/// The largest output in bytes: 64 MiB.
const ANSWER: u64 = 64 * 1024 * 1024;

/// An engine with a program.
#[derive(Clone, Debug)]
pub(super) struct Program {
    name: &'static str,
    /// Options before the command.
    arguments: Vec<OsString>,
}

/// An image as `podman images --format json` lists it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    pub(super) id: String,
    #[serde(default)]
    pub(super) names: Option<Vec<String>>,
    #[serde(default)]
    pub(super) created: i64,
    #[serde(default)]
    pub(super) size: i64,
    #[serde(default)]
    pub(super) containers: Option<i64>,
}

/// A step as `podman history --format json` lists it.
#[derive(Debug, Deserialize)]
pub(super) struct ListedStep {
    #[serde(default, rename = "CreatedBy")]
    pub(super) created_by: String,
    #[serde(default)]
    pub(super) size: i64,
}

impl Program {
    pub(super) fn new(kind: EngineKind, arguments: Vec<OsString>) -> Self {
        Self { name: kind.name(), arguments }
    }

    /// Inspects an image; returns `None` if the engine does not have it.
    pub(super) fn inspect(&self, name: &str) -> Result<Option<EngineImage>, EngineError> {
        match self.ask::<Vec<Inspection>>(&["image", "inspect", "--format", "json", "--", name]) {
            Ok(found) => Ok(found.into_iter().next().map(EngineImage::from)),
            Err(error) if error.is_no_such_image() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists the images.
    pub(super) fn images(&self) -> Result<Vec<Listed>, EngineError> {
        self.ask(&["images", "--format", "json"])
    }

    /// Returns the history of an image, the last step first.
    pub(super) fn history(&self, id: &str) -> Result<Vec<ListedStep>, EngineError> {
        self.ask(&["history", "--format", "json", "--", id])
    }

    /// Exports an image; the archive is a stream.
    pub(super) fn export(&self, id: &str) -> ByteStream<'static> {
        let arguments = ["save", "--quiet", "--format", "docker-archive", "--", id];
        match self.start(&arguments) {
            Ok(running) => Box::new(running),
            Err(error) => Box::new(Failing::new(io::Error::other(error))),
        }
    }

    fn ask<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T, EngineError> {
        let mut answer = Vec::new();
        let mut running = self.start(arguments)?;
        if let Err(error) = (&mut running).take(ANSWER).read_to_end(&mut answer) {
            return Err(error.downcast().unwrap_or_else(|error| EngineError::Broken(error.to_string())));
        }
        serde_json::from_slice(&answer).map_err(|error| EngineError::NotAnEngine(error.to_string()))
    }

    fn start(&self, arguments: &[&str]) -> Result<Running, EngineError> {
        let mut command = Command::new(self.name);
        command.args(&self.arguments).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let failed = |source| EngineError::Start { program: self.name.to_owned(), source };
        let mut child = command.spawn().map_err(failed)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let complaints = stderr.map(|stderr| std::thread::spawn(move || complaints(stderr)));
        let words = [OsStr::new(self.name)].into_iter().chain(arguments.iter().map(OsStr::new));
        let command = words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
        Ok(Running { child, stdout, complaints, command })
    }
}

/// Returns the last line of a program's standard error. Reads all of it, so that the program never
/// blocks.
fn complaints(mut stderr: ChildStderr) -> String {
    let mut text = Vec::new();
    let _ = (&mut stderr).take(COMPLAINTS).read_to_end(&mut text);
    let _ = io::copy(&mut stderr, &mut io::sink());
    let text = String::from_utf8_lossy(&text);
    // Warnings come first, the reason last.
    bounded(text.trim().lines().last().unwrap_or_default())
}

/// A running program; dropping it ends the program.
struct Running {
    child: Child,
    stdout: Option<ChildStdout>,
    complaints: Option<JoinHandle<String>>,
    command: String,
}

impl Running {
    /// Waits for the program; fails unless it exits with status 0.
    fn end(&mut self) -> io::Result<()> {
        self.stdout = None;
        let status = self.child.wait()?;
        let stderr = self.complaints.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(EngineError::Failed { command: self.command.clone(), status, stderr }))
    }
}

impl Read for Running {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(stdout) = &mut self.stdout else { return Ok(0) };
        match stdout.read(buffer)? {
            0 if !buffer.is_empty() => self.end().map(|()| 0),
            read => Ok(read),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.stdout.take().is_some() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
