import { VoiceCloseCodes } from 'discord-api-types/voice/v8';
import type { CiphersuiteImpl } from 'ts-mls';
import type { WebSocket } from 'ws';
import type { VoiceBackend } from '../voice-seam.ts';
import { type CertificateAuthority, createCertificateAuthority } from './certificate-authority.ts';
import { ChannelListener } from './channel-listener.ts';
import { GroupMember } from './dave/group-member.ts';
import { createDaveCiphersuite } from './dave/mls-ciphersuite.ts';
import { createRogueMessage, type RogueMessage } from './dave/rogue-messages.ts';
import { Doorkeeper } from './doorkeeper.ts';
import { GatewayConnection } from './gateway-connection.ts';
import { createSeededRandom } from './seeded-random.ts';
import { type GuildUser, SessionDirectory } from './session-directory.ts';
import { type VoiceSessionView, viewSession } from './session-view.ts';
import { type UnexpectedEvent, UnexpectedLog } from './unexpected-log.ts';
import { DEFAULT_VOICE_OPTIONS, type VoiceContext, type VoiceServerOptions } from './voice-context.ts';
import { VoiceEndpoint } from './voice-endpoint.ts';
import { VoiceFaults } from './voice-faults.ts';
import { VoiceRoom } from './voice-room.ts';
import { VoiceSession } from './voice-session.ts';

type Allocation = Parameters<VoiceBackend['allocate']>[0];
type ListenerSeat = Parameters<VoiceBackend['addListener']>[0];

const GATEWAY_VERSION = '8';
const TOKEN_CHARACTERS = 16;
/** A user nobody announced. */
const STRANGER = '999999999999999999';

/**
 * Discord's voice servers on loopback: gateway version 8 over TLS, RTP over UDP, DAVE version 1.
 *
 * Unmodified clients connect to it once they trust {@link caPem}: through `tls.setDefaultCACertificates` in the process
 * that connects, or a file named by `NODE_EXTRA_CA_CERTS` when it starts.
 */
export class VoiceServer implements VoiceBackend, AsyncDisposable {
  readonly faults = new VoiceFaults();
  readonly #authority: CertificateAuthority;
  readonly #context: VoiceContext;
  readonly #unexpected = new UnexpectedLog();
  readonly #directory = new SessionDirectory();
  readonly #endpoints = new Map<string, VoiceEndpoint>();
  readonly #rooms = new Map<string, VoiceRoom>();
  readonly #listeners = new Set<ChannelListener>();
  #preferred: VoiceEndpoint | undefined;
  #ciphersuite: Promise<CiphersuiteImpl> | undefined;
  #closed = false;

  static async start(options: VoiceServerOptions = {}): Promise<VoiceServer> {
    const authority = await createCertificateAuthority(options.host);
    const server = new VoiceServer(authority, options);
    await server.openEndpoint();
    return server;
  }

