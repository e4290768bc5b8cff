//! The processes of the functions, which the emulator has started.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

/// Name of a function's program, as Lambda asks for it.
const PROGRAM: &str = "bootstrap";

/// Kills all functions below the process `ancestor`, without notice. Returns how many there were.
pub(crate) fn kill_all(ancestor: u32) -> Result<usize> {
    let processes = processes()?;
    let is_below = |mut pid: u32| {
        // A process that comes and goes meanwhile may make a circle of reused ids.
        for _ in 0..processes.len() {
            match processes.get(&pid) {
                Some(process) if process.parent == ancestor => return true,
                Some(process) => pid = process.parent,
                None => return false,
            }
        }
        false
    };
    let functions = processes
        .iter()
        .filter(|(pid, process)| process.name == PROGRAM && is_below(**pid));
    let mut killed = 0;
    for (pid, _) in functions {
        let pid = i32::try_from(*pid).ok().and_then(Pid::from_raw);
        killed += usize::from(pid.is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok()));
    }
    Ok(killed)
}

#[derive(Debug)]
struct Process {
    name: String,
    parent: u32,
}

/// All processes by their id.
fn processes() -> Result<BTreeMap<u32, Process>> {
    let entries = std::fs::read_dir("/proc").context("processes can be found on Linux only")?;
    Ok(entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            // Gone already is fine.
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((pid, parse_stat(&stat)?))
        })
        .collect())
}

/// Reads `pid (name) state parent ...`; the name may hold anything.
fn parse_stat(stat: &str) -> Option<Process> {
    let (_, rest) = stat.split_once('(')?;
    let (name, rest) = rest.rsplit_once(')')?;
    Some(Process {
        name: name.to_owned(),
        parent: rest.split_whitespace().nth(1)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn only_functions_below_the_emulator_are_killed() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(PROGRAM);
        std::fs::copy("/bin/sleep", &program).unwrap();
        let mut own = Command::new(&program).arg("100").spawn().unwrap();
        let mut other = Command::new("/bin/sleep").arg("100").spawn().unwrap();

        // Nothing is below a process that does not exist.
        assert_eq!(kill_all(u32::MAX).unwrap(), 0);
        assert_eq!(own.try_wait().unwrap(), None);

        assert_eq!(kill_all(std::process::id()).unwrap(), 1);
        assert!(!own.wait().unwrap().success());
        assert_eq!(other.try_wait().unwrap(), None, "not a function");
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[test]
    fn a_name_may_hold_anything() {
        let process = parse_stat("17 (a) (b 1) S 4 17 17 0").unwrap();
        assert_eq!((process.name.as_str(), process.parent), ("a) (b 1", 4));
    }
}
