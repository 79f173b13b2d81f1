import type { FrameSource } from '../../src/audio/frame.ts';
import { VoiceSessions } from '../../src/voice/voice-sessions.ts';
import { type Allocate, FRAME, openEach, type Streams } from './streams.ts';

/** The player's own voice sessions. */
export async function openOwnStreams(guildIds: readonly string[], allocate: Allocate): Promise<Streams> {
  const source: FrameSource = { status: 'flowing', next: () => FRAME };
  const log = { warn: () => {}, info: () => {} };
  /** As the bot answers op 4. */
  const answer = async (guildId: string) => {
    const { token, endpoint } = await allocate(guildId);
    const session = sessions.get(guildId);
    session?.handleVoiceState({ user_id: guildId, channel_id: guildId, session_id: 'bench' });
    session?.handleVoiceServer({ token, endpoint });
  };
  const isAsked = new Set<string>();
  const sessions = new VoiceSessions({
    logOf: () => log,
    // The first answer comes along with the join, since questions are limited to what Discord's gateway bears.
    send: ({ d: { guild_id, channel_id } }) => {
      if (channel_id !== null && isAsked.has(guild_id)) void answer(guild_id);
      isAsked.add(guild_id);
    },
  });
  const opened = await openEach(guildIds, async (guildId) => {
    const session = sessions.open(guildId);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    session.on('change', (_previous, { status }) => {
      if (status === 'ready') resolve();
      if (status === 'failed') reject(new Error(`no voice session for guild ${guildId}`));
    });
    session.join(guildId);
    await answer(guildId);
    await promise;
    return session;
  });
  return {
    play(count) {
      for (const [index, session] of opened.entries()) {
        if (index < count) session.play(source);
        else session.stop();
      }
    },
  };
}
