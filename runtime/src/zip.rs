//! Archives of files (PKWARE's application note, ZIP), as NumPy writes and reads them: entries that are stored or deflated.

/// The file that an archive cannot be read as.
pub type Fault = &'static str;

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Names and contents of an archive's files.
pub fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    const DAMAGED: Fault = "the archive ends within an entry";
    const END_LENGTH: usize = 22;
    const CENTRAL_LENGTH: usize = 46;
    let last = bytes.len().checked_sub(END_LENGTH).ok_or("this is no archive")?;
    let end = (0..=last).rev().find(|at| bytes[*at..].starts_with(&END)).ok_or("this is no archive")?;
    let count = short(bytes, end + 10).ok_or(DAMAGED)?;
    let mut at = long(bytes, end + 16).ok_or(DAMAGED)? as usize;
    let mut files = Vec::new();
    for _ in 0..count {
        if !bytes.get(at..).ok_or(DAMAGED)?.starts_with(&CENTRAL) {
            return Err("the archive's list of files is damaged, or longer than 4 GB");
        }
        let lengths = [28, 30, 32].map(|offset| short(bytes, at + offset).map(usize::from));
        let [Some(name), Some(extra), Some(comment)] = lengths else { return Err(DAMAGED) };
        let text = bytes.get(at + CENTRAL_LENGTH..at + CENTRAL_LENGTH + name).ok_or(DAMAGED)?;
        let name_text = String::from_utf8_lossy(text).into_owned();
        files.push((name_text, entry(bytes, at)?));
        at += CENTRAL_LENGTH + name + extra + comment;
    }
    Ok(files)
}

/// The contents of the file that a row of the list describes.
fn entry(bytes: &[u8], row: usize) -> Result<Vec<u8>, Fault> {
    const DAMAGED: Fault = "the archive ends within a file";
    const LOCAL_LENGTH: usize = 30;
    let method = short(bytes, row + 10).ok_or(DAMAGED)?;
    let numbers = [16, 20, 24, 42].map(|offset| long(bytes, row + offset).map(|number| number as usize));
    let [Some(sum), Some(packed), Some(size), Some(local)] = numbers else { return Err(DAMAGED) };
    let lengths = [26, 28].map(|offset| short(bytes, local.checked_add(offset)?).map(usize::from));
    let [Some(name), Some(extra)] = lengths else { return Err(DAMAGED) };
    let begin = local + LOCAL_LENGTH + name + extra;
    let contents = bytes.get(begin..begin.saturating_add(packed)).ok_or(DAMAGED)?;
    let contents = match method {
        STORED => contents.to_vec(),
        DEFLATED => miniz_oxide::inflate::decompress_to_vec_with_limit(contents, size)
            .map_err(|_| "a file in the archive cannot be unpacked")?,
        _ => return Err("a file in the archive is packed by another method than deflation"),
    };
    if contents.len() != size || crc32(&contents) as usize != sum {
        return Err("a file in the archive is damaged: its checksum differs");
    }
    Ok(contents)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// An archive of these files, stored. Nothing if it would be longer than 4 GB, or of more than 65,535 files.
pub fn written(files: &[(String, Vec<u8>)]) -> Option<Vec<u8>> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    for (name, contents) in files {
        let begin = u32::try_from(out.len()).ok()?;
        let size = u32::try_from(contents.len()).ok()?;
        let name_length = u16::try_from(name.len()).ok()?;
        // Version 2.0, no flags, stored, 1980-01-01: the same bytes whenever it is written.
        let mut common = Vec::new();
        [20, 0, STORED, 0, 0x21].iter().for_each(|field: &u16| common.extend(field.to_le_bytes()));
        [crc32(contents), size, size].iter().for_each(|field| common.extend(field.to_le_bytes()));
        common.extend(name_length.to_le_bytes());
        common.extend([0; 2]);
        out.extend(LOCAL);
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(contents);
        list.extend(CENTRAL);
        list.extend(20u16.to_le_bytes());
        list.extend(&common);
        list.extend([0; 10]);
        list.extend(begin.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let (begin, length) = (u32::try_from(out.len()).ok()?, u32::try_from(list.len()).ok()?);
    let count = u16::try_from(files.len()).ok()?;
    out.extend(list);
    out.extend(END);
    out.extend([0; 4]);
    out.extend([count, count].iter().flat_map(|count| count.to_le_bytes()));
    out.extend([length, begin].iter().flat_map(|number| number.to_le_bytes()));
    out.extend([0; 2]);
    Some(out)
}

/// The cyclic redundancy check of ISO 3309, bits reflected.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    let step = |sum: u32, byte: &u8| TABLE[((sum ^ u32::from(*byte)) & 0xff) as usize] ^ (sum >> 8);
    !bytes.iter().fold(!0, step)
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut sum, mut bit) = (byte as u32, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn what_is_written_is_read() {
        let files = vec![("a.npy".to_owned(), vec![1, 2, 3]), ("b".to_owned(), vec![])];
        let bytes = written(&files).expect("short");
        assert_eq!(read(&bytes), Ok(files));
    }

    #[test]
    fn damage_is_seen_and_breaks_nothing() {
        let bytes = written(&[("a".to_owned(), b"some contents".to_vec())]).expect("short");
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "{end} bytes of {}", bytes.len());
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            _ = read(&damaged);
        }
        let mut damaged = bytes.clone();
        damaged[35] ^= 1;
        assert_eq!(read(&damaged), Err("a file in the archive is damaged: its checksum differs"));
    }
}
