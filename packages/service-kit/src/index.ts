export * from './config-error.ts';
export * from './health-server.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './postgres-refusal.ts';
export * from './scrub-line.ts';
export * from './sqlite-file.ts';
export * from './variables.ts';
