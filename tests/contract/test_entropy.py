"""Every source of randomness keeps the contract."""

from promptvm_oauth.adapters.system.entropy import SystemEntropy
from promptvm_oauth.ports.entropy import Entropy
from promptvm_oauth.testing.entropy import FakeEntropy
from promptvm_oauth.testing.entropy_contract import EntropyContract


class TestSystemEntropy(EntropyContract):
    def make(self) -> Entropy:
        return SystemEntropy()


class TestFakeEntropy(EntropyContract):
    def make(self) -> Entropy:
        return FakeEntropy(jitter=0.999)
