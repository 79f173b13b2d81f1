import { spawn } from 'node:child_process';

const KEPT_OUTPUT_CHARACTERS = 64 * 1024;

/**
 * @typedef {object} CommandResult
 * @property {boolean} ok true when the program ended with exit code 0
 * @property {number | null} code null when it was killed or never started
 * @property {string} stdout at most its last 64 Ki characters
 * @property {string} output stdout and stderr as they came, at most the last 64 Ki characters
 */

/**
 * Runs a program to its end without a shell and never rejects: a program that is missing, fails or overruns its
 * deadline is a result with `ok: false`. Past the deadline its whole process group is killed.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ deadlineMs: number, env?: NodeJS.ProcessEnv, cwd?: string }} options
 * @returns {Promise<CommandResult>}
 */
export function runCommand(program, args, { deadlineMs, env = process.env, cwd }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let stdout = '';
    let output = '';
    /** @param {string} note */
    const addOutput = (note) => {
      output = (output + note).slice(-KEPT_OUTPUT_CHARACTERS);
    };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout = (stdout + text).slice(-KEPT_OUTPUT_CHARACTERS);
      addOutput(text);
    });
    child.stderr.setEncoding('utf8').on('data', addOutput);

    const killGroup = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group ended by itself between the timer and here.
      }
    };
    const deadline = setTimeout(() => {
      addOutput(`\n${program} was stopped: not done after ${Math.round(deadlineMs / 1000)} s\n`);
      killGroup();
    }, deadlineMs);
    // Its own group, so the terminal's Ctrl-C does not reach it: pass it on, or an installer outlives its parent.
    const onInterrupt = () => {
      killGroup();
      process.exit(130);
    };
    process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);

    /** @param {number | null} code */
    const finish = (code) => {
      clearTimeout(deadline);
      process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
      resolve({ ok: code === 0, code, stdout, output });
    };
    child.once('error', (error) => {
      addOutput(`${error.message}\n`);
      finish(null);
    });
    child.once('close', finish);
  });
}
