//! Where things are: the project's root, its tools, the state of a local stack.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The checkout whose template is deployed: the nearest folder upwards that holds `template.yaml`.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// Looks for `template.yaml` in `start` and its parents.
    pub fn find(start: &Path) -> Result<Self> {
        let root = start
            .ancestors()
            .find(|folder| folder.join("template.yaml").is_file())
            .with_context(|| {
                format!(
                    "no template.yaml in {} or above it: run this inside the project",
                    start.display()
                )
            })?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// Looks for the project around the current folder.
    pub fn here() -> Result<Self> {
        Self::find(&std::env::current_dir().context("the current folder cannot be read")?)
    }

    /// The folder of `template.yaml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The template that is deployed, the same one as to AWS.
    pub fn template(&self) -> PathBuf {
        self.root.join("template.yaml")
    }

    /// The folder with the programs of one tools environment.
    pub fn programs(&self, tools: Tools) -> PathBuf {
        self.root.join(".tools").join(tools.folder()).join("bin")
    }

    /// A program that `make setup` installs; the error says how to get it.
    pub fn program(&self, tools: Tools, name: &str) -> Result<PathBuf> {
        let path = self.programs(tools).join(name);
        if !path.is_file() {
            bail!(
                "{} is missing: run `make setup`",
                path.strip_prefix(&self.root).unwrap_or(&path).display()
            );
        }
        Ok(path)
    }

    /// State of the stack that `sluicegate local` runs.
    pub fn local_stack(&self) -> StackDir {
        StackDir::new(self.root.join(".sluicegate"))
    }

    /// State of the stack that `sluicegate demo` runs.
    pub fn demo_stack(&self) -> StackDir {
        StackDir::new(self.root.join(".sluicegate").join("demo"))
    }

    /// A path as the user would type it at the root of the project.
    pub fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

/// The environments below `.tools`. They are two because their pinned dependencies do not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tools {
    /// MiniStack, cargo-lambda, zig.
    Stack,
    /// The AWS SAM command line.
    Sam,
}

impl Tools {
    fn folder(self) -> &'static str {
        match self {
            Self::Stack => "stack",
            Self::Sam => "sam",
        }
    }
}

/// The folder that holds everything of one local stack.
#[derive(Clone, Debug)]
pub struct StackDir {
    path: PathBuf,
}

impl StackDir {
    /// A stack's folder at `path`; nothing is created.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Creates the folder and the ones that the emulator and SAM see as home and temporary.
    pub fn create(&self) -> Result<()> {
        for folder in [self.home(), self.tmp()] {
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("{} cannot be created", folder.display()))?;
        }
        Ok(())
    }

    /// Removes what an emulator has left behind: unpacked code, objects, places in streams that are gone, choices made
    /// for it. Logs and what was built stay.
    pub fn clear_temporary(&self) -> Result<()> {
        let (checkpoints, choices) = (self.checkpoints(), self.choices());
        let (lists, schemas) = (self.opt_out_list(), self.schema_registry());
        for (removed, path) in [
            (std::fs::remove_dir_all(&checkpoints), checkpoints),
            (std::fs::remove_file(&choices), choices),
            (std::fs::remove_file(&lists), lists),
            (std::fs::remove_file(&schemas), schemas),
        ] {
            if let Err(error) = removed
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(error).with_context(|| format!("{} cannot be removed", path.display()));
            }
        }
        let tmp = self.tmp();
        std::fs::remove_dir_all(&tmp)
            .and_then(|()| std::fs::create_dir(&tmp))
            .with_context(|| format!("{} cannot be cleared", tmp.display()))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What runs where: written when the stack is up, removed when it is down.
    pub fn state_file(&self) -> PathBuf {
        self.path.join("local.json")
    }

    /// Held as long as the emulator or anything it started lives.
    pub fn lock_file(&self) -> PathBuf {
        self.path.join("emulator.lock")
    }

    /// Held as long as the mappings of the stack are run.
    pub fn runner_lock(&self) -> PathBuf {
        self.path.join("runner.lock")
    }

    /// What the runner says of itself, some times a second.
    pub fn runner_status(&self) -> PathBuf {
        self.path.join("runner.json")
    }

    /// What the mappings do where AWS says nothing. Belongs to one life of the emulator.
    pub fn choices(&self) -> PathBuf {
        self.path.join("choices.json")
    }

    /// What the stand-in of the opt-out lists holds. Belongs to one life of the emulator.
    pub fn opt_out_list(&self) -> PathBuf {
        self.path.join("opt-out-list.json")
    }

    /// What the stand-in of the schema registry holds. Belongs to one life of the emulator.
    pub fn schema_registry(&self) -> PathBuf {
        self.path.join("schema-registry.json")
    }

    /// How far each shard of each mapping is. Belongs to one life of the emulator.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// Writes a script into the folder, where the Python of the tools can run it.
    pub fn write_script(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        std::fs::write(&path, text)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(path)
    }

    /// Log of one part: `emulator`, `build`, `deploy`.
    pub fn log(&self, part: &str) -> PathBuf {
        self.path.join(format!("{part}.log"))
    }

    /// Home folder of everything started for the stack, so that no one's own AWS settings are read.
    pub fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    /// Temporary files; the emulator unpacks the functions' code here.
    pub fn tmp(&self) -> PathBuf {
        self.path.join("tmp")
    }

    /// Output of `sam build`.
    pub fn build(&self) -> PathBuf {
        self.path.join("build")
    }

    /// An empty configuration for SAM, so that samconfig.toml's settings for AWS are not taken.
    pub fn sam_config(&self) -> PathBuf {
        self.path.join("samconfig.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_found_from_any_folder_below_it() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("functions/sensor-ingest/src");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(root.path().join("template.yaml"), "").unwrap();
        assert_eq!(Project::find(&deep).unwrap().root(), root.path());
    }

    #[test]
    fn outside_a_project_the_error_names_what_is_looked_for() {
        let empty = tempfile::tempdir().unwrap();
        let error = Project::find(empty.path()).unwrap_err().to_string();
        assert!(error.contains("no template.yaml"), "{error}");
    }

    #[test]
    fn a_missing_tool_says_how_to_get_it() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("template.yaml"), "").unwrap();
        let project = Project::find(root.path()).unwrap();
        assert_eq!(
            project.program(Tools::Sam, "sam").unwrap_err().to_string(),
            ".tools/sam/bin/sam is missing: run `make setup`"
        );
    }
}
