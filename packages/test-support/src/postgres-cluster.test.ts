import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { PostgresCluster, postgresFolder } from './postgres-cluster.ts';

const testWithServer = test.skipIf(postgresFolder() === undefined);

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // refused: the answer that was asked for
  } finally {
    socket.destroy();
  }
}

testWithServer(
  'a cluster gives databases, survives a crash with its port, and is gone when disposed',
  async () => {
    let port: number;
    {
      await using cluster = await PostgresCluster.start();
      port = cluster.port;
      const first = await cluster.createDatabase();
      expect(first).toBe(`postgres://bandstand@127.0.0.1:${port}/test_1`);
      await cluster.stop('immediate');
      expect(await isListening(port)).toBe(false);
      await cluster.start();
      expect(await cluster.createDatabase()).not.toBe(first);
    }
    expect(await isListening(port)).toBe(false);
  },
);
