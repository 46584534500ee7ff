"""Files of JSON lines that grow, are cut, and are damaged."""

from keras_gan.storage.lines import append_line, keep_lines, read_lines


def test_half_a_line_is_none_yet(tmp_path):
    path = tmp_path / "a.jsonl"
    append_line(path, {"step": 1, "loss": float("nan")})
    with open(path, "a") as file:
        file.write('{"step": 2')
    assert read_lines(path) == ([{"step": 1, "loss": None}], 0)
    assert read_lines(tmp_path / "none.jsonl") == ([], 0)


def test_damaged_lines_go_with_a_word(tmp_path, caplog):
    path = tmp_path / "a.jsonl"
    path.write_text('{"step": 1}\n\x00\x00\n{"step": 2}\n{"step": 3}\n{"ste')
    assert read_lines(path)[1] == 1
    keep_lines(path, lambda line: line["step"] <= 2)
    assert path.read_text() == '{"step": 1}\n{"step": 2}\n'
    assert f"{path}: 1 damaged lines are removed" in caplog.text
    caplog.clear()
    keep_lines(path, lambda line: line["step"] <= 1)
    assert path.read_text() == '{"step": 1}\n' and not caplog.text
