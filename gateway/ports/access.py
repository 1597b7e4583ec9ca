"""Who may use a device: effective rights, and the names of users and groups."""

import contextlib
import grp
import os
import pwd
from pathlib import Path


def may_use(path: Path) -> bool:
    """Whether who runs this may read and write a device; access lists count, as they do for an opening program."""
    return os.access(path, os.R_OK | os.W_OK)


def may_use_as(uid: int, path: Path) -> bool:
    """The same for another user, by owner, groups and mode bits: what root finds out for the service's user."""
    found = path.stat()
    with contextlib.suppress(KeyError):
        user = pwd.getpwuid(uid)
        if found.st_gid in os.getgrouplist(user.pw_name, user.pw_gid):
            return found.st_mode & 0o060 == 0o060
    return found.st_mode & (0o600 if found.st_uid == uid else 0o006) in (0o600, 0o006)


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
