/** Everything that is wrong with a configuration, one line each; the process ends with 78 (EX_CONFIG). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`invalid configuration\n${problems.join('\n')}`);
    this.problems = problems;
  }
}
