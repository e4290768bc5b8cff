use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::sample::select;

use super::*;

fn number(phone: &str, status: Status, channel: Channel) -> Number {
    Number {
        phone: phone.to_owned(),
        status,
        version: "1".to_owned(),
        channel,
        reason: None,
        channel_at: Some(0),
    }
}

#[test]
fn a_number_differs_where_list_or_mark_do_not_fit_what_was_said() {
    use Channel::{InStep, Off, Pending};
    use Difference::{NotListed, NotMarkedIn, NotMarkedOut, StillListed, Stopped};
    use Status::{OptedIn, OptedOut};
    for (status, channel, listed, expected) in [
        (OptedOut, InStep, Some(false), None),
        (OptedOut, InStep, Some(true), None),
        (OptedOut, Off, Some(false), None),
        (OptedOut, Pending, Some(true), Some(NotMarkedOut)),
        (OptedOut, InStep, None, Some(NotListed)),
        (OptedOut, Pending, None, Some(NotListed)),
        (OptedOut, Off, None, Some(NotListed)),
        (OptedIn, InStep, None, None),
        (OptedIn, Off, None, None),
        (OptedIn, Pending, None, Some(NotMarkedIn)),
        (OptedIn, InStep, Some(false), Some(StillListed)),
        (OptedIn, Pending, Some(false), Some(StillListed)),
        (OptedIn, Off, Some(false), Some(StillListed)),
        (OptedIn, InStep, Some(true), Some(Stopped)),
        (OptedIn, Pending, Some(true), Some(Stopped)),
    ] {
        let number = number("+12065550100", status, channel);
        let found = Difference::of(&number, listed);
        assert_eq!(found, expected, "{status:?} {channel:?} {listed:?}");
    }
}

#[test]
fn what_may_have_changed_since_is_looked_at_once_more() {
    for (at, is_moving) in [
        (None, true),
        (Some(0), false),
        (Some(699), false),
        (Some(700), true),
        (Some(2_000), true),
    ] {
        let mut number = number("+12065550100", Status::OptedOut, Channel::InStep);
        number.channel_at = at;
        assert_eq!(number.is_moving(1_000), is_moving, "{at:?}");
        let listed = HashMap::new();
        let mut comparing = Comparing::new(&listed, 1_000);
        comparing.add(number);
        let found = comparing.done();
        let counts = (found.different.len(), found.moving.len());
        assert_eq!(counts, if is_moving { (0, 1) } else { (1, 0) }, "{at:?}");
    }
}

fn numbers() -> impl Strategy<Value = Vec<Number>> {
    let one = (
        select(&[Status::OptedOut, Status::OptedIn][..]),
        select(&[Channel::InStep, Channel::Pending, Channel::Off][..]),
        0u16..200,
    );
    proptest::collection::btree_map(0u16..200, one, 0..60).prop_map(|all| {
        let all = all.into_iter();
        all.map(|(index, (status, channel, _))| {
            number(&format!("+120655501{index:03}"), status, channel)
        })
        .collect()
    })
}

fn listed() -> impl Strategy<Value = HashMap<String, Listed>> {
    let entry = (0u16..200).prop_map(|index| format!("+120655501{index:03}"));
    proptest::collection::hash_map(entry, any::<bool>(), 0..60)
}

fn compare(numbers: &[Number], listed: &HashMap<String, Listed>) -> Comparison {
    let mut comparing = Comparing::new(listed, 1_000_000);
    numbers
        .iter()
        .cloned()
        .for_each(|number| comparing.add(number));
    comparing.done()
}

proptest! {
    #[test]
    fn repair_in_order_leaves_nothing_but_what_owners_have_stopped(numbers in numbers(), listed in listed()) {
        let before = listed.clone();
        let found = compare(&numbers, &listed);
        let outs = found.different.iter().map(|(_, number)| number.status);
        let outs: Vec<Status> = outs.collect();
        prop_assert!(outs.is_sorted(), "opt-outs come first: {outs:?}");

        let (mut numbers, mut listed) = (numbers, listed);
        for (difference, number) in &found.different {
            match (difference, number.status) {
                (Difference::Stopped, _) => continue,
                (_, Status::OptedOut) => drop(listed.entry(number.phone.clone()).or_insert(false)),
                (_, Status::OptedIn) => drop(listed.remove(&number.phone)),
            }
            let row = numbers.iter_mut().find(|row| row.phone == number.phone);
            row.unwrap().channel = Channel::InStep;
        }
        let after = compare(&numbers, &listed);
        for (difference, number) in &after.different {
            prop_assert_eq!(*difference, Difference::Stopped);
            prop_assert_eq!(before.get(&number.phone), Some(&true));
        }
        // Nobody else is touched.
        let known = |phone: &String| numbers.iter().any(|number| number.phone == *phone);
        for (phone, end_user) in before.iter().filter(|(phone, _)| !known(phone)) {
            prop_assert_eq!(listed.get(phone), Some(end_user));
        }
        prop_assert_eq!(after.unknown, found.unknown);
        prop_assert_eq!(found.unknown, before.keys().filter(|phone| !known(phone)).count() as u64);
    }
}
