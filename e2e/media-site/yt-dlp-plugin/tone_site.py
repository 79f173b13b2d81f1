"""A yt-dlp extractor for the local media site. For tests and the demo: production runs without plugins.

Every failure is raised the way yt-dlp's own extractors raise it, with the words of the YouTube extractor,
so that whoever sorts failures by cause is tested against the real thing.
"""

import itertools
import re
from pathlib import Path

from yt_dlp.extractor.common import InfoExtractor, SearchInfoExtractor
from yt_dlp.utils import ExtractorError, RegexNotFoundError, UserNotLive

# Written beside this file when the site starts: http://127.0.0.1:<port>
_ORIGIN = Path(__file__).with_name('origin.txt').read_text().strip()
_ORIGIN_RE = re.escape(_ORIGIN)


class _ToneSiteBase(InfoExtractor):
    def _fail(self, failure, video_id):
        kind, text = failure['kind'], failure.get('text')
        if kind == 'login':
            self.raise_login_required(text) if text else self.raise_login_required()
        if kind == 'geo':
            self.raise_geo_restricted(text, countries=failure.get('countries'))
        if kind == 'no_formats':
            self.raise_no_formats(text, expected=True, video_id=video_id)
        if kind == 'drm':
            self.report_drm(video_id)
        if kind == 'not_live':
            raise UserNotLive(video_id=video_id)
        if kind == 'broken':
            raise RegexNotFoundError('Unable to extract player response')
        if kind == 'bug':
            raise KeyError('streamingData')
        if kind == 'no_js':
            self.report_warning(
                'No supported JavaScript runtime could be found. Only deno is enabled by default; '
                'to use another runtime add  --js-runtimes RUNTIME[:PATH]  to your command/config')
            self.raise_no_formats('Requested format is not available', expected=True, video_id=video_id)
        raise ExtractorError(text, expected=True, video_id=video_id)


class ToneSiteIE(_ToneSiteBase):
    IE_NAME = 'tonesite'
    _VALID_URL = rf'{_ORIGIN_RE}/watch/(?P<id>[\w-]+)'

    def _real_extract(self, url):
        video_id = self._match_id(url)
        client = self._configuration_arg('client', [''])[0]
        page = self._download_json(
            f'{_ORIGIN}/watch/{video_id}', video_id, query={'client': client} if client else {})
        if page.get('failure'):
            self._fail(page['failure'], video_id)
        return page['info']


class ToneSitePlaylistIE(_ToneSiteBase):
    IE_NAME = 'tonesite:playlist'
    _VALID_URL = rf'{_ORIGIN_RE}/playlist/(?P<id>[\w-]+)'

    def _entries(self, playlist_id, first):
        page = first
        for number in itertools.count(2):
            for entry in page['entries']:
                yield self.url_result(
                    entry['url'], ToneSiteIE, entry['id'], entry['title'],
                    duration=entry.get('duration'), uploader=entry.get('uploader'))
            if not page['more']:
                return
            page = self._download_json(
                f'{_ORIGIN}/playlist/{playlist_id}', playlist_id, query={'page': number})

    def _real_extract(self, url):
        playlist_id = self._match_id(url)
        first = self._download_json(f'{_ORIGIN}/playlist/{playlist_id}', playlist_id)
        if first.get('failure'):
            self._fail(first['failure'], playlist_id)
        return self.playlist_result(self._entries(playlist_id, first), playlist_id, first['title'])


class ToneSiteSearchIE(SearchInfoExtractor):
    IE_NAME = 'tonesite:search'
    _SEARCH_KEY = 'tonesearch'

    def _search_results(self, query):
        page = self._download_json(f'{_ORIGIN}/search', query, query={'q': query})
        for entry in page['entries']:
            yield self.url_result(
                entry['url'], ToneSiteIE, entry['id'], entry['title'],
                duration=entry.get('duration'), uploader=entry.get('uploader'))
