import { EventEmitter } from 'node:events';
import type { VoiceWebSocket } from '@discordjs/voice';
import { VoiceOpcodes } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import { observeGateway } from './gateway-observer.ts';

function start() {
  const socket = new EventEmitter();
  const heard: string[] = [];
  observeGateway(socket as VoiceWebSocket, {
    onHello: () => heard.push('hello'),
    onGroupNews: () => heard.push('group'),
  });
  return { socket, heard };
}

test('HELLO is noticed, and whatever announces a change of the group', () => {
  const { socket, heard } = start();
  socket.emit('packet', { op: VoiceOpcodes.Hello });
  for (const op of [VoiceOpcodes.DavePrepareTransition, VoiceOpcodes.DavePrepareEpoch]) {
    socket.emit('packet', { op });
  }
  socket.emit('binary', { op: VoiceOpcodes.DaveMlsProposals });
  expect(heard).toEqual(['hello', 'group', 'group', 'group']);
});

test('what is sent to everyone who joins alone announces nobody', () => {
  const { socket, heard } = start();
  socket.emit('packet', { op: VoiceOpcodes.SessionDescription });
  socket.emit('packet', { op: VoiceOpcodes.HeartbeatAck });
  socket.emit('binary', { op: VoiceOpcodes.DaveMlsExternalSender });
  expect(heard).toEqual([]);
});
