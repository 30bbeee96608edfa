"""The way that is chosen in kernels that cannot run here, by the variables that each of them sets."""

import pytest
from promptvm_oauth.domain.plan import BROWSER, DEVICE, plan_login
from promptvm_oauth.ports.environment import Environment

RECORDED = {
    "JupyterHub": (
        {
            "JUPYTERHUB_API_URL": "http://10.0.3.7:8081/hub/api",
            "JUPYTERHUB_USER": "ada",
            "JUPYTERHUB_SERVICE_PREFIX": "/user/ada/",
            "JPY_PARENT_PID": "7",
        },
        DEVICE,
    ),
    "Colab": (
        {"COLAB_RELEASE_TAG": "release-colab_20260514-060045_RC00", "COLAB_GPU": "0", "JPY_PARENT_PID": "87"},
        DEVICE,
    ),
    "Kaggle": ({"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}, DEVICE),
    "VS Code, kernel by SSH": (
        {"VSCODE_PID": "1", "SSH_CONNECTION": "192.0.2.1 52100 192.0.2.2 22", "JPY_PARENT_PID": "9"},
        DEVICE,
    ),
    "VS Code, kernel in a container": ({"REMOTE_CONTAINERS": "true", "JPY_PARENT_PID": "9"}, DEVICE),
    "VS Code on a desktop": ({"VSCODE_PID": "1", "DISPLAY": ":0", "JPY_PARENT_PID": "9"}, BROWSER),
    "JupyterLab on a desktop": (
        {"DISPLAY": ":0", "JPY_PARENT_PID": "9", "JPY_SESSION_NAME": "/home/ada/x.ipynb"},
        BROWSER,
    ),
    "JupyterLab on a server": ({"JPY_PARENT_PID": "9", "JPY_SESSION_NAME": "/home/ada/x.ipynb"}, DEVICE),
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_kernel_on_another_machine_gets_a_code_and_one_with_a_display_a_browser(name: str) -> None:
    environ, flow = RECORDED[name]
    plan = plan_login("auto", Environment(platform="linux", environ=environ, terminal=False, notebook=True))
    assert plan.flow == flow
    assert plan.chosen
