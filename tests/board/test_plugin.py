"""The tab answers with what a run's folder holds, and with nothing from outside."""

import json
import pkgutil
import re
import types

import pytest
from tensorboard.plugins import base_plugin
from werkzeug.test import Client

from keras_gan.board.page import FILES
from keras_gan.board.plugin import GanPlugin
from support import ROOT


def plugin_at(logdir="", logdir_spec=""):
    flags = types.SimpleNamespace(logdir_spec=logdir_spec)
    return GanPlugin(base_plugin.TBContext(logdir=str(logdir), flags=flags))


@pytest.fixture
def logdir(tmp_path):
    for name in ("a", "b"):
        images = tmp_path / "runs" / name / "images"
        images.mkdir(parents=True)
        (images / "real.png").write_bytes(name.encode())
        line = json.dumps({"epoch": 1, "step": 4, "d_loss": 1.25})
        (images.parent / "metrics.jsonl").write_text(line + "\n")
    (tmp_path / "secret.png").write_text("hidden")
    (tmp_path / "runs" / "a" / "images" / "link.png").symlink_to(tmp_path / "secret.png")
    return tmp_path / "runs"


def get(plugin, path, **arguments):
    return Client(plugin.get_plugin_apps()[path]).get(path, query_string=arguments)


def test_lists_the_runs_and_answers_with_one(logdir):
    plugin = plugin_at(logdir)
    assert plugin.is_active()
    assert [run["name"] for run in get(plugin, "/runs").json] == ["a", "b"]
    run = get(plugin, "/run", name="b").json
    assert run["name"] == "b" and run["curves"]["d_loss"]["points"]["train"] == [
        [4],
        [1.25],
    ]
    assert get(plugin, "/picture", run="b", file="real.png").data == b"b"


@pytest.mark.parametrize(
    "file", ["../metrics.jsonl", "../../../secret.png", "link.png", "/etc/passwd", ""]
)
def test_no_file_is_read_that_is_no_picture_of_the_run(logdir, file):
    answer = get(plugin_at(logdir), "/picture", run="a", file=file)
    assert answer.status_code == 404 and b"hidden" not in answer.data


@pytest.mark.parametrize("name", ["..", "../runs/a", "/", "a/images", ""])
def test_no_folder_is_read_that_is_no_run(logdir, name):
    plugin = plugin_at(logdir)
    assert get(plugin, "/run", name=name).status_code == 404
    assert get(plugin, "/picture", run=name, file="real.png").status_code == 404


def test_a_run_that_comes_is_found_and_one_that_goes_is_missed(logdir):
    plugin = plugin_at(logdir)
    assert get(plugin, "/run", name="c").status_code == 404
    (logdir / "a").rename(logdir / "c")
    assert get(plugin, "/run", name="c").json["step"] == 4
    assert get(plugin, "/run", name="a").status_code == 404


def test_tensorboard_finds_the_plugin_when_it_is_installed():
    text = (ROOT / "setup.py").read_text("utf-8")
    name, place = re.search(r'"tensorboard_plugins": \["(\w+) = (.+)"\]', text).groups()
    assert pkgutil.resolve_name(place) is GanPlugin and name == GanPlugin.plugin_name


def test_a_folder_without_runs_leaves_the_tab_inactive(tmp_path):
    assert not plugin_at(tmp_path).is_active()
    assert not plugin_at().is_active()


def test_logdir_spec_names_several_folders(logdir):
    spec = f"one:{logdir / 'a'},{logdir / 'b'}"
    runs = get(plugin_at(logdir_spec=spec), "/runs").json
    assert [run["name"] for run in runs] == ["a", "b"]


def test_serves_the_page_as_it_stands_in_the_package(logdir):
    plugin = plugin_at(logdir)
    start = plugin.frontend_metadata().es_module_path
    assert start.removeprefix("/") in FILES
    for name in FILES:
        answer = get(plugin, f"/{name}")
        kind = "text/css" if name.endswith("css") else "text/javascript"
        assert answer.mimetype == kind and len(answer.data) > 200
        assert b"://" not in answer.data.replace(b"http://www.w3.org/2000/svg", b"")
