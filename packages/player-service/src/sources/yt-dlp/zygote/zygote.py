"""A parent of yt-dlp processes: imports yt_dlp once, then answers every request in a fork of itself.

One JSON object a line on both streams; `messages.ts` has their types. The first says what the parent is to be, and is
answered with "ready". Then come requests, until the input ends; each is "refused", or "started" and then "ended".

A fork is to its request what a process of its own would be: a process group, limits, /dev/null as input, no descriptor
of the parent or of other forks. Its output and its complaints go past the parent, through two connections to a socket
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
import types

PR_SET_PDEATHSIG = 1
LONGEST_LINE = 1024 * 1024
REQUESTS = 0


def say(message):
    # Not through sys.stdout: its buffer would be copied into forks.
    line = json.dumps(message).encode() + b'\n'
    while line:
        line = line[os.write(1, line):]


def read_requests():
    """Waits for input, and yields the lines that are complete with it. Holds no buffer that reads on the side."""
    rest = b''
    while chunk := os.read(REQUESTS, 65536):
        *lines, rest = (rest + chunk).split(b'\n')
        if len(rest) > LONGEST_LINE:
            sys.exit('a request without an end')
        yield [json.loads(line) for line in lines]


def rehearse(yt_dlp, args):
    """Does once what every request would do again. Only warmth: requests depend on none of it."""
    yt_dlp.globals.plugin_dirs.value = []  # a plugin is loaded by those who ask for it, never here
    options = yt_dlp.parse_options(args)
    silence = types.SimpleNamespace(debug=len, warning=len, error=len)
    with yt_dlp.YoutubeDL({**options.ydl_opts, 'logger': silence, 'forceprint': {}}) as ydl:
        with contextlib.suppress(yt_dlp.utils.YoutubeDLError):
            ydl.extract_info(options.urls[0], download=False)  # no extractor takes it, so nothing is fetched
        for extractor in list(ydl._ies.values()):
            ydl.get_info_extractor(extractor.ie_key())
        formats = [{'url': 'https://nowhere.invalid/', 'ext': 'webm', 'acodec': 'opus', 'vcodec': 'none'}]
        ydl.process_ie_result({'id': 'x', 'title': 'x', 'extractor': 'x', 'formats': formats}, download=False)
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
    """Starts one request. Returns the process id, and only in the parent."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)  # both sides do it, so that it is done whoever comes first
        return pid
    try:
        code = 1
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


def begin(settings, yt_dlp, request, running):
    try:
        pid = fork(settings, yt_dlp, request)
    except OSError as error:
        return say({'type': 'refused', 'id': request['id'], 'reason': str(error)})
    running[pid] = request['id']
    say({'type': 'started', 'id': request['id'], 'pid': pid})


def serve(requests, settings, yt_dlp):
    awake, ring = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)  # can be read when a fork may have ended
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    poller = select.poll()
    poller.register(REQUESTS, select.POLLIN)
    poller.register(awake, select.POLLIN)
    running = {}
    is_open = True
    while is_open or running:
        ready = {descriptor for descriptor, _ in poller.poll()}
        if awake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(awake, 4096)
        reap(running)
        if REQUESTS not in ready:
            continue
        lines = next(requests, None)
        if lines is None:
            poller.unregister(REQUESTS)
            is_open = False
        for request in lines or ():
            begin(settings, yt_dlp, request, running)


def main():
    requests = read_requests()
    settings = next((line for lines in requests for line in lines), None) or sys.exit()
    if settings['library'] is not None:
        sys.path.insert(0, settings['library'])
    import yt_dlp
    with contextlib.suppress(Exception):
        rehearse(yt_dlp, settings['rehearsal'])
    if threading.active_count() > 1:
        sys.exit('a thread is running: forks would not be safe')
    gc.collect()
    gc.disable()
    gc.freeze()  # collections in forks leave the shared pages alone
    say({'type': 'ready', 'version': yt_dlp.version.__version__, 'module': yt_dlp.version.__file__})
    serve(requests, settings, yt_dlp)


main()