  private constructor(authority: CertificateAuthority, options: VoiceServerOptions) {
    this.#authority = authority;
    const complete = { ...DEFAULT_VOICE_OPTIONS, ...options };
    this.#context = {
      options: complete,
      faults: this.faults,
      unexpected: this.#unexpected,
      random: createSeededRandom(complete.seed),
    };
  }

  /** The certificate clients must trust, PEM. */
  get caPem(): string {
    return this.#authority.caPem;
  }

  /** Where the next allocation goes, `host:port`. */
  get endpoint(): string {
    return this.#current().name;
  }

  /** Voice tokens given out that are or lately were good, for a search through logs. */
  get issuedTokens(): readonly string[] {
    return this.#directory.tokens;
  }

  /** What clients did that they never should, since the start or the last {@link forgetUnexpected}. */
  get unexpected(): readonly UnexpectedEvent[] {
    return this.#unexpected.events;
  }

  forgetUnexpected(): void {
    this.#unexpected.clear();
  }

  allocate(request: Allocation): { token: string; endpoint: string } {
    const { guildId, channelId, userId, sessionId, dave } = request;
    const endpoint = this.#current();
    const token = this.#createToken();
    const session = new VoiceSession({
      credentials: { guildId, channelId, userId, sessionId, token },
      room: this.#room(channelId, dave),
      socket: endpoint.media,
      context: this.#context,
      onEnded: (ended) => {
        this.#directory.remove(ended);
        this.#dropRoomIfEmpty(channelId);
      },
    });
    this.#directory.add(session);
    return { token, endpoint: endpoint.name };
  }

  revoke(where: GuildUser, closeCode: number = VoiceCloseCodes.Disconnected): void {
    this.#directory.end(where, closeCode, 'Disconnected.');
  }

  async addListener(who: ListenerSeat): Promise<ChannelListener> {
    this.#assertOpen();
    const { userId, channelId, dave } = who;
    const member = dave
      ? await GroupMember.create({ suite: await this.#suite(), userId, channelId })
      : undefined;
    this.#assertOpen();
    const room = this.#room(channelId, dave);
    const listener = new ChannelListener({
      userId,
      room,
      context: this.#context,
      member,
      onLeft: (left) => {
        this.#listeners.delete(left);
        this.#dropRoomIfEmpty(channelId);
      },
    });
    room.join(listener);
    this.#listeners.add(listener);
    return listener;
  }

  /** The newest session of a user in a guild, `undefined` when there never was one. */
  session(where: GuildUser): VoiceSessionView | undefined {
    const session = this.#directory.latest(where);
    const history = this.#directory.history(where);
    return session === undefined || history === undefined ? undefined : viewSession(session, history);
  }

  /**
   * Closes the socket of a session. 1006 drops the connection without a close frame; 4015 and codes below 4000 leave
   * the session to be resumed, all others end it.
   */
  closeSession(where: GuildUser, code: number): void {
    this.#require(where).close(code);
  }

  /** Sends one session a binary message that no correct gateway sends. */
  async sendRogue(where: GuildUser, kind: RogueMessage): Promise<void> {
    const session = this.#require(where);
    const { delivery, channelId } = session.room;
    if (delivery === undefined) throw new Error(`no encrypted group in channel ${channelId}`);
    const stranger = await GroupMember.create({ suite: await this.#suite(), userId: STRANGER, channelId });
    const { op, payload } = createRogueMessage(kind, delivery, stranger.keyPackage);
    session.notifyBinary(op, payload);
  }

  /**
   * All sessions of an endpoint are closed with 4015, as when its server process dies.
   *
   * @param options - `forget`: the server comes back without its sessions and refuses to resume them (4006).
   */
  crash(endpoint: string = this.endpoint, options: { readonly forget?: boolean } = {}): void {
    const media = this.#endpoints.get(endpoint)?.media;
    if (media === undefined) throw new Error(`no voice endpoint ${endpoint}`);
    for (const session of this.#directory.live) {
      if (session.media.port !== media.port) continue;
      session.close(VoiceCloseCodes.VoiceServerCrashed, 'Voice server crashed.');
      if (options.forget === true) session.end(VoiceCloseCodes.VoiceServerCrashed);
    }
  }

  /** Opens one more endpoint, as for a change of region, and sends the allocations to come there. */
  async openEndpoint(): Promise<string> {
    this.#assertOpen();
    const endpoint = await VoiceEndpoint.open({
      authority: this.#authority,
      context: this.#context,
      onSocket: (socket, version, at) => this.#onSocket(socket, version, at),
    });
    this.#endpoints.set(endpoint.name, endpoint);
    this.#preferred = endpoint;
    return endpoint.name;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const session of this.#directory.live) session.end(1_001);
    for (const listener of this.#listeners) await listener.leave();
    await Promise.all([...this.#endpoints.values()].map((endpoint) => endpoint.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #onSocket(socket: WebSocket, version: string | undefined, endpoint: VoiceEndpoint): void {
    if (version !== GATEWAY_VERSION) {
      this.#unexpected.add('unexpected-message', `voice gateway version ${version ?? 'missing'}`);
      socket.close(VoiceCloseCodes.BadRequest, 'Unsupported voice gateway version.');
      return;
    }
    new GatewayConnection(socket, this.#context, new Doorkeeper(endpoint, this.#directory, this.#context));
  }

  #room(channelId: string, dave: boolean): VoiceRoom {
    const known = this.#rooms.get(channelId);
    if (known !== undefined) {
      if (known.dave === dave) return known;
      if (known.size > 0) throw new Error(`channel ${channelId} is in use with dave ${known.dave}`);
    }
    known?.close();
    const room = new VoiceRoom(channelId, dave, this.#context);
    this.#rooms.set(channelId, room);
    return room;
  }

  #dropRoomIfEmpty(channelId: string): void {
    const room = this.#rooms.get(channelId);
    const awaited = this.#directory.live.some((session) => session.room === room);
    if (room?.size !== 0 || awaited) return;
    room.close();
    this.#rooms.delete(channelId);
  }

  #require(where: GuildUser): VoiceSession {
    const session = this.#directory.latest(where);
    if (session === undefined) throw new Error(`no voice session of ${where.userId} in ${where.guildId}`);
    return session;
  }

  #suite(): Promise<CiphersuiteImpl> {
    this.#ciphersuite ??= createDaveCiphersuite();
    return this.#ciphersuite;
  }

  #createToken(): string {
    const digit = () => Math.floor(this.#context.random() * 16).toString(16);
    return Array.from({ length: TOKEN_CHARACTERS }, digit).join('');
  }

  #current(): VoiceEndpoint {
    this.#assertOpen();
    if (this.#preferred === undefined) throw new Error('bug: a voice server without an endpoint');
    return this.#preferred;
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('the voice server is closed');
  }
}
