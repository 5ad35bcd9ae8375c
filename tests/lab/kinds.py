"""Which kinds of hosts are there?"""

from arm64 import Arm64
from kind import Kind
from mac import Mac
from systemd import Systemd
from windows import Windows

# What `up N` raises, without and with --light.
SYSTEMD, LIGHT = Systemd(), Kind()

# What `up` raises when asked for with an option of the kind's name, such as `--arm64 3`.
FURTHER = [Arm64(), Windows(), Mac()]

ALL = {kind.name: kind for kind in (SYSTEMD, LIGHT, *FURTHER)}
