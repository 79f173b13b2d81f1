import { VoiceCloseCodes } from 'discord-api-types/voice/v8';
import type { VoiceHistory } from './session-view.ts';
import type { VoiceSession } from './voice-session.ts';

export interface GuildUser {
  readonly guildId: string;
  readonly userId: string;
}

interface Entry {
  readonly history: VoiceHistory;
  latest: VoiceSession;
  /** Still connected while its successor in the same channel has not identified. */
  predecessor: VoiceSession | undefined;
}

const MAX_USERS = 10_000;
const MAX_RETIRED_TOKENS = 1_000;

/** All voice sessions, found by token or by guild and user; at most one of a user in a guild lasts. */
export class SessionDirectory {
  readonly #entries = new Map<string, Entry>();
  readonly #byToken = new Map<string, VoiceSession>();
  readonly #retiredTokens = new Map<string, GuildUser>();

  /** Sessions that have not ended. */
  get live(): readonly VoiceSession[] {
    return [...this.#byToken.values()];
  }

  /** Enters a new session. One the user has in another channel ends with 4014; in the same one, when this identifies. */
  add(session: VoiceSession): void {
    const key = keyOf(session.credentials);
    const known = this.#entries.get(key);
    this.#byToken.set(session.credentials.token, session);
    if (known === undefined) {
      const history = { allocations: 1, identifies: 0, resumes: 0, refusals: 0 };
      this.#entries.set(key, { history, latest: session, predecessor: undefined });
      this.#evict();
      return;
    }
    const previous = known.latest;
    known.history.allocations++;
    known.latest = session;
    if (previous.state.status === 'allocated') {
      previous.end(VoiceCloseCodes.SessionNoLongerValid);
      return;
    }
    const moved = previous.credentials.channelId !== session.credentials.channelId;
    if (moved) {
      previous.end(VoiceCloseCodes.Disconnected, 'Disconnected.');
      return;
    }
    known.predecessor?.end(VoiceCloseCodes.SessionNoLongerValid);
    known.predecessor = previous;
  }

  /** The session has identified: what it replaces ends. */
  succeed(session: VoiceSession): void {
    const entry = this.#entries.get(keyOf(session.credentials));
    if (entry?.latest !== session) return;
    const { predecessor } = entry;
    entry.predecessor = undefined;
    predecessor?.end(VoiceCloseCodes.SessionNoLongerValid, 'Session is no longer valid.');
  }

  /** To be called once for each session that ended. */
  remove(session: VoiceSession): void {
    this.#byToken.delete(session.credentials.token);
    this.#retiredTokens.set(session.credentials.token, session.credentials);
    const [oldest] = this.#retiredTokens.keys();
    if (this.#retiredTokens.size > MAX_RETIRED_TOKENS && oldest !== undefined)
      this.#retiredTokens.delete(oldest);
    const entry = this.#entries.get(keyOf(session.credentials));
    if (entry?.predecessor === session) entry.predecessor = undefined;
  }

  byToken(token: string): VoiceSession | undefined {
    return this.#byToken.get(token);
  }

  /** Every token that is or lately was good: what no log may hold. */
  get tokens(): readonly string[] {
    return [...this.#byToken.keys(), ...this.#retiredTokens.keys()];
  }

  /** Whose token this was, if it was good once. */
  retiredOwner(token: string): GuildUser | undefined {
    return this.#retiredTokens.get(token);
  }

  /** The newest session, ended or not. */
  latest(where: GuildUser): VoiceSession | undefined {
    return this.#entries.get(keyOf(where))?.latest;
  }

  history(where: GuildUser): VoiceHistory | undefined {
    return this.#entries.get(keyOf(where))?.history;
  }

  /** Ends all sessions of the user in the guild. */
  end(where: GuildUser, code: number, reason: string): void {
    const entry = this.#entries.get(keyOf(where));
    entry?.predecessor?.end(code, reason);
    entry?.latest.end(code, reason);
  }

  #evict(): void {
    if (this.#entries.size <= MAX_USERS) return;
    for (const [key, entry] of this.#entries) {
      if (entry.latest.state.status !== 'ended') continue;
      this.#entries.delete(key);
      return;
    }
  }
}

function keyOf({ guildId, userId }: GuildUser): string {
  return `${guildId}:${userId}`;
}
