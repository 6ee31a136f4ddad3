//! Records one after the other, and the alerts and messages in them.

use premaster_wire::{
    Alert, ChangeCipherSpec, ContentType, Decode, Encode, RecordHeader, TlsPlaintext, split_message,
};

/// Runs one input.
pub(crate) fn run(input: &[u8]) {
    let mut rest = input;
    while let Ok((after, record)) = TlsPlaintext::parse(rest) {
        let (record_bytes, _) = rest.split_at(rest.len() - after.len());
        assert_eq!(record.to_vec().as_deref(), Ok(record_bytes));
        let (_, header) =
            RecordHeader::parse(record_bytes).expect("a record begins with its header");
        assert_eq!(usize::from(header.length), record.fragment.len());
        assert_eq!(
            record_bytes.len(),
            RecordHeader::LEN + record.fragment.len()
        );
        match record.content_type {
            ContentType::alert => drop(Alert::decode(record.fragment)),
            ContentType::change_cipher_spec => drop(ChangeCipherSpec::decode(record.fragment)),
            _ => drop(split_message(record.fragment)),
        }
        rest = after;
    }
}
