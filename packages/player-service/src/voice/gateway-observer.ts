import type { VoiceWebSocket } from '@discordjs/voice';
import { VoiceOpcodes } from 'discord-api-types/voice/v8';

/** Messages that a voice server sends because the group of the channel is about to change. */
const GROUP_NEWS: ReadonlySet<number> = new Set([
  VoiceOpcodes.DavePrepareTransition,
  VoiceOpcodes.DavePrepareEpoch,
  VoiceOpcodes.DaveMlsProposals,
]);

export interface GatewayObserver {
  /** HELLO: the server takes part, and heartbeats are on their way. */
  onHello(): void;
  /** Somebody is coming or going, whether or not we were told who. */
  onGroupNews(): void;
}

/** Listens for what the library handles without telling. */
export function observeGateway(socket: VoiceWebSocket, { onHello, onGroupNews }: GatewayObserver): void {
  socket.on('packet', ({ op }) => {
    if (op === VoiceOpcodes.Hello) onHello();
    else if (GROUP_NEWS.has(op)) onGroupNews();
  });
  socket.on('binary', ({ op }) => {
    if (GROUP_NEWS.has(op)) onGroupNews();
  });
}
