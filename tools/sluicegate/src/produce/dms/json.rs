//! JSON text as DMS lays it out.

use serde_json::Value;

/// A value whose numbers keep their digits and whose fields keep their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// Text as it stands.
    Raw(String),
    /// Fields in their order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A string.
    pub fn string(text: &str) -> Self {
        Self::Raw(Value::from(text).to_string())
    }

    /// An object.
    pub fn object<N: Into<String>>(fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value));
        Self::Object(fields.collect())
    }

    /// A whole number.
    pub fn number(number: u64) -> Self {
        Self::Raw(number.to_string())
    }

    /// The fields of an object; of anything else none.
    pub fn fields(&mut self) -> Option<&mut Vec<(String, Self)>> {
        match self {
            Self::Object(fields) => Some(fields),
            Self::Raw(_) => None,
        }
    }

    /// The value of a field, if there is one.
    pub fn get(&mut self, name: &str) -> Option<&mut Self> {
        let fields = self.fields()?.iter_mut();
        let mut found = fields.filter_map(|(other, value)| (other == name).then_some(value));
        found.next()
    }

    /// Puts another value into a field.
    pub fn set(&mut self, name: &str, to: &str) {
        if let Some(value) = self.get(name) {
            *value = Self::Raw(to.to_owned());
        }
    }

    /// Puts a field last, whether it was there or left out.
    pub fn put(&mut self, name: &str, text: &str) {
        self.remove(name);
        if let Some(fields) = self.fields() {
            fields.push((name.to_owned(), Self::Raw(text.to_owned())));
        }
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) {
        if let Some(fields) = self.fields() {
            fields.retain(|(other, _)| other != name);
        }
    }

    /// On one line.
    pub fn line(&self) -> String {
        let mut text = String::with_capacity(1_024);
        self.write(&mut text, None);
        text
    }

    /// On many lines, indented by tabs.
    pub fn indented(&self) -> String {
        let mut text = String::with_capacity(1_024);
        self.write(&mut text, Some(0));
        text
    }

    fn write(&self, text: &mut String, depth: Option<usize>) {
        let fields = match self {
            Self::Raw(raw) => return text.push_str(raw),
            Self::Object(fields) => fields,
        };
        let inner = depth.map(|depth| depth + 1);
        text.push('{');
        for (index, (name, value)) in fields.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            begin_line(text, inner);
            // The names are of letters, `-` and `_`.
            text.extend(["\"", name, "\":"]);
            if depth.is_some() {
                text.push('\t');
            }
            value.write(text, inner);
        }
        if !fields.is_empty() {
            begin_line(text, depth);
        }
        text.push('}');
    }
}

fn begin_line(text: &mut String, depth: Option<usize>) {
    if let Some(depth) = depth {
        text.push('\n');
        text.extend(std::iter::repeat_n('\t', depth));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_laid_out_in_both_ways() {
        let mut json = Json::object([
            ("b", Json::number(1)),
            ("a", Json::object([("c", Json::string("\n"))])),
            ("d", Json::object::<String>([])),
        ]);
        assert_eq!(json.line(), r#"{"b":1,"a":{"c":"\n"},"d":{}}"#);
        assert_eq!(
            json.indented(),
            "{\n\t\"b\":\t1,\n\t\"a\":\t{\n\t\t\"c\":\t\"\\n\"\n\t},\n\t\"d\":\t{}\n}"
        );
        json.set("b", "2");
        json.remove("d");
        json.set("e", "3");
        assert_eq!(json.line(), r#"{"b":2,"a":{"c":"\n"}}"#);
    }
}
