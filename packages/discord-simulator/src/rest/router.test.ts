import { describe, expect, it } from 'vitest';
import { noContent, openRoute } from './route.ts';
import { Router } from './router.ts';

const router = new Router([
  openRoute('GET', '/users/:user', noContent),
  openRoute('GET', '/users/@me', noContent),
  openRoute('GET', '/webhooks/:application/:token/messages/:message', noContent),
]);

describe('Router', () => {
  it('prefers literal segments over parameters', () => {
    expect(router.match('GET', '/users/@me')?.route.path).toBe('/users/@me');
    expect(router.match('GET', '/users/7')?.params).toEqual(new Map([['user', '7']]));
  });

  it('decodes percent escapes and survives broken ones', () => {
    const match = router.match('GET', '/webhooks/1/t/messages/%40original');
    expect(match?.params.get('message')).toBe('@original');
    expect(router.match('GET', '/users/%')?.params.get('user')).toBe('%');
  });

  it('matches neither another method nor another length', () => {
    expect(router.match('POST', '/users/@me')).toBeUndefined();
    expect(router.match('GET', '/users')).toBeUndefined();
    expect(router.match('GET', '/users/')).toBeUndefined();
    expect(router.match('GET', '/users/7/x')).toBeUndefined();
  });
});
