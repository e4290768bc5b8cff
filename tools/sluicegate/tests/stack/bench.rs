//! A stack of its own below a temporary folder, driven by the program as people drive it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sluicegate::demo::consent::stack::ConsentStack;
use sluicegate::demo::orders::stack::OrdersStack;
use sluicegate::demo::sales::stack::SalesStack;
use sluicegate::demo::stack::Stack;
use sluicegate::project::StackDir;

/// Calls AWS as any tool does: service, method, arguments as JSON; prints the answer as JSON.
const CALL: &str = "
import boto3, json, sys
client = boto3.client(sys.argv[1])
answer = getattr(client, sys.argv[2])(**json.loads(sys.argv[3]))
if hasattr(answer.get('Body'), 'read'):
    answer['Body'] = answer['Body'].read().decode()
print(json.dumps(answer, default=str))
";

pub(crate) struct Bench {
    folder: tempfile::TempDir,
    state: Value,
    /// One stack at a time: the machine has other things to do.
    _alone: File,
}

/// How a command has ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bench {
    /// Brings a stack up with parameters of the template.
    pub(crate) fn up(parameters: &[&str]) -> Self {
        Self::up_with(parameters, &[])
    }

    /// The same, with choices of what AWS leaves open.
    pub(crate) fn up_with(parameters: &[&str], choices: &[&str]) -> Self {
        let mut arguments = Vec::new();
        for parameter in parameters {
            arguments.extend(["--parameter", parameter]);
        }
        for choice in choices {
            arguments.extend(["--choice", choice]);
        }
        Self::up_args(&arguments)
    }

    /// The same, with these arguments.
    pub(crate) fn up_args(more: &[&str]) -> Self {
        let alone = File::create(std::env::temp_dir().join("sluicegate-stack-tests.lock")).unwrap();
        alone.lock().unwrap();
        let mut bench = Self {
            folder: tempfile::tempdir().unwrap(),
            state: Value::Null,
            _alone: alone,
        };
        let arguments = [&["local", "up", "--json"], more].concat();
        let up = bench.run(&arguments);
        assert_eq!(up.code, 0, "{}", up.err);
        bench.state = serde_json::from_str(&up.out).unwrap();
        bench
    }

    /// Runs the program on this stack.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_sluicegate"))
            .args(arguments)
            .arg("--dir")
            .arg(self.folder.path())
            .current_dir(root())
            .output()
            .unwrap();
        Ended {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Stops the stack and makes sure that nothing of it is left.
    pub(crate) fn down(&self) {
        let down = self.run(&["local", "down"]);
        assert_eq!(down.code, 0, "{}", down.err);
        let left = self.processes("");
        assert!(left.is_empty(), "{left:?}");
    }

    pub(crate) fn endpoint(&self) -> &str {
        self.state["endpoint"].as_str().unwrap()
    }

    pub(crate) fn output(&self, name: &str) -> String {
        self.state["outputs"][name].as_str().unwrap().to_owned()
    }

    fn outputs(&self) -> BTreeMap<String, String> {
        serde_json::from_value(self.state["outputs"].clone()).unwrap()
    }

    pub(crate) fn stack(&self) -> Stack {
        Stack::new(self.endpoint(), self.outputs())
    }

    pub(crate) fn sales_stack(&self) -> SalesStack {
        let dir = StackDir::new(self.folder.path().to_owned());
        SalesStack::new(self.endpoint(), self.outputs(), dir)
    }

    pub(crate) fn orders_stack(&self) -> OrdersStack {
        let dir = StackDir::new(self.folder.path().to_owned());
        OrdersStack::new(self.endpoint(), self.outputs(), dir)
    }

    pub(crate) fn consent_stack(&self) -> ConsentStack {
        ConsentStack::new(self.endpoint(), self.outputs(), &self.lists())
    }

    /// The address of the opt-out lists.
    pub(crate) fn lists(&self) -> String {
        let lists = &self.state["opt_out_list"]["endpoint"];
        lists.as_str().unwrap().to_owned()
    }

    /// A client of the schema registry.
    pub(crate) fn glue(&self) -> aws_sdk_glue::Client {
        let registry = &self.state["schema_registry"]["endpoint"];
        sluicegate::aws::local_glue(registry.as_str().unwrap())
    }

    /// What the opt-out lists hold.
    pub(crate) fn list_file(&self) -> PathBuf {
        StackDir::new(self.folder.path().to_owned()).opt_out_list()
    }

    /// Calls the emulator.
    pub(crate) fn aws(&self, service: &str, method: &str, arguments: &Value) -> Value {
        let output = Command::new(root().join(".tools/sam/bin/python"))
            .args(["-c", CALL, service, method, &arguments.to_string()])
            .env_clear()
            .envs([
                ("AWS_ENDPOINT_URL", self.endpoint()),
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_DEFAULT_REGION", "us-east-1"),
            ])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{service} {method}: {error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Gives the function's role one more permission.
    pub(crate) fn allow(&self, action: &str, resource: &str) {
        let name = self.output("SensorIngestFunctionName");
        let function = json!({"FunctionName": name});
        let function = self.aws("lambda", "get_function_configuration", &function);
        let role = function["Role"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap();
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}],
        });
        let put =
            json!({"RoleName": role, "PolicyName": "more", "PolicyDocument": policy.to_string()});
        self.aws("iam", "put_role_policy", &put);
    }

    /// What the runner says of itself.
    pub(crate) fn runner_status(&self) -> Value {
        let path = self.folder.path().join("runner.json");
        std::fs::read(path).map_or(Value::Null, |text| serde_json::from_slice(&text).unwrap())
    }

    /// A count over all shards of all mappings.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let status = self.runner_status();
        let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let shards = fields(&status["mappings"])
            .into_iter()
            .flat_map(|(_, mapping)| fields(&mapping["shards"]));
        shards.filter_map(|(_, shard)| shard[name].as_u64()).sum()
    }

    /// What the runner had to tell.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("runner.log")).unwrap_or_default()
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, mut is_so: impl FnMut() -> bool) {
        let patience = Instant::now();
        while !is_so() {
            let waited = patience.elapsed();
            assert!(
                waited < Duration::from_secs(60),
                "waited in vain: {}\n{}",
                self.runner_status(),
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a mapping is at work; what its file says is half a second old at most.
    pub(crate) async fn in_a_batch(&self) {
        self.until(|| self.count("in_flight") + self.count("buffered") > 0)
            .await;
    }

    pub(crate) fn kill_functions(&self) {
        for pid in self.processes("/bootstrap") {
            kill(pid);
        }
    }

    /// Kills the runner and waits until its guard has noticed.
    pub(crate) async fn kill_runner(&self) {
        let pids = self.processes("local\0run\0");
        assert!(!pids.is_empty());
        pids.into_iter().for_each(kill);
        // A dying process has no command line any more, but may still hold its lock for a moment.
        let lock = self.folder.path().join("runner.lock");
        let is_free = || File::open(&lock).unwrap().try_lock_shared().is_ok();
        self.until(|| self.processes("local\0run\0").is_empty() && is_free())
            .await;
    }

    pub(crate) fn kill_lists(&self) {
        self.kill_stand_in("opt-out-list");
    }

    /// Kills what the command of `sluicegate local` runs.
    pub(crate) fn kill_stand_in(&self, command: &str) {
        let pids = self.processes(&format!("local\0{command}\0"));
        assert!(!pids.is_empty());
        pids.into_iter().for_each(kill);
        // Its guard notices, and lets go of its lock.
        let lock = self.folder.path().join(format!("{command}.lock"));
        let patience = Instant::now();
        while File::open(&lock).unwrap().try_lock_shared().is_err() {
            assert!(patience.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn kill_emulator(&self) {
        self.processes("emulator.py").into_iter().for_each(kill);
    }

    /// Processes of this stack whose command line has `part`, guards and tests apart.
    fn processes(&self, part: &str) -> Vec<i32> {
        let own = self.folder.path().to_str().unwrap();
        let entries = std::fs::read_dir("/proc").unwrap();
        entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
                let command = std::fs::read_to_string(entry.path().join("cmdline")).ok()?;
                let is_wanted = command.contains(own) && command.contains(part);
                (is_wanted && !command.contains("guard.py")).then_some(pid)
            })
            .collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.run(&["local", "down"]);
    }
}

fn kill(pid: i32) {
    use rustix::process::{Pid, Signal, kill_process};
    // One that has just ended by itself is fine.
    let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned()
}
