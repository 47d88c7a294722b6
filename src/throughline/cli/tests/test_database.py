"""Tables that people hand in."""

from __future__ import annotations

from pathlib import Path

import pytest

from throughline.cli.database import read_rows
from throughline.platform.faults import Fault


def _file(folder: Path, text: str) -> str:
    path = folder / "won.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


class TestReadRows:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_reads_whatever_delimiter_the_table_uses(self, tmp_path: Path, delimiter: str) -> None:
        text = "lead,amount\nL-1,10\n".replace(",", delimiter)

        assert read_rows(_file(tmp_path, text)) == [{"lead": "L-1", "amount": "10"}]

    def test_keeps_commas_and_line_breaks_inside_quotes(self, tmp_path: Path) -> None:
        rows = read_rows(_file(tmp_path, 'lead,note\r\nL-1,"a, b\nc"\r\n'))

        assert rows == [{"lead": "L-1", "note": "a, b\nc"}]

    def test_skips_empty_lines_and_fills_short_rows(self, tmp_path: Path) -> None:
        assert read_rows(_file(tmp_path, "lead,amount\n\nL-1\n,\n")) == [{"lead": "L-1", "amount": ""}]

    def test_reads_a_table_of_one_column(self, tmp_path: Path) -> None:
        assert read_rows(_file(tmp_path, "lead\nL-1\nL-2\n")) == [{"lead": "L-1"}, {"lead": "L-2"}]

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "has no rows below its header"),
            ("lead,amount\n", "has no rows below its header"),
            ("lead,lead\n1,2\n", "has the column lead more than once"),
            ("lead,amount\n1,2,3\n", "has 3 cells in line 2, but 2 columns"),
            ('lead,amount\n"1,2\n', "is no CSV table"),
        ],
    )
    def test_says_what_is_wrong(self, tmp_path: Path, text: str, sentence: str) -> None:
        with pytest.raises(Fault, match=sentence):
            read_rows(_file(tmp_path, text))
