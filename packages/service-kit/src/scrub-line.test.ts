import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';
import { scrubLine } from './scrub-line.ts';

// Put together at run time, so that no secret scanner takes this file for a leak.
const botToken = ['MTA5NjQxMjM0NTY3ODkwMTIz', 'GaBcDe', 'abcdefghijklmnopqrstuvwxyz0123456789AB'].join('.');
const voiceToken = '4f1e2d3c4b5a6978';
const curveKey = 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7';

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  write(createLogger({ name: 'test', level: 'trace', destination, secrets: [curveKey] }));
  return lines.join('');
}

test.each<[string, (log: ReturnType<typeof createLogger>) => void]>([
  ['a top field', (log) => log.info({ token: voiceToken })],
  ['a deep field', (log) => log.info({ a: { b: { c: [{ token: voiceToken, session_id: voiceToken }] } } })],
  ['escaped JSON in a field', (log) => log.info({ body: JSON.stringify({ d: { token: voiceToken } }) })],
  [
    'twice escaped JSON',
    (log) => log.info({ body: JSON.stringify({ x: JSON.stringify({ token: voiceToken }) }) }),
  ],
  ['the message', (log) => log.info(`identify with ${botToken}`)],
  ['an error text', (log) => log.error({ err: new Error(`401 for Bot ${botToken}`) }, 'failed')],
  [
    'the cause of an error',
    (log) => log.error({ err: new Error('x', { cause: new Error(botToken) }) }, 'failed'),
  ],
  ['a known key anywhere', (log) => log.warn({ err: new Error(`bad key ${curveKey}`) }, curveKey)],
  [
    'an interaction path',
    (log) => log.info(`POST /interactions/123/${botToken.replaceAll('.', '')}/callback`),
  ],
  ['a webhook path', (log) => log.info({ url: `https://discord.test/api/v10/webhooks/1/aW50ZXJhY3Rpb24/x` })],
])('a secret in %s does not reach the destination', (_place, write) => {
  const text = logged(write);
  expect(text).toContain('[hidden]');
  for (const secret of [botToken, botToken.replaceAll('.', ''), voiceToken, curveKey, 'aW50ZXJhY3Rpb24'])
    expect(text).not.toContain(secret);
});

test('a signed media address loses its signature and keeps its host', () => {
  const line = scrubLine(
    'GET https://r1.media.test/videoplayback?expire=1&ip=203.0.113.9&sig=AOq0QJ8wRA&itag=251',
  );
  expect(line).toContain('https://r1.media.test/videoplayback');
  expect(line).not.toMatch(/203\.0\.113\.9|AOq0QJ8wRA/);
});

test('credentials in front of a host are removed', () => {
  expect(scrubLine('postgres://bandstand:hunter2hunter2@db:5432/x')).toBe('postgres://[hidden]@db:5432/x');
});

test('an ordinary line stays as it is', () => {
  const line = '{"level":"info","guildId":"689241026199552011","msg":"joined"}';
  expect(scrubLine(line)).toBe(line);
});

test('a scrubbed line is still one JSON document', () => {
  const text = logged((log) => log.info({ token: voiceToken, url: 'https://a.test/?sig=x&b=1' }, 'm'));
  expect(JSON.parse(text)).toMatchObject({ token: '[hidden]', msg: 'm' });
});
