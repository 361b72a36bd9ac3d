"""Images from files: facts of the real sets, idx files written here, and every mistake."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from collapse import Images, load_images
from collapse.data.corpus import held_apart
from collapse.data.images import from_characters, in_characters
from collapse.errors import UserError
from tests.shared import shared

MNIST = {  # set: count, mean pixel, sd, images of each class, first labels
    "train": (60_000, 0.130660, 0.308108, "5923 6742 5958 6131 5842 5421 5918 6265 5851 5949"),
    "t10k": (10_000, 0.132515, 0.310480, "980 1135 1032 1010 982 892 958 1028 974 1009"),
}
FIRST = {"train": [5, 0, 4, 1, 9, 2, 1, 3, 1, 4], "t10k": [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]}
DIGITS = {  # file: count, mean pixel of 16, images of each class
    "tra": (3823, 4.92397, "376 389 380 389 387 376 377 387 380 382", "3273a01fdf5d"),
    "tes": (1797, 4.88416, "178 182 177 183 181 182 181 179 174 180", "e31b7ccbf8cc"),
}


def idx(array, magic=None):
    """The bytes of an idx file, written from its description."""
    array = np.asarray(array, np.uint8)
    head = struct.pack(">BBBB", 0, 0, 8, array.ndim) if magic is None else magic
    return head + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def mistake(*arguments, **named):
    with pytest.raises(UserError) as caught:
        load_images(*arguments, **named)
    return caught.value.sentences


@pytest.mark.data
@pytest.mark.parametrize("part", MNIST)
def test_facts_of_mnist(part):
    count, mean, sd, classes = MNIST[part]
    path = shared(f"mnist/{part}-images-idx3-ubyte.gz")
    images = load_images(path, shared(f"mnist/{part}-labels-idx1-ubyte.gz"))
    assert images.pixels.shape == (count, 28, 28)
    assert (images.pixels.dtype, images.labels.dtype) == (np.float32, np.int32)
    assert (images.pixels.min(), images.pixels.max()) == (0, 1)
    assert images.facts["mean"] == pytest.approx(mean, abs=5e-7)
    assert images.pixels.mean(dtype=float) == pytest.approx(mean, abs=1e-6)
    assert images.pixels.std(dtype=float) == pytest.approx(sd, abs=1e-6)
    assert images.facts["classes"] == list(map(int, classes.split()))
    assert images.labels[:10].tolist() == FIRST[part]
    assert images.facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (images.name, images.source) == (f"{part}-images-idx3-ubyte", str(path))


@pytest.mark.data
@pytest.mark.parametrize("part", DIGITS)
def test_facts_of_the_digits(part):
    count, mean, classes, sha256 = DIGITS[part]
    images = load_images(shared(f"optdigits/optdigits.{part}.gz"))
    assert images.pixels.shape == (count, 8, 8)
    assert images.facts["mean"] * 16 == pytest.approx(mean, abs=5e-6)
    assert images.facts["classes"] == list(map(int, classes.split()))
    assert images.facts["sha256"].startswith(sha256)
    assert np.bincount(images.labels).tolist() == images.facts["classes"]


@pytest.mark.data
def test_the_digits_are_those_of_scikit_learn():
    """The test file is what scikit-learn ships: pixel by pixel, as far as it is installed."""
    datasets = pytest.importorskip("sklearn.datasets")
    images, theirs = load_images(shared("optdigits/optdigits.tes.gz")), datasets.load_digits()
    np.testing.assert_array_equal(images.pixels * 16, theirs.images)
    np.testing.assert_array_equal(images.labels, theirs.target)
    assert (images.pixels.transpose(0, 2, 1) * 16 != theirs.images).any()  # the check can fail


def test_idx_written_here_comes_back(write):
    raw = np.random.default_rng(0).integers(0, 256, (7, 3, 5))
    labels = np.arange(7) % 3
    plain = load_images(write("a-idx3", idx(raw)), write("b-idx1", idx(labels)))
    np.testing.assert_array_equal(np.rint(plain.pixels * 255), raw)
    np.testing.assert_array_equal(plain.rows[4], plain.pixels[4].ravel())
    np.testing.assert_array_equal(plain.labels, labels)
    packed = load_images(write("a.gz", gzip.compress(idx(raw))))
    np.testing.assert_array_equal(packed.pixels, plain.pixels)
    assert packed.labels is None
    assert "classes" not in packed.facts
    told = {"count": 7, "height": 3, "width": 5, "mean": pytest.approx(raw.mean() / 255)}
    assert {name: plain.facts[name] for name in told} == told
    assert plain.facts["classes"] == [3, 2, 2]
    with pytest.raises(AssertionError):  # the axes are not interchangeable
        np.testing.assert_array_equal(
            load_images(write("c", idx(raw.transpose(0, 2, 1)))).rows, plain.rows
        )


def digit(pixels=(0,) * 64, label=3):
    return ",".join(map(str, [*pixels, label]))


def test_a_digits_file_written_here_comes_back(write):
    raw = np.random.default_rng(1).integers(0, 17, (4, 64))
    text = "\r\n".join(digit(row, i) for i, row in enumerate(raw.tolist())) + "\r\n\r\n"
    images = load_images(write("some.csv", text))
    np.testing.assert_array_equal(images.rows * 16, raw)
    assert images.labels.tolist() == [0, 1, 2, 3]
    assert (images.name, images.facts["count"]) == ("some", 4)


def test_splits_are_fixed_whole_and_those_of_a_corpus(write):
    raw = np.arange(30)[:, None, None] * np.ones((30, 2, 2))
    images = load_images(write("a", idx(raw)), write("b", idx(np.arange(30))))
    train, held = images.split(0.2, key=7)
    assert isinstance(train, Images)
    assert (len(train.pixels), len(held.pixels)) == (24, 6)
    for part in (train, held):  # labels go with their images
        np.testing.assert_array_equal(np.rint(part.pixels[:, 0, 0] * 255), part.labels)
    assert sorted([*train.labels, *held.labels]) == list(range(30))
    np.testing.assert_array_equal(held.labels, held_apart(30, 0.2, 7)[1])
    assert held.labels.tolist() != images.split(0.2, key=8)[1].labels.tolist()
    bare = load_images(write("a", idx(raw))).split()
    assert [part.labels for part in bare] == [None, None]
    assert [len(part.pixels) for part in bare] == [27, 3]


GOOD = idx(np.zeros((2, 3, 3)))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\0\0\7" + GOOD[3:], "not an idx file: it starts with 00 00 07 03"),
        (b"\x89PNG\0\0\0\r", "start with the magic number 00 00 08 03"),
        (b"\0\0\x0d" + GOOD[3:], "holds floats"),
        (idx(np.zeros(2)), "holds labels, not images"),
        (idx(np.zeros((2, 2, 2, 2))), "holds an array of 4 axes, not images"),
        (GOOD[:-1], "is truncated: 33 of 34 bytes"),
        (GOOD[:9], "is truncated"),
        (GOOD + b"\0", "is damaged: 35 bytes, 1 more"),
        (idx(np.zeros((0, 3, 3))), "holds no images: its shape is (0, 3, 3)"),
        (gzip.compress(GOOD, mtime=0)[:-9], "truncated gzip"),
        (b"", "is empty"),
        (b"pixel0,pixel1,label\n", "line 1 has 3 numbers, not 65"),
        (digit(["0"] * 9 + ["x"] + ["0"] * 54), "line 1, column 10 is 'x', not a whole number"),
        (digit(["0.5"] + ["0"] * 63), "column 1 is '0.5'"),
        (digit([17] + [0] * 63), "line 1, column 1 is 17, and pixels must be from 0 to 16"),
        (digit([0] * 63 + [-1]), "column 64 is -1"),
        (digit(label=-2), "has class -2"),
    ],
)
def test_bad_files_are_told(write, content, told):
    path = write("bad.bin", content)
    assert sum(told in sentence and "bad.bin" in sentence for sentence in mistake(path)) == 1


def test_mistakes_are_told_together(write, tmp_path):
    images, labels = write("images", GOOD), write("labels", idx(np.arange(3)))
    (told,) = mistake(images, labels)
    assert "2 images" in told
    assert "3 labels" in told
    (told,) = mistake(images, images)
    assert "holds images, not labels" in told
    assert len(mistake(write("cut", GOOD[:-1]), tmp_path / "none")) == 2
    table = write(
        "digits.csv", digit() + "\n" + digit([99] + [0] * 63) + "\n1,2\n" + digit("x" * 64)
    )
    assert len(mistake(table)) == 4
    assert sum("line" in told for told in mistake(table)) == 4
    assert "Leave out the labels" in mistake(write("good.csv", digit()), labels)[0]
    many = mistake(write("many.csv", "1,2\n" * 9))
    assert "4 more lines" in many[5]


def test_images_in_characters_come_back():
    """To half a shade; brighter than bright is bright. Rows and columns are told apart."""
    pixels = np.random.default_rng(0).random((3, 5))
    pixels[0, 0], pixels[2, 4] = 0, 1
    text = in_characters(pixels)
    assert [len(line) for line in text.split("\n")] == [0, 5, 5, 5]
    np.testing.assert_allclose(from_characters(text), pixels, atol=0.05 + 1e-9)
    dark = in_characters(np.zeros((2, 3)))  # nothing but blanks
    assert from_characters(dark).shape == (2, 3)
