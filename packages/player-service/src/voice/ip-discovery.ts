const PACKET_BYTES = 74;
const PAYLOAD_BYTES = 70;
const REQUEST = 1;
const REPLY = 2;

/**
 * Asks a voice server under which address it sees us.
 *
 * @see https://discord.com/developers/docs/topics/voice-connections#ip-discovery
 */
export function createIpDiscovery(ssrc: number): Buffer {
  const request = Buffer.alloc(PACKET_BYTES);
  request.writeUInt16BE(REQUEST, 0);
  request.writeUInt16BE(PAYLOAD_BYTES, 2);
  request.writeUInt32BE(ssrc, 4);
  return request;
}

/** Whether a datagram is the answer to {@link createIpDiscovery} of the same SSRC. */
export function isIpDiscoveryReply(datagram: Buffer, ssrc: number): boolean {
  return (
    datagram.length === PACKET_BYTES &&
    datagram.readUInt16BE(0) === REPLY &&
    datagram.readUInt32BE(4) === ssrc
  );
}
