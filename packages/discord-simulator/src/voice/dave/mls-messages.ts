import { referenceOf, verifyWithLabel } from './mls-crypto.ts';
import { TlsReader, u16, vector } from './tls-codec.ts';

/** What a delivery service has to read of MLS: key packages, commits and welcomes. */

export const MLS_10 = 1;
export const PUBLIC_MESSAGE = 1;
export const CIPHERSUITE = 2;
export const CONTENT_PROPOSAL = 2;
const CONTENT_COMMIT = 3;
const SENDER_MEMBER = 1;
const BASIC_CREDENTIAL = 1;
const BY_REFERENCE = 2;
const LEAF_OF_KEY_PACKAGE = 1;
const LEAF_OF_UPDATE = 2;
const LEAF_OF_COMMIT = 3;

export interface KeyPackage {
  readonly bytes: Buffer;
  /** KeyPackageRef, 32 bytes. */
  readonly reference: Buffer;
  /** Content of the basic credential. */
  readonly identity: Buffer;
}

export interface Commit {
  /** The MLSMessage, without the Welcome behind it. */
  readonly bytes: Buffer;
  readonly groupId: Buffer;
  readonly epoch: bigint;
  readonly senderLeaf: number;
  /** ProposalRefs in order; `undefined` in place of a proposal that is inline. */
  readonly references: readonly (Buffer | undefined)[];
}

export interface Welcome {
  /** KeyPackageRefs of the members it welcomes. */
  readonly addressees: readonly Buffer[];
  /** The same Welcome with nothing but the secrets of one addressee. */
  reducedTo(reference: Buffer): Buffer;
}

/** @throws {@link Error} naming what is wrong with it; its signatures are verified. */
export function parseKeyPackage(bytes: Buffer): KeyPackage {
  const reader = new TlsReader(bytes);
  if (reader.u16() !== MLS_10 || reader.u16() !== CIPHERSUITE)
    throw new Error('not MLS 1.0 with ciphersuite 2');
  reader.vector(); // init key
  const leaf = readLeafNode(reader);
  reader.vector(); // extensions
  const signed = reader.since(0);
  const signature = reader.vector();
  if (!reader.isAtEnd) throw new Error('bytes behind the key package');
  if (leaf.source !== LEAF_OF_KEY_PACKAGE) throw new Error('leaf node of another source');
  if (!verifyWithLabel(leaf.signatureKey, 'LeafNodeTBS', leaf.signed, leaf.signature)) {
    throw new Error('leaf node signature does not verify');
  }
  if (!verifyWithLabel(leaf.signatureKey, 'KeyPackageTBS', signed, signature)) {
    throw new Error('key package signature does not verify');
  }
  return { bytes, reference: referenceOf('KeyPackage', bytes), identity: leaf.identity };
}

/**
 * Reads opcode 28: a commit and, when it adds members, the Welcome for them.
 *
 * @throws {@link Error} naming what is wrong. Signature and tags are the members' business: they alone have the tree.
 */
export function parseCommitWelcome(bytes: Buffer): { commit: Commit; welcome: Welcome | undefined } {
  const reader = new TlsReader(bytes);
  if (reader.u16() !== MLS_10 || reader.u16() !== PUBLIC_MESSAGE) throw new Error('not a PublicMessage');
  const groupId = reader.vector();
  const epoch = reader.u64();
  if (reader.u8() !== SENDER_MEMBER) throw new Error('commit of a sender that is no member');
  const senderLeaf = reader.u32();
  reader.vector(); // authenticated data
  if (reader.u8() !== CONTENT_COMMIT) throw new Error('not a commit');
  const references = readProposals(reader.vector());
  if (reader.u8() === 1) {
    readLeafNode(reader);
    reader.vector(); // nodes of the update path
  }
  reader.vector(); // signature
  reader.vector(); // confirmation tag
  reader.vector(); // membership tag
  const commit = { bytes: reader.since(0), groupId, epoch, senderLeaf, references };
  return { commit, welcome: reader.isAtEnd ? undefined : parseWelcome(bytes.subarray(reader.offset)) };
}

function readProposals(bytes: Buffer): (Buffer | undefined)[] {
  const reader = new TlsReader(bytes);
  const references: (Buffer | undefined)[] = [];
  while (!reader.isAtEnd) {
    // What is inline can be of any type and length: nothing behind it needs to be read.
    if (reader.u8() !== BY_REFERENCE) return [...references, undefined];
    references.push(reader.vector());
  }
  return references;
}

function parseWelcome(bytes: Buffer): Welcome {
  const reader = new TlsReader(bytes);
  if (reader.u16() !== CIPHERSUITE) throw new Error('welcome with another ciphersuite');
  const secrets = new TlsReader(reader.vector());
  const groupInfo = reader.vector();
  if (!reader.isAtEnd) throw new Error('bytes behind the welcome');
  const bySecret = new Map<string, Buffer>();
  while (!secrets.isAtEnd) {
    const start = secrets.offset;
    const reference = secrets.vector();
    secrets.vector(); // KEM output
    secrets.vector(); // ciphertext
    bySecret.set(reference.toString('hex'), secrets.since(start));
  }
  return {
    addressees: [...bySecret.keys()].map((reference) => Buffer.from(reference, 'hex')),
    reducedTo: (reference) => {
      const secret = bySecret.get(reference.toString('hex')) ?? Buffer.alloc(0);
      return Buffer.concat([u16(CIPHERSUITE), vector(secret), vector(groupInfo)]);
    },
  };
}

function readLeafNode(reader: TlsReader) {
  const start = reader.offset;
  reader.vector(); // encryption key
  const signatureKey = reader.vector();
  if (reader.u16() !== BASIC_CREDENTIAL) throw new Error('not a basic credential');
  const identity = reader.vector();
  for (let i = 0; i < 5; i++) reader.vector(); // capabilities: versions, ciphersuites, extensions, proposals, credentials
  const source = reader.u8();
  if (source === LEAF_OF_KEY_PACKAGE)
    reader.bytes(16); // lifetime
  else if (source === LEAF_OF_COMMIT)
    reader.vector(); // parent hash
  else if (source !== LEAF_OF_UPDATE) throw new Error('leaf node of an unknown source');
  reader.vector(); // extensions
  const signed = reader.since(start);
  return { signatureKey, identity, source, signed, signature: reader.vector() };
}
