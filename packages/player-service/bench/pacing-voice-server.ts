import { VoiceServer } from '../../discord-simulator/src/voice/voice-server.ts';

/** The simulated voice servers in a process of their own, so that their CPU is not counted as the sender's. */
const server = await VoiceServer.start();
process.on('message', async (message: { allocate: { guildId: string; listen: boolean } }) => {
  const { guildId, listen } = message.allocate;
  const seat = { guildId, channelId: guildId, dave: false };
  if (listen) await server.addListener({ ...seat, userId: `9${guildId}` });
  const allocation = server.allocate({ ...seat, userId: guildId, sessionId: 'bench' });
  process.send?.({ guildId, ...allocation });
});
process.on('disconnect', () => process.exit());
process.send?.({ caPem: server.caPem });
