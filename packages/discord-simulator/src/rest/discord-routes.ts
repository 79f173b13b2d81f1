import type { RestContext } from './rest-context.ts';
import type { Route } from './route.ts';
import { channelRoutes } from './routes/channel-routes.ts';
import { commandRoutes } from './routes/command-routes.ts';
import { gatewayRoutes } from './routes/gateway-routes.ts';
import { guildRoutes } from './routes/guild-routes.ts';
import { interactionRoutes } from './routes/interaction-routes.ts';
import { messageRoutes } from './routes/message-routes.ts';
import { userRoutes } from './routes/user-routes.ts';
import { voiceRoutes } from './routes/voice-routes.ts';

/** Every route of the REST API that is simulated. */
export function discordRoutes(context: RestContext): Route[] {
  return [
    ...gatewayRoutes(context),
    ...userRoutes(context),
    ...commandRoutes(context),
    ...interactionRoutes(context),
    ...channelRoutes(context),
    ...messageRoutes(context),
    ...guildRoutes(context),
    ...voiceRoutes(context),
  ];
}
