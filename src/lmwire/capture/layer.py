"""FlexNet in scapy: `from lmwire.capture.layer import *` in a scapy shell. This name stays; the code may move."""

from lmwire.capture.dissect.layer import (
    FlexLM,
    FlexLMHello,
    FlexLMHelloAnswer,
    FlexLMLegacy,
    FlexLMLegacyError,
    FlexLMLegacyHello,
    FlexLMLegacyText,
    FlexLMReferral,
    FlexLMSession,
    FlexLMTextAnswer,
    FlexLMTextRequest,
    FlexLMVersion,
)

__all__ = [
    "FlexLM",
    "FlexLMHello",
    "FlexLMHelloAnswer",
    "FlexLMLegacy",
    "FlexLMLegacyError",
    "FlexLMLegacyHello",
    "FlexLMLegacyText",
    "FlexLMReferral",
    "FlexLMSession",
    "FlexLMTextAnswer",
    "FlexLMTextRequest",
    "FlexLMVersion",
]
