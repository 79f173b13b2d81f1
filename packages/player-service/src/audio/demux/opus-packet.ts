/**
 * What one Opus packet says of itself in its first bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6716#section-3.1
 */

/** Samples at 48 kHz of one Opus frame, by the configuration number in the top five bits of the TOC byte. */
const FRAME_SAMPLES_BY_CONFIGURATION: readonly number[] = [
  ...silkSizes(), // narrowband
  ...silkSizes(), // mediumband
  ...silkSizes(), // wideband
  ...[480, 960, 480, 960], // hybrid, super-wideband and fullband
  ...celtSizes(), // narrowband
  ...celtSizes(), // wideband
  ...celtSizes(), // super-wideband
  ...celtSizes(), // fullband
];

/** The most one packet may last: 120 ms. */
const MAX_PACKET_SAMPLES = 5_760;

/** The most one Opus frame may weigh; a longer packet does not fit the datagrams that carry it. */
export const MAX_PASSTHROUGH_PACKET_BYTES = 1_275;

/** @returns How long the packet lasts in samples at 48 kHz, or 0 when it is not a valid Opus packet. */
export function opusPacketSamples(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const frames = frameCount(toc, packet);
  const samples = frames * (FRAME_SAMPLES_BY_CONFIGURATION[toc >> 3] ?? 0);
  return samples <= MAX_PACKET_SAMPLES ? samples : 0;
}

function frameCount(toc: number, packet: Uint8Array): number {
  switch (toc & 0x03) {
    case 0:
      return 1;
    case 1:
      return packet.length % 2 === 1 ? 2 : 0; // two frames of equal size
    case 2:
      return packet.length >= 2 ? 2 : 0;
    default:
      return (packet[1] ?? 0) & 0x3f;
  }
}

function silkSizes(): number[] {
  return [480, 960, 1_920, 2_880];
}

function celtSizes(): number[] {
  return [120, 240, 480, 960];
}
