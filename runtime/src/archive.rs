//! Archives of files, as NumPy writes and reads them: .zip, entries stored or deflated.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Names and contents of an archive's files; or why it cannot be read.
pub fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|why| why.to_string())?;
    let count = archive.len();
    let file = |at| {
        let file = archive.by_index(at).map_err(|why| why.to_string())?;
        let name = file.name().map_err(|why| why.to_string())?.into_owned();
        let size = file.size();
        let mut contents = Vec::new();
        // No more than it says; one byte more makes the reader come to the end, where it compares the checksum.
        let read = file.take(size.saturating_add(1)).read_to_end(&mut contents);
        read.map_err(|why| format!("{name}: {why}"))?;
        Ok((name, contents))
    };
    (0..count).map(file).collect()
}

/// An archive of these files, stored, of different names; the same bytes whenever it is written.
///
/// # Panics
/// If two files have one name.
pub fn written(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let stored = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in files {
        let options = stored.large_file(u32::try_from(contents.len()).is_err());
        archive.start_file(name.as_str(), options).expect("the names of files are different");
        archive.write_all(contents).expect("there is memory to write to");
    }
    archive.finish().expect("there is memory to write to").into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let files = vec![("a.npy".to_owned(), vec![1, 2, 3]), ("b".to_owned(), vec![])];
        let bytes = written(&files);
        assert_eq!(written(&files), bytes);
        assert_eq!(read(&bytes), Ok(files));
    }

    #[test]
    fn damage_is_seen_and_breaks_nothing() {
        let bytes = written(&[("a".to_owned(), b"some contents".to_vec())]);
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "{end} bytes of {}", bytes.len());
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            _ = read(&damaged);
        }
        let mut damaged = bytes.clone();
        let at = bytes.windows(13).position(|part| part == b"some contents").expect("it is stored");
        damaged[at] ^= 1;
        assert!(read(&damaged).is_err_and(|why| why.contains("checksum")), "{:?}", read(&damaged));
    }
}
