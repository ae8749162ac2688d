//! `layerscope report`: one file, whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::analysis::secrets::redacted;
use crate::cli::{ReportArgs, ReportFormat};
use crate::report::{self, Tree};

use super::numbered;
use super::open::open_image;
use super::output::print;
use super::prepared::{Depth, Prepared, repeated};

const BUFFER: usize = 256 << 10;

pub(super) fn report(args: &ReportArgs) -> Result<()> {
    let Some(target) = args.output.as_deref() else {
        bail!("a report needs a file to go to: `-o app.html`, or `-o -` for standard output");
    };
    let format = format(args, target)?;
    if format != ReportFormat::Ncdu && (args.layer.is_some() || args.waste) {
        bail!("`--layer` and `--waste` choose a tree for `--format ncdu`; the other reports hold them all");
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let opened = open_image(&args.image)?;
    match format {
        ReportFormat::DiveJson => {
            let (opened, scans, dive, repeated) = repeated(opened);
            write(target, |out| report::report_dive(&redacted(opened.image()), &scans, &dive, &repeated, out))
        }
        ReportFormat::Ncdu => {
            // How waste splits is not asked here, so no content is compared.
            let prepared = Prepared::of_opened(opened, Depth::Sizes);
            let subject = prepared.subject();
            let tree = match args.layer {
                Some(number) => Tree::Layer(numbered(subject.union, number, "--layer")?),
                None if args.waste => Tree::Waste,
                None => Tree::Merged,
            };
            write(target, |out| report::report_ncdu(&subject, tree, now, out))
        }
        ReportFormat::Csv => {
            let prepared = Prepared::of_opened(opened, Depth::Accounts);
            write(target, |out| report::report_csv(&prepared.subject(), out))
        }
        ReportFormat::Markdown => {
            let prepared = Prepared::of_opened(opened, Depth::Accounts);
            write(target, |out| report::report_markdown(&prepared.subject(), out))
        }
        ReportFormat::Html => {
            let (prepared, dive) = Prepared::with_dive(opened, Depth::Accounts);
            write(target, |out| report::report_html(&prepared.subject(), &dive, out))
        }
        ReportFormat::Json => {
            let (prepared, dive) = Prepared::with_dive(opened, Depth::Accounts);
            write(target, |out| report::report_json(&prepared.subject(), &dive, out))
        }
    }
}

/// What was asked for, else what the suffix of the file says.
fn format(args: &ReportArgs, target: &Path) -> Result<ReportFormat> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    let suffix = target.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    match suffix.as_deref() {
        Some("html" | "htm") => Ok(ReportFormat::Html),
        Some("md" | "markdown") => Ok(ReportFormat::Markdown),
        Some("json") => Ok(ReportFormat::Json),
        Some("csv") => Ok(ReportFormat::Csv),
        _ => bail!(
            "`{}` does not say what to write: end it in .html, .md, .json or .csv, or give `--format`",
            target.display()
        ),
    }
}

/// Writes to a file beside the target that takes its place when it is whole; to standard output, and to what is no plain
/// file, directly.
fn write(target: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    if target == Path::new("-") {
        return print(write);
    }
    let cannot = || format!("cannot write the report to `{}`", target.display());
    // What a link leads to is replaced, not the link.
    let target: PathBuf = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
    if fs::metadata(&target).is_ok_and(|there| !there.is_file()) {
        let file = File::options().write(true).open(&target).with_context(cannot)?;
        return through(file, write).map(|_| ()).with_context(cannot);
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = beside(folder).with_context(cannot)?;
    let file = beside.reopen().with_context(cannot)?;
    through(file, write).with_context(cannot)?;
    beside.persist(&target).map(|_| ()).map_err(|error| error.error).with_context(cannot)
}

fn through(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(BUFFER, file);
    write(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A file that goes again unless it is kept, as readable as any that this user makes.
fn beside(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".layerscope-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
