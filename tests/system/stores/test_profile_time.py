"""How long finding a profile takes, with three thousand others beside it."""

from pathlib import Path
from time import perf_counter

from promptvm_oauth.adapters.profiles.split_profiles import SplitProfiles
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles

VM = {"base_url": "https://api.promptvm.ai", "environment": "live", "auth_type": "oauth"}


def test_the_time_does_not_grow_with_the_number_of_profiles_of_other_servers(tmp_path: Path) -> None:
    def best(root: Path) -> float:
        profiles = SplitProfiles(YamlProfiles(root), YamlProfiles(root / "promptvm-oauth"))
        profiles.save("vm", VM)
        times: list[float] = []
        for _ in range(50):
            begin = perf_counter()
            profiles.load("vm")
            profiles.is_own("vm")
            times.append(perf_counter() - begin)
        return min(times)

    for name, count in (("few", 1), ("many", 3000)):
        directory = tmp_path / name / "promptvm-oauth" / "profiles"
        directory.mkdir(parents=True)
        for number in range(count):
            (directory / f"other{number}.yaml").write_text(f"name: other{number}\nissuer: https://login.example.test\n")
    assert best(tmp_path / "many") < 3 * best(tmp_path / "few")
