//! Times, as archives and engines write them. They are hostile too: any number of seconds, any text.

use jiff::Timestamp;

/// What docker prints where an image has no time of creation.
const NO_TIME: &str = "N/A";
const SECONDS_PER_DAY: i64 = 86_400;
/// 1980-01-01, the first day of the calendar of ZIP files, in days since the epoch.
const FIRST_DAY_OF_ZIP: i64 = 3_652;

/// Whether builders write this time for "none": Go's zero time in the year 1, the epoch (Bazel, jib, ko, nix) or the first
/// day of 1980 (buildpacks), some of them a second later. No image is older than the epoch.
fn is_placeholder(moment: Timestamp) -> bool {
    let day = moment.as_second().div_euclid(SECONDS_PER_DAY);
    day <= 0 || day == FIRST_DAY_OF_ZIP
}

/// The time of a file as `2026-11-21 04:06:08`, UTC; the number of seconds if it is outside the calendar.
#[must_use]
pub fn mtime(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .map_or_else(|_| format!("{seconds} s"), |moment| moment.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// A time of creation, RFC 3339 text, as `2026-11-21 04:06:08`, UTC, or `N/A` for a placeholder of builders; `None` if
/// it is not a time.
#[must_use]
pub fn timestamp(text: &str) -> Option<String> {
    let moment = text.parse::<Timestamp>().ok()?;
    Some(if is_placeholder(moment) { NO_TIME.to_owned() } else { moment.strftime("%Y-%m-%d %H:%M:%S").to_string() })
}

/// Seconds since the epoch as RFC 3339 text; `None` for years of more than four digits.
#[must_use]
pub fn rfc3339(seconds: i64) -> Option<String> {
    Timestamp::from_second(seconds).ok().map(|moment| moment.to_string())
}

/// RFC 3339 text as `docker history --no-trunc` prints it: to the second, UTC.
#[must_use]
pub fn docker_time(text: &str) -> Option<String> {
    text.parse::<Timestamp>().ok().map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// How long ago an image was made, in docker's words: `3 weeks ago` (go-units `HumanDuration`), or `N/A`.
#[must_use]
pub fn since(text: &str, now_seconds: i64) -> String {
    let Some(then) = text.parse().ok().filter(|&moment| !is_placeholder(moment)) else { return NO_TIME.to_owned() };
    let seconds = now_seconds.saturating_sub(then.as_second()).max(0);
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    let days = hours / 24;
    match (seconds, minutes, hours) {
        (0, ..) => "Less than a second ago".to_owned(),
        (1, ..) => "1 second ago".to_owned(),
        (2..=59, ..) => format!("{seconds} seconds ago"),
        (_, 1, _) => "About a minute ago".to_owned(),
        (_, 2..=59, _) => format!("{minutes} minutes ago"),
        (.., 0..=1) => "About an hour ago".to_owned(),
        (.., 2..=47) => format!("{hours} hours ago"),
        (.., 48..=335) => format!("{days} days ago"),
        (.., 336..=1439) => format!("{} weeks ago", days / 7),
        (.., 1440..=17519) => format!("{} months ago", days / 30),
        _ => format!("{} years ago", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_times_are_shown_not_refused() {
        assert_eq!(mtime(0), "1970-01-01 00:00:00");
        assert_eq!(mtime(-1), "1969-12-31 23:59:59");
        assert_eq!(mtime(1 << 62), "4611686018427387904 s");
        assert_eq!(timestamp("2026-11-21T04:06:08.123456Z").as_deref(), Some("2026-11-21 04:06:08"));
        assert_eq!(docker_time("2026-11-21T05:06:08.5+01:00").as_deref(), Some("2026-11-21T04:06:08Z"));
        assert_eq!(timestamp("yesterday"), None);
    }

    #[test]
    fn times_that_builders_write_for_none_are_shown_as_none() {
        for text in [
            "0001-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "1970-01-01T00:00:01Z",
            "1980-01-01T00:00:00Z",
            "1980-01-01T01:00:01+01:00",
        ] {
            assert_eq!((timestamp(text).as_deref(), since(text, 1 << 40).as_str()), (Some("N/A"), "N/A"), "{text}");
        }
        assert_eq!(timestamp("1980-01-02T00:00:00Z").as_deref(), Some("1980-01-02 00:00:00"));
        assert_eq!((timestamp(""), since("yesterday", 0).as_str()), (None, "N/A"));
    }

    #[test]
    fn ages_are_said_as_engines_say_them() {
        let at = |seconds: i64| since("1990-01-01T00:00:00Z", 631_152_000 + seconds);
        assert_eq!(at(5), "5 seconds ago");
        assert_eq!(at(90), "About a minute ago");
        assert_eq!(at(3600), "About an hour ago");
        assert_eq!(at(86_400 * 3), "3 days ago");
        assert_eq!(at(86_400 * 20), "2 weeks ago");
        assert_eq!(at(86_400 * 400), "13 months ago");
    }
}
