//! Reports as lines of name, number and remark.

use std::fmt::Write as _;

#[derive(Default)]
pub(super) struct Columns(String);

impl Columns {
    pub(super) fn row(&mut self, name: &str, number: u64, remark: &str) {
        let number = grouped(number);
        let line = format!("  {name:<24}{number:>10}  {remark}");
        self.text(line.trim_end());
    }

    pub(super) fn text(&mut self, text: &str) {
        let _ = writeln!(self.0, "{text}");
    }

    /// What is the matter, if anything is.
    pub(super) fn problems(&mut self, problems: &[String]) {
        if !problems.is_empty() {
            self.text("");
            for problem in problems {
                self.text(problem);
            }
        }
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// A number with its thousands apart: `10,000`.
pub(super) fn grouped(number: u64) -> String {
    grouped_text(&number.to_string())
}

/// The same of the text of its digits.
pub(super) fn grouped_text(digits: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (10_000, "10,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), expected);
        }
    }
}
