//! Where the layer cache is, and for which build of this program.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::cli::ImageArgs;
use crate::source::LayerCache;

use super::environment::base_folder;

/// The layer cache, unless it is disabled or has no place.
pub(super) fn layer_cache(args: &ImageArgs) -> Option<Arc<LayerCache>> {
    if args.no_cache {
        return None;
    }
    let folder = base_folder("XDG_CACHE_HOME", ".cache")?.join("layerscope/layers");
    if !folder.is_absolute() {
        return None;
    }
    Some(Arc::new(LayerCache::new(folder, build()?)))
}

/// Differs for every build, also between two of the same version; `None` if this program's file cannot be read.
fn build() -> Option<String> {
    let path = std::env::current_exe().ok()?;
    let metadata = std::fs::metadata(running(&path)).ok()?;
    let since = metadata.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let (version, len, modified) = (env!("CARGO_PKG_VERSION"), metadata.len(), since.as_nanos());
    // Packages may give every build the same modification time, and lengths are round numbers.
    #[cfg(unix)]
    let changed = {
        use std::os::unix::fs::MetadataExt;
        format!("{}.{:09}", metadata.ctime(), metadata.ctime_nsec())
    };
    #[cfg(not(unix))]
    let changed = "";
    Some(format!("{version} {len} {modified} {changed} {}", path.display()))
}

/// The file that runs, also where another was put in its place since.
fn running(path: &std::path::Path) -> PathBuf {
    if cfg!(target_os = "linux") { PathBuf::from("/proc/self/exe") } else { path.to_owned() }
}
