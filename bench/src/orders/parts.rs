//! What can be told from the differences of rows.

use super::rows::Calls;
use crate::function::Part;

/// What the calls cost, and what comes before them, in terms of the rows from `first` on. Items of as many orders and of
/// one order lead to the same puts, and to queries that read the same rows: the difference is the queries. The mixed batch
/// and the changes of one order have the same records: the difference is calls.
pub(super) fn of_rows(first: usize, size: f64, mixed: Calls, one_order: Calls) -> [Part; 4] {
    let count = |calls: usize| f64::from(u32::try_from(calls).unwrap_or(u32::MAX));
    let row = |place: usize| Terms(vec![(first + place, 1.0)]);
    let (mixture, changes, many, one) = (row(1), row(2), row(4), row(5));
    let queries = count(mixed.queries) - count(one_order.queries);
    let puts = count(mixed.puts()) - count(one_order.puts());
    let query = many.and(&one.times(-1.0)).times(size / (size - 1.0));
    let calls = mixture.and(&changes.times(-1.0)).times(size);
    let put = calls.and(&query.times(-queries)).times(1.0 / puts);
    let before = changes
        .and(&put.times(-count(one_order.puts()) / size))
        .and(&query.times(-count(one_order.queries) / size));
    let part = |label: String, terms: Terms| Part {
        label,
        terms: terms.0,
    };
    let reads = query.times(count(mixed.queries) / size);
    [
        part(
            format!("before the first call, of {size} records, each"),
            before,
        ),
        part(format!("queries, of {size} records, each"), reads),
        part("a query".to_owned(), query),
        part("a put, with its row joined".to_owned(), put),
    ]
}

/// A sum of rows' figures, each times a factor.
struct Terms(Vec<(usize, f64)>);

impl Terms {
    fn times(&self, factor: f64) -> Self {
        let terms = self.0.iter();
        Self(terms.map(|(row, share)| (*row, share * factor)).collect())
    }

    fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_what_the_rows_are_made_of() {
        let (size, before, put, query, reading) = (500.0, 2.0, 30.0, 40.0, 5.0);
        let mixed = Calls {
            source_puts: 500,
            queries: 167,
            enriched_puts: 333,
        };
        let one_order = Calls {
            source_puts: 2,
            queries: 1,
            enriched_puts: 1,
        };
        // µs a record, by row; items without an order are read, but make no rows.
        let rows = [
            0.0,
            before + (833.0 * put + 167.0 * query) / size,
            before + (3.0 * put + query) / size,
            0.0,
            before + put + reading + query,
            before + put + reading + query / size,
        ];
        let figures = of_rows(0, size, mixed, one_order).map(|part| {
            let terms = part.terms.into_iter();
            terms.map(|(row, factor)| rows[row] * factor).sum::<f64>()
        });
        let expected = [before, query * 167.0 / size, query, put];
        for (figure, expected) in figures.into_iter().zip(expected) {
            assert!((figure - expected).abs() < 1e-9, "{figure}, not {expected}");
        }
    }
}
