//! The built program, end to end: what it prints, where, and with which exit code.

mod docs;
mod errors;
mod formats;
mod gate;
mod hostile;
mod real_images;
mod reports;
mod run;
