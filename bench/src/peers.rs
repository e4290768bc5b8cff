//! The handlers that take part: how each is started and what it is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::function::Function;
use crate::package;

/// Memory size the handlers believe to have, in MB; Node's heap is limited by it as Lambda does.
pub(crate) const MEMORY_MB: u32 = 512;

/// A handler that can be started.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// What it is, in words: versions, file.
    pub(crate) about: String,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// Folder with the code of an interpreted function; the working directory of the process.
    pub(crate) task_root: PathBuf,
    /// Size of what would be uploaded to Lambda, in bytes.
    pub(crate) package_bytes: u64,
}

/// The function this project ships: the given binary, else the newest that `cargo lambda build` or `cargo build` made.
pub(crate) fn sluicegate(
    function: &Function,
    binary: Option<&Path>,
    target: &Path,
) -> Result<Peer> {
    let name = function.name;
    let built = [
        format!("lambda/{name}/bootstrap"),
        format!("release/{name}"),
    ];
    let candidates = match binary {
        Some(path) => vec![path.to_owned()],
        None => built.map(|path| target.join(path)).to_vec(),
    };
    let newest = candidates
        .iter()
        .filter(|path| path.is_file())
        .max_by_key(|path| path.metadata().and_then(|facts| facts.modified()).ok());
    let Some(program) = newest else {
        bail!(
            "no binary of {name} at {candidates:?}: run `cargo lambda build --release -p {name}` first"
        );
    };
    native("sluicegate", program)
}

/// The straightforward Rust handler, when it has been built.
pub(crate) fn plain_rust(function: &Function, target: &Path) -> Result<Peer> {
    let name = function.plain_rust.context("nobody has written one")?;
    let program = target.join("release").join(name);
    ensure!(
        program.is_file(),
        "not built; `cargo build --release -p bench --features plain-rust --bin {name}` builds it"
    );
    native("plain-rust", &program)
}

fn native(name: &'static str, program: &Path) -> Result<Peer> {
    let program = program.canonicalize()?;
    let task_root = program.parent().context("a binary in a folder")?.to_owned();
    Ok(Peer {
        name,
        about: format!(
            "{} ({} bytes)",
            program.display(),
            program.metadata()?.len()
        ),
        arguments: Vec::new(),
        task_root,
        package_bytes: package::zipped(&[&program])?,
        program,
    })
}

/// The Node handler: bundled and minified by esbuild, which `npm ci` runs.
pub(crate) fn node(function: &Function, node: &Path, bench: &Path) -> Result<Peer> {
    let folder = bench.join("node");
    let task_root = folder.join("dist");
    let bundle = task_root.join(format!("{}.cjs", function.peers));
    let facts = ask(
        node,
        &["-p", "process.execPath + '\\n' + process.version"],
        "node cannot be run",
    )?;
    ensure!(
        bundle.is_file(),
        "not bundled; `npm --prefix bench/node ci` installs and bundles it"
    );
    let source = folder.join(format!("{}.mjs", function.peers));
    ensure!(
        bundle.metadata()?.modified()? >= source.metadata()?.modified()?,
        "its bundle is older than its source; `npm --prefix bench/node run bundle` renews it"
    );
    let [program, version] = facts.as_slice() else {
        bail!("node answered {facts:?}");
    };
    // What Lambda's Node runtimes set: a tenth for the young generation, halved for one of its two halves.
    let young = MEMORY_MB / 10;
    Ok(Peer {
        name: "node",
        about: format!("Node {version}, AWS SDK v3, bundled by esbuild"),
        program: program.into(),
        arguments: vec![
            format!("--max-semi-space-size={}", young / 2).into(),
            format!("--max-old-space-size={}", MEMORY_MB - young).into(),
            folder.join("runtime.mjs").into(),
        ],
        task_root,
        package_bytes: package::zipped(&[&bundle])?,
    })
}

/// The Python handler, run by an interpreter that has boto3.
pub(crate) fn python(function: &Function, python: &Path, bench: &Path) -> Result<Peer> {
    let folder = bench.join("python");
    let facts = ask(
        python,
        &[
            "-c",
            "import sys, platform, boto3; print(sys.executable, platform.python_version(), boto3.__version__, boto3.__path__[0], sep='\\n')",
        ],
        "python3 with boto3 (bench/python/requirements.txt) cannot be run",
    )?;
    let [program, version, boto3, path] = facts.as_slice() else {
        bail!("python answered {facts:?}");
    };
    let libraries = Path::new(path).parent().context("boto3 in a folder")?;
    let handler = folder.join(format!("{}.py", function.peers));
    let mut contents = package::PYTHON_LIBRARIES
        .map(|name| libraries.join(name))
        .to_vec();
    contents.push(handler);
    Ok(Peer {
        name: "python",
        about: format!("Python {version}, boto3 {boto3}"),
        program: program.into(),
        arguments: vec![folder.join("runtime.py").into()],
        package_bytes: package::zipped(&contents)?,
        task_root: folder,
    })
}

/// Runs an interpreter for a few lines about itself.
fn ask(program: &Path, arguments: &[&str], problem: &'static str) -> Result<Vec<String>> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .context(problem)?;
    ensure!(
        output.status.success(),
        "{problem}: {}",
        String::from_utf8_lossy(&output.stderr)
            .lines()
            .last()
            .unwrap_or_default()
    );
    let text = String::from_utf8(output.stdout).context(problem)?;
    Ok(text.lines().map(str::to_owned).collect())
}
