import { VoiceServer } from '../../../discord-simulator/src/voice/voice-server.ts';
import { ArrivalSink } from './arrival-sink.ts';
import type { OtherSideRequest } from './messages.ts';

/** Discord's end of the benchmark in a process of its own: voice gateways, and one UDP port for all media in another. */
const sink = await ArrivalSink.open();
/** Guilds somebody listens in: who joins again finds him there. */
const listened = new Set<string>();
const server = await VoiceServer.start({ mediaPort: sink.port });

process.on('message', async (request: OtherSideRequest) => {
  switch (request.type) {
    case 'allocate': {
      const { guildId, dave } = request;
      const seat = { guildId, channelId: guildId, dave };
      // Somebody who listens: without him there is no group, and nothing is encrypted end to end.
      if (dave && !listened.has(guildId)) {
        listened.add(guildId);
        await server.addListener({ ...seat, userId: `9${guildId}` });
      }
      const { token, endpoint } = server.allocate({ ...seat, userId: guildId, sessionId: 'bench' });
      process.send?.({ type: 'allocation', guildId, token, endpoint });
      break;
    }
    case 'count':
      sink.start();
      break;
    case 'arrivals':
      process.send?.({ type: 'arrivals', arrivals: await sink.stop() });
  }
});
process.on('disconnect', () => {
  sink[Symbol.dispose]();
  process.exit();
});
process.send?.({ type: 'started', caPem: server.caPem });
