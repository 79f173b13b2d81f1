import type { APIApplicationCommand, GatewayPresenceUpdateData } from 'discord-api-types/v10';
import type { CallLog } from '../call-log.ts';
import type { GatewayConnection } from '../gateway/connection.ts';
import type { GatewayServer } from '../gateway/gateway-server.ts';
import type { ApplicationRecord, VoiceStateRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { type WaitOptions, waitFor } from './wait.ts';

/** A bot as Discord knows it, with what can befall its gateway connection. */
export class BotHandle {
  readonly #record: ApplicationRecord;
  readonly #world: World;
  readonly #gateway: GatewayServer;
  readonly #log: CallLog;

  constructor(record: ApplicationRecord, world: World, gateway: GatewayServer, log: CallLog) {
    this.#record = record;
    this.#world = world;
    this.#gateway = gateway;
    this.#log = log;
  }

  /** User id and application id are the same. */
  get id(): string {
    return this.#record.id;
  }

  get name(): string {
    return this.#record.user.username;
  }

  get token(): string {
    return this.#record.token;
  }

  /** What it last said about itself (op 3), `null` before. */
  get presence(): GatewayPresenceUpdateData | null {
    return this.#record.presence;
  }

  /** Sessions that live: attached to a socket, or waiting to be resumed. */
  get sessions(): { readonly id: string; readonly attached: boolean }[] {
    return this.#gateway.sessions
      .filter(({ identity }) => identity.bot === this.#record)
      .map(({ id, attached }) => ({ id, attached }));
  }

  /** Commands it has registered, global ones and those of guilds. */
  get commands(): APIApplicationCommand[] {
    return [...this.#record.commands.values()].flatMap((scope) => [...scope.values()]);
  }

  /** Resolves once people could use it: it is on the gateway and has registered this command. */
  async offers(command: string, options: WaitOptions = {}): Promise<void> {
    await waitFor({
      ...options,
      what: `${this.name} offering ${command}`,
      subscribe: (changed) => this.#log.onEntry(changed),
      look: () => {
        const registered = this.commands.some(({ name }) => `/${name}` === command);
        return (registered && this.sessions.some(({ attached }) => attached)) || undefined;
      },
    });
  }

  /** Its own voice state in a guild, `undefined` when it is in no channel there. */
  voiceStateIn(guild: { readonly id: string }): Readonly<VoiceStateRecord> | undefined {
    return this.#world.guild(guild.id).voiceStates.get(this.id);
  }

  /** Discord closes the gateway connection with this code. */
  closeGateway(code: number): void {
    this.#newest.close(code);
  }

  /** The TCP connection breaks; the session can be resumed. */
  dropGateway(): void {
    this.#newest.drop();
  }

  /** Discord asks the client to reconnect (op 7). */
  askToReconnect(): void {
    this.#newest.requestReconnect();
  }

  /** Discord asks for a heartbeat at once (op 1). */
  askForHeartbeat(): void {
    this.#newest.requestHeartbeat();
  }

  /** INVALID_SESSION (op 9) on a living connection. */
  invalidateSession({ resumable = false } = {}): void {
    this.#newest.invalidate(resumable);
  }

  get #newest(): GatewayConnection {
    const connection = this.#gateway.connectionsOf(this.#record).at(-1);
    if (connection === undefined) throw new Error(`${this.name} is not connected to the gateway`);
    return connection;
  }
}
