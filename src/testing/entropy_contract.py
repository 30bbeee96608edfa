"""What every source of randomness must do, as tests: subclass `EntropyContract` and implement `make`."""

from ..ports.entropy import Entropy


class EntropyContract:
    """The entropy port's contract. It cannot show that the bytes are unpredictable."""

    def make(self) -> Entropy:
        """Returns the source under test."""
        raise NotImplementedError

    def test_as_many_bytes_are_given_as_were_asked_for(self) -> None:
        """Also none, and many."""
        entropy = self.make()
        for count in (0, 1, 16, 32, 1000):
            drawn = entropy.random_bytes(count)
            assert isinstance(drawn, bytes)
            assert len(drawn) == count

    def test_no_draw_repeats_an_earlier_one(self) -> None:
        """A state and a code verifier must differ."""
        entropy = self.make()
        assert len({entropy.random_bytes(32) for _ in range(100)}) == 100

    def test_the_bytes_are_not_all_of_one_kind(self) -> None:
        """A thousand bytes have more than half of all values."""
        assert len(set(self.make().random_bytes(1000))) > 128

    def test_jitter_is_from_0_up_to_but_not_including_1(self) -> None:
        """A wait is multiplied by it."""
        entropy = self.make()
        assert all(0 <= entropy.jitter() < 1 for _ in range(100))
