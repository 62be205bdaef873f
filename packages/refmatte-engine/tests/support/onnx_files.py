"""Small networks in the real input and output form of YuNet and of the gender and age networks."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from refmatte_engine.labellers.base import Weights

FACE_SIDE = 40
"""Pixels of the box that `red_face_detector` puts around a red cell of 32 pixels."""

LANDMARKS = ((-0.3, -0.3), (0.3, -0.3), (0.0, 0.0), (-0.2, 0.3), (0.2, 0.3))
"""Right eye, left eye, nose, corners of the mouth, from the cell's middle, in cells."""


def weights_of(name: str, path: Path) -> Weights:
    return Weights(name, path, hashlib.sha256(path.read_bytes()).hexdigest())


def red_face_detector(
    path: Path, *, landmarks: tuple[tuple[float, float], ...] = LANDMARKS, without: str = ""
) -> Weights:
    """YuNet's 12 outputs at strides 8, 16, 32, for pictures of any size, in blue, green, red, 0..255.

    A cell of 32 pixels is a face as far as it is red and nothing else; its box has `FACE_SIDE` pixels around the
    middle. The finer strides see nothing.

    Args:
        without: name of an output to leave out.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, outputs = [], [], []
    points = [0.5 + shift for point in landmarks for shift in point]
    bias = {"bbox": [0.5, 0.5, *[float(np.log(FACE_SIDE / 32))] * 2], "kps": points, "cls": [0.0], "obj": [0.0]}
    constants += [
        numpy_helper.from_array(np.array(0.0, np.float32), "low"),
        numpy_helper.from_array(np.array(1.0, np.float32), "high"),
    ]
    for stride in (8, 16, 32):
        pooled = f"pooled_{stride}"
        square = [stride, stride]
        nodes.append(helper.make_node("AveragePool", ["input"], [pooled], kernel_shape=square, strides=square))
        for part, shift in bias.items():
            name, width = f"{part}_{stride}", len(shift)
            weight = np.zeros((width, 3, 1, 1), np.float32)
            if part in {"cls", "obj"} and stride == 32:
                weight[0, :, 0, 0] = np.array([-2.0, -2.0, 2.0]) / 255.0
            constants += [
                numpy_helper.from_array(weight, f"w_{name}"),
                numpy_helper.from_array(np.array(shift, np.float32), f"b_{name}"),
                numpy_helper.from_array(np.array([1, -1, width], np.int64), f"s_{name}"),
            ]
            nodes += [
                helper.make_node("Conv", [pooled, f"w_{name}", f"b_{name}"], [f"c_{name}"], kernel_shape=[1, 1]),
                helper.make_node("Transpose", [f"c_{name}"], [f"t_{name}"], perm=[0, 2, 3, 1]),
            ]
            last = name
            if part in {"cls", "obj"}:
                nodes.append(helper.make_node("Reshape", [f"t_{name}", f"s_{name}"], [f"r_{name}"]))
                nodes.append(helper.make_node("Clip", [f"r_{name}", "low", "high"], [last]))
            else:
                nodes.append(helper.make_node("Reshape", [f"t_{name}", f"s_{name}"], [last]))
            if name != without:
                outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, width]))
    if without:
        nodes = [node for node in nodes if without not in node.output]
    shape = [1, 3, 640, 640]
    graph = helper.make_graph(
        nodes, "yunet", [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)], outputs, constants
    )
    return _saved(graph, path, "yunet")


def mean_color_classifier(
    path: Path, name: str, weight: np.ndarray, *, softmax: bool = True, shape: tuple[int, ...] = (1, 3, 224, 224)
) -> Weights:
    """A network whose logits are `weight` (classes, 3) times the mean of each channel of its input."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weight"], ["logits" if softmax else "output"], transB=1),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["logits"], ["output"], axis=1))
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, len(weight)])],
        [numpy_helper.from_array(weight.astype(np.float32), "weight")],
    )
    return _saved(graph, path, name)


def _saved(graph, path: Path, name: str) -> Weights:
    import onnx
    from onnx import helper

    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return weights_of(name, path)
