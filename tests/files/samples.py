"""Files as people and their enemies send them, made here."""

from __future__ import annotations

import io
import zipfile
import zlib
from functools import lru_cache

import pypdf
from PIL import Image, ImageDraw
from pypdf.generic import DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject


@lru_cache(maxsize=32)
def picture(form: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", turned: int = 1) -> bytes:
    """A picture with a red upper left corner, as it lies in the file; `turned` is its EXIF orientation."""
    drawn = Image.new("RGB", size, "white")
    ImageDraw.Draw(drawn).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    made, out = drawn.convert(mode), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = turned, "Maker of phones"
    exif.get_ifd(0x8825)[1] = "N"
    made.save(out, form, exif=exif) if form != "HEIF" else made.save(out, form, exif=exif.tobytes(), quality=60)
    return out.getvalue()


@lru_cache(maxsize=8)
def pdf(pages: int = 2) -> bytes:
    """A plain PDF."""
    text = b"BT /F1 20 Tf 50 700 Td (A page) Tj ET"
    kids = b" ".join(b"%d 0 R" % (number + 4) for number in range(pages))
    shared = b"/Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R"
    font = b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    return written(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        *[b"<<%s%s>>" % (shared, font)] * pages,
    )


def encrypted() -> bytes:
    writer, out = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(pdf()))), io.BytesIO()
    writer.encrypt("user", "owner", algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


def rewritten(change: str) -> bytes:
    """The plain PDF with something in it that is not a page."""
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(pdf())))
    match change:
        case "script":
            _start(writer, "/JavaScript")
        case "file":
            writer.add_attachment("other.exe", b"MZ" + bytes(100))
        case "hidden script":
            _start(writer, "/Rendition")
        case "program":
            _start(writer, "/Launch")
        case "bomb":
            stream = StreamObject()
            stream._data = zlib.compress(bytes(310_000_000), 1)
            stream[NameObject("/Filter")] = NameObject("/FlateDecode")
            writer._add_object(stream)
        case "picture":
            stream = StreamObject()
            stream._data = b"x"
            stream[NameObject("/Subtype")] = NameObject("/Image")
            stream[NameObject("/Width")] = stream[NameObject("/Height")] = NumberObject(60_000)
            writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def written(*objects: bytes) -> bytes:
    """A PDF of these objects, the first one its catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % at for at in places
    )
    return out + table + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))


def _start(writer: pypdf.PdfWriter, what: str) -> None:
    """Something that happens when the PDF is opened."""
    action = DictionaryObject({NameObject("/S"): NameObject(what), NameObject("/JS"): TextStringObject("hello()")})
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)


def png_bomb(side: int = 20_000) -> bytes:
    """A PNG of 400 million pixels in a few hundred kilobytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + bytes((8, 2, 0, 0, 0))
    body = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def zipped(name: str = "papers.txt", size: int = 1_000_000) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, bytes(size))
    return out.getvalue()
