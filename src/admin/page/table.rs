//! Tables. A phone shows a row as a card, so each cell carries the name of its column too, and the roles are spelled
//! out: a browser forgets them for what is not laid out as a table.

use super::super::words::{code, escaped, with_commands};
use std::fmt::Write;

/// A column: its name, and the classes of its cells.
pub(super) type Column = (&'static str, &'static str);

/// A cell: its text, a command below it, and the class that says whether this is good.
#[derive(Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) command: Option<String>,
    pub(super) tone: &'static str,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

impl Cell {
    pub(super) fn toned(text: impl Into<String>, tone: &'static str) -> Self {
        Self {
            tone,
            ..Self::from(text.into())
        }
    }

    pub(super) fn command(command: String) -> Self {
        Self {
            command: Some(command),
            ..Self::default()
        }
    }

    fn html(&self) -> String {
        let code = self.command.as_deref().map(code);
        escaped(&self.text) + &code.unwrap_or_default()
    }
}

/// A table with its caption, which may name commands in backticks; the first cell of a row names it.
pub(super) fn table<const N: usize>(
    caption: &str,
    columns: [Column; N],
    rows: impl Iterator<Item = [Cell; N]>,
    html: &mut String,
) {
    let _ = write!(
        html,
        "<div class=\"frame\"><table role=\"table\">\n<caption>{}</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">",
        with_commands(caption)
    );
    for (column, class) in columns {
        let _ = write!(
            html,
            "<th scope=\"col\" role=\"columnheader\" class=\"{class}\">{column}</th>"
        );
    }
    html.push_str("</tr></thead>\n<tbody role=\"rowgroup\">\n");
    for row in rows {
        html.push_str("<tr role=\"row\">");
        for (number, ((column, class), cell)) in columns.iter().zip(row).enumerate() {
            let (content, tone) = (cell.html(), cell.tone);
            let _ = match number {
                0 => write!(
                    html,
                    "<th scope=\"row\" role=\"rowheader\" class=\"{class} {tone}\">{content}</th>"
                ),
                _ => write!(
                    html,
                    "<td role=\"cell\" data-label=\"{column}\" class=\"{class} {tone}\"><span>{content}</span></td>"
                ),
            };
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div>\n");
}
