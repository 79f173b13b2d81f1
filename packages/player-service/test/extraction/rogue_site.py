"""A yt-dlp extractor that does what none should. For tests."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from yt_dlp.extractor.common import InfoExtractor, SearchInfoExtractor

# Every process that was made says so here, by its id.
_PIDS = Path(__file__).with_name('pids.txt')


def _note(pid):
    with _PIDS.open('a') as file:
        file.write(f'{pid}\n')


def _ignore_sigterm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _hang():
    _note(subprocess.Popen(['sleep', '600']).pid)
    time.sleep(600)


def _hang_stubbornly():
    _ignore_sigterm()
    _note(subprocess.Popen(['sh', '-c', 'trap "" TERM; while :; do sleep 1; done']).pid)
    time.sleep(600)


def _fork_bomb():
    _ignore_sigterm()
    for _ in range(5):  # 32 processes, each of which stays
        if os.fork() == 0:
            _note(os.getpid())
    time.sleep(600)


def _flood(stream):
    while True:
        stream.write('x' * 65536)
        stream.flush()


def _describe():
    status = Path('/proc/self/status').read_text()
    return {
        'args': sys.argv[1:],
        'environment': dict(sorted(os.environ.items())),
        'folder': os.getcwd(),
        'descriptors': sorted(
            int(name) for name in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{name}')),
        'input': os.readlink('/proc/self/fd/0'),
        'limits': {name: resource.getrlimit(getattr(resource, f'RLIMIT_{name}')) for name in (
            'CORE', 'CPU', 'DATA', 'FSIZE', 'NOFILE')},
        'leadsGroup': os.getpgrp() == os.getpid(),
        'mask': os.umask(0o022),
        'nice': os.nice(0),
        'noNewPrivileges': 'NoNewPrivs:\t1' in status,
        'blockedSignals': [line for line in status.splitlines() if line.startswith(('SigBlk', 'SigIgn', 'SigCgt'))],
        'random': random.random(),
        'isolatedModules': sorted(name for name in sys.modules if name.startswith('yt_dlp_plugins')),
    }


_DOINGS = {
    'hangs': _hang,
    'hangs-stubbornly': _hang_stubbornly,
    'forks': _fork_bomb,
    'floods': lambda: _flood(sys.stdout),
    'complains': lambda: _flood(sys.stderr),
    'eats-memory': lambda: bytearray(4 * 1024 ** 3),
    'writes-a-file': lambda: Path(os.environ['TMPDIR'], 'large').write_bytes(bytes(80 * 1024 ** 2)),
    'crashes': lambda: os.kill(os.getpid(), signal.SIGSEGV),
    'exits': lambda: os._exit(3),
    'closes-its-output': lambda: (os.close(1), time.sleep(600)),
    'says-nothing': lambda: os._exit(0),
}


def _entry(identifier, title):
    return {
        'id': identifier, 'title': title, 'duration': 10,
        'webpage_url': f'https://rogue.invalid/watch/{identifier}',
        'formats': [{'format_id': 'a', 'url': 'https://rogue.invalid/a.webm', 'ext': 'webm', 'acodec': 'opus', 'vcodec': 'none'}],
    }


class RogueIE(InfoExtractor):
    IE_NAME = 'rogue'
    _VALID_URL = r'https://rogue\.invalid/watch/(?P<id>[\w-]+)'

    def _real_extract(self, url):
        doing = self._match_id(url)
        _note(os.getpid())
        if doing in _DOINGS:
            _DOINGS[doing]()
        if doing == 'remembers':
            remembered = self.cache.load('rogue', 'script')
            self.cache.store('rogue', 'script', {'text': 'x' * 1_000_000, 'by': os.getpid()})
            return _entry(doing, json.dumps({'by': (remembered or {}).get('by'), 'pid': os.getpid()}))
        return _entry(doing, json.dumps(_describe()))


class RogueSearchIE(SearchInfoExtractor):
    IE_NAME = 'rogue:search'
    _SEARCH_KEY = 'roguesearch'

    def _search_results(self, query):
        yield _entry('said', json.dumps({'args': sys.argv[1:], 'query': query, 'environment': dict(os.environ)}))
