"""The platforms' twins: small servers on loopback that speak Telegram's and Zalo's wire, for tests and benchmarks."""

from tests.twins.base import Twin
from tests.twins.faults import Fault
from tests.twins.limits import Limits, Violation
from tests.twins.process import TwinProcess
from tests.twins.records import Call, Posted, Sent, Upload, read_record
from tests.twins.telegram import TelegramTwin
from tests.twins.virtual_time import VirtualTime
from tests.twins.zalo_bot import ZaloBotTwin
from tests.twins.zalo_oa import ZaloOATwin

TWINS: dict[str, type[Twin]] = {"telegram": TelegramTwin, "zalo-bot": ZaloBotTwin, "zalo-oa": ZaloOATwin}

__all__ = [
    "TWINS",
    "Call",
    "Fault",
    "Limits",
    "Posted",
    "Sent",
    "TelegramTwin",
    "Twin",
    "TwinProcess",
    "Upload",
    "Violation",
    "VirtualTime",
    "ZaloBotTwin",
    "ZaloOATwin",
    "read_record",
]
