import { postgres } from './setup/postgres.mjs';
import { runWithSetup } from './setup/run-with-setup.mjs';
import { everything } from './setup/setup.mjs';

await runWithSetup('scripts/run/test.ts', { steps: [...everything, postgres] });
