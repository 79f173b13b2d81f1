"""A parent of yt-dlp processes: imports yt_dlp once, then answers every request in a fork of itself.

One JSON object per line on both standard streams. First comes what the parent is to be:
    {"socket": path, "library": path or null, "program": path, "rehearsal": [argument, ...]}
which it answers, once warm, with
    {"type": "ready", "version": "2026.08.19", "module": path of yt_dlp/version.py}
Then any number of requests, until the input ends:
    {"id": 7, "token": 32 characters, "args": [argument, ...], "limits": {"data": bytes, "cpu": seconds, ...}}
and what becomes of each:
    {"type": "started", "id": 7, "pid": 4711}
    {"type": "refused", "id": 7, "reason": "..."}
    {"type": "ended", "id": 7, "code": 0}    or    "signal": 9

A fork is to its request what a process of its own would be: a process group, limits, /dev/null as input, no descriptor
of the parent or of other forks. Its output and its complaints go past the parent, through two connections to the socket
that begin with the request's token and "1" or "2". The parent itself touches no network and reads no answer of a site.
"""

import atexit
import contextlib
import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import threading
import traceback

PR_SET_PDEATHSIG = 1
LONGEST_LINE = 1024 * 1024
REQUESTS = 0


class Silence:
    """Stands in for yt-dlp's logger while the parent rehearses."""

    debug = warning = error = staticmethod(lambda message: None)


def say(message):
    # Not through sys.stdout: its buffer would be copied into forks.
    line = json.dumps(message).encode() + b'\n'
    while line:
        line = line[os.write(1, line):]


class Lines:
    """The lines that come in at one descriptor, without a buffer that reads on the side."""

    def __init__(self, descriptor):
        self._descriptor = descriptor
        self._rest = b''

    def read(self):
        """Waits for input. Returns the lines that are complete with it, or None at the end of the input."""
        chunk = os.read(self._descriptor, 65536)
        if not chunk:
            return None
        *lines, self._rest = (self._rest + chunk).split(b'\n')
        if len(self._rest) > LONGEST_LINE:
            sys.exit('a request without an end')
        return [json.loads(line) for line in lines]


def rehearse(yt_dlp, args):
    """Does once what every request would do again: parses options, loads the extractors that are allowed."""
    yt_dlp.globals.plugin_dirs.value = []  # a plugin is loaded by those who ask for it, never here
    options = yt_dlp.parse_options(args)
    with yt_dlp.YoutubeDL({**options.ydl_opts, 'logger': Silence()}) as ydl:
        with contextlib.suppress(yt_dlp.utils.YoutubeDLError):
            ydl.extract_info(options.urls[0], download=False)  # no extractor takes it, so nothing is fetched
        for extractor in list(ydl._ies.values()):
            with contextlib.suppress(Exception):  # warmth, nothing that a request depends on
                ydl.get_info_extractor(extractor.ie_key())
    with contextlib.suppress(Exception):
        yt_dlp.utils.system_identifier()  # asks two programs, and remembers


def confine(limits, parent):
    """Makes a process of its own of a fork."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it died before it could take us along
    for name, value in limits.items():
        kind = getattr(resource, f'RLIMIT_{name.upper()}')
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def connect(path, token):
    """Puts the request's own streams in the place of the parent's."""
    streams = [os.open(os.devnull, os.O_RDONLY)]
    for name in (b'1', b'2'):
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(path)
        stream.sendall(token.encode() + name)
        stream.shutdown(socket.SHUT_RD)
        streams.append(stream.detach())
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
    os.closerange(3, os.sysconf('SC_OPEN_MAX'))


def run(yt_dlp, program, args):
    """What the program yt-dlp does with its arguments. Returns its exit code."""
    sys.argv = [program, *args]
    try:
        yt_dlp.main(args)
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except OSError:
        code = code or 120  # as Python itself ends when its output cannot be written
    return (code or 0) & 0xff


def fork(settings, yt_dlp, request):
    """Starts one request. Returns the process id, in the parent only."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)  # both sides do it, so that it is done whoever comes first
        return pid
    code = 1
    try:
        gc.enable()
        confine(request['limits'], parent)
        connect(settings['socket'], request['token'])
        code = run(yt_dlp, settings['program'], request['args'])
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)  # never back into the parent's loop


def reap(running):
    for pid, request_id in list(running.items()):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            continue
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # before its number is free: what it left behind goes with it
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        del running[pid]
        how = {'signal': -code} if code < 0 else {'code': code}
        say({'type': 'ended', 'id': request_id, **how})


def serve(requests, settings, yt_dlp):
    wakeup, ring = os.pipe()
    os.set_blocking(wakeup, False)
    os.set_blocking(ring, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    poller = select.poll()
    poller.register(REQUESTS, select.POLLIN)
    poller.register(wakeup, select.POLLIN)
    running = {}
    is_open = True
    while is_open or running:
        ready = {descriptor for descriptor, _ in poller.poll()}
        if wakeup in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wakeup, 4096)
        reap(running)
        if REQUESTS not in ready:
            continue
        lines = requests.read()
        if lines is None:
            poller.unregister(REQUESTS)
            is_open = False
        for request in lines or ():
            try:
                pid = fork(settings, yt_dlp, request)
            except OSError as error:
                say({'type': 'refused', 'id': request['id'], 'reason': str(error)})
                continue
            running[pid] = request['id']
            say({'type': 'started', 'id': request['id'], 'pid': pid})


def main():
    requests = Lines(REQUESTS)
    while not (first := requests.read()):
        if first is None:
            return
    settings = first[0]
    if settings['library'] is not None:
        sys.path.insert(0, settings['library'])
    import yt_dlp
    rehearse(yt_dlp, settings['rehearsal'])
    if threading.active_count() > 1:
        sys.exit('a thread is running: forks would not be safe')
    gc.collect()
    gc.disable()
    gc.freeze()  # collections in forks leave the shared pages alone
    say({'type': 'ready', 'version': yt_dlp.version.__version__, 'module': yt_dlp.version.__file__})
    serve(requests, settings, yt_dlp)


main()
