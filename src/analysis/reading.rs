//! Reads many files of an image, each layer in its cheapest way.

use crate::image::{Compression, Image, Progress};
use crate::union::{Union, VersionId, VersionRef};

use super::identity::each_chunk;

/// Processes the content of every wanted file, on all cores if its layer is plain. A compressed layer is read in one
/// go, in its order: several readers would each start over. `on_read` is called with the number of files read.
pub(crate) fn each_file<R: Send>(
    image: &Image,
    union: &Union,
    wanted: Vec<VersionId>,
    progress: &dyn Progress,
    on_read: impl Fn(usize),
    work: impl Fn(VersionRef<'_>) -> R + Sync,
    mut take: impl FnMut(VersionId, R),
) {
    let is_plain = |id: &VersionId| {
        let layer = image.layers.get(union.version(*id).layer().index());
        layer.is_some_and(|layer| layer.compression == Some(Compression::None))
    };
    let (plain, packed): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_plain);
    let mut done = 0;
    each_chunk(
        &plain,
        progress,
        |id| work(union.version(id)),
        |at, results| {
            done += results.len();
            for (&id, result) in plain.iter().skip(at).zip(results) {
                take(id, result);
            }
            on_read(done);
        },
    );
    for id in packed {
        if progress.cancelled() {
            break;
        }
        take(id, work(union.version(id)));
        done += 1;
        on_read(done);
    }
}
