import { LIMITS, type RequestKey } from '@bandstand/protocol';
import type { GuildEvent } from '@bandstand/transport';
import { PermissionFlagsBits } from 'discord.js';
import { inSameChannel, inVoiceChannel, mayAnnounce } from '../interactions/guards.ts';
import type { GuildMirror } from '../player-client/guild-mirror.ts';
import { markdownText } from '../views/hostile-text.ts';
import { notice } from '../views/notice.ts';
import type { View } from '../views/view.ts';
import type { Command, CommandCall } from './command.ts';

const MODES = ['overlay', 'priority', 'replace', 'crossfade'] as const;
/** After this the answer says that it goes on without being watched. */
const DEADLINE_MS = 60_000;

/** Something else over the music: an announcement, a sound effect; named nothing, it ends what is on. For those who may speak over others. */
export const announce: Command = {
  name: 'announce',
  options: [
    { type: 'string', name: 'what', required: false, minLength: 1, maxLength: LIMITS.queryCharacters },
    { type: 'choice', name: 'mode', required: false, values: MODES },
  ],
  permission: PermissionFlagsBits.PrioritySpeaker,
  guards: [inVoiceChannel, inSameChannel, mayAnnounce],
  acknowledge: 'at-once',
  isPrivate: true,
  async execute(call) {
    const { options } = call.interaction;
    const query = options.getString('what')?.trim() ?? '';
    const chosen = options.getString('mode');
    const mode = MODES.find((known) => known === chosen) ?? 'overlay';
    return query === '' ? stop(call) : play(call, query, mode);
  },
};

async function stop({ player, messages: { sound } }: CommandCall): Promise<View> {
  const { changed } = await player.request('announce', 'STOP_LAYER', {});
  return notice(changed ? sound.announcementStopped : sound.noAnnouncement);
}

async function play(
  { player, messages: { sound }, signal }: CommandCall,
  query: string,
  mode: (typeof MODES)[number],
): Promise<View> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const answered = new AbortController();
  const until = AbortSignal.any([signal, deadline, answered.signal]);
  using outcome = player.watch('announce');
  using fate = new LayerFate(player.mirror, player.keyOf('announce'));
  await player.request('announce', 'PLAY_LAYER', { query, mode });
  try {
    const title = await Promise.race([fate.title, outcome.next(until).then(() => null)]);
    return notice(
      title === null ? sound.notAnnounced : sound.announced(markdownText(title, LIMITS.titleCharacters)),
    );
  } catch (error) {
    if (deadline.aborted && error === deadline.reason) return notice(sound.announcing);
    throw error;
  } finally {
    answered.abort();
  }
}

/** Whether one layer is heard, or ends before. */
class LayerFate implements Disposable {
  readonly #mirror: GuildMirror;
  readonly #onEvent: (event: GuildEvent) => void;
  /** Of the layer once it is heard; `null` when it was ended before. */
  readonly title: Promise<string | null>;

  constructor(mirror: GuildMirror, id: RequestKey) {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    this.title = promise;
    this.#mirror = mirror;
    this.#onEvent = (event) => {
      if (event.action === 'LAYER_STARTED' && event.data.layer_id === id) resolve(event.data.title);
      // A failure is told with its reason by another event.
      if (event.action === 'LAYER_ENDED' && event.data.layer_id === id && event.data.reason !== 'loadFailed')
        resolve(null);
    };
    mirror.on('event', this.#onEvent);
  }

  [Symbol.dispose](): void {
    this.#mirror.off('event', this.#onEvent);
  }
}
