import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import { openBareStreams } from './bare-streams.ts';
import type { Allocation, SenderReport, SenderRequest, Way } from './messages.ts';
import { openOwnStreams } from './own-streams.ts';
import { openStockStreams } from './stock-streams.ts';
import type { OpenStreams, Streams } from './streams.ts';

/** The measured process: connections of one way, on which more or fewer streams play. */
const WAYS: Record<Way, OpenStreams> = {
  bare: openBareStreams,
  own: openOwnStreams,
  stock: openStockStreams,
};
/** A group that formed while the last ones joined needs a moment. */
const SETTLE_MS = 500;

const waiting = new Map<string, (allocation: Allocation) => void>();
let streams: Streams | undefined;

process.on('message', async (request: SenderRequest) => {
  switch (request.type) {
    case 'allocation':
      waiting.get(request.guildId)?.(request);
      break;
    case 'open':
      tls.setDefaultCACertificates([request.caPem]);
      streams = await WAYS[request.way](request.guildIds, allocate, request.mediaPath);
      await pause(SETTLE_MS);
      report({ type: 'opened' });
      break;
    case 'play':
      streams?.play(request.streams);
      report({ type: 'playing' });
      break;
    case 'usage': {
      const { user, system } = process.cpuUsage();
      report({ type: 'usage', cpuUs: user + system, rssBytes: process.memoryUsage.rss() });
    }
  }
});
process.on('disconnect', () => process.exit());

function allocate(guildId: string): Promise<Allocation> {
  const { promise, resolve } = Promise.withResolvers<Allocation>();
  waiting.set(guildId, resolve);
  report({ type: 'allocate', guildId });
  return promise;
}

function report(message: SenderReport): void {
  process.send?.(message);
}
