"""An explanation for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    return _layer(document) if document["kind"] == "layer" else _file(document)


def _file(found: Mapping[str, Any]) -> Iterator[str]:
    integers, model = found["integers"], found["model"]
    yield f"{found['file']}: {found['bytes'] / 1e6:.2f} MB, sha256 {found['sha256']}"
    yield f"  precision      {found['precision']}"
    if integers["int8_convolutions"] and integers["float_layers"]:
        yield f"  in float       {', '.join(integers['float_layers'])}"
    yield f"  operators      {_counted(found['operators'])}"
    if found["kind"] == "artifact":
        yield f"  takes          {_tensor(found['input'])}"
        where = "at full size" if found["stride"] == 1 else f"at 1/{found['stride']} of the input's size"
        yield f"  gives          {_tensor(found['output'])}, {where}"
    yield f"  classes        {len(model['classes'])}: {', '.join(model['classes'])}"
    preprocessing = model["preprocessing"]
    yield (
        f"  network        layout {model['layout']}, trained on {preprocessing['order'].upper()}, mean"
        f" {_numbers(preprocessing['mean'])}, std {_numbers(preprocessing['std'])}"
        f"{'' if found['kind'] == 'checkpoint' or _normalises(found) else ' (inside the file)'}"
    )
    if not model["trained"]:
        yield "  UNTRAINED      its labels mean nothing"
    yield f"  checkpoint     {_checkpoint(model)}"
    if found["kind"] == "artifact":
        yield f"  made by        fastscnn-mobile {found['made_by'] or '(it does not say)'}"
        yield f"  manifest       {found['manifest']['said']}"
        if found["parity"] is not None:
            yield f"  agreement      {_agreement(found['parity'])}"
    for assumption in found.get("assumptions", ()):
        yield f"  assumed        {assumption}"


def _layer(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['layer']} of {found['of']}, at {found['size']}"
    yield f"  operator       {_operator(found['operator'])}{', in float' if found['in_float'] else ''}"
    for source in found["inputs"]:
        yield f"  takes          {source['name']}, {_map(source)}"
    yield f"  gives          {_map(found['output'])}"
    if found["weight"] is not None:
        yield f"  weight         {_weight(found['weight'])}"
    for picture in found["seen"]:
        yield f"  {picture['picture']:<14} {_usage(picture)}"
    agreement = found["agreement"]
    if agreement is not None:
        yield (
            f"  in the report  {agreement['differing']} of {agreement['values']} values differed from the"
            f" oracle's, by up to {agreement['greatest']:g} {agreement['unit']}"
        )
    for line in found["advice"]:
        yield f"  -> {line}"


def _counted(operators: Mapping[str, int]) -> str:
    often = sorted(operators.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{count} {name}" for name, count in often)


def _tensor(tensor: Mapping[str, Any]) -> str:
    axes = "x".join(map(str, tensor["shape"]))
    meaning = ""
    if tensor["scale"] is not None and tensor["scale"] != 1.0:
        meaning = f", value = (number - {tensor['zero_point']}) * {tensor['scale']:.7g}"
    return f"`{tensor['name']}`, {tensor['dtype']}, {axes} ({tensor['layout']}){meaning}"


def _normalises(found: Mapping[str, Any]) -> bool:
    """Whether the normalisation is left to who feeds the file."""
    return bool(found["kind"] == "artifact" and found["input"]["name"] == "input")


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:g}" for value in values)


def _checkpoint(model: Mapping[str, Any]) -> str:
    named = f" ({model['checkpoint']})" if model["checkpoint"] else ""
    return f"sha256 {model['checkpoint_sha256'] or '(not said)'}{named}"


def _agreement(parity: Mapping[str, Any]) -> str:
    against = parity.get("label_agreement_against", parity["against"])
    return f"{parity['label_agreement']:.4%} of the labels as {against}, when it was exported"


def _operator(operator: Mapping[str, Any]) -> str:
    if operator["kind"] is None:
        return "not said by the file; give the checkpoint or quantized file to see it"
    if "kernel" not in operator:
        return str(operator["kind"])
    kind = "depthwise conv" if operator["depthwise"] else "conv"
    kernel, stride = ("x".join(map(str, operator[key])) for key in ("kernel", "stride"))
    return f"{kind} {kernel}, stride {stride}, groups {operator['groups']}, {operator['activation']}"


def _map(tensor: Mapping[str, Any]) -> str:
    axes = "x".join(map(str, tensor["shape"]))
    if tensor["scale"] is None:
        return f"{axes}, float or labels"
    low, high = tensor["range"]
    scale = f"scale {tensor['scale']:.7g}, zero point {tensor['zero_point']}"
    return f"{axes}, int8: {scale}, {low:.4g} to {high:.4g}"


def _weight(weight: Mapping[str, Any]) -> str:
    axes = "x".join(map(str, weight["shape"]))
    if "scales" not in weight:
        return f"{axes} {weight['dtype']}, {weight['least']:.4g} to {weight['greatest']:.4g}"
    low, high = weight["scales"]
    return (
        f"{axes} int8, scales {low:.4g} to {high:.4g}, {weight['channels_at_127']:.0%} of the channels use"
        f" all steps, {weight['zeros']:.1%} zeros"
    )


def _usage(seen: Mapping[str, Any]) -> str:
    values = f"{seen['least']:.4g} to {seen['greatest']:.4g}"
    if "steps_used" not in seen:
        return f"{values}, mean {seen['mean']:.4g}"
    return f"{values}, {seen['steps_used']:.0%} of the steps, {seen['saturating']:.3%} saturating"
