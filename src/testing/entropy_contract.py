"""What every source of randomness must do: subclass it as `Test…` and give `make`."""

from ..ports.entropy import Entropy


class EntropyContract:
    """The entropy port's contract. It cannot show that nobody predicts the bytes."""

    def make(self) -> Entropy:
        """Give the source under test."""
        raise NotImplementedError

    def test_as_many_bytes_are_given_as_were_asked_for(self) -> None:
        """None and many as well."""
        entropy = self.make()
        for count in (0, 1, 16, 32, 1000):
            drawn = entropy.random_bytes(count)
            assert isinstance(drawn, bytes)
            assert len(drawn) == count

    def test_no_draw_repeats_an_earlier_one(self) -> None:
        """A state and a verifier that are drawn one after the other differ."""
        entropy = self.make()
        assert len({entropy.random_bytes(32) for _ in range(100)}) == 100

    def test_the_bytes_are_not_all_of_one_kind(self) -> None:
        """A thousand of them take more than half of all values."""
        assert len(set(self.make().random_bytes(1000))) > 128

    def test_jitter_is_from_0_up_to_but_not_including_1(self) -> None:
        """It scales a pause."""
        entropy = self.make()
        assert all(0 <= entropy.jitter() < 1 for _ in range(100))
