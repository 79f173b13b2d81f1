import type { RestContext } from '../rest-context.ts';
import { botRoute, ok, openRoute, type Route } from '../route.ts';

/** Where the gateway is. */
export function gatewayRoutes(context: RestContext): Route[] {
  return [
    openRoute('GET', '/gateway', () => ok({ url: context.gatewayUrl() })),
    botRoute('GET', '/gateway/bot', (_call, bot) =>
      ok({ url: context.gatewayUrl(), shards: 1, session_start_limit: context.sessionStarts(bot) }),
    ),
  ];
}
