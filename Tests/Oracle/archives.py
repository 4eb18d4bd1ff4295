"""Fills a folder with archives, each with something wrong and a good patient (or two) beside it. Argument: the folder."""

import gzip
import io
import os
import random
import stat
import struct
import sys
import tarfile
import zipfile

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)


def patient(name):
    return '{"resourceType":"Patient","id":"%s","active":true}' % name


def path(name):
    return os.path.join(folder, name)


def write(name, data):
    with open(path(name), "wb") as file:
        file.write(data)


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            archive.writestr(name, text)
    return data.getvalue()


write("empty.json", b"")
write("blank.ndjson", b" \r\n\n\t")
write("empty.zip", zipped([]))
write("no-bytes.zip", b"")

# Cut off in the last of three members; the first two can still be read.
noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=60_000))
long = '{"resourceType":"Patient","id":"cut","name":[{"text":"%s"}]}' % noise
whole = zipped([("a.json", patient("truncated-a")), ("b.json", patient("truncated-b")), ("c.json", long)])
write("truncated.zip", whole[:whole.index(b"c.json") + 5_000])
write("truncated.json.gz", gzip.compress(long.encode())[:4_000])

with zipfile.ZipFile(path("bomb.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
    with archive.open("bomb.json", "w") as member:
        member.write(b'{"resourceType":"Patient","id":"bomb","name":[{"text":"')
        for _ in range(300):
            member.write(b" " * 1_000_000)
        member.write(b'"}]}')
    archive.writestr("good.json", patient("beside-bomb"))

with zipfile.ZipFile(path("escape.zip"), "w") as archive:
    for number, name in enumerate(["../up.json", "/absolute.json", "a/../../out.json", "good.json"]):
        archive.writestr(name, patient("beside-escape" if name == "good.json" else f"escape-{number}"))
    for number, target in enumerate(["/etc/passwd", "good.json"]):
        link = zipfile.ZipInfo(f"link-{number}.json")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, target)

with tarfile.open(path("links.tar"), "w") as archive:
    def add(name, text="", kind=tarfile.REGTYPE, target=""):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, target, len(text)
        archive.addfile(info, io.BytesIO(text.encode()))
    add("soft.json", kind=tarfile.SYMTYPE, target="/etc/passwd")
    add("hard.json", kind=tarfile.LNKTYPE, target="good.json")
    add("pipe.json", kind=tarfile.FIFOTYPE)
    add("/abs.json", patient("tar-absolute"))
    add("good.json", patient("beside-links"))

# The flag of encryption, set by hand in both headers of the first member.
secret = bytearray(zipped([("secret.json", patient("secret")), ("open.json", patient("beside-secret"))]))
for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
    at = secret.index(signature) + offset
    struct.pack_into("<H", secret, at, struct.unpack_from("<H", secret, at)[0] | 1)
write("encrypted.zip", bytes(secret))

# One byte of the compressed data of the first member is wrong.
damaged = bytearray(zipped([("bad.json", long), ("good.json", patient("beside-damage"))]))
damaged[2_000] ^= 0x55
write("damaged.zip", bytes(damaged))

inner = patient("innermost").encode()
for level in range(6):
    inner = zipped([("inner.zip" if level else "inner.json", inner), (f"level{level}.json", patient(f"level-{level}"))])
write("nested.zip", inner)

write("not-an-archive.zip", b"this is no zip at all" * 100)
write("noise.ndjson", random.Random(2).randbytes(50_000))
write("picture.json", b"\x89PNG\r\n\x1a\n" + b"\x00" * 2_000)
write("utf16.json", patient("utf16").encode("utf-16"))
print("null")
