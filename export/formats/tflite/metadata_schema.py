"""The part of TFLite's published metadata schema (version 1.5.0) that we write: fields in the order of slots.

A union takes two slots: what it holds, and the table itself.
"""

IDENTIFIER = b"M001"
SEGMENTER_IDENTIFIER = b"V001"
PARSER_VERSION = "1.5.0"
"""The first that knows custom metadata."""

FIELDS: dict[str, tuple[str, ...]] = {
    "ModelMetadata": (
        "name",
        "description",
        "version",
        "subgraph_metadata",
        "author",
        "license",
        "associated_files",
        "min_parser_version",
    ),
    "SubGraphMetadata": (
        "name",
        "description",
        "input_tensor_metadata",
        "output_tensor_metadata",
        "associated_files",
        "input_process_units",
        "output_process_units",
        "input_tensor_groups",
        "output_tensor_groups",
        "custom_metadata",
    ),
    "TensorMetadata": (
        "name",
        "description",
        "dimension_names",
        "content",
        "process_units",
        "stats",
        "associated_files",
    ),
    "Content": ("content_properties_type", "content_properties", "range"),
    "FeatureProperties": (),
    "ImageProperties": ("color_space", "default_size"),
    "ProcessUnit": ("options_type", "options"),
    "NormalizationOptions": ("mean", "std"),
    "Stats": ("max", "min"),
    "AssociatedFile": ("name", "description", "type", "locale", "version"),
    "CustomMetadata": ("name", "data"),
    "ImageSegmenterOptions": ("activation", "min_parser_version"),
}

CONTENT = {"FeatureProperties": 1, "ImageProperties": 2}
NORMALIZATION = 1
"""NormalizationOptions in the union of process units."""
COLOR_SPACE = {"unknown": 0, "rgb": 1}
FILE_TYPE = {"axis labels": 2, "value labels": 3}
ACTIVATION = {"none": 0, "softmax": 2}
