import { PlayerError } from '@bandstand/protocol';
import { version as libraryVersion } from 'discord.js';
import { pingView } from '../views/ping-view.ts';
import type { Command, PlayerOfCall } from './command.ts';

/** Measures the three ways a command takes: gateway, REST and player. */
export function ping(botVersion: string): Command {
  return {
    name: 'ping',
    options: [],
    guards: [],
    acknowledge: 'at-once',
    isPrivate: true,
    async execute({ interaction, player, messages }) {
      const [restMs, playerMs] = await Promise.all([
        measure(() => interaction.fetchReply()),
        playerRoundTrip(player),
      ]);
      const heartbeatMs = interaction.client.ws.ping;
      return pingView(
        {
          gatewayMs: heartbeatMs >= 0 ? heartbeatMs : null,
          restMs,
          playerMs,
          versions: [
            `bot ${botVersion}`,
            `player ${player.serviceVersion ?? '?'}`,
            `discord.js ${libraryVersion}`,
          ],
        },
        messages,
      );
    },
  };
}

async function playerRoundTrip(player: PlayerOfCall): Promise<number | null> {
  try {
    return await measure(() => player.state());
  } catch (error) {
    if (error instanceof PlayerError) return null;
    throw error;
  }
}

async function measure(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
