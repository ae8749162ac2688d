//! The picture of a terminal as SVG: what the README shows is what the program drew.

use std::fmt::Write;

const CELL: (f32, f32) = (8.4, 18.0);
const MARGIN: f32 = 12.0;
const BACKGROUND: &str = "#16181d";
const FOREGROUND: &str = "#d5d9e0";
const BASE: [&str; 16] = [
    "#22252b", "#e06c75", "#8cc265", "#d7a65f", "#61a5e8", "#c678dd", "#4fb6c2", "#c8ccd4", "#6b7280", "#ff7b86",
    "#a5e075", "#f0c674", "#7cb7ff", "#de91f5", "#6fd3df", "#ffffff",
];

/// Draws a screen; every run of equal cells is one text element, set to the width that its columns take.
pub fn svg(screen: &vt100::Screen, title: &str) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (f32::from(columns) * CELL.0 + 2.0 * MARGIN, f32::from(rows) * CELL.1 + 2.0 * MARGIN);
    let mut out = String::new();
    let _ = writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1} {height:.1}" width="{width:.0}" role="img" aria-label="{}">"#,
        escape(title)
    );
    let _ = writeln!(out, "<title>{}</title>", escape(title));
    let _ = writeln!(out, r#"<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>"#);
    let _ = writeln!(
        out,
        r#"<g font-family="ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="14" fill="{FOREGROUND}" xml:space="preserve">"#
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let (style, text, next) = run(screen, row, column, columns);
            draw(&mut out, row, column, next, &style, &text);
            column = next;
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

#[derive(PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "a terminal's attributes are that")]
struct Style {
    foreground: String,
    background: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

fn run(screen: &vt100::Screen, row: u16, column: u16, columns: u16) -> (Style, String, u16) {
    let style = style(screen, row, column);
    let mut text = String::new();
    let mut at = column;
    while at < columns {
        let Some(cell) = screen.cell(row, at) else { break };
        if !cell.is_wide_continuation() {
            if at > column && self::style(screen, row, at) != style {
                break;
            }
            text.push_str(if cell.contents().is_empty() { " " } else { cell.contents() });
        }
        at += 1;
    }
    (style, text, at.max(column + 1))
}

fn style(screen: &vt100::Screen, row: u16, column: u16) -> Style {
    let Some(cell) = screen.cell(row, column) else {
        return Style {
            foreground: FOREGROUND.to_owned(),
            background: None,
            bold: false,
            dim: false,
            italic: false,
            underline: false,
        };
    };
    let (front, back) = (color(cell.fgcolor()), color(cell.bgcolor()));
    let (front, back) = if cell.inverse() {
        (Some(back.unwrap_or_else(|| BACKGROUND.to_owned())), Some(front.unwrap_or_else(|| FOREGROUND.to_owned())))
    } else {
        (front, back)
    };
    Style {
        foreground: front.unwrap_or_else(|| FOREGROUND.to_owned()),
        background: back,
        bold: cell.bold(),
        dim: cell.dim(),
        italic: cell.italic(),
        underline: cell.underline(),
    }
}

fn color(color: vt100::Color) -> Option<String> {
    match color {
        vt100::Color::Default => None,
        vt100::Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        vt100::Color::Idx(index) => Some(match index {
            0..=15 => BASE[usize::from(index)].to_owned(),
            16..=231 => {
                let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
                let cube = index - 16;
                format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
            }
            gray => format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (gray - 232)),
        }),
    }
}

fn draw(out: &mut String, row: u16, column: u16, next: u16, style: &Style, text: &str) {
    let (x, y) = (MARGIN + f32::from(column) * CELL.0, MARGIN + f32::from(row) * CELL.1);
    let width = f32::from(next - column) * CELL.0;
    if let Some(background) = &style.background {
        let _ = writeln!(
            out,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{:.1}" fill="{background}"/>"#,
            CELL.1
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let mut attributes = format!(r#" fill="{}""#, style.foreground);
    for (set, attribute) in [
        (style.bold, r#" font-weight="bold""#),
        (style.dim, r#" opacity="0.6""#),
        (style.italic, r#" font-style="italic""#),
        (style.underline, r#" text-decoration="underline""#),
    ] {
        if set {
            attributes.push_str(attribute);
        }
    }
    let _ = writeln!(
        out,
        r#"<text x="{x:.1}" y="{:.1}" textLength="{width:.1}" lengthAdjust="spacingAndGlyphs"{attributes}>{}</text>"#,
        y + 13.5,
        escape(text)
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
