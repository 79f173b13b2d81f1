import { readdirSync, readFileSync } from 'node:fs';
import { descendantsOf, parentOf } from '../harness/processes.ts';
import type { Stack } from '../harness/stack.ts';
import { settled } from './settled.ts';

const CHILDREN = ['yt-dlp', 'ffmpeg', 'ffprobe'];

/** What must hold after every case, whatever was done. @returns What does not, in words. */
export async function brokenInvariants(stack: Stack): Promise<string[]> {
  const broken: string[] = [];
  const children = await settled(
    () => strayChildren(stack.player.pid),
    (found) => found.length === 0,
  );
  if (children.length > 0) broken.push(`I4: children left: ${children.join(', ')}`);

  const logs = `${stack.player.logs.text}\n${stack.bot.logs.text}`;
  if (/unhandled rejection|uncaught exception|"bug:/i.test(logs))
    broken.push('I5: an unhandled failure in the logs');
  const secrets = [stack.discord.botToken, ...stack.discord.voice.issuedTokens];
  if (secrets.some((secret) => logs.includes(secret))) broken.push('I5: a secret in the logs');

  const unanswered = stack.discord.log.unexpected.filter(({ kind }) => kind === 'unacknowledgedInteraction');
  if (unanswered.length > 0) broken.push(`I6: ${unanswered.length} interactions without an answer`);
  return broken;
}

/** Downloaders and decoders below a process that nobody plays anything with. */
function strayChildren(pid: number): string[] {
  return descendantsOf(pid)
    .filter((child) => !isZygote(child, pid))
    .map(nameOf)
    .filter((name) => CHILDREN.some((program) => name.includes(program)));
}

/** The yt-dlp that stays loaded; its forks bear the same name, but are its own children. */
function isZygote(pid: number, player: number): boolean {
  return nameOf(pid).endsWith('zygote.py') && parentOf(pid) === player;
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Open file descriptors of a process. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}
