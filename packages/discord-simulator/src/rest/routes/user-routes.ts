import { permissionsOf } from '../../world/permissions.ts';
import type { ApplicationRecord } from '../../world/records.ts';
import { unknown } from '../api-error.ts';
import type { RestContext } from '../rest-context.ts';
import { botRoute, ok, type Route } from '../route.ts';

/** Users, the bot itself and its application. */
export function userRoutes({ world }: RestContext): Route[] {
  const application = (bot: ApplicationRecord) => {
    const guilds = [...world.guilds.values()].filter((guild) => guild.members.has(bot.id));
    const owner = guilds[0] === undefined ? bot.user : world.user(guilds[0].ownerId);
    return applicationPayload(bot, owner, guilds.length);
  };
  return [
    botRoute('GET', '/users/@me', (_call, bot) => ok(selfPayload(bot))),
    botRoute('GET', '/users/:user', (call) => {
      const user = world.users.get(call.param('user'));
      if (user === undefined) throw unknown.user();
      return ok(user);
    }),
    botRoute('GET', '/users/@me/guilds', (_call, bot) => {
      const guilds = [...world.guilds.values()].filter((guild) => guild.members.has(bot.id));
      return ok(
        guilds.map((guild) => ({
          id: guild.id,
          name: guild.name,
          icon: null,
          banner: null,
          owner: guild.ownerId === bot.id,
          permissions: String(permissionsOf(guild, bot.id)),
          features: [],
        })),
      );
    }),
    botRoute('GET', '/applications/@me', (_call, bot) => ok(application(bot))),
    botRoute('GET', '/oauth2/applications/@me', (_call, bot) => ok(application(bot))),
  ];
}

function selfPayload(bot: ApplicationRecord) {
  return { ...bot.user, mfa_enabled: true, locale: 'en-US', verified: true, email: null, bio: '' };
}

function applicationPayload(bot: ApplicationRecord, owner: ApplicationRecord['user'], guilds: number) {
  return {
    id: bot.id,
    name: bot.user.username,
    icon: null,
    description: '',
    type: null,
    bot: bot.user,
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: bot.verifyKey,
    flags: 0,
    flags_new: '0',
    redirect_uris: [],
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    owner,
    approximate_guild_count: guilds,
    approximate_user_install_count: 0,
    approximate_user_authorization_count: 0,
    explicit_content_filter: 0,
    team: null,
    eligible_oauth2_scopes: [],
    integration_types_config: { 0: {} },
  };
}
