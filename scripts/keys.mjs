import { runWithSetup } from './setup/run-with-setup.mjs';
import { scriptsOnly } from './setup/setup.mjs';

await runWithSetup('scripts/run/keys.ts', { steps: scriptsOnly });
