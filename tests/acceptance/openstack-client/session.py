"""Debian's `openstack`, many commands in one process: each would otherwise spend a second on its start alone.

Reads a line of JSON for each command, the list of its arguments; answers one, {"code", "stdout", "stderr"}. All commands
are of one person, the one that OS_CLOUD names: the client keeps what it signed in with for the life of the process.
"""
import contextlib
import io
import json
import sys

from openstackclient import shell

answers = sys.stdout
for line in sys.stdin:
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            code = shell.main(json.loads(line))
        except SystemExit as end:
            code = end.code
    answer = {'code': code, 'stdout': stdout.getvalue(), 'stderr': stderr.getvalue()}
    print(json.dumps(answer), file=answers, flush=True)
