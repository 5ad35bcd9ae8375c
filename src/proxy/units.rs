//! In which form is a text file written? Every byte of it comes back.

/// How characters became bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A byte each for ASCII, whatever the others are; the mark at the beginning says UTF-8 and is one of the units.
    Bytes,
    /// UTF-16, the lower byte first, with its mark.
    Utf16,
}

const UTF8_MARK: [u16; 3] = [0xef, 0xbb, 0xbf];
const UTF16_MARK: [u8; 2] = [0xff, 0xfe];

/// A file as units in which ASCII characters are themselves, without UTF-16's mark.
#[derive(Debug, Clone)]
pub(super) struct Units {
    form: Form,
    pub(super) all: Vec<u16>,
}

impl Units {
    /// Takes a file apart; the error says why that cannot be done.
    pub(super) fn of(file: &[u8]) -> Result<Self, String> {
        let Some(rest) = file.strip_prefix(&UTF16_MARK) else {
            if file.starts_with(&[0xfe, 0xff]) || file.contains(&0) {
                return Err("`settings.ini` is no text in ANSI, UTF-8 or UTF-16LE".to_owned());
            }
            return Ok(Self { form: Form::Bytes, all: file.iter().copied().map(u16::from).collect() });
        };
        let pairs = rest.chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return Err("`settings.ini` ends within a character".to_owned());
        }
        let all = pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        Ok(Self { form: Form::Utf16, all })
    }

    /// The file with other units.
    pub(super) fn file(&self, units: &[u16]) -> Vec<u8> {
        match self.form {
            // Units of this form came from bytes.
            Form::Bytes => units.iter().map(|unit| unit.to_le_bytes()[0]).collect(),
            Form::Utf16 => {
                UTF16_MARK.into_iter().chain(units.iter().flat_map(|unit| unit.to_le_bytes())).collect()
            }
        }
    }

    /// A text as this file would write it; the error is that nobody knows how.
    pub(super) fn say(&self, text: &str) -> Result<Vec<u16>, String> {
        match self.form {
            Form::Utf16 => Ok(text.encode_utf16().collect()),
            Form::Bytes if text.is_ascii() || self.is_utf8() => Ok(text.bytes().map(u16::from).collect()),
            Form::Bytes => {
                Err("`settings.ini` does not say in which code page it is written, so only ASCII can be \
                added to it"
                    .to_owned())
            }
        }
    }

    /// A part of the file as text; what cannot be read is replaced.
    pub(super) fn text(&self, units: &[u16]) -> String {
        match self.form {
            Form::Bytes => String::from_utf8_lossy(&self.file(units)).into_owned(),
            Form::Utf16 => String::from_utf16_lossy(units),
        }
    }

    /// Where the text begins.
    pub(super) fn start(&self) -> usize {
        if self.form == Form::Bytes && self.all.starts_with(&UTF8_MARK) { UTF8_MARK.len() } else { 0 }
    }

    /// Whether the file shows that it is UTF-8: by its mark, or by letters that are.
    fn is_utf8(&self) -> bool {
        self.start() > 0
            || !self.all.iter().all(|unit| *unit < 128) && std::str::from_utf8(&self.file(&self.all)).is_ok()
    }
}
