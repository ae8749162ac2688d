//! The settings in an image's configuration, as rows of a page.

use serde::Serialize;

use crate::format::{fit, safe_str};
use crate::image::Image;

use super::html::MOST;
use super::page::WHOLE;

/// A name and its value, as safe text.
#[derive(Serialize)]
pub(super) struct SettingRow {
    name: &'static str,
    value: String,
}

/// What the configuration sets; of very long lists, the first rows.
pub(super) fn settings(image: &Image) -> Vec<SettingRow> {
    let config = &image.config;
    let user = if config.user.is_empty() { "root (none is set)" } else { &config.user };
    let mut rows = vec![
        ("user", user.to_owned()),
        ("entrypoint", config.entrypoint.join(" ")),
        ("command", config.cmd.join(" ")),
        ("working directory", config.working_dir.clone()),
        ("exposed ports", config.exposed_ports.join(" ")),
        ("volumes", config.volumes.join(" ")),
        ("stop signal", config.stop_signal.clone()),
        (
            "health check",
            config.healthcheck.iter().flat_map(|check| &check.test).cloned().collect::<Vec<_>>().join(" "),
        ),
        ("shell", config.shell.join(" ")),
    ];
    rows.extend(config.on_build.iter().map(|instruction| ("on build", instruction.clone())));
    rows.extend(config.env.iter().map(|variable| ("variable", variable.clone())));
    rows.extend(config.labels.iter().map(|(name, value)| ("label", format!("{name} = {value}"))));
    let set = rows.into_iter().filter(|(_, value)| !value.is_empty()).take(MOST);
    set.map(|(name, value)| SettingRow { name, value: fit(&safe_str(&value), WHOLE) }).collect()
}
