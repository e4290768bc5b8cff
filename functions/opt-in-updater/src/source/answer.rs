//! What `optin` says.

use records::cdc::{Column, ColumnValue};

/// What a person has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An unambiguous yes.
    Yes,
    /// An unambiguous no.
    No,
    /// Neither: taken for a no, and counted.
    Unclear,
}

const YES: [&str; 6] = ["1", "true", "t", "y", "yes", "0x01"];
const NO: [&str; 6] = ["0", "false", "f", "n", "no", "0x00"];

impl Answer {
    /// Reads the column; NULL or a column that is not there is unclear.
    pub fn of(column: Option<&Column<'_>>) -> Self {
        let Some(column) = column else {
            return Self::Unclear;
        };
        match column.value() {
            Ok(ColumnValue::Bool(truth)) => Self::from_truth(truth),
            Ok(ColumnValue::Number(_)) => match column.integer::<i64>() {
                Ok(1) => Self::Yes,
                Ok(0) => Self::No,
                _ => Self::Unclear,
            },
            Ok(ColumnValue::Text(text)) => Self::from_word(text.trim()),
            Ok(ColumnValue::Null | ColumnValue::Json(_)) | Err(_) => Self::Unclear,
        }
    }

    fn from_truth(truth: bool) -> Self {
        if truth { Self::Yes } else { Self::No }
    }

    fn from_word(word: &str) -> Self {
        let is_any = |words: [&str; 6]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        match (is_any(YES), is_any(NO)) {
            (true, _) => Self::Yes,
            (_, true) => Self::No,
            _ => Self::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use records::cdc::Row;

    use super::*;

    #[test]
    fn only_an_unambiguous_yes_is_a_yes() {
        for (optin, expected) in [
            ("1", Answer::Yes),
            ("1.0", Answer::Yes),
            ("1.0E+0", Answer::Yes),
            ("true", Answer::Yes),
            (r#""1""#, Answer::Yes),
            (r#"" YES ""#, Answer::Yes),
            (r#""True""#, Answer::Yes),
            (r#""T""#, Answer::Yes),
            (r#""y""#, Answer::Yes),
            (r#""0x01""#, Answer::Yes),
            ("0", Answer::No),
            ("0.0", Answer::No),
            ("-0", Answer::No),
            ("false", Answer::No),
            (r#""No""#, Answer::No),
            (r#""f""#, Answer::No),
            (r#""0x00""#, Answer::No),
            ("null", Answer::Unclear),
            ("2", Answer::Unclear),
            ("-1", Answer::Unclear),
            ("11", Answer::Unclear),
            ("1.5", Answer::Unclear),
            ("1e400", Answer::Unclear),
            (r#""""#, Answer::Unclear),
            (r#""maybe""#, Answer::Unclear),
            (r#""yes and no""#, Answer::Unclear),
            (r#""1.0""#, Answer::Unclear),
            (r#""0x02""#, Answer::Unclear),
            (r#""\ud800""#, Answer::Unclear),
            ("{}", Answer::Unclear),
            ("[1]", Answer::Unclear),
        ] {
            let json = format!("{{\"optin\":{optin}}}");
            let row = Row::from_json(&json).unwrap();
            assert_eq!(Answer::of(row.get("optin")), expected, "{optin}");
        }
        assert_eq!(Answer::of(None), Answer::Unclear);
    }
}
