import type {
  Capabilities,
  CiphersuiteImpl,
  ClientState,
  Extension,
  KeyPackage,
  MlsPublicMessage,
  PrivateKeyPackage,
} from 'ts-mls';
// Not from the package itself: its index loads a provider whose dependency @noble/hashes ts-mls 1.6.4 does not declare.
import { createGroup } from 'ts-mls/clientState.js';
import { createCommit } from 'ts-mls/createCommit.js';
import { encodeKeyPackage, generateKeyPackageWithKey } from 'ts-mls/keyPackage.js';
import { mlsExporter } from 'ts-mls/keySchedule.js';
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls/message.js';
import { processPublicMessage } from 'ts-mls/processMessages.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import { encodeWelcome } from 'ts-mls/welcome.js';
import { displayableCode } from './displayable-code.ts';
import { joinGroup } from './join-group.ts';
import { TlsReader, u64, vector } from './tls-codec.ts';

const EXPORTER_LABEL = 'Discord Secure Frames v0';
const BASE_SECRET_BYTES = 16;
const CAPABILITIES: Capabilities = {
  versions: ['mls10'],
  ciphersuites: ['MLS_128_DHKEMP256_AES128GCM_SHA256_P256'],
  extensions: [],
  proposals: [],
  credentials: ['basic'],
};
const FOREVER = { notBefore: 0n, notAfter: 0xffff_ffff_ffff_ffffn };

interface Identity {
  readonly keyPackage: KeyPackage;
  readonly privateKeys: PrivateKeyPackage;
}

interface OwnCommit {
  readonly message: Buffer;
  readonly state: ClientState;
}

/**
 * A DAVE group member on ts-mls: an MLS implementation that shares no code with the one Discord's clients use.
 *
 * Its methods must not overlap: call one when the one before has settled.
 */
export class GroupMember {
  readonly #suite: CiphersuiteImpl;
  readonly #userId: string;
  readonly #groupId: Buffer;
  #externalSender: Buffer | undefined;
  #identity: Identity;
  #state: ClientState | undefined;
  #ownCommit: OwnCommit | undefined;

  static async create(options: {
    readonly suite: CiphersuiteImpl;
    readonly userId: string;
    readonly channelId: string;
  }): Promise<GroupMember> {
    const { suite, userId, channelId } = options;
    return new GroupMember(suite, userId, channelId, await createIdentity(suite, userId));
  }

  private constructor(suite: CiphersuiteImpl, userId: string, channelId: string, identity: Identity) {
    this.#suite = suite;
    this.#userId = userId;
    this.#groupId = u64(BigInt(channelId));
    this.#identity = identity;
  }

  /** 0 while it is alone in a group of its own. */
  get epoch(): bigint {
    return this.#state?.groupContext.epoch ?? 0n;
  }

