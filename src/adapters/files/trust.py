"""Who can change a file, and what to do about it.

A group that only this user and root are in does not count as other users: a user private group, or the `fsGroup` of a
volume. Links are followed where no other user can change any step of their path.
"""

import errno
import os
import stat
from contextlib import suppress

ELSEWHERE = "choose another directory with config_dir (--config-dir)"
_MOST_LINKS = 40


class Refusal(OSError):
    """A path must not be used, although the operating system allows it; the text says what to do."""


def settle(path: str, status: os.stat_result, descriptor: int | None = None) -> None:
    """Removes other users' access to a file or directory that they can write to.

    Args:
        path: its path, without links.
        status: its status.
        descriptor: its descriptor, if it is open.

    Raises:
        Refusal: it belongs to another user, or its mode cannot be changed.
    """
    check_owner(path, status)
    if not others_can_write(status):
        return
    mode = 0o700 if stat.S_ISDIR(status.st_mode) else 0o600
    try:
        os.chmod(path if descriptor is None else descriptor, mode)
    except OSError:
        raise Refusal(f"other users can write to {path}: run chmod go-w on it, or {ELSEWHERE}") from None


def check_directory(path: str, status: os.stat_result) -> None:
    """Checks a directory whose mode is not this package's to change; a sticky one may be open to others.

    Raises:
        Refusal: it is not a directory, belongs to another user, or other users can write to it.
    """
    if not stat.S_ISDIR(status.st_mode):
        raise Refusal(f"{path} is not a directory")
    check_owner(path, status)
    if not status.st_mode & stat.S_ISVTX and others_can_write(status):
        raise Refusal(f"other users can write to {path}: run chmod go-w on it, or {ELSEWHERE}")


def check_owner(path: str, status: os.stat_result) -> None:
    """Checks that a path belongs to this user or root.

    Raises:
        Refusal: it belongs to another user.
    """
    if status.st_uid not in {os.geteuid(), 0}:
        raise Refusal(belongs_to_another(path, status.st_uid))


def belongs_to_another(path: str, owner: int) -> str:
    """Returns that a path belongs to another user, and what to do."""
    name, me = _name_of(owner), _name_of(os.geteuid())
    by_root = f"run this as {name}, without sudo"
    way = by_root if os.geteuid() == 0 else f"if it is yours, run sudo chown -R {me} on it"
    return f"{path} belongs to another user, {name}: {way}, or {ELSEWHERE}"


def check_not_by_sudo(directory: str) -> None:
    """Checks that root does not create files for itself in the directory of the user who called sudo.

    Raises:
        Refusal: it would, and that user could not use them afterwards.
    """
    caller = os.environ.get("SUDO_UID", "0")
    if os.geteuid() == 0 and caller != "0" and str(owner := os.stat(directory).st_uid) == caller:
        raise Refusal(belongs_to_another(directory, owner))


def others_can_write(status: os.stat_result) -> bool:
    """Returns whether the mode lets users write who are neither this user nor root."""
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not _is_ours_alone(status.st_gid)


def target_of(path: str) -> str:
    """Returns the path that a link leads to, without links; the last part need not exist.

    Raises:
        Refusal: another user could lead the link elsewhere: they own a step of the path or can write to it.
        OSError: a step does not exist or cannot be read.
    """
    done, rest, links = os.sep, _steps(os.path.abspath(path)), 0
    while rest:
        name = rest.pop()
        if name == os.pardir:
            done = os.path.dirname(done)
            continue
        step = os.path.join(done, name)
        try:
            status = os.lstat(step)
        except FileNotFoundError:
            if rest:
                raise
            return step
        if not stat.S_ISLNK(status.st_mode):
            if rest:
                check_directory(step, status)
            done = step
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        check_owner(step, status)
        target = os.readlink(step)
        done = os.sep if os.path.isabs(target) else done
        rest += _steps(target)
    return done


def private_target_of(path: str) -> str:
    """Returns the directory that a link to a private directory leads to.

    Raises:
        Refusal: as `target_of`, or the directory does not exist, is not this user's, or is open to others.
        OSError: as `target_of`.
    """
    target = target_of(path)
    try:
        status = os.lstat(target)
    except FileNotFoundError:
        raise Refusal(f"{path} is a symbolic link to {target}, which does not exist") from None
    if not stat.S_ISDIR(status.st_mode):
        raise Refusal(f"{path} is a symbolic link to {target}, which is not a directory")
    if status.st_uid != os.geteuid():
        raise Refusal(belongs_to_another(target, status.st_uid))
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refusal(f"{path} is a symbolic link to {target}, which other users can enter: run chmod 700 on it")
    return target


def explained(error: OSError, path: str = "") -> str:
    """Returns the text for an error of the operating system: the path, the reason, and what to do.

    Args:
        error: the error.
        path: the path to show; the empty text means that of the error.
    """
    if isinstance(error, Refusal):
        return str(error)
    named = path or str(error.filename or "a file")
    with suppress(OSError):
        if os.name != "nt" and isinstance(error, PermissionError) and os.geteuid() != 0:
            status = os.lstat(named)
            if stat.S_ISREG(status.st_mode) and status.st_uid != os.geteuid():  # a directory may be anywhere above
                return belongs_to_another(named, status.st_uid)
    return f"{named}: {error.strerror or error}; {ELSEWHERE}"


def _steps(path: str) -> list[str]:
    """Returns the names in a path, the last one first."""
    return [name for name in reversed(path.split(os.sep)) if name not in {"", os.curdir}]


def _is_ours_alone(group: int) -> bool:
    """Returns whether only this user and root are in a group, as far as the user database knows."""
    import grp
    import pwd

    trusted = {0, os.geteuid()}
    if group not in {os.getegid(), *os.getgroups()}:
        return False
    if any(user.pw_gid == group and user.pw_uid not in trusted for user in pwd.getpwall()):
        return False
    try:
        members = grp.getgrgid(group).gr_mem
    except KeyError:
        return True  # no database names the group: an `fsGroup`
    return {user.pw_name for user in pwd.getpwall() if user.pw_uid in trusted}.issuperset(members)


def _name_of(user: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"uid {user}"
