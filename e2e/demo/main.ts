import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { argv, cwd, exit } from 'node:process';
import type { UserHandle } from '@bandstand/discord-simulator';
import { Stack } from '../harness/stack.ts';
import { Conversation } from './conversation.ts';
import { Listening } from './listening.ts';
import { Terminal } from './terminal.ts';
import { parseTypedCommand, type TypedDefinition } from './typed-command.ts';

const ROOT = join(import.meta.dirname, '../..');
const WAV_PATH = join(ROOT, 'data/demo/heard.wav');
const STATUS_EVERY_MS = 250;
const TRACK_DEADLINE_MS = 120_000;

const HELP = `Without a bot token this is a demonstration: Discord is simulated on this machine, everything else is real.
Put a token into .env (see env.example) and the same command plays on Discord.
`;

const isOnce = argv.includes('--once');
exit(await run());

async function run(): Promise<number> {
  using terminal = new Terminal();
  terminal.say(HELP);
  const startedAtMs = performance.now();
  await using stack = await Stack.start({ simulator: { botName: 'Bandstand' } });
  terminal.say(
    `Both services run, between a simulated Discord and a local music site (${secondsSince(startedAtMs)} s).`,
  );
  await mkdir(join(ROOT, 'data/demo'), { recursive: true });
  await stack.site.prepare('tune');

  const { discord, site } = stack;
  const channel = discord.guild().voiceChannel();
  const text = discord.guild().textChannel();
  const ann = discord.user('ann');
  using conversation = new Conversation(text, ann, terminal);
  await ann.joins(channel);
  using listening = new Listening(await ann.hears(), WAV_PATH);
  terminal.say(`ann joined the voice channel ${channel.name} and listens.`);
  using _status = every(STATUS_EVERY_MS, () => terminal.status(statusOf(listening)));

  const typedAtMs = performance.now();
  const query = site.pageUrl('tune');
  const over = listening.untilSilence(TRACK_DEADLINE_MS);
  await conversation.type(`/play ${query}`, () => ann.runs('/play', { query }, { in: text }));
  if (isOnce) return (await over) ? summary(terminal, listening, typedAtMs) : failed(terminal, stack);

  void over.then((isHeard) => (isHeard ? summary(terminal, listening, typedAtMs) : undefined));
  const definitions = await definitionsOf(stack);
  terminal.say('\nType commands, for example: /play 660 Hz   /queue   /volume 50   /skip   (Ctrl-C ends)');
  for await (const line of terminal.typed) {
    if (line.trim() === '') continue;
    try {
      const { name, values } = await completed(parseTypedCommand(line, definitions), definitions, ann);
      await conversation.type(line.trim(), () => ann.runs(`/${name}`, values, { in: text }));
    } catch (error) {
      terminal.say(`  (${(error as Error).message})`);
    }
  }
  return 0;
}

function statusOf(listening: Listening): string {
  const { heardMs, isHearing, counts } = listening;
  if (heardMs === 0) return '♪ nothing heard yet';
  const lock =
    counts.plaintextWhileDave === 0
      ? 'end-to-end encrypted'
      : `${counts.plaintextWhileDave} frames NOT encrypted`;
  return `♪ ${isHearing ? 'hearing' : 'silence'}  ${clock(heardMs)} of music heard, ${counts.lost} frames lost, ${lock}`;
}

function summary(terminal: Terminal, listening: Listening, typedAtMs: number): number {
  const { heardMs, firstAtMs = typedAtMs, counts, wavPath } = listening;
  terminal.status('');
  terminal.say(`
heard          ${(heardMs / 1_000).toFixed(2)} s of music, ${counts.lost} frames lost
first sound    ${Math.round(firstAtMs - typedAtMs)} ms after /play was typed
encrypted      ${counts.decrypted} frames opened by the listener's own keys, ${counts.plaintextWhileDave} came in the clear
recording      ${relative(cwd(), wavPath)}`);
  return 0;
}

function failed(terminal: Terminal, stack: Stack): number {
  terminal.status('');
  terminal.say(
    `Nothing was heard to its end within ${TRACK_DEADLINE_MS / 1_000} s. The last lines of the logs:`,
  );
  terminal.say(`${stack.player.logs.tail(15)}\n${stack.bot.logs.tail(15)}`);
  return 1;
}

/** The commands that the bot registered, as Discord has them. */
async function definitionsOf({ discord }: Stack): Promise<readonly TypedDefinition[]> {
  const response = await fetch(`${discord.restUrl}/v10/applications/${discord.bot.id}/commands`, {
    headers: { authorization: `Bot ${discord.botToken}` },
    signal: AbortSignal.timeout(5_000),
  });
  return (await response.json()) as TypedDefinition[];
}

/** What Discord's menu would have put in: an entry of the queue is picked, not typed. */
async function completed(
  command: ReturnType<typeof parseTypedCommand>,
  definitions: readonly TypedDefinition[],
  user: UserHandle,
): Promise<ReturnType<typeof parseTypedCommand>> {
  const options = definitions.find(({ name }) => name === command.name)?.options ?? [];
  const picked = options.find(({ name, autocomplete }) => autocomplete === true && name === 'item');
  if (picked === undefined || command.values[picked.name] === undefined) return command;
  const typed = String(command.values[picked.name]);
  const [choice] = await user.types(`/${command.name}`, { [picked.name]: typed });
  return choice === undefined
    ? command
    : { ...command, values: { ...command.values, [picked.name]: choice.value } };
}

function every(ms: number, run: () => void): Disposable {
  const timer = setInterval(run, ms);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function secondsSince(atMs: number): string {
  return ((performance.now() - atMs) / 1_000).toFixed(1);
}
