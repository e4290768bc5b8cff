//! The SAM template as JSON, for tests that hold template and code together.

mod yaml;

use std::path::Path;

use serde_json::{Map, Value};

/// A CloudFormation or SAM template in YAML whose short forms are written out.
///
/// `!Ref X` is `{"Ref": "X"}`, `!GetAtt A.B` is `{"Fn::GetAtt": ["A", "B"]}`, `!Condition X` is `{"Condition": "X"}`
/// and any other `!Name` is `{"Fn::Name": …}`.
///
/// ```
/// let template = testkit::Template::parse("Outputs: {Name: {Value: !Ref SensorTable}}");
/// assert_eq!(template.outputs()["Name"]["Value"]["Ref"], "SensorTable");
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    root: Value,
}

/// What a section that is not there is taken for.
static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

impl Template {
    /// Reads the template in this file.
    pub fn load(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("template {}: {error}", path.display()));
        Self::parse(&text)
    }

    /// Reads a template. A key that occurs twice is an error.
    pub fn parse(text: &str) -> Self {
        match yaml::read(text) {
            Ok(root) => Self { root },
            Err(error) => panic!("template: {error}"),
        }
    }

    /// The whole template.
    pub const fn root(&self) -> &Value {
        &self.root
    }

    /// The section `Parameters`; empty when there is none, like the other sections.
    pub fn parameters(&self) -> &Map<String, Value> {
        self.section("Parameters")
    }

    /// The section `Conditions`.
    pub fn conditions(&self) -> &Map<String, Value> {
        self.section("Conditions")
    }

    /// The section `Globals`.
    pub fn globals(&self) -> &Map<String, Value> {
        self.section("Globals")
    }

    /// The section `Resources`.
    pub fn resources(&self) -> &Map<String, Value> {
        self.section("Resources")
    }

    /// The section `Outputs`.
    pub fn outputs(&self) -> &Map<String, Value> {
        self.section("Outputs")
    }

    /// The resource with this logical id; it has to be there.
    pub fn resource(&self, id: &str) -> &Value {
        let resource = self.resources().get(id);
        resource.unwrap_or_else(|| panic!("template: no resource {id}"))
    }

    /// The resources of this type with their logical ids, sorted by id.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.resources()
            .iter()
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(id, resource)| (id.as_str(), resource))
    }

    fn section(&self, name: &str) -> &Map<String, Value> {
        let section = self.root.get(name).and_then(Value::as_object);
        section.unwrap_or(&EMPTY)
    }
}
