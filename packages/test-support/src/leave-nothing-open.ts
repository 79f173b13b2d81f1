import { afterAll, expect } from 'vitest';

/** What a test file must have closed when it ends. Pipes are left out: the test runner itself talks through one. */
const RESOURCES = [
  'ProcessWrap',
  'TCPSocketWrap',
  'TCPServerWrap',
  'UDPWrap',
  'TLSWrap',
  'MessagePort',
  'Worker',
];
/** Node's own `fetch` keeps a connection for four seconds after its last use. */
const CLOSING_MS = 6_000;

const atStart = open();
const warnings: string[] = [];
process.on('warning', ({ name, message }) => {
  if (name !== 'ExperimentalWarning') warnings.push(`${name}: ${message}`);
});

// Registered first, so it runs last: after the file's own hooks.
afterAll(async () => {
  const untilMs = performance.now() + CLOSING_MS;
  // What was told to close may take a turn or two of the event loop to be gone.
  while (opened().length > 0 && performance.now() < untilMs)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(opened(), 'left open by this file').toEqual([]);
  expect(warnings, 'warnings of Node').toEqual([]);
});

function open(): string[] {
  return process.getActiveResourcesInfo().filter((name) => RESOURCES.includes(name));
}

/** What is open now and was not at the start. */
function opened(): string[] {
  const rest = [...atStart];
  return open().filter((name) => {
    const index = rest.indexOf(name);
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
}
