"""Pictures whose headers lie, and files that only call themselves pictures or films."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PIL import Image

from tests.hostile.corpus.case import Case, Place

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB, BYTE = 2, 8


def chunk(kind: bytes, content: bytes, *, checksum: int | None = None) -> bytes:
    found = zlib.crc32(kind + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", found)


def png(width: int, height: int, *, body: bytes = b"", extra: bytes = b"", depth: int = BYTE) -> bytes:
    """A PNG of this size, whatever its body holds."""
    header = struct.pack(">IIBBBBB", width, height, depth, RGB, 0, 0, 0)
    return (
        SIGNATURE
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(body, 1))
        + chunk(b"IEND", b"")
    )


@cache
def _vast() -> bytes:
    """Every one of 169 million pixels is there, in half a megabyte."""
    return png(13_000, 13_000, body=bytes(13_000 * (13_000 * 3 + 1)))


def small(form: str) -> bytes:
    """A sound picture."""
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((96, 64)).convert("RGB").save(stream, form)
    return stream.getvalue()


def _text_bomb() -> bytes:
    """A compressed remark of 64 MB."""
    remark = b"Comment\0\0" + zlib.compress(bytes(64 << 20), 1)
    return png(8, 8, body=bytes(8 * 25), extra=chunk(b"zTXt", remark))


def _profile_bomb() -> bytes:
    """A compressed colour profile of 64 MB."""
    return png(8, 8, body=bytes(8 * 25), extra=chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(64 << 20), 1)))


def _tiff_in_a_circle() -> bytes:
    """A directory of which the next one is itself, its strips far outside."""
    entries = [
        (256, 3, 1, 50_000),
        (257, 3, 1, 50_000),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 0x7FFFFFF0),
        (279, 4, 1, 0x7FFFFFF0),
    ]
    body = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHII", tag, kind, count, value) for tag, kind, count, value in entries
    )
    return b"II*\x00" + struct.pack("<I", 8) + body + struct.pack("<I", 8)


def _turned_wrongly() -> bytes:
    """A JPEG whose EXIF points outside."""
    exif = b"Exif\0\0II*\x00\x08\0\0\0\xff\xff" + b"\x12\x01\x03\x00\xff\xff\xff\xff\xf0\xff\xff\x7f" * 4
    data = small("JPEG")
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def _postscript(place: Place) -> bytes:
    """A program for an interpreter that some picture libraries start."""
    return (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 96 64\n%%EndComments\n"
        + f"({place.canary}) (w) file closefile\n(%pipe%touch {place.canary}) (w) file\n".encode()
        + b"showpage\n%%EOF\n"
    )


def _svg(place: Place) -> bytes:
    return f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
<script>fetch('http://127.0.0.1:{place.port}')</script>
<image xlink:href="file://{place.outside}/secret.bin"/></svg>""".encode()


FILES: dict[str, Callable[[Place], bytes]] = {
    "png-50000x50000.png": lambda place: png(50_000, 50_000, body=bytes(1 << 20)),
    "png-13000x13000.png": lambda place: _vast(),
    "png-2^31.png": lambda place: png((1 << 31) - 1, (1 << 31) - 1),
    "png-of-no-size.png": lambda place: png(0, 0),
    "png-with-half-its-rows.png": lambda place: png(96, 64, body=bytes(32 * 289))[:-40],
    "png-text-bomb.png": lambda place: _text_bomb(),
    "png-profile-bomb.png": lambda place: _profile_bomb(),
    "png-chunk-beyond-the-file.png": lambda place: SIGNATURE + struct.pack(">I", 1 << 31) + b"IHDR",
    "png-wrong-checksum.png": lambda place: SIGNATURE + chunk(b"IHDR", bytes(13), checksum=1),
    "gif-called-png.png": lambda place: small("GIF"),
    "gif-50000x50000.png": lambda place: b"GIF89a" + struct.pack("<HH", 50_000, 50_000) + bytes(50),
    "svg-called-png.png": _svg,
    "postscript-called-jpg.jpg": _postscript,
    "tiff-in-a-circle.tif": lambda place: _tiff_in_a_circle(),
    "jpeg-truncated.jpg": lambda place: small("JPEG")[:400],
    "jpeg-65500x65500.jpg": lambda place: small("JPEG").replace(
        struct.pack(">HH", 64, 96), struct.pack(">HH", 65_500, 65_500), 1
    ),
    "jpeg-exif-outside.jpg": lambda place: _turned_wrongly(),
    "webp-cut.webp": lambda place: small("WEBP")[:60],
    "bmp-negative.bmp": lambda place: small("BMP").replace(
        struct.pack("<ii", 96, 64), struct.pack("<ii", -96, -(1 << 31)), 1
    ),
    "ppm-endless-number.ppm": lambda place: b"P6 " + b"9" * 1_000_000 + b" 4 255\n",
    "text-called-png.png": lambda place: b"not a picture\n" * 100,
    "empty.png": lambda place: b"",
}
ACCEPTED = ("jpeg-exif-outside.jpg", "png-text-bomb.png", "png-profile-bomb.png")
"""The pixels are sound; what is said beside them may be passed over."""
FILMS: dict[str, Callable[[Place], bytes]] = {
    "playlist.mp4": lambda place: f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{place.outside}/secret.bin\n"
    f"#EXTINF:1,\nhttp://127.0.0.1:{place.port}/a.ts\n#EXT-X-ENDLIST\n".encode(),
    "concatenation.mkv": lambda place: f"ffconcat version 1.0\nfile {place.outside}/secret.bin\n".encode(),
    "session.avi": lambda place: b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    + f"m=video {place.port} RTP/AVP 96\na=rtpmap:96 H264/90000\n".encode(),
    "cut.mp4": lambda place: b"\0\0\0\x20ftypisom" + bytes(16) + b"\x7f\xff\xff\xffmoov" + bytes(64),
    "empty.webm": lambda place: b"\x1a\x45\xdf\xa3" + b"\xff" * 40,
    "text.mov": lambda place: b"not a film\n" * 50,
}  # fmt: skip


def _file(name: str, make: Callable[[Place], bytes]) -> Callable[[Place], Path]:
    def written(place: Place) -> Path:
        path = place.folder / name.replace("^", "")
        path.write_bytes(make(place))
        return path

    return written


def _pipe(place: Place) -> Path:
    """A pipe that nobody writes to."""
    path = place.folder / "pipe.png"
    os.mkfifo(path)
    return path


def _device(place: Place) -> Path:
    path = place.folder / "device.png"
    path.symlink_to("/dev/zero")
    return path


def cases() -> list[Case]:
    return [
        *(
            Case(f"picture/{name}", "picture", _file(name, make), name in ACCEPTED)
            for name, make in FILES.items()
        ),
        Case("picture/pipe.png", "picture", _pipe),
        Case("picture/device.png", "picture", _device),
        *(Case(f"video/{name}", "video", _file(name, make)) for name, make in FILMS.items()),
    ]
