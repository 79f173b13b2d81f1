import { testFastCases } from './fast-cases.ts';

testFastCases(({ isTimed = false }) => isTimed);
