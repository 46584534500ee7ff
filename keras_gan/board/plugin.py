"""The tab "GAN" of TensorBoard."""

import json
import os

from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin
from werkzeug import exceptions, wrappers

from keras_gan.board.page import FILES, read
from keras_gan.board.run_data import read_run
from keras_gan.board.runs import find_runs, is_run, list_pictures, modified

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
        self._known = {}

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
        return bool(self._find())

    def frontend_metadata(self):
        """The module that draws the tab, and its name."""
        return base_plugin.FrontendMetadata(
            es_module_path="/tab.js", tab_name="GAN", disable_reload=True
        )

    def _find(self):
        found = (find_runs(logdir).items() for logdir in self._logdirs)
        self._known = {name: path for runs in found for name, path in runs}
        return self._known

    @wrappers.Request.application
    def _runs(self, request):
        runs = [{"name": n, "modified": modified(p)} for n, p in self._find().items()]
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
            # Its address says when the run last wrote, so that it may be kept.
            return _respond(request, opened.read(), "image/png", expires=3600)

    def _folder(self, name):
        # To look for all runs at every picture would take long in a large folder.
        folder = self._known.get(name) or self._find().get(name)
        if folder is None or not is_run(folder):
            raise exceptions.NotFound(f"There is no run {name!r}.")
        return folder


def _file(name):
    @wrappers.Request.application
    def serve(request):
        return _respond(request, read(name), _TYPES[os.path.splitext(name)[1]])

    return serve


def _respond(request, content, content_type, expires=0):
    return http_util.Respond(request, content, content_type, expires=expires)
