"""The environment variables that the command and the library read: `promptvm-auth help environment`."""

from __future__ import annotations

VARIABLES: dict[str, dict[str, str]] = {
    "For scripts": {
        "PROMPTVM_API_KEY": "an API key, used instead of the active profile; --profile NAME comes before it",
        "PROMPTVM_PUBLIC_KEY": "the public half of a key pair, which comes before PROMPTVM_API_KEY",
        "PROMPTVM_SECRET_KEY": "the secret half of that pair",
    },
    "The server": {
        "PROMPTVM_BASE_URL": "the base URL of the API; --base-url comes before it",
        "PROMPTVM_APP_URL": "the base URL of the web app; --app-url comes before it",
        "PROMPTVM_OAUTH_CLIENT_SECRET": "the client secret for --issuer",
    },
    "The login": {
        "PROMPTVM_HEADLESS": "show a code instead of opening a browser",
        "PROMPTVM_DEVICE_NAME": "the name of this login in your list of devices",
        "CI": "no user is at this machine's screen; CI systems set it",
        "BROWSER": "the browser to open: a list of commands, with %s for the address; 'none' opens none",
        "DISPLAY": "there is an X display, so a browser can be opened",
        "WAYLAND_DISPLAY": "there is a Wayland display, so a browser can be opened",
        "SSH_CONNECTION": "this is an SSH session, so a code is shown; doctor suggests a tunnel to its address",
        "SSH_CLIENT": "this is an SSH session",
        "SSH_TTY": "this is an SSH session",
        "REMOTE_CONTAINERS": "this is a container of an editor, so a code is shown",
        "VSCODE_IPC_HOOK_CLI": "this is the terminal of an editor on another machine, which can open its browser",
        "WSL_DISTRO_NAME": "this is WSL, so the browser of Windows is opened",
        "WSL_INTEROP": "this is WSL as well",
        "FLATPAK_ID": "this is a Flatpak, so the browser of the host is opened",
        "SNAP": "this is a snap, so the browser of the host is opened",
        "container": "this is a container",
        "CODESPACES": "this machine is in the cloud, so a code is shown",
        "GITPOD_WORKSPACE_ID": "this machine is in the cloud",
        "CLOUD_SHELL": "this machine is in the cloud",
        "ACC_CLOUD": "this machine is in the cloud",
        "COLAB_RELEASE_TAG": "this machine is in the cloud",
        "KAGGLE_KERNEL_RUN_TYPE": "this machine is in the cloud",
        "JUPYTERHUB_API_URL": "this machine is in the cloud",
    },
    "Files and programs": {
        "PROMPTVM_DEBUG": "write a trace without secrets to standard error, as -v does",
        "XDG_CONFIG_HOME": "the directory of the configuration on Linux, by default ~/.config",
        "HOME": "the home directory",
        "APPDATA": "the directory of the configuration on Windows",
        "SUDO_UID": "who called sudo: root then writes no file into their directory",
        "PATH": "where the opener of a browser is looked for; relative entries are left out",
        "SYSTEMROOT": "where Windows keeps the opener of a browser",
    },
    "The keychain": {
        "DBUS_SESSION_BUS_ADDRESS": "the D-Bus on which the Secret Service of Linux is asked",
        "XDG_RUNTIME_DIR": "where that bus is looked for if its address is not set",
        "PYTHON_KEYRING_BACKEND": "the backend of the package keyring",
    },
    "The network": {
        "HTTPS_PROXY": "the proxy for https, also in lower case; never used for this machine itself",
        "HTTP_PROXY": "the proxy for http",
        "ALL_PROXY": "the proxy for both",
        "NO_PROXY": "the hosts that need no proxy",
        "SSL_CERT_FILE": "the trusted authorities, a file in PEM format, instead of those of the system",
        "SSL_CERT_DIR": "a directory of them",
    },
}
"""Headings, and below each the names and meanings."""
