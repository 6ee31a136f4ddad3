//! Dates: read from certificates (RFC 5280 section 4.1.2.5), written for people.

use core::time::Duration;

use rustls_pki_types::UnixTime;

use crate::der::{GENERALIZED_TIME, Reader, UTC_TIME};

/// The next Time: `YYMMDDHHMMSSZ` up to 2049, `YYYYMMDDHHMMSSZ` from then on.
pub(crate) fn read(reader: &mut Reader<'_>) -> Option<UnixTime> {
    let (tag, text) = reader.next()?;
    let text = text.strip_suffix(b"Z")?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = text.split_at_checked(2)?;
            let year = number(year)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = text.split_at_checked(4)?;
            (number(year)?, rest)
        }
        _ => return None,
    };
    let mut parts = rest.chunks_exact(2).map(number);
    let [month, day, hour, minute, second] = core::array::from_fn(|_| parts.next().flatten());
    if rest.len() != 10 || hour? > 23 || minute? > 59 || second? > 59 {
        return None;
    }
    let seconds = days(year, month?, day?)? * 86_400 + hour? * 3_600 + minute? * 60 + second?;
    Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
}

/// The time as `2025-06-01 12:00:00 UTC`, the way the messages of this crate write it.
///
/// ```
/// use core::time::Duration;
/// use premaster_trust::{UnixTime, time_text};
///
/// let time = UnixTime::since_unix_epoch(Duration::from_secs(951_868_799));
/// assert_eq!(time_text(time), "2000-02-29 23:59:59 UTC");
/// ```
pub fn text(time: UnixTime) -> String {
    let (mut days, second) = (time.as_secs() / 86_400, time.as_secs() % 86_400);
    // No certificate ends after the year 9999; what is later is not worth a loop over it.
    if days >= 2_932_897 {
        return "after the year 9999".into();
    }
    let mut year = 1970;
    while days >= 365 + leap(year) {
        days -= 365 + leap(year);
        year += 1;
    }
    let mut month = 1;
    while days >= days_in(year, month) {
        days -= days_in(year, month);
        month += 1;
    }
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!(
        "{year:04}-{month:02}-{:02} {hour:02}:{minute:02}:{second:02} UTC",
        days + 1
    )
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u64::from(digit - b'0'))
    })
}

/// Days from 1970-01-01 to this day; `None` for a day that does not exist or lies before.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let leap_days_before = |year: u64| (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
    let years = (year - 1970) * 365 + leap_days_before(year) - leap_days_before(1970);
    let months: u64 = (1..month).map(|month| days_in(year, month)).sum();
    Some(years + months + day - 1)
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + leap(year),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn leap(year: u64) -> u64 {
    u64::from(year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(tag: u8, text: &str) -> Option<u64> {
        let der = [&[tag, text.len() as u8], text.as_bytes()].concat();
        read(&mut Reader::new(&der)).map(|time| time.as_secs())
    }

    #[test]
    fn dates_are_read_and_written() {
        for (tag, der, seconds, written) in [
            (UTC_TIME, "700101000000Z", 0, "1970-01-01 00:00:00 UTC"),
            (
                UTC_TIME,
                "000229235959Z",
                951_868_799,
                "2000-02-29 23:59:59 UTC",
            ),
            (
                UTC_TIME,
                "250601120000Z",
                1_748_779_200,
                "2025-06-01 12:00:00 UTC",
            ),
            (
                UTC_TIME,
                "491231235959Z",
                2_524_607_999,
                "2049-12-31 23:59:59 UTC",
            ),
            (
                GENERALIZED_TIME,
                "20500101000000Z",
                2_524_608_000,
                "2050-01-01 00:00:00 UTC",
            ),
            (
                GENERALIZED_TIME,
                "21000301000000Z",
                4_107_542_400,
                "2100-03-01 00:00:00 UTC",
            ),
            (
                GENERALIZED_TIME,
                "99991231235959Z",
                253_402_300_799,
                "9999-12-31 23:59:59 UTC",
            ),
        ] {
            assert_eq!(parse(tag, der), Some(seconds), "{der}");
            let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
            assert_eq!(text(time), written);
        }
        assert_eq!(
            text(UnixTime::since_unix_epoch(Duration::MAX)),
            "after the year 9999"
        );
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for (tag, der) in [
            (UTC_TIME, ""),
            (UTC_TIME, "Z"),
            (UTC_TIME, "2506011200Z"),
            (UTC_TIME, "250601120000"),
            (UTC_TIME, "250601120000+0100"),
            (UTC_TIME, "250631120000Z"),
            (UTC_TIME, "250229120000Z"),
            (UTC_TIME, "251301120000Z"),
            (UTC_TIME, "250001120000Z"),
            (UTC_TIME, "250600120000Z"),
            (UTC_TIME, "250601240000Z"),
            (UTC_TIME, "250601126000Z"),
            (UTC_TIME, "250601120060Z"),
            (UTC_TIME, "25060112000aZ"),
            (UTC_TIME, "690101000000Z"),
            (GENERALIZED_TIME, "250601120000Z"),
            (GENERALIZED_TIME, "19000101000000Z"),
            (0x02, "250601120000Z"),
        ] {
            assert_eq!(parse(tag, der), None, "{der}");
        }
    }
}
