//! That versions are in one order, as values and as texts.

use proptest::prelude::*;

use super::*;

fn position(sequence_number: &str, subsequence_number: u64) -> Position<'_> {
    Position {
        sequence_number: SequenceNumber::new(sequence_number).unwrap(),
        subsequence_number,
    }
}

#[test]
fn versions_are_ordered_by_epoch_then_basis_then_place() {
    let dms = |text, record| Version::of_log(LogPosition::from_dms(text, record).unwrap());
    let long = "9".repeat(129);
    let sorted = [
        Version::of_load(position("0", 0)),
        Version::of_load(position("7", 0)),
        Version::of_load(position(&long, u64::MAX)),
        Version::of_sequence(position("9", 3)),
        Version::of_sequence(position("10", 0)),
        Version::of_sequence(position("10", 9)),
        Version::of_sequence(position("10", 10)),
        Version::of_sequence(position(
            "49590338271490256608559692538361571095921575989136588898",
            0,
        )),
        Version::of_sequence(position(&long, 0)),
        dms("b.000009:4:0:1:1:b.000009:4", 1),
        dms("b.000009:4:0:1:1:b.000009:4", 2),
        dms("b.000009:4:0:1:1:b.000009:4", 10),
        dms("b.000009:1000:0:1:1:b.000009:4", 1),
        dms("b.000010:4:0:1:1:b.000010:4", 1),
        dms("b.999999:4:0:1:1:b.999999:4", 1),
        dms("b.1000000:4:0:1:1:b.1000000:4", 1),
        Version::of_load(position("1", 0)).in_epoch(1),
        dms("0/1.1.0/1", 1).in_epoch(1),
        dms("1/0.1.1/0", 1).in_epoch(1),
        Version::of_load(position("1", 0)).in_epoch(u16::MAX),
    ];
    for pair in sorted.windows(2) {
        let [low, high] = pair else { unreachable!() };
        assert!(low < high, "{low} < {high}");
        assert!(low.to_string() < high.to_string(), "{low} < {high} as text");
    }
}

#[test]
fn leading_zeros_of_a_sequence_number_make_no_difference() {
    assert_eq!(
        Version::of_load(position("007", 0)),
        Version::of_load(position("7", 0))
    );
    assert_eq!(
        Version::of_load(position("000", 0)).to_string(),
        "0000-0-001-0-01-0"
    );
}

#[test]
fn only_texts_that_are_written_are_read() {
    for bad in [
        "",
        "0000",
        "0000-2",
        "0000-3-001-0-01-0",
        "000-1-001-0-01-0",
        "00000-1-001-0-01-0",
        "000A-1-001-0-01-0",
        "0000-1-001-00-01-0",
        "0000-1-002-00-01-0",
        "0000-1-+01-0-01-0",
        "0000-1-1-0-01-0",
        "0000-1-001-0-02-00",
        "0000-1-001-0-02-+0",
        "0000-1-001-0-01-0-",
        "0000-1-001-a-01-0",
        "0000-2-0000087B-0000000002333c8f-0000000000000001",
        "0000-2-0000087b-0000000002333c8f-000000000000001",
        "0000-2-0000087b-0000000002333c8f-0000000000000001 ",
    ] {
        assert_eq!(Version::parse(bad), None, "{bad:?}");
    }
}

/// A version of parts that often meet.
#[derive(Clone, Debug)]
enum Model {
    Load(String, u64),
    Sequence(String, u64),
    Log(u32, u64, u64),
}

fn small_or_any<T: Arbitrary + 'static + From<u8>>() -> impl Strategy<Value = T> {
    prop_oneof![(0_u8..3).prop_map(T::from), any::<T>()]
}

fn any_version() -> impl Strategy<Value = (u16, Model)> {
    let digits = || prop_oneof!["[0-9]{1,3}", "[0-9]{50,60}", "[0-9]{1,129}"];
    let model = prop_oneof![
        (digits(), small_or_any()).prop_map(|(sequence, sub)| Model::Load(sequence, sub)),
        (digits(), small_or_any()).prop_map(|(sequence, sub)| Model::Sequence(sequence, sub)),
        (small_or_any(), small_or_any(), small_or_any())
            .prop_map(|(log, offset, change)| Model::Log(log, offset, change)),
    ];
    (small_or_any(), model)
}

fn version((epoch, model): &(u16, Model)) -> Version<'_> {
    let version = match model {
        Model::Load(sequence, sub) => Version::of_load(position(sequence, *sub)),
        Model::Sequence(sequence, sub) => Version::of_sequence(position(sequence, *sub)),
        Model::Log(log, offset, change) => Version::of_log(LogPosition {
            log: *log,
            offset: *offset,
            change: *change,
        }),
    };
    version.in_epoch(*epoch)
}

/// The order as the documentation tells it, in other words than the code's.
fn rank((epoch, model): &(u16, Model)) -> (u16, u8, usize, String, u64, u64, u64) {
    let number = |sequence: &String| {
        let digits = sequence.trim_start_matches('0').to_owned();
        (digits.len(), digits)
    };
    match model {
        Model::Load(sequence, sub) => {
            let (length, digits) = number(sequence);
            (*epoch, 0, length, digits, *sub, 0, 0)
        }
        Model::Sequence(sequence, sub) => {
            let (length, digits) = number(sequence);
            (*epoch, 1, length, digits, *sub, 0, 0)
        }
        Model::Log(log, offset, change) => {
            (*epoch, 2, 0, String::new(), (*log).into(), *offset, *change)
        }
    }
}

proptest! {
    #[test]
    fn the_order_is_the_models_as_value_and_as_text(left in any_version(), right in any_version()) {
        let expected = rank(&left).cmp(&rank(&right));
        let (left, right) = (version(&left), version(&right));
        prop_assert_eq!(left.cmp(&right), expected);
        prop_assert_eq!(left == right, expected.is_eq());
        prop_assert_eq!(left.to_string().cmp(&right.to_string()), expected);
    }

    #[test]
    fn texts_are_read_as_they_are_written(any in any_version()) {
        let version = version(&any);
        let text = version.to_string();
        prop_assert_eq!(Version::parse(&text), Some(version));
    }

    #[test]
    fn what_is_read_is_written_the_same(text in "[0-9a-f+-]{0,60}|0000-[012]-0[0-9]{2}-[0-9]{1,12}-0[12]-[0-9]{1,2}") {
        if let Some(version) = Version::parse(&text) {
            prop_assert_eq!(version.to_string(), text);
        }
    }
}
