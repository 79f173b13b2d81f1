import type {
  GuildHandle,
  Invocation,
  OptionValues,
  TextChannelHandle,
  UserHandle,
  VoiceChannelHandle,
} from '@bandstand/discord-simulator';
import { renderMessage } from '@bandstand/discord-simulator';
import type { ReplyData } from '@bandstand/protocol';
import { Ear } from './ear.ts';
import { PlayerClient } from './player-client.ts';
import type { Stack } from './stack.ts';

/** A guild of its own for one test: a person in a voice channel who listens, and a text channel to type in. */
export class Scene {
  readonly guild: GuildHandle;
  readonly text: TextChannelHandle;
  readonly voice: VoiceChannelHandle;
  readonly user: UserHandle;
  readonly ear: Ear;

  private constructor(parts: Pick<Scene, 'guild' | 'text' | 'voice' | 'user' | 'ear'>) {
    this.guild = parts.guild;
    this.text = parts.text;
    this.voice = parts.voice;
    this.user = parts.user;
    this.ear = parts.ear;
  }

  static async open(stack: Stack, name: string): Promise<Scene> {
    const { discord } = stack;
    const guild = discord.addGuild({ name, textChannels: ['music'], voiceChannels: ['Lounge'] });
    const text = guild.textChannel();
    const voice = guild.voiceChannel();
    const user = discord.user(`listener of ${name}`);
    await user.joins(voice);
    await stack.untilFollowed(guild);
    return new Scene({ guild, text, voice, user, ear: new Ear(await user.hears()) });
  }

  run(command: string, options: OptionValues = {}): Invocation {
    return this.user.runs(command, options, { in: this.text });
  }

  /** The answer to a command, as a person reads it. */
  async answerTo(command: string, options: OptionValues = {}): Promise<string> {
    return renderMessage(await this.run(command, options).reply({ timeoutMs: 30_000 }));
  }

  /** Plays a query and waits for the answer. */
  play(query: string, options: OptionValues = {}): Promise<string> {
    return this.answerTo('/play', { query, ...options });
  }

  /** What the player says of this guild, asked past the bot. */
  async state(stack: Stack): Promise<ReplyData<'GET_STATE'>> {
    using client = new PlayerClient(stack.commandEndpoint);
    return await client.request('GET_STATE', this.guild, {});
  }

  /** A message in the text channel that says this, now or soon. */
  untilSaid(words: RegExp): Promise<unknown> {
    return this.text.waitForMessage((message) => words.test(renderMessage(message)));
  }

  /** The panel of the playing track, once it says this. */
  async panel(text: string) {
    return this.text.waitForMessage((message) => {
      const shown = renderMessage(message);
      return message.components !== undefined && message.components.length > 0 && shown.includes(text);
    });
  }
}
