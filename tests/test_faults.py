"""What `scripts/faults.py` injects, as far as it needs no root and no minutes."""

import pytest

from keras_gan.commands.fault_rows import FAULTS
from keras_gan.commands.fault_rows.fault import CannotRun
from keras_gan.commands.fault_rows.laboratory import Laboratory

QUICK = [fault for fault in FAULTS.values() if not fault.by_hand]


@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: f"row{fault.row}")
def test_is_survived(fault, tmp_path):
    folder = tmp_path / "laboratory"
    folder.mkdir()
    try:
        assert fault.inject(Laboratory(folder, quick=True))
    except CannotRun as reason:
        pytest.skip(str(reason))
