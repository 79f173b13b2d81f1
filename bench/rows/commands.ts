import type { BenchRow } from '../framework/bench-row.ts';
import { percentile } from '../framework/statistics.ts';
import { type FrameCounts, PlayerRig, type RigGuild } from '../rig/player-rig.ts';

const TRACK_MS = 10 * 60_000;
const PLAYLIST_ENTRIES = 5_000;
const PLAYER = { PLAYLIST_LIMIT: '5000', QUEUE_LIMIT: '5000', QUEUE_LIMIT_PER_USER: '5000' };

/** How long the player takes to answer while it is busy, and whether other guilds notice. */
export const commandsRow: BenchRow = {
  name: 'commands',
  async run({ quick }) {
    const { passthrough, transcoded, atLeast, windowMs } = quick
      ? { passthrough: 3, transcoded: 1, atLeast: 50, windowMs: 3_000 }
      : { passthrough: 300, transcoded: 40, atLeast: 500, windowMs: 30_000 };
    await using rig = await PlayerRig.start({ trackMs: TRACK_MS, player: PLAYER });
    const [webm, mp3] = [await rig.addFile('webm'), await rig.addFile('mp3')];
    const [asked, listing] = await rig.joinGuilds(2);
    if (asked === undefined || listing === undefined) throw new Error('no guilds');
    // In the guild of the playlist as well: what is queued behind a long track stays in the queue, and can be counted.
    await rig.play([asked, listing], webm);
    const idle = await ask(rig, asked, (count) => count < atLeast);

    const untouched = await rig.joinGuilds(passthrough);
    const encoded = await rig.joinGuilds(transcoded);
    await rig.play(untouched, webm);
    await rig.play(encoded, mp3);
    const others = [...untouched, ...encoded];
    const playing = await ask(rig, asked, (count) => count < atLeast);

    const before = await framesOf(rig, others);
    let whileListing: Answers | undefined;
    const arrivals = await rig.during(async () => {
      await rig.client.request('ADD_TO_QUEUE', listing, { query: rig.site.playlistUrl('huge') });
      const untilMs = performance.now() + windowMs;
      whileListing = await ask(rig, asked, () => performance.now() < untilMs);
    });
    const { queue_length } = await rig.client.request('GET_STATE', listing, { queue_limit: 0 });
    const after = await framesOf(rig, others);
    const late = after.late - before.late;
    const missing = after.missing - before.missing;
    const due = after.due - before.due;
    return [
      {
        title: 'Command round trip',
        columns: ['while', '`GET_STATE` p50 / p99 ms', '`SET_VOLUME` (stored) p50 / p99 ms', 'commands'],
        rows: [
          line('one stream plays', idle),
          line(`${passthrough} passthrough and ${transcoded} transcoded streams play`, playing),
          line(`the same, and a playlist of ${PLAYLIST_ENTRIES} entries is read and queued`, whileListing),
        ],
        note: `One command after another from another process over \`ipc\`. The playlist was read for ${windowMs / 1_000} s, in which ${queue_length} of its entries were queued; ${due} frames fell due in the other guilds: ${late} left more than 20 ms late, ${missing} did not leave; p99 lateness on the wire ${arrivals.latenessP99Ms.toFixed(1)} ms, ${arrivals.lost} packets lost.`,
      },
    ];
  },
};

interface Answers {
  readonly reads: readonly number[];
  readonly changes: readonly number[];
}

/** Asks as long as it is told to, turn by turn a question and a change that is stored. */
async function ask(rig: PlayerRig, guild: RigGuild, goesOn: (count: number) => boolean): Promise<Answers> {
  const reads: number[] = [];
  const changes: number[] = [];
  const timed = async (into: number[], request: () => Promise<unknown>) => {
    const startedAtMs = performance.now();
    await request();
    into.push(performance.now() - startedAtMs);
  };
  for (let count = 0; goesOn(count); count++) {
    await timed(reads, () => rig.client.request('GET_STATE', guild, {}));
    // 100 % again and again would change nothing, and nothing would be stored.
    const volume_percent = 100 + (count % 2);
    await timed(changes, () => rig.client.request('SET_VOLUME', guild, { volume_percent }));
  }
  return { reads, changes };
}

async function framesOf(rig: PlayerRig, guilds: readonly RigGuild[]): Promise<FrameCounts> {
  const sum = { due: 0, sent: 0, late: 0, missing: 0 };
  for (const guild of guilds) {
    const { due, sent, late, missing } = await rig.frames(guild);
    sum.due += due;
    sum.sent += sent;
    sum.late += late;
    sum.missing += missing;
  }
  return sum;
}

function line(name: string, answers: Answers | undefined): string[] {
  const of = (values: readonly number[]) =>
    [0.5, 0.99].map((share) => percentile(values, share).toFixed(1)).join(' / ');
  const { reads, changes } = answers ?? { reads: [], changes: [] };
  return [name, of(reads), of(changes), String(reads.length + changes.length)];
}
