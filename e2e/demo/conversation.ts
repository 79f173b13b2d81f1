import {
  type ChannelHandle,
  type Invocation,
  renderMessage,
  type SeenChange,
  type UserHandle,
} from '@bandstand/discord-simulator';
import type { Terminal } from './terminal.ts';

/** What is said in a text channel, as one person sees it: new messages, and edits that say something new. */
export class Conversation implements Disposable {
  readonly #channel: ChannelHandle;
  readonly #user: UserHandle;
  readonly #terminal: Terminal;
  /** Per message, what was printed last, without the parts that only tick. */
  readonly #printed = new Map<string, string>();
  readonly #stop: () => void;

  constructor(channel: ChannelHandle, user: UserHandle, terminal: Terminal) {
    this.#channel = channel;
    this.#user = user;
    this.#terminal = terminal;
    this.#stop = channel.onChange((change) => this.#show(change));
  }

  /** Somebody typed a command; its answer is printed, also when only this person may see it. */
  async type(line: string, run: () => Invocation): Promise<void> {
    this.#terminal.say(`\n#${this.#channel.name}  ${this.#user.name}: ${line}`);
    const invocation = run();
    const reply = await invocation.reply({ timeoutMs: 60_000 });
    this.#print('', reply.id, renderMessage(reply));
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  #show({ kind, message }: SeenChange): void {
    if (kind === 'delete') {
      if (this.#printed.delete(message.id)) this.#terminal.say('  (the message was removed)');
      return;
    }
    const isThinking = ((message.flags ?? 0) & THINKING) !== 0;
    if (!isThinking) this.#print(kind === 'edit' ? '✎ ' : '', message.id, renderMessage(message));
  }

  #print(mark: string, id: string, text: string): void {
    const essence = text.replace(TICKING, '');
    if (this.#printed.get(id) === essence) return;
    this.#printed.set(id, essence);
    this.#terminal.say(`${mark}${text}`);
  }
}

/** Discord's message flag for "is thinking". */
const THINKING = 128;
/** Progress bars, clock times and the mark of an edit change all the time and say nothing new. */
const TICKING = /[▬🔘━─▓░█●○⬤]+|\d+:\d{2}(?::\d{2})?|<t:\d+:R>| \(edited\)/gu;
