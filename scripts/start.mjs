import { runWithSetup } from './setup/run-with-setup.mjs';

await runWithSetup('scripts/run/start.ts');
