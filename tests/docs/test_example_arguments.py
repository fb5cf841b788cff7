"""The command line of the examples: what is wrong with it is told as argparse does."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the examples are not installed

from examples.common import from_command_line


def test_a_folder_is_made(tmp_path):
    report = from_command_line(tmp_path, ["--quick", "--out", str(tmp_path / "a" / "b")])
    assert report.quick
    assert report.folder.is_dir()


@pytest.mark.parametrize("below", ["", "below"])
def test_a_file_in_the_place_of_a_folder_is_told(tmp_path, capsys, below):
    file = tmp_path / "page.html"
    file.write_text("")
    with pytest.raises(SystemExit):
        from_command_line(tmp_path, ["--out", str(file / below)])
    said = capsys.readouterr().err
    assert f"--out: {str(file / below)!r} is no folder, and none can be made there" in said
    assert "Traceback" not in said
