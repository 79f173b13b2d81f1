/** A slash command as people see it. Names follow Discord's rule: lower case, no spaces, at most 32 characters. */
export interface CommandTexts {
  readonly name: string;
  /** At most 100 characters. */
  readonly description: string;
  readonly options: Readonly<Record<string, OptionTexts>>;
  /** By their names in English; a command with sub-commands has no options of its own. */
  readonly subcommands?: Readonly<Record<string, CommandTexts>>;
}

export interface OptionTexts {
  readonly name: string;
  readonly description: string;
  /** Labels of fixed choices by their value. */
  readonly choices?: Readonly<Record<string, string>>;
}