  /** What opcode 26 carries. */
  get keyPackage(): Buffer {
    return Buffer.from(encodeKeyPackage(this.#identity.keyPackage));
  }

  /** 30 digits, the same for all members; `undefined` without a group. */
  get privacyCode(): string | undefined {
    if (this.#state === undefined || this.epoch === 0n) return undefined;
    return displayableCode(this.#state.keySchedule.epochAuthenticator);
  }

  /** User ids of everybody in the group. */
  get memberIds(): readonly string[] {
    const nodes = this.epoch === 0n ? [] : (this.#state?.ratchetTree ?? []);
    return nodes.flatMap((node) => {
      if (node?.nodeType !== 'leaf' || node.leaf.credential.credentialType !== 'basic') return [];
      return [Buffer.from(node.leaf.credential.identity).readBigUInt64BE().toString()];
    });
  }

  /** Opcode 25. */
  async setExternalSender(announcement: Buffer): Promise<void> {
    this.#externalSender = announcement;
    await this.#createPendingGroup();
  }

  /** Opcode 24 with epoch 1, or after a message it could not process: a new key package, a new group of its own. */
  async startOver(): Promise<void> {
    this.#identity = await createIdentity(this.#suite, this.#userId);
    await this.#createPendingGroup();
  }

  /**
   * Opcode 27.
   *
   * @returns What opcode 28 carries, `undefined` when nothing is left to commit.
   */
  async processProposals(payload: Buffer): Promise<Buffer | undefined> {
    const reader = new TlsReader(payload);
    const revoke = reader.u8() === 1;
    const items = new TlsReader(reader.vector());
    let state = this.#require();
    if (revoke) {
      const left = { ...state.unappliedProposals };
      while (!items.isAtEnd) delete left[items.vector().toString('base64')];
      state = { ...state, unappliedProposals: left };
    } else {
      while (!items.isAtEnd) state = await this.#verifyProposal(state, items);
    }
    this.#state = state;
    this.#ownCommit = undefined;
    return Object.keys(state.unappliedProposals).length === 0 ? undefined : await this.#commit(state);
  }

  /** Opcode 29, without the transition id. @throws {@link Error} when it cannot follow. */
  async processCommit(message: Buffer): Promise<void> {
    const own = this.#ownCommit;
    this.#ownCommit = undefined;
    if (own?.message.equals(message)) {
      this.#state = own.state;
      return;
    }
    const { newState } = await processPublicMessage(
      this.#require(),
      decodePublicMessage(message, 0).message.publicMessage,
      emptyPskIndex,
      this.#suite,
    );
    this.#state = newState;
  }

  /** Opcode 30, without the transition id. @throws {@link Error} when it cannot join. */
  async processWelcome(welcome: Buffer): Promise<void> {
    const state = await joinGroup(welcome, this.#identity, this.#suite);
    const { groupId, extensions } = state.groupContext;
    const senders = vector(this.#externalSender ?? Buffer.alloc(0));
    const [only, ...more] = extensions;
    if (!this.#groupId.equals(groupId)) throw new Error('welcome to another group');
    if (only === undefined || more.length > 0 || !senders.equals(only.extensionData)) {
      throw new Error('welcome to a group whose only extension is not the gateway as external sender');
    }
    this.#ownCommit = undefined;
    this.#state = state;
  }

  /** The secret from which the media keys of one sender are derived in this epoch. */
  async baseSecretOf(userId: string): Promise<Buffer> {
    const context = u64(BigInt(userId)).reverse(); // little-endian, unlike everything else
    const { exporterSecret } = this.#require().keySchedule;
    const secret = await mlsExporter(exporterSecret, EXPORTER_LABEL, context, BASE_SECRET_BYTES, this.#suite);
    return Buffer.from(secret);
  }

  // The extension is set behind createGroup's back: ts-mls 1.6.4 would read the list of senders as one sender.
  async #createPendingGroup(): Promise<void> {
    this.#ownCommit = undefined;
    if (this.#externalSender === undefined) return;
    const { keyPackage, privateKeys } = this.#identity;
    const state = await createGroup(this.#groupId, keyPackage, privateKeys, [], this.#suite);
    this.#state = withExtensions(state, [externalSenders(vector(this.#externalSender))]);
  }

  /** Takes one proposal in, once its signature verifies. */
  async #verifyProposal(state: ClientState, items: TlsReader): Promise<ClientState> {
    const rest = items.rest();
    const { message, length } = decodePublicMessage(rest, 0);
    items.bytes(length);
    const { epoch, groupId, sender } = message.publicMessage.content;
    // Made before we started over, and on its way since.
    if (epoch !== state.groupContext.epoch || !this.#groupId.equals(groupId)) return state;
    if (sender.senderType !== 'external') {
      throw new Error('a proposal that is not of the gateway');
    }
    // ts-mls 1.6.4 takes the content of `external_senders` for one sender; it is a list of them.
    const bare = withExtensions(state, [externalSenders(this.#externalSender ?? Buffer.alloc(0))]);
    const { newState } = await processPublicMessage(bare, message.publicMessage, emptyPskIndex, this.#suite);
    return withExtensions(newState, state.groupContext.extensions);
  }

  async #commit(state: ClientState): Promise<Buffer> {
    const { commit, welcome, newState } = await createCommit(
      { state, cipherSuite: this.#suite },
      { wireAsPublicMessage: true, ratchetTreeExtension: true },
    );
    const message = Buffer.from(encodeMlsMessage(commit));
    this.#ownCommit = { message, state: newState };
    return welcome === undefined ? message : Buffer.concat([message, encodeWelcome(welcome)]);
  }

  #require(): ClientState {
    if (this.#state === undefined) throw new Error('no group before the external sender is known');
    return this.#state;
  }
}

async function createIdentity(suite: CiphersuiteImpl, userId: string): Promise<Identity> {
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    { credentialType: 'basic', identity: u64(BigInt(userId)) },
    CAPABILITIES,
    FOREVER,
    [],
    await suite.signature.keygen(),
    suite,
  );
  return { keyPackage: publicPackage, privateKeys: privatePackage };
}

function externalSenders(extensionData: Buffer): Extension {
  return { extensionType: 'external_senders', extensionData };
}

function withExtensions(state: ClientState, extensions: Extension[]): ClientState {
  return { ...state, groupContext: { ...state.groupContext, extensions } };
}

function decodePublicMessage(bytes: Buffer, offset: number): { message: MlsPublicMessage; length: number } {
  const decoded = decodeMlsMessage(bytes, offset);
  if (decoded === undefined || decoded[0].wireformat !== 'mls_public_message') {
    throw new Error('not a PublicMessage');
  }
  return { message: decoded[0], length: decoded[1] };
}
