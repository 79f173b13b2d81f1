import type { Logger } from '@bandstand/service-kit';
import { ChannelType, type Client, Events, PermissionFlagsBits, type VoiceState } from 'discord.js';

/** Becomes a speaker where the bot lands in the audience of a stage: by itself if it may, else by raising its hand. */
export class StageSpeaker {
  readonly #client: Client;
  readonly #log: Logger;

  constructor(client: Client, log: Logger) {
    this.#client = client;
    this.#log = log;
    client.on(Events.VoiceStateUpdate, this.#onVoiceState);
  }

  close(): void {
    this.#client.off(Events.VoiceStateUpdate, this.#onVoiceState);
  }

  readonly #onVoiceState = (before: VoiceState, after: VoiceState): void => {
    const { channel } = after;
    // Only on arrival: a moderator who moves the bot back to the audience means it.
    if (after.id !== this.#client.user?.id || before.channelId === after.channelId) return;
    if (channel?.type !== ChannelType.GuildStageVoice || after.suppress !== true) return;
    void this.#speak(after).catch((error: unknown) =>
      this.#log.warn({ err: error, guildId: after.guild.id }, 'could not become a speaker on the stage'),
    );
  };

  async #speak(state: VoiceState): Promise<void> {
    const permissions =
      state.guild.members.me === null ? null : state.channel?.permissionsFor(state.guild.members.me);
    if (permissions?.has(PermissionFlagsBits.MuteMembers)) await state.setSuppressed(false);
    else if (permissions?.has(PermissionFlagsBits.RequestToSpeak)) await state.setRequestToSpeak(true);
  }
}
