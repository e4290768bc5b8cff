"""What the Python originals make of each line of standard input: one JSON object in, one out."""

import base64
import decimal
import gzip
import io
import json
import random
import struct
import sys
import tempfile
import uuid
import zlib

import aws_kinesis_agg.aggregator
import aws_kinesis_agg.deaggregator
import aws_kinesis_agg.messages_pb2
import aws_schema_registry.serde
import fastavro
import google.protobuf.descriptor_pb2
import google.protobuf.descriptor_pool
import google.protobuf.json_format
import google.protobuf.message_factory
import grpc_tools.protoc
import zstandard
from aws_schema_registry import DataAndSchema, SchemaVersion
from aws_schema_registry.avro import AvroSchema
from aws_schema_registry.jsonschema import JsonSchema


def text(data):
    return base64.b64encode(data).decode()


def kpl_read(case):
    # As Lambda hands it over.
    record = {"kinesis": {"data": case["data"], "partitionKey": "outer", "sequenceNumber": "1",
                          "kinesisSchemaVersion": "1.0", "approximateArrivalTimestamp": 1.0}}
    users = aws_kinesis_agg.deaggregator.deaggregate_records([record])
    if users == [record] or not is_complete(base64.b64decode(case["data"])):
        return {"plain": True}
    users = [user["kinesis"] for user in users]
    assert [user["subSequenceNumber"] for user in users] == list(range(len(users)))
    return {"records": [kpl_user(user) for user in users]}


def is_complete(data):
    """Python's protobuf takes messages without their required fields; that of the producer and of the KCL does not."""
    return aws_kinesis_agg.messages_pb2.AggregatedRecord.FromString(data[4:-16]).IsInitialized()


def kpl_user(user):
    # A key that is not UTF-8 comes as bytes.
    if isinstance(user["partitionKey"], bytes):
        return None
    return [user["partitionKey"], user["explicitHashKey"], user["data"].decode()]


def kpl_write(case):
    aggregator = aws_kinesis_agg.aggregator.RecordAggregator()
    for key, hash_key, data in case["records"]:
        assert aggregator.add_user_record(key, base64.b64decode(data), hash_key) is None, "it is full"
    return {"data": text(aggregator.clear_and_get().get_contents()[2])}


def inflate(case):
    data = base64.b64decode(case["data"])
    of = {"gzip": gzip.decompress, "zlib": zlib.decompress,
          # Whether or not the frame says how long it becomes.
          "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)}
    return {"data": text(of[case["compression"]](data))}


def compress(case):
    data = base64.b64decode(case["data"])
    half = len(data) // 2
    members = gzip.compress(data[:half], 1) + gzip.compress(data[half:], 9)
    # Without the length in the frame, with a checksum.
    zstd = zstandard.ZstdCompressor(level=19, write_checksum=True, write_content_size=False)
    return {
        "gzip": [text(gzip.compress(data, level)) for level in (0, 1, 9)] + [text(members)],
        "zlib": [text(zlib.compress(data, level)) for level in (0, 1, 9)],
        "zstd": [text(zstandard.ZstdCompressor(level=level).compress(data)) for level in (-5, 3, 19)]
        + [text(zstd.compress(data))],
    }


def same(ours, theirs):
    """Whether our JSON, with decimals for numbers that are not whole, is what fastavro has read."""
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, bytes):
        return ours == text(theirs)
    if isinstance(theirs, uuid.UUID):
        return ours == str(theirs)
    if isinstance(theirs, decimal.Decimal):
        return decimal.Decimal(ours).as_tuple() == theirs.as_tuple()
    if isinstance(theirs, float):
        if theirs != theirs:
            return ours == "NaN"
        ours = float(ours)
        # Of a float of 32 bits Python has the double of the same value, we have the shortest text.
        return ours == theirs or narrow(theirs) == theirs and narrow(ours) == theirs
    return type(ours) is type(theirs) and ours == theirs


def narrow(value):
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return None


