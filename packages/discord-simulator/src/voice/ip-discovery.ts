const PACKET_BYTES = 74;
const PAYLOAD_BYTES = 70;
const REQUEST = 1;
const REPLY = 2;
const PORT_OFFSET = 72;

/**
 * Reads an IP discovery request.
 *
 * @see https://docs.discord.com/developers/topics/voice-connections#ip-discovery
 * @returns The SSRC that asks, or `undefined` when the datagram is something else.
 */
export function parseIpDiscovery(datagram: Buffer): number | undefined {
  if (datagram.length !== PACKET_BYTES) return undefined;
  if (datagram.readUInt16BE(0) !== REQUEST || datagram.readUInt16BE(2) !== PAYLOAD_BYTES) return undefined;
  return datagram.readUInt32BE(4);
}

/** Tells a client the address and port under which it is seen. */
export function createIpDiscoveryReply(ssrc: number, seen: { address: string; port: number }): Buffer {
  const reply = Buffer.alloc(PACKET_BYTES);
  reply.writeUInt16BE(REPLY, 0);
  reply.writeUInt16BE(PAYLOAD_BYTES, 2);
  reply.writeUInt32BE(ssrc, 4);
  reply.write(seen.address, 8, 63, 'ascii');
  reply.writeUInt16BE(seen.port, PORT_OFFSET);
  return reply;
}
