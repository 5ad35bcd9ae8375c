//! What the program writes, as JSON Schemas: made of the types that are written.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::model::{Event, Plan, schema};

/// A saved plan.
pub fn plan() -> Value {
    of::<Plan>()
}

/// A line of a journal or of a stream.
pub fn event() -> Value {
    open(of::<Event>())
}

/// The findings of `lint`.
pub fn lint() -> Value {
    of::<crate::cli::lint::Document>()
}

/// The report in JSON.
pub fn report() -> Value {
    open(finished(crate::report::schema(&mut generator())))
}

/// What is printed of this type, to which later versions may add.
pub fn printed<T: JsonSchema>() -> Value {
    open(of::<T>())
}

fn of<T: JsonSchema>() -> Value {
    finished(generator().root_schema_for::<T>())
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into_generator()
}

fn finished(mut schema: Schema) -> Value {
    Plain.transform(&mut schema);
    schema.to_value()
}

/// What later versions may add to is not refused: readers pass over fields that they do not know.
fn open(mut schema: Value) -> Value {
    if let Ok(schema) = <&mut Schema>::try_from(&mut schema) {
        Open.transform(schema);
    }
    schema
}

struct Open;

impl Transform for Open {
    fn transform(&mut self, schema: &mut Schema) {
        for closed in ["additionalProperties", "unevaluatedProperties"] {
            if schema.get(closed) == Some(&Value::Bool(false)) {
                schema.remove(closed);
            }
        }
        transform_subschemas(self, schema);
    }
}

/// Says in the words of readers what the types say in those of their authors.
struct Plain;

impl Transform for Plain {
    fn transform(&mut self, schema: &mut Schema) {
        schema::words(schema);
        if let Some(Value::String(about)) = schema.get_mut("description") {
            *about = about.replace("[`Self::", "`").replace("[`", "`").replace("`]", "`");
        }
        transform_subschemas(self, schema);
    }
}