def without_times(schema):
    """Times stay the numbers they are in Avro, as in our JSON."""
    if isinstance(schema, list):
        return [without_times(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: without_times(value) for key, value in schema.items()}
    if str(kept.get("logicalType", "")).startswith(("time", "date", "local")):
        del kept["logicalType"]
    return kept


def avro(case):
    datum = base64.b64decode(case["datum"])
    writer = json.loads(case["writer"])
    reader = json.loads(case["reader"]) if case["reader"] else None
    ours = json.loads(case["text"], parse_float=decimal.Decimal)
    plain = [without_times(schema) if schema else None for schema in (writer, reader)]
    theirs = fastavro.schemaless_reader(io.BytesIO(datum), *plain)
    if not same(ours, theirs):
        return {"error": f"fastavro reads {theirs!r}"}
    # Read with all logical types and written again: what comes back is its own.
    value = fastavro.schemaless_reader(io.BytesIO(datum), writer)
    again = io.BytesIO()
    fastavro.schemaless_writer(again, writer, value)
    return {"again": text(again.getvalue())}


class Registry:
    """The client of a registry that has one schema."""

    def __init__(self, case):
        self.version = SchemaVersion("schema", uuid.UUID(case["id"]), case["schema"], case["format"], "AVAILABLE", 1)

    def get_schema_version(self, version_id):
        assert version_id == self.version.version_id
        return self.version

    def get_or_register_schema_version(self, **_):
        return self.version


def glue(case):
    registry = Registry(case)
    data = base64.b64decode(case["data"])
    value = aws_schema_registry.serde.KafkaDeserializer(registry).deserialize("topic", data).data
    schema = (AvroSchema if case["format"] == "AVRO" else JsonSchema)(case["schema"])
    serializer = aws_schema_registry.serde.KafkaSerializer(registry)
    plain = serializer.serialize("topic", DataAndSchema(value, schema))
    payload, version_id = aws_schema_registry.codec.decode(plain)
    return {"value": value,
            "again": [text(plain), text(aws_schema_registry.codec.encode(payload, version_id, compression=True))]}


def protobuf(case):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/schema.proto", "w", encoding="utf-8") as file:
            file.write(case["schema"])
        code = grpc_tools.protoc.main(["protoc", f"-I{folder}", f"--descriptor_set_out={folder}/set", "schema.proto"])
        assert code == 0, "protoc refuses the schema"
        with open(f"{folder}/set", "rb") as file:
            files = google.protobuf.descriptor_pb2.FileDescriptorSet.FromString(file.read())
    pool = google.protobuf.descriptor_pool.DescriptorPool()
    pool.Add(files.file[0])

    def names(messages, prefix):
        for message in messages:
            name = f"{prefix}{message.name}"
            yield name
            yield from names(message.nested_type, f"{name}.")

    # The index that the Java serializer writes (MessageIndexFinder): there is no Python original of it.
    package = files.file[0].package
    every = sorted(names(files.file[0].message_type, f"{package}." if package else ""))
    descriptor = pool.FindMessageTypeByName(case["message"])
    rng = random.Random(case["seed"])
    results = []
    for _ in range(case["count"]):
        message = google.protobuf.message_factory.GetMessageClass(descriptor)()
        fill(message, rng, 0)
        as_json = google.protobuf.json_format.MessageToDict(
            message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        results.append([text(message.SerializeToString()), as_json])
    return {"index": every.index(case["message"]), "messages": results}


def fill(message, rng, depth):
    for field in message.DESCRIPTOR.fields:
        if rng.random() < 0.3 and not field.is_required:
            continue
        if field.message_type and field.message_type.GetOptions().map_entry:
            key, value = (field.message_type.fields_by_name[name] for name in ("key", "value"))
            target = getattr(message, field.name)
            for _ in range(rng.randrange(4)):
                if value.message_type:
                    fill(target[scalar(key, rng)], rng, depth + 1)
                else:
                    target[scalar(key, rng)] = scalar(value, rng)
        elif field.message_type:
            if depth > 3:
                continue
            if field.is_repeated:
                for _ in range(rng.randrange(3)):
                    fill(getattr(message, field.name).add(), rng, depth + 1)
            else:
                getattr(message, field.name).SetInParent()
                fill(getattr(message, field.name), rng, depth + 1)
        elif field.is_repeated:
            getattr(message, field.name).extend(scalar(field, rng) for _ in range(rng.randrange(5)))
        else:
            setattr(message, field.name, scalar(field, rng))


def scalar(field, rng):
    kind = field.cpp_type
    if field.enum_type:
        return rng.choice(field.enum_type.values).number
    if kind in (field.CPPTYPE_INT32, field.CPPTYPE_INT64):
        bits = 31 if kind == field.CPPTYPE_INT32 else 63
        return rng.choice([0, 1, -1, 2**bits - 1, -(2**bits), rng.randrange(-(2**bits), 2**bits)])
    if kind in (field.CPPTYPE_UINT32, field.CPPTYPE_UINT64):
        bits = 32 if kind == field.CPPTYPE_UINT32 else 64
        return rng.choice([0, 1, 2**bits - 1, rng.randrange(2**bits)])
    if kind == field.CPPTYPE_BOOL:
        return rng.random() < 0.5
    if kind == field.CPPTYPE_FLOAT:
        return rng.choice([0.0, -1.5, float("inf"), float("nan"), rng.uniform(-1e6, 1e6), rng.uniform(-1e-6, 1e-6)])
    if kind == field.CPPTYPE_DOUBLE:
        return rng.choice([0.0, -0.1, float("-inf"), float("nan"), 5e-324, 1.7976931348623157e308, rng.gauss(0, 1e9)])
    if field.type == field.TYPE_BYTES:
        return rng.randbytes(rng.randrange(20))
    return "".join(rng.choice("ab \"\\\n\u0000é\u20ac\U0001f600") for _ in range(rng.randrange(12)))


def main():
    command = {"avro": avro, "compress": compress, "glue": glue, "inflate": inflate, "kpl-read": kpl_read,
               "kpl-write": kpl_write, "protobuf": protobuf}[sys.argv[1]]
    for line in sys.stdin.buffer:
        try:
            result = command(json.loads(line))
        except Exception as error:  # noqa: BLE001: the test names the case it was.
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result))


main()
