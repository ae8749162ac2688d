//! Where two configurations differ besides the settings: images that do the same have other digests for that reason.

use serde_json::{Map, Value};

use crate::format::safe_str;
use crate::image::Image;

/// The name of the times of its steps.
pub(super) const TIMES: &str = "times of history";

/// The limit on names, and on the width of one.
const MOST: usize = 6;
const WIDTH: usize = 40;

/// The parts that differ, as safe words: `created`, `times of history`, `config.Hostname`. Nothing if either
/// configuration was not read.
pub(super) fn differing_parts(a: &Image, b: &Image) -> Vec<String> {
    let read = |image: &Image| serde_json::from_slice::<Map<String, Value>>(&image.raw_config).ok();
    let (Some(a), Some(b)) = (read(a), read(b)) else { return Vec::new() };
    let mut parts = Vec::new();
    for name in keys(&a, &b) {
        match (name, a.get(name), b.get(name)) {
            (_, old, new) if old == new => {}
            ("history", Some(Value::Array(old)), Some(Value::Array(new)))
                if without_times(old) == without_times(new) =>
            {
                parts.push(TIMES.to_owned());
            }
            ("config" | "container_config", Some(Value::Object(old)), Some(Value::Object(new))) => {
                let names = keys(old, new).into_iter().filter(|&key| old.get(key) != new.get(key));
                parts.extend(names.map(|key| shown(&format!("{name}.{key}"))));
            }
            _ => parts.push(shown(name)),
        }
    }
    if parts.len() > MOST {
        let more = parts.len() - MOST;
        parts.truncate(MOST);
        parts.push(format!("{more} more"));
    }
    parts
}

fn shown(name: &str) -> String {
    crate::format::fit(&safe_str(name), WIDTH)
}

/// The names that either has, in the order of the first one.
fn keys<'a>(a: &'a Map<String, Value>, b: &'a Map<String, Value>) -> Vec<&'a str> {
    let only_in_b = b.keys().filter(|&key| !a.contains_key(key));
    a.keys().chain(only_in_b).map(String::as_str).collect()
}

fn without_times(history: &[Value]) -> Vec<Value> {
    let without = |step: &Value| {
        let mut step = step.clone();
        if let Value::Object(fields) = &mut step {
            fields.remove("created");
        }
        step
    };
    history.iter().map(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_besides_the_settings_is_named() {
        let parts = |a: &str, b: &str| {
            let image = |config: &str| Image { raw_config: config.as_bytes().to_vec(), ..Image::default() };
            differing_parts(&image(a), &image(b)).join(", ")
        };
        let config =
            r#"{"created":"2024","os":"linux","config":{"User":"a"},"history":[{"created":"1","created_by":"x"}]}"#;
        assert_eq!(parts(config, config), "");
        assert_eq!(parts(config, &config.replace("2024", "2025")), "created");
        assert_eq!(parts(config, &config.replace(r#""1""#, r#""2""#)), "times of history");
        assert_eq!(parts(config, &config.replace(r#""x""#, r#""y""#)), "history");
        assert_eq!(parts(config, &config.replace("User", "Hostname")), "config.User, config.Hostname");
        assert_eq!(parts(config, &config.replace("os", "o\\u001b[2Js")).matches('\u{1b}').count(), 0);
        let many = (0..20).fold(String::new(), |text, at| text + &format!(r#","k{at}":1"#));
        assert!(parts(config, &config.replace(r#","os""#, &format!(r#"{many},"os""#))).ends_with("14 more"));
        assert_eq!(parts(config, ""), "");
    }
}
