import {
  type APIApplicationCommand,
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOption,
  ApplicationCommandOptionType as OptionType,
} from 'discord-api-types/v10';
import { permissionsOf } from '../world/permissions.ts';
import type { ApplicationRecord, ChannelRecord, GuildRecord } from '../world/records.ts';
import type { ActorContext } from './actor-context.ts';

/** A command as the slash menu offers it, followed down to its sub-command. */
export interface OfferedCommand {
  readonly bot: ApplicationRecord;
  readonly command: APIApplicationCommand;
  /** Sub-command group and sub-command, where there are any. */
  readonly path: readonly { readonly type: OptionType; readonly name: string }[];
  readonly options: readonly APIApplicationCommandBasicOption[];
}

export interface Where {
  readonly guild: GuildRecord;
  readonly channel: ChannelRecord;
  readonly userId: string;
  /** Needed only where two bots offer a command of the same name. */
  readonly botId: string | undefined;
}

/**
 * Finds what a person gets by typing `/name`, `/name sub` or `/name group sub`.
 *
 * @throws Error when the slash menu would not offer it: unknown, no permission, or offered by two bots.
 */
export function findCommand({ world, commands }: ActorContext, text: string, where: Where): OfferedCommand {
  const [name = '', ...rest] = text.replace(/^\//, '').split(' ');
  const offers = [...world.applications.values()]
    .filter((bot) => where.guild.members.has(bot.id) && (where.botId === undefined || where.botId === bot.id))
    .flatMap((bot) => {
      const command = commands.offered(bot, where.guild.id, name);
      return command === undefined ? [] : [{ bot, command }];
    });
  const [offer, another] = offers;
  if (offer === undefined) throw new Error(`nobody offers /${name} in ${where.guild.name}`);
  if (another !== undefined) throw new Error(`two bots offer /${name}: say which one`);

  const needed = BigInt(offer.command.default_member_permissions ?? '0');
  const has = permissionsOf(where.guild, where.userId, where.channel);
  if ((has & needed) !== needed) throw new Error(`this user is not offered /${name}: permissions`);

  let options: readonly APIApplicationCommandOption[] = offer.command.options ?? [];
  const path: OfferedCommand['path'][number][] = [];
  for (const part of rest) {
    const found = options.find((option) => option.name === part);
    if (found?.type !== OptionType.Subcommand && found?.type !== OptionType.SubcommandGroup) {
      throw new Error(`/${name} has no sub-command ${part}`);
    }
    path.push({ type: found.type, name: found.name });
    options = found.options ?? [];
  }
  const basic = options.filter(isBasic);
  if (basic.length < options.length) throw new Error(`${text} needs a sub-command`);
  return { ...offer, path, options: basic };
}

function isBasic(option: APIApplicationCommandOption): option is APIApplicationCommandBasicOption {
  return option.type !== OptionType.Subcommand && option.type !== OptionType.SubcommandGroup;
}
