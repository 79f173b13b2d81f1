export { Bot, type BotOptions, TokenRefused } from './bot.ts';
export { allCommands } from './commands/catalogue.ts';
export { describeCommand } from './commands/descriptor.ts';
export { type BotConfig, botEnvironmentSchema, readConfig } from './config.ts';
export { PlayerLink } from './player-client/player-link.ts';
