import { platform, setPriority } from 'node:os';

/** Below everything that plays, decoders included: it gets the time that nobody else wants. Its children inherit it. */
const NICENESS = 19;

// On Linux this is the niceness of this thread alone. Elsewhere it would be the whole process, so it is left.
if (platform() === 'linux') setPriority(0, NICENESS);
await import('./measuring-program.ts'); // only now: loading it takes longer than a frame
