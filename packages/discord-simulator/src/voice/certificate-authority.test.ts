import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from './certificate-authority.ts';

test.each(['127.0.0.1', 'localhost'])('a client that trusts the authority accepts %s', async (host) => {
  const authority = await createCertificateAuthority();
  const server = tls.createServer({ cert: authority.certPem, key: authority.keyPem });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername: host === 'localhost' ? host : '',
    ca: authority.caPem,
  });
  await once(socket, 'secureConnect');

  expect(socket.authorized).toBe(true);
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test('each authority is its own, and its certificate may sign', async () => {
  const [one, other] = await Promise.all([createCertificateAuthority(), createCertificateAuthority()]);
  const leaf = new X509Certificate(one.certPem);

  expect(new X509Certificate(one.caPem).ca).toBe(true);
  expect(leaf.verify(new X509Certificate(one.caPem).publicKey)).toBe(true);
  expect(leaf.verify(new X509Certificate(other.caPem).publicKey)).toBe(false);
});
