use serde_json::Value;

use crate::tool::layerscope;

const ACCOUNTS: [&str; 4] = ["live_bytes", "overwritten_bytes", "rewritten_bytes", "removed_bytes"];

fn sum(of: &Value, fields: &[&str]) -> u64 {
    fields.iter().map(|field| of[field].as_u64().expect(field)).sum()
}

#[test]
fn every_byte_is_in_one_account_of_every_archive() {
    for archive in ["docker20-legacy.tar", "docker20-buildkit.tar", "buildx-estargz.tar", "skopeo-oci-zstdchunked"] {
        let summary = layerscope(&["summary", archive, "--format", "json"]).ok().json();
        let (totals, layers) = (&summary["totals"], summary["layers"].as_array().expect("layers"));
        assert_eq!(sum(totals, &ACCOUNTS), sum(totals, &["total_bytes"]), "{archive}");
        assert_eq!(sum(totals, &ACCOUNTS[1..]), sum(totals, &["wasted_bytes"]), "{archive}");
        for account in ACCOUNTS {
            let of_layers: u64 = layers.iter().map(|layer| sum(layer, &[account])).sum();
            assert_eq!(of_layers, sum(totals, &[account]), "{archive} {account}");
        }
        let once = layers.iter().filter(|layer| layer["same_as"].is_null());
        let stored: u64 = once.map(|layer| sum(layer, &["stored_bytes"])).sum();
        assert_eq!(stored, sum(totals, &["stored_bytes"]), "{archive}");
        let wasted: u64 = layers.iter().map(|layer| sum(layer, &["wasted_by_bytes"])).sum();
        assert_eq!(wasted, sum(totals, &["wasted_bytes"]), "{archive}");
        let rows = summary["waste"].as_array().expect("waste");
        assert_eq!(
            rows.iter().map(|row| sum(row, &["bytes"])).sum::<u64>(),
            sum(totals, &["wasted_bytes"]),
            "{archive}"
        );
        assert_eq!((&summary["schema_version"], &summary["complete"]), (&1.into(), &true.into()));
    }
}

#[test]
fn the_removed_key_is_named_with_who_stored_and_who_removed_it() {
    let summary = layerscope(&["summary", "docker20-buildkit.tar", "--format", "json"]).ok().json();
    let rows = summary["waste"].as_array().expect("waste");
    let key = rows.iter().find(|row| row["path"] == "root/.ssh/id_ed25519").expect("the key");
    assert_eq!((&key["account"], &key["bytes"], &key["folder"]), (&"removed".into(), &127.into(), &false.into()));
    assert_eq!((&key["layer"], &key["by_layer"]), (&4.into(), &6.into()));
    assert_eq!(key["created_by"], "COPY keys/id_ed25519 /root/.ssh/id_ed25519 # buildkit");
    assert_eq!(key["by_created_by"], "RUN /t rm /root/.ssh/id_ed25519 rm /var/cache # buildkit");
}

#[test]
fn the_document_keeps_its_order() {
    let summary = layerscope(&["summary", "lessons.tar.gz", "--format", "json"]).ok().json();
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(&summary),
        "schema_version image totals dive savings_total_count savings layers waste_total_count waste findings complete"
    );
    assert_eq!(keys(&summary["image"]), "names platform digest created source");
    assert_eq!(keys(&summary["dive"]), "efficiency wasted_bytes user_wasted_percent");
    assert_eq!(summary["findings"], Value::Array(vec![]), "empty lists are lists");
}

#[test]
fn summary_and_reports_list_the_same_savings() {
    for archive in ["lessons.tar.gz", "docker20-buildkit.tar"] {
        let summary = layerscope(&["summary", archive, "--format", "json"]).ok().json();
        let report = layerscope(&["report", archive, "--format", "json", "-o", "-"]).ok().json();
        assert_eq!(summary["savings"], report["savings"], "{archive}");
        let savings = summary["savings"].as_array().expect("savings");
        assert_eq!(report["savings_total_count"], savings.len(), "{archive}");
        let markdown = layerscope(&["report", archive, "--format", "markdown", "-o", "-"]).ok();
        let html = layerscope(&["report", archive, "--format", "html", "-o", "-"]).ok();
        let text = layerscope(&["summary", archive]).ok();
        for saving in savings.iter().take(3) {
            let fix = saving["fix"].as_str().expect("a fix").split(['`', '&']).next().expect("words");
            assert!(markdown.text().contains(fix) && html.text().to_lowercase().contains(&fix.to_lowercase()), "{fix}");
            assert!(text.text().contains(fix.split_whitespace().next().expect("a word")), "{fix}");
        }
    }
}

#[test]
fn the_page_names_sizes_layers_and_causes() {
    insta::assert_snapshot!(layerscope(&["summary", "lessons.tar.gz"]).ok().text());
}

#[test]
fn an_image_alone_is_summed_up_where_stdout_is_no_terminal() {
    let page = layerscope(&["summary", "docker20-legacy.tar"]).ok();
    for words in [&["docker20-legacy.tar"][..], &["lessons.tar.gz"], &["oci:skopeo-oci"]] {
        let run = layerscope(words).ok();
        assert_eq!(run.text().lines().next().map(|line| line.contains("12 layers · 233 kB in files")), Some(true));
    }
    assert_eq!(layerscope(&["lessons.tar.gz"]).ok().text(), page.text());
}

#[test]
fn layers_and_waste_are_tables_of_the_same_figures() {
    insta::assert_snapshot!("layers", layerscope(&["layers", "lessons.tar.gz"]).ok().text());
    insta::assert_snapshot!("waste", layerscope(&["waste", "lessons.tar.gz"]).ok().text());
    let folder = layerscope(&["waste", "lessons.tar.gz", "--all", "--format", "json"]).ok().json();
    let cache = &folder["waste"][0];
    assert_eq!((&cache["path"], &cache["folder"]), (&"var/cache".into(), &true.into()));
    assert_eq!(cache["files"][0]["path"], "var/cache/index.bin");
    assert_eq!(folder["waste_total_count"].as_u64(), folder["waste"].as_array().map(|rows| rows.len() as u64));
}

#[test]
fn a_blob_that_is_two_layers_is_said_to_be_stored_once() {
    let layers = layerscope(&["layers", "buildx-estargz.tar"]).ok();
    let last = layers.text().lines().last().expect("a layer");
    assert!(last.ends_with("[stored once with 13] WORKDIR /srv/app"), "{last}");
}

#[test]
fn records_come_one_a_line() {
    let layers = layerscope(&["layers", "lessons.tar.gz", "--format", "ndjson"]).ok();
    let document = layerscope(&["layers", "lessons.tar.gz", "--format", "json"]).ok().json();
    let lines: Vec<Value> = layers.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(document["layers"], Value::from(lines));
    let waste = layerscope(&["waste", "lessons.tar.gz", "--format", "ndjson"]).ok();
    assert!(
        waste
            .text()
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok_and(|row| row["account"].is_string()))
    );
}
