"""No module of the package imports itself by way of others, not even for its types."""

from graphlib import TopologicalSorter

import grimp


def test_no_import_goes_round_in_a_circle() -> None:
    graph = grimp.build_graph("promptvm_oauth", exclude_type_checking_imports=False, cache_dir=None)
    modules = sorted(module for module in graph.modules if module.startswith("promptvm_oauth"))
    imports = {module: graph.find_modules_directly_imported_by(module) for module in modules}
    del imports["promptvm_oauth"]  # the front door names everything, and nothing imports it

    assert len(modules) > 200
    assert tuple(TopologicalSorter(imports).static_order())
