"""The tab "GAN" of TensorBoard."""

import json
import os

from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin
from werkzeug import exceptions, wrappers

from keras_gan.board.page import FILES, read
from keras_gan.board.run_data import read_run
from keras_gan.board.runs import find_runs, list_pictures, modified

_TYPES = {".js": "text/javascript", ".css": "text/css"}


class GanPlugin(base_plugin.TBPlugin):
    """Serves the page, and the runs below the folder that TensorBoard shows.

    It reads the folders of the runs, not their event files.

    Args:
        context: `base_plugin.TBContext`.
    """

    plugin_name = "gan"

    def __init__(self, context):
        flags = context.flags
        spec = context.logdir or getattr(flags, "logdir_spec", None) or ""
        # --logdir_spec=name:folder,other:folder has names in front of its folders.
        parts = [spec] if context.logdir else spec.split(",")
        self._logdirs = [part.partition(":")[2] or part for part in parts if part]

    def get_plugin_apps(self):
        """What answers at each path below /data/plugin/gan."""
        pages = {f"/{name}": _file(name) for name in FILES}
        return {
            **pages,
            "/runs": self._runs,
            "/run": self._run,
            "/picture": self._picture,
        }

    def is_active(self):
        """Whether there is a run to show."""
        return bool(self._found())

    def frontend_metadata(self):
        """The module that draws the tab, and its name."""
        return base_plugin.FrontendMetadata(
            es_module_path="/tab.js", tab_name="GAN", disable_reload=True
        )

    def _found(self):
        return {n: path for one in self._logdirs for n, path in find_runs(one).items()}

    @wrappers.Request.application
    def _runs(self, request):
        runs = [{"name": n, "modified": modified(p)} for n, p in self._found().items()]
        return _respond(request, json.dumps(runs), "application/json")

    @wrappers.Request.application
    def _run(self, request):
        name = request.args.get("name")
        content = json.dumps(read_run(self._folder(name), name))
        return _respond(request, content, "application/json")

    @wrappers.Request.application
    def _picture(self, request):
        folder, file = self._folder(request.args.get("run")), request.args.get("file")
        numbered, single = list_pictures(folder)
        # Only what is on the list: a name may lead out of the folder.
        if file not in {*single, *(name for of in numbered.values() for _, name in of)}:
            raise exceptions.NotFound(f"The run has no picture {file!r}.")
        with open(os.path.join(folder, "images", file), "rb") as opened:
            return _respond(request, opened.read(), "image/png")

    def _folder(self, name):
        found = self._found()
        if name not in found:
            raise exceptions.NotFound(f"There is no run {name!r}.")
        return found[name]


def _file(name):
    @wrappers.Request.application
    def serve(request):
        return _respond(request, read(name), _TYPES[os.path.splitext(name)[1]])

    return serve


def _respond(request, content, content_type):
    return http_util.Respond(request, content, content_type)
