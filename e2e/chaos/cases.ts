import { attackedPort } from './cases/attacked-port.ts';
import { badNetwork } from './cases/bad-network.ts';
import { botForgotten, botKilled, botKilledForLong, botStopped } from './cases/bot-away.ts';
import { cutSource } from './cases/cut-source.ts';
import { frozenPlayer } from './cases/frozen-player.ts';
import { hangingExtraction } from './cases/hanging-extraction.ts';
import { hostileQueries } from './cases/hostile-queries.ts';
import { killedDecoder } from './cases/killed-decoder.ts';
import { playerKilled, playerKilledBusy } from './cases/killed-player.ts';
import { killedFewTimes, killedManyTimes } from './cases/killed-while-adding.ts';
import { lostVoice } from './cases/lost-voice.ts';
import { partition } from './cases/partition.ts';
import { sleepingBot } from './cases/sleeping-bot.ts';
import { stranger } from './cases/stranger.ts';
import type { ChaosCase } from './chaos-case.ts';

/** All faults, in the order of docs/testing.md. */
export const CHAOS_CASES: readonly ChaosCase[] = [
  killedFewTimes,
  killedManyTimes,
  playerKilled,
  playerKilledBusy,
  frozenPlayer,
  partition,
  badNetwork,
  sleepingBot,
  hangingExtraction,
  cutSource,
  killedDecoder,
  hostileQueries,
  attackedPort,
  stranger,
  ...lostVoice,
  botKilled,
  botKilledForLong,
  botStopped,
  botForgotten,
];
