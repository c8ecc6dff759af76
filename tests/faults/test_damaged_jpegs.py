"""JPEGs whose bytes were changed (I2, I15): told by the hash, by what libjpeg complains of, or not at all."""

import cv2
import numpy as np
import pytest

from ingest.imagery.frames import decode, header
from ingest.run import ingest_package
from pavement.errors import ImageError
from pavement.store import published
from sample_data.faulty.images import sound_frame
from sample_data.frames import CAMERA as SAMPLE_CAMERA
from tests.ingest.builders import package

from .test_images import exif, jpeg, road, survey, with_segments

COUNT = 40
KINDS = {
    "colour": (road(), []),
    "grey": (road()[..., 0], []),
    "progressive": (road(), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    "restarts": (road(), [cv2.IMWRITE_JPEG_RST_INTERVAL, 20]),
    "full colour": (road(), [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]),
}


def encoded(kind):
    image, how = KINDS[kind]
    return cv2.imencode(".jpg", image, how)[1].tobytes()


def overwritten(data, seed, *, count=40):
    """Return a JPEG with bytes of its pixels changed."""
    rng = np.random.default_rng(seed)
    at = int(rng.integers(data.index(b"\xff\xda") + 20, len(data) - count - 2))
    return data[:at] + rng.bytes(count) + data[at + count :]


def by_opencv(data, capfd):
    """Return what OpenCV makes of an image, and what libjpeg says of it on the way."""
    capfd.readouterr()
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    return image, capfd.readouterr().err


def answer(data):
    """Return the pixels of an image, or None and why it is refused."""
    try:
        return decode(data, name="a.jpg"), None
    except ImageError as error:
        return None, error


@pytest.mark.parametrize("kind", KINDS)
def test_i15_all_that_the_decoder_complains_of_is_refused(kind, capfd):
    """Judged by another decoder: what it says on stderr; what it is silent about has the same pixels."""
    data, refused = encoded(kind), 0
    for seed in range(COUNT):
        bad = overwritten(data, seed)
        image, said = by_opencv(bad, capfd)
        pixels, refusal = answer(bad)
        if refusal is None:
            assert not said
            np.testing.assert_array_equal(pixels, image)
        else:
            refused += 1
            assert refusal.message.startswith("a.jpg: is ")
            assert "Copy the frame again" in refusal.cure
        # the decoder of the product itself says nothing there
        assert capfd.readouterr().err == ""
    assert refused >= COUNT / 4


@pytest.mark.parametrize("kind", KINDS)
def test_i15_sound_jpegs_have_the_pixels_of_another_decoder(kind, capfd):
    data = encoded(kind)
    image, said = by_opencv(data, capfd)
    assert not said
    np.testing.assert_array_equal(decode(data, name="a.jpg"), image)


@pytest.mark.real
def test_i15_no_sound_frame_of_real_surveys_is_refused(shared, capfd):
    paths = sorted((shared / "data/cracks").glob("*/images/*.jpg"))[::7]
    assert len(paths) > 140
    for path in paths:
        data = path.read_bytes()
        np.testing.assert_array_equal(decode(data, name=path.name), by_opencv(data, capfd)[0])


def first(damaged, wanted):
    """Return the first of damaged images whose answer is as wanted."""
    return next(data for data in damaged if wanted(*answer(data)))


def test_i15_a_damaged_frame_is_one_record_with_name_words_and_cure(tmp_path):
    good = jpeg(road())
    bad = first((overwritten(good, seed) for seed in range(COUNT)), lambda _, refusal: refusal is not None)
    assert header(bad, name="b.jpg").width == 900
    result = survey(tmp_path, {"a.jpg": good, "b.jpg": bad, "c.jpg": jpeg(road(seed=9))})
    assert result.frames["frame"].tolist() == ["a", "c"]
    (fault,) = result.faults.to_dict("records")
    assert (fault["file"], fault["rule"]) == ("b.jpg", "image")
    assert fault["message"].startswith("b.jpg: is damaged; the decoder says: ")
    assert fault["cure"].startswith("Copy the frame again from the vehicle.")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_i8_a_jpeg_is_turned_as_another_decoder_turns_it(orientation):
    data = with_segments(jpeg(road()), exif(orientation))
    other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(decode(data, name="a.jpg", orientation="apply"), other)


HEAD = "frame,file,route,direction,lane,measure_m,length_m,taken_at\n"
DATA = [{"kind": "frames", "files": "frames/*.jpg", "positions": "positions.csv"}]


def sent(folder, **how):
    rows = [f"{n},frames/{n}.jpg,N1,S,1,{m},2.0,2024-03-02T00:30:00+08:00" for n, m in (("a", 10000), ("b", 10010))]
    files = {"positions.csv": HEAD + "\n".join(rows) + "\n", "frames/a.jpg": sound_frame()}
    files["frames/b.jpg"] = sound_frame("black")
    return package(folder, files, DATA, camera=SAMPLE_CAMERA, **how)


def test_i2_bytes_changed_unnoticed_by_the_decoder_are_caught_by_the_hash(served, settings, tmp_path):
    folder = sent(tmp_path / "p")
    frame = folder / "frames" / "a.jpg"
    sound = frame.read_bytes()
    damaged = (overwritten(sound, seed, count=1) for seed in range(COUNT))
    shown = decode(sound, name="a.jpg")
    frame.write_bytes(first(damaged, lambda pixels, refusal: refusal is None and not np.array_equal(pixels, shown)))
    report = ingest_package(folder, store=served, settings=settings)
    fault = report.faults[report.faults["rule"] == "sha256"].iloc[0]
    assert fault["file"] == "frames/a.jpg"
    assert fault["cure"]
    assert "a" not in set(published.table(served, "frames")["frame"])


def test_i2_without_hashes_what_frames_measure_is_unverified(served, settings, tmp_path):
    report = ingest_package(sent(tmp_path / "p", hashes=False), store=served, settings=settings)
    assert "unverified" in set(report.faults["rule"])
    measured = published.table(served, "cell_values")
    assert set(measured["quality"]) == {"unverified"}
