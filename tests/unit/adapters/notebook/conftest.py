import pytest

from .notebook import Notebook


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()
