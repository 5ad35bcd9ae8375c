//! How does one installer file come here? From where it broke off, if it is still the same file, and under its own name.

use std::io::{self, Read};
use std::path::PathBuf;

use super::kept::Kept;
use crate::appliance::{Account, ApiError, Begun, Piece};
use crate::cli::Problem;
use crate::cli::appliance::problem;
use crate::model::Secret;
use crate::store::{self, StoreError};

/// How often a file is asked for again after the connection was lost.
const TRIES: u32 = 5;

/// Downloads the file of this word of the site's for a platform, unless it is there whole, and gives its name.
pub fn fetch(account: &Account, kept: &Kept, code: &Secret, word: &str) -> Result<String, Problem> {
    // Which file a platform got is told by a link, so that a second try knows what it has.
    let named = kept.path(&format!(".{word}.name"));
    if let Ok(name) = store::read_text(&named)
        && store::is_there(&kept.file(word, name.trim()))
    {
        return Ok(name.trim().to_owned());
    }
    let part = Part::of(kept, word);
    let name = part.complete(account, code, word)?;
    let name =
        name.ok_or_else(|| Problem::tool(format!("the site gives the file for {word} no usable name")))?;
    check(&part, word, &name)?;
    store::make_private(&kept.path(word))?;
    store::rename(&part.path, &kept.file(word, &name))?;
    store::write_whole(&named, |out| writeln!(out, "{name}"))?;
    part.forget()?;
    Ok(name)
}

/// What came of a file so far.
struct Part {
    path: PathBuf,
    /// By what the site knows the same file again.
    validator: PathBuf,
}

impl Part {
    fn of(kept: &Kept, word: &str) -> Self {
        Self {
            path: kept.path(&format!(".{word}.part")),
            validator: kept.path(&format!(".{word}.validator")),
        }
    }

    /// Downloads until it is whole, and gives the file's own name.
    fn complete(&self, account: &Account, code: &Secret, word: &str) -> Result<Option<String>, Problem> {
        let mut tries = 0;
        loop {
            let begun = self.begun()?;
            let mut promised = None;
            let mut take = |piece: &Piece, body: &mut dyn Read| {
                promised = piece.whole;
                self.take(piece, body)
            };
            match account.download(code, word, begun.as_ref(), &mut take) {
                Ok(name) => return self.measure(promised, word).map(|()| name),
                // Nobody can tell whether what is here and what would come are of one file.
                Err(ApiError::Failed { status: 416, .. } | ApiError::Unreadable { .. })
                    if begun.is_some() =>
                {
                    self.forget()?;
                }
                Err(ApiError::Unreachable { .. }) if tries < TRIES && self.is_more_than(begun)? => tries += 1,
                Err(error) => return Err(self.broken(&error)?),
            }
        }
    }

    /// What can be gone on with; anything else that is here is of no use.
    fn begun(&self) -> Result<Option<Begun>, StoreError> {
        let bytes = store::size(&self.path)?;
        match store::read_text(&self.validator) {
            Ok(validator) if bytes > 0 => Ok(Some(Begun { bytes, validator: validator.trim().to_owned() })),
            _ => self.forget().map(|()| None),
        }
    }

    fn take(&self, piece: &Piece, body: &mut dyn Read) -> io::Result<()> {
        if piece.from == 0 {
            self.begin(piece.validator.as_deref()).map_err(io::Error::other)?;
        }
        store::take(&self.path, body)
    }

    /// Nothing of an older file is left before anything says that this is the newer one.
    fn begin(&self, validator: Option<&str>) -> Result<(), StoreError> {
        self.forget()?;
        match validator {
            Some(validator) => store::write_whole(&self.validator, |out| writeln!(out, "{validator}")),
            None => Ok(()),
        }
    }

    fn forget(&self) -> Result<(), StoreError> {
        let mut there = [&self.path, &self.validator].into_iter().filter(|path| store::is_there(path));
        there.try_for_each(|path| store::remove(path))
    }

    fn is_more_than(&self, begun: Option<Begun>) -> Result<bool, StoreError> {
        Ok(store::size(&self.path)? > begun.map_or(0, |begun| begun.bytes))
    }

    /// Holds a file that came to an end to the length that the site said.
    fn measure(&self, promised: Option<u64>, word: &str) -> Result<(), Problem> {
        let came = store::size(&self.path)?;
        match promised.filter(|promised| *promised != came) {
            None => Ok(()),
            Some(promised) => {
                self.forget()?;
                Err(Problem::tool(format!(
                    "of the file for {word} came {came} bytes, and the site says it has {promised}"
                ))
                .hint("try again with `jumpfleet installer download`"))
            }
        }
    }

    fn broken(&self, error: &ApiError) -> Result<Problem, StoreError> {
        let hint = match error {
            ApiError::Unreachable { .. } if self.begun()?.is_some() => {
                "what came so far is kept: `jumpfleet installer download` goes on from there"
            }
            ApiError::Unreachable { .. } => "`jumpfleet installer download` begins it anew",
            ApiError::Unreadable { .. } => {
                "a proxy on the way may take `Content-Length` out of the site's answers: see to it, then go on with \
                 `jumpfleet installer download`"
            }
            _ => return Ok(problem(error)),
        };
        Ok(problem(error).hint(hint))
    }
}

/// What such a file begins with; a page of a proxy in its place is found out.
fn check(part: &Part, word: &str, name: &str) -> Result<(), Problem> {
    let begin = store::begin(&part.path, 8)?;
    let is_it = match name.rsplit('.').next() {
        Some("msi") => begin.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]),
        Some("exe") => begin.starts_with(b"MZ"),
        Some("pkg") => begin.starts_with(b"xar!"),
        Some("bin") => begin.starts_with(b"#!") || begin.starts_with(&[0x7f, b'E', b'L', b'F']),
        Some("dmg") => !begin.starts_with(b"<") && !begin.is_empty(),
        _ => false,
    };
    if is_it {
        return Ok(());
    }
    part.forget()?;
    Err(Problem::tool(format!("what the site sent for {word} is no such installer"))
        .hint("a proxy on the way may have sent a page of its own"))
}
