//! Which characters are these bytes? The door to the character encodings.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The encodings a table may have, as the settings name them.
pub const ENCODINGS: [&str; 4] = ["utf-8", "utf-16le", "utf-16be", "windows-1252"];

/// The text of a table: a byte order mark says how it is encoded, else what was named, else it is UTF-8.
///
/// The error says what does not fit and what to write.
pub fn decode(bytes: &[u8], named: Option<&str>) -> Result<String, String> {
    let (encoding, begin) = match (Encoding::for_bom(bytes), named) {
        (Some((encoding, length)), _) => (encoding, length),
        (None, Some(name)) => (of(name), 0),
        (None, None) => (UTF_8, 0),
    };
    let bytes = &bytes[begin..];
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        // UTF-16 that nobody announced is UTF-8 with a zero in every other place.
        if !text.contains('\0') {
            return Ok(text.into_owned());
        }
        return Err(
            "holds zeros: save it as UTF-8, or name its `encoding` below `inventory: csv:`".to_owned()
        );
    }
    if encoding != UTF_8 {
        return Err(format!("is not {} text all through", encoding.name()));
    }
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), |_| bytes.len());
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Err(format!(
        "is not UTF-8 text: line {line}, column {column} does not fit; if it came from Excel, name its encoding in the \
         settings, `inventory: {{csv: {{encoding: windows-1252}}}}`"
    ))
}

fn of(name: &str) -> &'static Encoding {
    match name {
        "utf-16le" => UTF_16LE,
        "utf-16be" => UTF_16BE,
        "windows-1252" => WINDOWS_1252,
        _ => UTF_8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf_16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn byte_order_marks_go_before_what_was_named() {
        let text = "host,ort\npc1,Köln 🗼\n";
        let with_mark = format!("\u{feff}{text}");
        let big = utf_16(&with_mark, u16::to_be_bytes);
        let little = utf_16(&with_mark, u16::to_le_bytes);
        for bytes in [text.as_bytes(), with_mark.as_bytes(), &big, &little] {
            assert_eq!(decode(bytes, None).as_deref(), Ok(text));
        }
        assert_eq!(decode(&little, Some("windows-1252")).as_deref(), Ok(text));
        assert_eq!(decode(&utf_16(text, u16::to_le_bytes), Some("utf-16le")).as_deref(), Ok(text));
        assert_eq!(decode(b"K\xf6ln \x80", Some("windows-1252")).as_deref(), Ok("Köln €"));
    }

    #[test]
    fn what_does_not_fit_is_said_with_its_place() {
        let wrong = decode(b"host\npc1,K\xf6ln\n", None).unwrap_err();
        assert!(wrong.contains("line 2, column 6") && wrong.contains("windows-1252"), "{wrong}");
        assert!(decode(&utf_16("host\n", u16::to_le_bytes), None).unwrap_err().contains("zeros"));
        assert!(decode(b"\xff\xfea", None).unwrap_err().contains("UTF-16LE"));
    }
}
