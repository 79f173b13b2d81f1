import { type CommandInput, channelIdSchema, LIMITS, PlayerError, userIdSchema } from '@bandstand/protocol';
import { PermissionFlagsBits } from 'discord.js';
import { needsInvitationToSpeak } from '../interactions/guards.ts';
import type { OutcomeWatch } from '../player-client/request-outcomes.ts';
import { type AddedOutcome, addedView, startsInMs } from '../views/added-view.ts';
import { plainText } from '../views/hostile-text.ts';
import { notice } from '../views/notice.ts';
import type { View } from '../views/view.ts';
import { type CommandCall, voiceChannelOf } from './command.ts';

/** After this the answer says that it goes on without being watched. */
const OUTCOME_DEADLINE_MS = 60_000;

/** Where a wish may go in the queue. */
export const POSITIONS = ['end', 'next', 'now'] as const;

export interface Wish {
  readonly query: string;
  readonly repeatCount: number;
  readonly position: (typeof POSITIONS)[number];
}

/**
 * Joins and looks the track up at the same time, then answers with what was added and when it plays.
 *
 * When the player does not reply in time, the answer says so at once. The request may have arrived all the same: the player
 * is asked what became of it until it knows, and the answer is changed to the truth.
 *
 * @throws {@link PlayerError} why nothing was added.
 */
export async function addAndAnswer(call: CommandCall, wish: Wish): Promise<View> {
  const { player, messages } = call;
  using join = player.watchJoin();
  using outcome = player.watch('add');
  const [joined, added] = await Promise.allSettled([connect(call), add(call, wish)]);
  const unanswered = added.status === 'rejected' ? noReply(added.reason) : null;
  if (unanswered !== null) {
    outcome.markUnanswered(unanswered);
    await call.show(notice(messages.errors[unanswered.code]));
  }
  if (joined.status === 'rejected' && !(joined.reason instanceof PlayerError)) throw joined.reason;

  const deadline = AbortSignal.timeout(OUTCOME_DEADLINE_MS);
  const last = await follow(call, outcome, AbortSignal.any([call.signal, deadline]), deadline);
  if (last === null && unanswered !== null) throw unanswered;
  if (last === null) return notice(messages.play.stillWorking);
  const failure = joined.status === 'rejected' ? (joined.reason as PlayerError) : join.failure;
  const cause = failure === null ? null : messages.play.butNotJoined(messages.errors[failure.code]);
  const notes = [cause, ...hints(call)].filter((note) => note !== null);
  return addedView(last, cause === null ? await startTime(call, last) : null, notes, messages);
}

/** @throws the reason, unless it leaves open whether the request was carried out. */
function noReply(reason: unknown): PlayerError {
  if (reason instanceof PlayerError && reason.code === 'PLAYER_UNREACHABLE') return reason;
  throw reason;
}

/** Not when the bot is there already: one round trip less on the way to the first note. */
async function connect({ interaction, member, player }: CommandCall): Promise<void> {
  const channel = voiceChannelOf(member);
  const { snapshot } = player.mirror;
  const isThere =
    snapshot?.channel_id === channel.id &&
    snapshot.voice_status === 'ready' &&
    interaction.guild.members.me?.voice.channelId === channel.id;
  if (isThere) return;
  await player.request('connect', 'CONNECT', {
    channel_id: channelIdSchema.parse(channel.id),
    text_channel_id: channelIdSchema.parse(interaction.channelId),
  });
}

async function add({ interaction, member, player }: CommandCall, wish: Wish): Promise<void> {
  const data: CommandInput<'ADD_TO_QUEUE'> = {
    query: wish.query,
    repeat_count: wish.repeatCount,
    position: wish.position,
    requester_id: userIdSchema.parse(member.id),
    requester_name: plainText(member.displayName, LIMITS.nameCharacters) || 'Unknown',
    text_channel_id: channelIdSchema.parse(interaction.channelId),
  };
  const { outcome } = await player.request('add', 'ADD_TO_QUEUE', data);
  player.report(outcome);
}

/**
 * Waits until everything is added; a playlist that grows is shown as it grows.
 *
 * @returns What was added when the time ran out; `null` when that is nothing yet.
 */
async function follow(
  call: CommandCall,
  outcome: OutcomeWatch,
  signal: AbortSignal,
  deadline: AbortSignal,
): Promise<AddedOutcome | null> {
  let last: AddedOutcome | null = null;
  try {
    for (;;) {
      const next = await outcome.next(signal);
      const isNews = next.added !== last?.added;
      last = next;
      if (last.complete) return last;
      if (isNews) await call.show(addedView(last, null, [], call.messages));
    }
  } catch (error) {
    if (deadline.aborted && !(error instanceof PlayerError)) return last;
    throw error;
  }
}

async function startTime({ player }: CommandCall, outcome: AddedOutcome): Promise<number | null> {
  const { queue_position: position, playlist_name: playlist } = outcome;
  if (position === 0 || playlist !== null) return null;
  try {
    const state = await player.request('starts-in', 'GET_STATE', {
      queue_limit: Math.min(position, LIMITS.queuePageMax),
    });
    return startsInMs(state, position, player.positionMs(state));
  } catch (error) {
    // The track is in the queue; an unknown starting time is no reason to say anything else.
    if (error instanceof PlayerError) return null;
    throw error;
  }
}

function hints({ interaction, member, messages }: CommandCall): (string | null)[] {
  const me = interaction.guild.members.me;
  const mayPost = interaction.appPermissions.has([
    PermissionFlagsBits.ViewChannel,
    PermissionFlagsBits.SendMessages,
    PermissionFlagsBits.EmbedLinks,
  ]);
  const isAudience = me !== null && needsInvitationToSpeak(voiceChannelOf(member), me);
  return [mayPost ? null : messages.notes.noPanel, isAudience ? messages.notes.stage : null];
}
