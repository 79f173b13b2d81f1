import packageJson from '../package.json' with { type: 'json' };

/** Of this service, as the player, `/ping` and the log are told. */
export const BOT_VERSION: string = packageJson.version;
