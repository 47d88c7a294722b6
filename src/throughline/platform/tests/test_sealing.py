"""Files that only a passphrase opens."""

from __future__ import annotations

import io

import pytest

from throughline.platform.faults import Fault
from throughline.platform.sealing import FRAME_BYTES, MAGIC, SALT_BYTES, TAG_BYTES, is_sealed, seal, unseal

pytestmark = pytest.mark.req("L4")

HEADER = len(MAGIC) + SALT_BYTES


def _sealed(content: bytes) -> bytes:
    target = io.BytesIO()
    seal(io.BytesIO(content), target, "correct horse")
    return target.getvalue()


def _opened(content: bytes, passphrase: str = "correct horse") -> bytes:
    target = io.BytesIO()
    unseal(io.BytesIO(content), target, passphrase)
    return target.getvalue()


class TestSeal:
    @pytest.mark.parametrize("size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES])
    def test_opens_to_what_was_sealed(self, size: int) -> None:
        content = bytes(index % 251 for index in range(min(size, 5000))) * (size // 5000 + 1)

        assert _opened(_sealed(content[:size])) == content[:size]

    def test_never_seals_two_files_alike(self) -> None:
        assert _sealed(b"the same") != _sealed(b"the same")

    def test_is_recognised(self) -> None:
        assert is_sealed(io.BytesIO(_sealed(b"x")))
        assert not is_sealed(io.BytesIO(b"PGDMP"))


class TestUnseal:
    def test_refuses_another_passphrase(self) -> None:
        with pytest.raises(Fault, match="the passphrase is another one"):
            _opened(_sealed(b"secret"), "wrong horse")

    def test_refuses_a_file_cut_between_frames(self) -> None:
        whole = _sealed(b"x" * (2 * FRAME_BYTES))

        with pytest.raises(Fault, match="does not open|damaged or cut off"):
            _opened(whole[: HEADER + FRAME_BYTES + TAG_BYTES])

    def test_refuses_frames_in_another_order(self) -> None:
        whole = _sealed(b"a" * FRAME_BYTES + b"b" * FRAME_BYTES + b"c")
        size = FRAME_BYTES + TAG_BYTES
        first, second = whole[HEADER : HEADER + size], whole[HEADER + size : HEADER + 2 * size]

        with pytest.raises(Fault):
            _opened(whole[:HEADER] + second + first + whole[HEADER + 2 * size :])

    def test_refuses_a_changed_byte(self) -> None:
        changed = bytearray(_sealed(b"secret"))
        changed[-1] ^= 1

        with pytest.raises(Fault):
            _opened(bytes(changed))
