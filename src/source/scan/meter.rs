//! Progress inside a layer, told now and then, and the question whether to stop.

use std::io::{self, Read};

use crate::image::{Cancelled, LayerNumber, Progress, ProgressEvent};

/// The number of bytes between two reports of progress.
const STRIDE: u64 = 1 << 20;

/// Reports the progress of a layer.
#[derive(Clone, Copy)]
pub(super) struct Meter<'a> {
    pub(super) progress: &'a dyn Progress,
    pub(super) layer: LayerNumber,
    pub(super) total: Option<u64>,
}

impl Meter<'_> {
    pub(super) fn report(&self, done: u64) {
        self.progress.report(ProgressEvent::Layer { layer: self.layer, done, total: self.total });
    }
}

/// Bytes on their way into a decompressor, counted.
pub(super) struct Metered<'a, R> {
    inner: R,
    meter: Meter<'a>,
    done: u64,
    reported: u64,
}

impl<'a, R> Metered<'a, R> {
    /// Counts what is read from an offset of the blob on.
    pub(super) fn new(inner: R, from: u64, meter: Meter<'a>) -> Self {
        Self { inner, meter, done: from, reported: from }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Cancelled::check(self.meter.progress)?;
        let count = self.inner.read(buffer)?;
        self.done += count as u64;
        if self.done - self.reported >= STRIDE {
            self.reported = self.done;
            self.meter.report(self.done);
        }
        Ok(count)
    }
}
