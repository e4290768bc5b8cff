//! Numbers as texts have them.

use proptest::prelude::*;

use super::*;

fn canonical(text: &str) -> Result<String, NumberError> {
    Number::parse(text).map(|number| number.to_string())
}

#[test]
fn equal_numbers_have_equal_text() {
    for (texts, expected) in [
        (
            &["81.4", "81.40", "0.814E2", "+081.4", "814e-1"][..],
            "81.4",
        ),
        (&["0", "-0", "0.000", "0e999999999999", "-0.0E-5"], "0"),
        (&["-5", "-5.0", "-0.5e1"], "-5"),
        (&["100", "1e2", "100.00", "0.0001E6"], "100"),
        (&["0.001", "1e-3", "1.0E-3"], "0.001"),
        (&["1e100", "10E99", "0.1e101"], "1E100"),
        (&["-1.25e-100", "-125e-102"], "-1.25E-100"),
        (&["1700000000.123", "1700000000123e-3"], "1700000000.123"),
    ] {
        for text in texts {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
    }
}

#[test]
fn digits_and_magnitude_have_dynamodbs_limits() {
    let nines = "9".repeat(38);
    assert_eq!(canonical(&nines), Ok(nines.clone()));
    assert_eq!(
        canonical(&format!("{nines}000")).as_deref(),
        Ok(&*format!("9.{}E40", "9".repeat(37)))
    );
    assert_eq!(
        canonical(&format!("{nines}1")),
        Err(NumberError::TooManyDigits(39))
    );
    assert_eq!(canonical(&format!("0.{nines}")), Ok(format!("0.{nines}")));
    assert_eq!(canonical("1e-130").as_deref(), Ok("1E-130"));
    assert_eq!(canonical("1e-131"), Err(NumberError::OutOfRange(-131)));
    assert_eq!(canonical("9.9e125").as_deref(), Ok("9.9E125"));
    assert_eq!(canonical("1e126"), Err(NumberError::OutOfRange(126)));
    assert_eq!(
        canonical("1e99999999999999999999"),
        Err(NumberError::OutOfRange(1_000_000_000_000_000))
    );
    for bad in ["", "abc", "NaN", "1,5", "0x1", "--1"] {
        assert_eq!(canonical(bad), Err(NumberError::NotANumber), "{bad:?}");
    }
}

#[test]
fn numbers_compare_by_value() {
    let sorted = [
        "-1E100", "-10", "-9.5", "-0.001", "0", "1E-130", "0.001", "0.01", "9", "9.01", "10",
        "1E40",
    ];
    for pair in sorted.windows(2) {
        let [low, high] = pair else { unreachable!() };
        assert!(
            Number::parse(low).unwrap() < Number::parse(high).unwrap(),
            "{low} < {high}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_gives_a_number_or_an_error(text in "\\PC*") {
        let _ = Number::parse(&text);
    }

    #[test]
    fn canonical_text_is_a_fixed_point(text in "-?[0-9]{1,22}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
        if let Ok(number) = Number::parse(&text) {
            let again = Number::parse(number.as_str()).unwrap();
            prop_assert_eq!(again.as_str(), number.as_str());
        }
    }

    #[test]
    fn borrowed_and_computed_forms_agree(text in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{0,20}[1-9])?") {
        let computed = Scaled::new(Decimal::parse(&text).unwrap());
        if is_canonical(&text) && computed.digits() > 0 {
            prop_assert_eq!(computed.to_text(), text);
        }
    }

    #[test]
    fn integers_keep_their_order(left in any::<i64>(), right in any::<i64>()) {
        prop_assert_eq!(Number::from(left).cmp(&Number::from(right)), left.cmp(&right));
    }
}
