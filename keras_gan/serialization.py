"""How this package's small objects travel inside a saved model."""


class Serializable:
    """An object that is rebuilt from its constructor's arguments.

    Subclasses return from `get_config` every argument under its own name.
    """

    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
