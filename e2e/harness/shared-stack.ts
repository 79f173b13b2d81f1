import { afterAll, beforeAll } from 'vitest';
import { Stack } from './stack.ts';

/**
 * One stack for all tests of a file: started before the first, gone after the last, with nothing in it that Discord would refuse.
 *
 * @param take - Gets it before the first test.
 */
export function shareStack(take: (stack: Stack) => void): void {
  let stack: Stack | undefined;
  beforeAll(async () => {
    stack = await Stack.start();
    take(stack);
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    stack?.discord.assertNothingUnexpected();
  });
}
