use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::*;
use crate::local::state::is_held;

/// A project whose tools are this machine's Python. `make setup` needs one as well.
struct Bench {
    _folder: tempfile::TempDir,
    project: Project,
    dir: StackDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join(".tools/stack/bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(folder.path().join("template.yaml"), "").unwrap();
        let found = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .expect("python3 is needed, as for `make setup`");
        let python = String::from_utf8(found.stdout).unwrap();
        std::os::unix::fs::symlink(python.trim(), bin.join("python")).unwrap();
        let project = Project::find(folder.path()).unwrap();
        let dir = project.local_stack();
        dir.create().unwrap();
        Self {
            _folder: folder,
            project,
            dir,
        }
    }

    fn start(&self, script: &str) -> Guarded {
        let launch = Launch {
            program: ["/bin/sh", "-c", script].map(OsString::from).to_vec(),
            environment: vec![("PATH".to_owned(), "/usr/bin:/bin".into())],
            log: self.dir.log("test"),
            lock: self.dir.lock_file(),
            folder: self.project.root().to_owned(),
        };
        Guarded::start(&self.project, &self.dir, launch).unwrap()
    }

    /// Waits for the process ids that the script writes.
    fn pids(&self, count: usize) -> Vec<Pid> {
        wait_for(|| {
            let text = tail(&self.dir.log("test"), 100);
            let pids: Vec<Pid> = text
                .lines()
                .filter_map(|line| Pid::from_raw(line.parse().ok()?))
                .collect();
            (pids.len() == count).then_some(pids)
        })
    }
}

fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let patience = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            patience.elapsed() < Duration::from_secs(20),
            "waited in vain"
        );
        std::thread::sleep(POLL);
    }
}

fn is_alive(pid: Pid) -> bool {
    test_kill_process(pid).is_ok()
}

#[test]
fn the_whole_tree_ends_with_its_starter() {
    let bench = Bench::new();
    // A child, and a grandchild whose parent is gone.
    let guarded = bench.start("sleep 100 & echo $!; (sleep 100 & echo $!); echo $$; wait");
    let pids = bench.pids(3);
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    assert!(is_held(&bench.dir).unwrap());
    drop(guarded);
    assert!(
        !pids.iter().any(|pid| is_alive(*pid)),
        "not even as zombies"
    );
    assert!(!is_held(&bench.dir).unwrap());
}

#[test]
fn what_a_program_leaves_behind_ends_with_it() {
    let bench = Bench::new();
    let mut guarded = bench.start("sleep 100 & echo $!; exit 7");
    let pids = bench.pids(1);
    let status = wait_for(|| guarded.ended().unwrap());
    assert_eq!(status.code(), Some(7));
    assert!(!is_alive(pids[0]));
}

#[test]
fn a_detached_tree_lives_until_it_is_told_to_stop() {
    let bench = Bench::new();
    let guarded = bench.start("echo $$; exec sleep 100");
    let guard = Pid::from_raw(i32::try_from(guarded.pid()).unwrap()).unwrap();
    let pids = bench.pids(1);
    guarded.detach().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(is_alive(pids[0]));
    assert!(is_held(&bench.dir).unwrap());

    kill_process(guard, Signal::TERM).unwrap();
    wait_for(|| (!is_held(&bench.dir).unwrap()).then_some(()));
    assert!(!is_alive(pids[0]));
}

#[test]
fn a_stack_does_not_run_twice() {
    let bench = Bench::new();
    let first = bench.start("echo $$; exec sleep 100");
    bench.pids(1);
    let mut second = bench.start("exit 0");
    let status = wait_for(|| second.ended().unwrap());
    assert_eq!(status.code(), Some(1));
    assert!(tail(&bench.dir.log("test"), 5).contains("the stack runs already"));
    drop(first);
}

#[test]
fn nothing_of_the_environment_is_inherited() {
    let bench = Bench::new();
    let mut guarded = bench.start("env");
    assert!(wait_for(|| guarded.ended().unwrap()).success());
    let log = tail(&bench.dir.log("test"), 100);
    assert!(log.contains("PATH=/usr/bin:/bin"), "{log}");
    assert!(!log.contains("HOME="), "{log}");
}

#[test]
fn the_end_of_a_log_is_short() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("x.log");
    std::fs::write(&log, format!("a\nb\n\n{}\n", "c".repeat(9_999))).unwrap();
    assert_eq!(tail(&log, 2), format!("b\n{}", "c".repeat(LONGEST_LINE)));
    assert_eq!(tail(&folder.path().join("none.log"), 2), "");
}
