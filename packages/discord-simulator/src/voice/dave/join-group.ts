import type { CiphersuiteImpl, ClientState, GroupInfo, KeyPackage, PrivateKeyPackage } from 'ts-mls';
import { defaultClientConfig } from 'ts-mls/clientConfig.js';
import {
  ratchetTreeFromExtension,
  verifyGroupInfoConfirmationTag,
  verifyGroupInfoSignature,
} from 'ts-mls/groupInfo.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { deriveKeySchedule } from 'ts-mls/keySchedule.js';
import { verifyLeafNodeSignature } from 'ts-mls/leafNode.js';
import { verifyParentHashes } from 'ts-mls/parentHash.js';
import { pathToRoot } from 'ts-mls/pathSecrets.js';
import { mergePrivateKeyPaths, toPrivateKeyPath } from 'ts-mls/privateKeyPath.js';
import { findLeafIndex, type RatchetTree } from 'ts-mls/ratchetTree.js';
import { createSecretTree } from 'ts-mls/secretTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import {
  directPath,
  leafToNodeIndex,
  leafWidth,
  type NodeIndex,
  nodeToLeafIndex,
  toLeafIndex,
  toNodeIndex,
} from 'ts-mls/treemath.js';
import { firstCommonAncestor } from 'ts-mls/updatePath.js';
import { decodeWelcome, decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js';

/**
 * Joins a group by its Welcome.
 *
 * In place of ts-mls's `joinGroup`, whose 1.6.4 refuses valid trees: it wants all ancestors of an unmerged leaf to list
 * the *same* unmerged leaves, which is wrong as soon as two were added below different parents.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9420#section-12.4.3.1
 * @throws {@link Error} naming the check that failed.
 */
export async function joinGroup(
  bytes: Buffer,
  identity: { readonly keyPackage: KeyPackage; readonly privateKeys: PrivateKeyPackage },
  suite: CiphersuiteImpl,
): Promise<ClientState> {
  const { keyPackage, privateKeys } = identity;
  const welcome = must('a welcome', decodeWelcome(bytes, 0))[0];
  const initKey = await suite.hpke.importPrivateKey(privateKeys.initPrivateKey);
  const reference = await makeKeyPackageRef(keyPackage, suite.hash);
  const secrets = must('group secrets', await decryptGroupSecrets(initKey, reference, welcome, suite.hpke));
  const noPsk = new Uint8Array(suite.kdf.size);
  const info = must('group info', await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, suite));
  const tree = must('a ratchet tree', ratchetTreeFromExtension(info));
  check('pre-shared keys, which DAVE has not', secrets.psks.length === 0);
  check('confirmation tag', await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, suite));
  await verifyTree(info, tree, suite);

  const leafIndex = must('our own leaf', findLeafIndex(tree, keyPackage.leafNode));
  const ownKey = { leafIndex, privateKeys: { [leafToNodeIndex(leafIndex)]: privateKeys.hpkePrivateKey } };
  let privatePath = ownKey;
  if (secrets.pathSecret !== undefined) {
    const ancestor = firstCommonAncestor(tree, leafIndex, toLeafIndex(info.signer));
    const path = await pathToRoot(tree, ancestor, secrets.pathSecret, suite.kdf);
    privatePath = mergePrivateKeyPaths(
      await toPrivateKeyPath(path, leafIndex, suite),
      ownKey,
    ) as typeof ownKey;
  }
  const [keySchedule, encryptionSecret] = await deriveKeySchedule(
    secrets.joinerSecret,
    noPsk,
    info.groupContext,
    suite.kdf,
  );
  return {
    groupContext: info.groupContext,
    ratchetTree: tree,
    privatePath,
    signaturePrivateKey: privateKeys.signaturePrivateKey,
    confirmationTag: info.confirmationTag,
    unappliedProposals: {},
    keySchedule,
    secretTree: await createSecretTree(leafWidth(tree.length), encryptionSecret, suite.kdf),
    historicalReceiverData: new Map(),
    groupActiveState: { kind: 'active' },
    clientConfig: defaultClientConfig,
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc9420#section-7.9.2 and section 12.4.3.1 */
async function verifyTree(info: GroupInfo, tree: RatchetTree, suite: CiphersuiteImpl): Promise<void> {
  const { groupId, treeHash } = info.groupContext;
  const signer = tree[leafToNodeIndex(toLeafIndex(info.signer))];
  check('ciphersuite', info.groupContext.cipherSuite === suite.name);
  check('signer', signer?.nodeType === 'leaf');
  const signerKey = signer?.nodeType === 'leaf' ? signer.leaf.signaturePublicKey : new Uint8Array();
  check('signature of the group info', await verifyGroupInfoSignature(info, signerKey, suite.signature));
  check('tree hash', Buffer.from(treeHash).equals(await treeHashRoot(tree, suite.hash)));
  check('parent hashes', await verifyParentHashes(tree, suite.hash));
  for (const [index, node] of tree.entries()) {
    const nodeIndex = toNodeIndex(index);
    if (node?.nodeType === 'parent') checkUnmergedLeaves(tree, nodeIndex, node.parent.unmergedLeaves);
    if (node?.nodeType !== 'leaf') continue;
    const leafIndex = nodeToLeafIndex(nodeIndex);
    const genuine = await verifyLeafNodeSignature(node.leaf, groupId, leafIndex, suite.signature);
    check(`signature of leaf ${leafIndex}`, genuine);
  }
}

/** Each is a leaf below the node, and listed by every parent in between. */
function checkUnmergedLeaves(
  tree: RatchetTree,
  nodeIndex: NodeIndex,
  unmergedLeaves: readonly number[],
): void {
  for (const leaf of unmergedLeaves) {
    const leafNode = leafToNodeIndex(toLeafIndex(leaf));
    const ancestors = directPath(leafNode, leafWidth(tree.length));
    const between = ancestors.slice(0, ancestors.indexOf(nodeIndex));
    const listed = between.every((ancestor) => {
      const node = tree[ancestor];
      return node?.nodeType !== 'parent' || node.parent.unmergedLeaves.includes(leaf);
    });
    check(
      `unmerged leaf ${leaf}`,
      listed && ancestors.includes(nodeIndex) && tree[leafNode]?.nodeType === 'leaf',
    );
  }
}

function must<T>(what: string, value: T | undefined): T {
  if (value === undefined) throw new Error(`welcome without ${what}`);
  return value;
}

function check(what: string, holds: boolean): void {
  if (!holds) throw new Error(`welcome refused: ${what}`);
}
